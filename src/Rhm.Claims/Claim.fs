namespace Rhm.Claims

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
        /// What is allowed, and why.
        Tolerance: string
        /// Upper bound of the probability that a true claim fails; 0 for exact measurements.
        FalseAlarm: float
        /// The least scale at which the interval is short enough to tell the claim from its control.
        Least: Scale
        /// The planted error that must make the claim fail.
        Control: string
        /// Where it stands in the code.
        Place: Place
        /// The second argument plants the error.
        Measure: RunContext -> bool -> Measurement
    }

    member this.Run(setting: RunContext) = this.Measure setting false

    /// The negative control: the same measurement with the planted error.
    member this.RunControl(setting: RunContext) = this.Measure setting true
