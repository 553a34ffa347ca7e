namespace Rhm.Claims

open System
open Rhm.Running

/// Maps over lists with what a measurement is run with.
[<AutoOpen>]
module internal Mapping =
    type RunContext with

        /// The seed of a part of the measurement, told from the others by its numbers.
        member this.SeedOf(parts: int64 list) = this.SeedOf(ReadOnlySpan(List.toArray parts))

        /// Maps over items, reporting progress and stopping when asked to.
        member this.Each (items: 'a list) (work: 'a -> 'b) =
            items
            |> List.mapi (fun i item ->
                this.Cancellation.ThrowIfCancellationRequested()
                let result = work item
                this.Progress.Invoke(float (i + 1) / float items.Length)
                result)

        /// The same, one thread an item, with the results in the order of the list.
        member this.EachInParallel (items: 'a list) (work: 'a -> 'b) =
            let results = Array.zeroCreate<'b> items.Length
            let mutable finished = 0

            this.ForEach(
                ResizeArray(List.indexed items),
                fun (i, item) ->
                    results[i] <- work item

                    lock results (fun () ->
                        finished <- finished + 1
                        this.Progress.Invoke(float finished / float items.Length))
            )

            List.ofArray results

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

/// A numerical statement of the paper, or one derived from it, with the way to measure it.
type Claim =
    {
        /// Stable; other documents cite it.
        Id: string
        /// What the claim is about: a section of the ledger.
        Section: string
        /// One sentence that can be true or false.
        Statement: string
        /// Where it stands: section, theorem, figure or identity.
        Source: string
        Formula: string
        /// What is allowed, and why.
        Tolerance: string
        /// Upper bound of the probability that a true claim fails; 0 for exact measurements.
        FalseAlarm: float
        /// The least scale at which the interval is short enough to tell the claim from its control.
        Least: Scale
        /// The planted error that must make the claim fail.
        Control: string
        /// The second argument plants the error.
        Measure: RunContext -> bool -> Measurement
    }

    member this.Run(setting: RunContext) = this.Measure setting false

    /// The negative control: the same measurement with the planted error.
    member this.RunControl(setting: RunContext) = this.Measure setting true

module internal Measure =
    /// The false-alarm probability of every statistical claim.
    [<Literal>]
    let Alpha = 1e-9

    /// An exact count of violations, which must be zero.
    let none quantity (violations: int64) =
        { Quantity = quantity
          Predicted = 0
          Measured = float violations
          Low = float violations
          High = float violations
          AcceptLow = 0
          AcceptHigh = 0 }

    let interval quantity predicted measured (interval: Rhm.Statistics.Interval) (acceptLow, acceptHigh) =
        { Quantity = quantity
          Predicted = predicted
          Measured = measured
          Low = interval.Low
          High = interval.High
          AcceptLow = acceptLow
          AcceptHigh = acceptHigh }

    /// A claim that is decided at quick scale too, and fails though true with a probability of at most Alpha.
    let claim section id statement source formula tolerance control measure =
        { Id = id
          Section = section
          Statement = statement
          Source = source
          Formula = formula
          Tolerance = tolerance
          FalseAlarm = Alpha
          Least = Scale.Quick
          Control = control
          Measure = measure }
