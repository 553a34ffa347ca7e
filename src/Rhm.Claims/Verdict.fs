namespace Rhm.Claims

/// What a measurement says of a claim, from the weakest to the strongest.
type Verdict =
    /// The interval lies outside of what the claim allows.
    | Contradicted = 0
    /// The interval holds something that the claim allows, and the rival too.
    | Undecided = 1
    /// It holds something that the claim allows, and excludes the rival.
    | Compatible = 2
    /// It lies inside of what the claim allows.
    | Established = 3
