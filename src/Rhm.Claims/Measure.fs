/// What the files of claims share: ways to run over lists, to put measurements into words, and the fields that most claims of a file have
/// in common.
module internal Rhm.Claims.Measure

open System
open Rhm.Randomness
open System.Collections.Generic
open Rhm.Running
open Rhm.Statistics

/// The false-alarm probability of every statistical claim.
[<Literal>]
let Alpha = 1e-9

type RunContext with

    /// Seeds of grammars 0, 1, ...
    member this.Seeds(quick: int, paper: int) =
        [ for i in 0L .. int64 (this.Pick(quick, paper)) - 1L -> GrammarSeeds.OfNumber(this.Seed, i) ]

    /// Maps over items, reporting progress and stopping when asked to.
    member this.Each (items: 'a list) (work: 'a -> 'b) =
        items
        |> List.mapi (fun i item ->
            this.Cancellation.ThrowIfCancellationRequested()
            let result = work item
            this.Progress.Invoke(float (i + 1) / float items.Length)
            result)

    /// Maps over items, one thread an item, with the results in the order of the list.
    member this.Map (items: 'a list) (work: 'a -> 'b) =
        let results = Array.zeroCreate<'b> items.Length
        this.ForEach(ResizeArray(List.indexed items), (fun (i, item) -> results[i] <- work item))
        List.ofArray results

    /// The same, reporting progress.
    member this.EachInParallel (items: 'a list) (work: 'a -> 'b) =
        let mutable finished = 0

        this.Map items (fun item ->
            let result = work item
            this.Progress.Invoke(float (System.Threading.Interlocked.Increment &finished) / float items.Length)
            result)

/// An exact count of violations, which must be zero.
let none quantity (violations: int64) =
    { Quantity = quantity
      Predicted = 0
      Measured = float violations
      Low = float violations
      High = float violations
      AcceptLow = 0
      AcceptHigh = 0 }

let interval quantity predicted measured (interval: Interval) (acceptLow, acceptHigh) =
    { Quantity = quantity
      Predicted = predicted
      Measured = measured
      Low = interval.Low
      High = interval.High
      AcceptLow = acceptLow
      AcceptHigh = acceptHigh }

/// Share of the cases of which something is true, which must be at least a bound. Clopper and Pearson's interval.
let share quantity least (truths: bool list) =
    let count, total = truths |> List.filter id |> List.length |> int64, int64 truths.Length
    interval quantity 1 (float count / float total) (Interval.ClopperPearson(count, total, Alpha)) (least, 1)

/// A ratio, from logarithms of independent grammars: the geometric mean and Student's interval.
let ratio quantity predicted (logarithms: float seq) alpha accept =
    let values = ResizeArray logarithms
    let student = Interval.Student(values, alpha)
    interval quantity predicted (exp (Seq.average values)) (Interval(exp student.Low, exp student.High)) accept

/// A power law through groups of logarithms, one for each x.
let power alpha (groups: (float * IReadOnlyList<float>) list) =
    ScalingLaw.Power(ResizeArray [ for x, group in groups -> struct (x, group) ], alpha)

/// An exponential law: growth of the logarithms per unit of x.
let exponential alpha (groups: (float * IReadOnlyList<float>) list) =
    ScalingLaw.Exponential(ResizeArray [ for x, group in groups -> struct (x, group) ], alpha)

/// The measurement that is furthest outside of what is allowed, or else from what is predicted, by a distance of the two.
let worst (distance: float -> float -> float) measurements =
    measurements
    |> List.maxBy (fun m -> max 0.0 (max (m.AcceptLow - m.High) (m.Low - m.AcceptHigh)), distance m.Measured m.Predicted)

let apart (x: float) (y: float) = abs (x - y)

/// For ratios, and for all that must be positive.
let timesApart (x: float) (y: float) = abs (log x - log y)

/// What claims without statistics have in common; the fields that are empty here are each claim's own.
let exact kind chapter =
    { Id = ""
      Kind = kind
      Chapter = chapter
      Statement = ""
      Formula = ""
      Latex = ""
      Source = ""
      Premises = []
      Figures = []
      Tolerance = ""
      FalseAlarm = 0
      Least = Scale.Quick
      Control = ""
      Place = { File = ""; Line = 0; Value = "" }
      Measure = fun _ _ -> invalidOp "a claim without a measurement" }

/// What claims that fail with probability Alpha though true have in common.
let statistical kind chapter = { exact kind chapter with FalseAlarm = Alpha }
