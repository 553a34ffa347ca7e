namespace Rhm.Claims

open Rhm.Learning
open Rhm.Running

/// A numerical statement of the paper, or one derived from it: all that is known of it, and the way to measure it.
type Claim =
    {
        /// Stable; other documents cite it.
        Id: string
        Kind: Kind
        /// The chapter of the appendix in which it stands.
        Chapter: Chapter
        /// One sentence that can be true or false.
        Statement: string
        /// In plain text.
        Formula: string
        /// The same in LaTeX, without dollar signs.
        Latex: string
        /// Where it stands: section, theorem or figure of the paper, formula or identity of this project.
        Source: string
        /// Identifiers of the claims that it rests on.
        Premises: string list
        /// The experiments of rhm reproduce whose figure shows it.
        Figures: string list
        /// The learners whose results it is about: evidence of an older version of one of them is stale.
        Learners: Learner list
        /// What is allowed, and why.
        Tolerance: string
        /// The nearest theory that a sceptic would hold.
        Rival: string
        /// Upper bound of the probability that the deciding interval misses the truth; 0 for exact measurements.
        FalseAlarm: float
        /// The verdict on record for each scale.
        Expected: Expectation
        /// Why there are as many grammars or strings as there are; empty for exact measurements.
        Design: string
        /// The least scale at which it is worth measuring.
        Least: Scale
        /// The planted error that must make the claim contradicted; where it is on record as contradicted, what makes it true.
        Control: string
        /// Where it stands in the code.
        Place: Place
        /// The second argument plants the error.
        Measure: RunContext -> bool -> Measurement
    }

    member this.Run(setting: RunContext) = this.Measure setting false

    /// The negative control: the same measurement with the planted error.
    member this.RunControl(setting: RunContext) = this.Measure setting true

    /// Whether a verdict of the negative control is one that tells it from the claim: contradicted; or undecided, since the control stands
    /// at the rival, where the claim is on record as something else; where the claim is contradicted, anything else.
    member this.IsServedBy(control: Verdict) =
        match this.Expected.Paper with
        | Verdict.Contradicted -> control <> Verdict.Contradicted
        | recorded -> control = Verdict.Contradicted || control = Verdict.Undecided && recorded <> Verdict.Undecided
