namespace Rhm.Claims

open System
open System.Collections.Concurrent
open System.Collections.Generic
open System.Threading
open System.Threading.Tasks

/// How much work a measurement may do.
type Scale =
    /// The whole ledger in under two minutes on two cores.
    | Quick = 0
    /// The paper's sizes, more grammars.
    | Paper = 1

/// What a measurement is run with.
type Setting =
    {
        Scale: Scale
        /// The measured values are a function of the scale and this seed.
        Seed: uint64
        /// No value depends on it.
        Threads: int
        /// Receives the fraction done, 0..1.
        Progress: Action<float>
        Cancellation: CancellationToken
    }

    /// The seed of a part of the measurement, told from the others by its numbers.
    member this.SeedOf(parts: int64 list) =
        Rhm.Sampling.RandomStream.DeriveSeed(this.Seed, ReadOnlySpan(List.toArray parts))

    member this.Pick(quick, paper) =
        if this.Scale = Scale.Quick then quick else paper

    /// Maps over items, reporting progress and stopping when asked to.
    member internal this.Each (items: 'a list) (work: 'a -> 'b) =
        items
        |> List.mapi (fun i item ->
            this.Cancellation.ThrowIfCancellationRequested()
            let result = work item
            this.Progress.Invoke(float (i + 1) / float items.Length)
            result)

    /// Does every piece of work, in order of the list as threads become free: one thread a piece, so that none waits for another. Throws what
    /// the first piece that failed threw, as it threw it, or that the work was cancelled.
    member this.ForEach(pieces: IReadOnlyList<'a>, work: Action<'a>) =
        let options = ParallelOptions(MaxDegreeOfParallelism = this.Threads, CancellationToken = this.Cancellation)

        try
            Parallel.ForEach(Partitioner.Create(pieces, EnumerablePartitionerOptions.NoBuffering), options, work) |> ignore
        with :? AggregateException as error ->
            let errors = error.Flatten().InnerExceptions
            raise (errors |> Seq.tryFind (fun e -> e :? OperationCanceledException) |> Option.defaultValue errors[0])

    /// The same with results, in the order of the list, reporting progress.
    member internal this.EachInParallel (items: 'a list) (work: 'a -> 'b) =
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
        Measure: Setting -> bool -> Measurement
    }

    member this.Run(setting: Setting) = this.Measure setting false

    /// The negative control: the same measurement with the planted error.
    member this.RunControl(setting: Setting) = this.Measure setting true

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
