namespace Rhm.Claims

/// What the nearest theory that a sceptic would hold predicts, [Low, High], beside the measured interval at the place where the two are
/// most standard errors apart.
type Rival =
    {
        /// Which of the places that were measured; empty where there is one.
        At: string
        Low: float
        High: float
        MeasuredLow: float
        MeasuredHigh: float
    }

    /// Whether the interval holds nothing that the rival allows. Not where the rival is unknown.
    member this.Excluded = this.MeasuredHigh < this.Low || this.MeasuredLow > this.High
