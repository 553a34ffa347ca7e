namespace Rhm.Claims

open Rhm.Running

/// The verdict that is on record for each scale. Undecided says that the scale cannot decide; a larger one does, or none does yet.
type Expectation =
    { Quick: Verdict
      Paper: Verdict }

    member this.At(scale: Scale) =
        if scale = Scale.Quick then this.Quick else this.Paper

    /// Whether a verdict is the one on record. Established is more than compatible; where a scale cannot decide, only the opposite of what
    /// the larger scale has on record is a surprise.
    member this.IsMetBy(scale: Scale, verdict: Verdict) =
        match this.At scale with
        | Verdict.Compatible -> verdict = Verdict.Compatible || verdict = Verdict.Established
        | Verdict.Undecided when this.Paper = Verdict.Contradicted -> verdict <> Verdict.Established
        | Verdict.Undecided -> verdict <> Verdict.Contradicted
        | expected -> verdict = expected
