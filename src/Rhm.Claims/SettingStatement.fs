namespace Rhm.Claims

/// What the theory says at one setting, and what was measured of it there.
type SettingStatement =
    {
        /// Lower-case letters, digits and hyphens.
        Name: string
        /// One sentence that can be true or false.
        Sentence: string
        /// Why what is allowed is allowed.
        Tolerance: string
        /// What a sceptic would hold instead.
        Rival: string
        Measurement: Measurement
        /// Where it is undecided: about how many grammars would tell it from its rival, if what was measured is true; 0 where none would.
        Grammars: int
    }
