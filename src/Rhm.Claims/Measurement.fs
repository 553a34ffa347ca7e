namespace Rhm.Claims

/// A measured value beside the predicted one. [Low, High] misses the truth with probability at most the claim's FalseAlarm; it is
/// a point where the measurement is exact. [AcceptLow, AcceptHigh] is what the claim allows: the prediction and its own accuracy.
type Measurement =
    { Quantity: string
      Predicted: float
      Measured: float
      Low: float
      High: float
      AcceptLow: float
      AcceptHigh: float }

    /// A true claim fails only if the interval misses the truth.
    member this.Holds = this.High >= this.AcceptLow && this.Low <= this.AcceptHigh
