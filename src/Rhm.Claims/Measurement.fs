namespace Rhm.Claims

/// A measured value beside the predicted one.
type Measurement =
    {
        Quantity: string
        Predicted: float
        Measured: float
        /// The 95% interval, for reading; a point where the measurement is exact, not a number where it is not known.
        ReadingLow: float
        ReadingHigh: float
        /// The interval that decides: it misses the truth with probability at most the claim's FalseAlarm.
        Low: float
        High: float
        /// What the claim allows: the prediction and its own accuracy.
        AcceptLow: float
        AcceptHigh: float
        Rival: Rival
    }

    /// The rule from which every verdict comes.
    member this.Verdict =
        if this.High < this.AcceptLow || this.Low > this.AcceptHigh then Verdict.Contradicted
        elif this.Low >= this.AcceptLow && this.High <= this.AcceptHigh then Verdict.Established
        elif this.Rival.Excluded then Verdict.Compatible
        else Verdict.Undecided

    /// Whether it is not contradicted only because the interval is wide: the measured value itself lies outside of what the claim allows.
    /// Not where one value alone is allowed, which no measured one hits.
    member this.IsByWidthAlone =
        this.Verdict <> Verdict.Contradicted
        && this.AcceptHigh - this.AcceptLow > 1e-9
        && (this.Measured < this.AcceptLow || this.Measured > this.AcceptHigh)
