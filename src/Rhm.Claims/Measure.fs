/// What the files of claims share: ways to run over lists, estimates with their two intervals, and the fields that most claims of a file
/// have in common.
module internal Rhm.Claims.Measure

open System
open Rhm.Randomness
open System.Collections.Generic
open System.Threading
open Rhm.Running
open Rhm.Statistics

/// The false-alarm probability of intervals that need no law of large numbers: Clopper and Pearson's, Hoeffding's.
[<Literal>]
let Alpha = 1e-9

/// The level at which Student's intervals are taken...
[<Literal>]
let NominalAlpha = 1e-6

/// ...and the one that is promised: log P* is skewed, and so far out normality is no more than a wish. The tests simulate it.
[<Literal>]
let ValidatedAlpha = 1e-3

/// For reading: a 95% interval.
[<Literal>]
let private ReadingAlpha = 0.05

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
            this.Progress.Invoke(float (Interlocked.Increment &finished) / float items.Length)
            result)

/// A value with its two intervals: for reading, and the one that decides.
type Estimate =
    { Value: float
      Reading: Interval
      Bound: Interval }

let private both (interval: float -> Interval) value reading bound =
    { Value = value
      Reading = interval reading
      Bound = interval bound }

/// Without error.
let exactly value =
    both (fun _ -> Interval(value, value)) value ReadingAlpha Alpha

/// Mean of independent values. With several means at once each interval gets its part of the false-alarm probability.
let mean parts (values: float seq) =
    let values = ResizeArray values
    let interval alpha = Interval.Student(values, alpha / float parts)
    both interval (Seq.average values) ReadingAlpha NominalAlpha

/// The exponential of an estimate.
let exponential estimate =
    let exponential (interval: Interval) = Interval(exp interval.Low, exp interval.High)

    { Value = exp estimate.Value
      Reading = exponential estimate.Reading
      Bound = exponential estimate.Bound }

/// Geometric mean, from logarithms.
let ratio parts (logarithms: float seq) = exponential (mean parts logarithms)

let private law fit parts (groups: (float * IReadOnlyList<float>) list) =
    let groups = ResizeArray [ for x, group in groups -> struct (x, group) ]
    let fitted alpha : ScalingLaw = fit (groups, alpha / float parts)
    both (fun alpha -> (fitted alpha).Interval) (fitted ReadingAlpha).Exponent ReadingAlpha NominalAlpha

/// The exponent of a power law through groups of logarithms, one for each x.
let power parts groups =
    law (fun (groups, alpha) -> ScalingLaw.Power(groups, alpha)) parts groups

/// Growth of the logarithms per unit of x.
let rate parts groups =
    law (fun (groups, alpha) -> ScalingLaw.Exponential(groups, alpha)) parts groups

/// Mean of independent values in a range of some width.
let bounded mean count width =
    both (fun alpha -> Interval.Hoeffding(mean, count, width, alpha)) mean ReadingAlpha Alpha

/// Share of the cases of which something is true.
let proportion (truths: bool list) =
    let count, total = truths |> List.filter id |> List.length |> int64, int64 truths.Length
    both (fun alpha -> Interval.ClopperPearson(count, total, alpha)) (float count / float total) ReadingAlpha Alpha

/// An estimate beside its prediction, what is allowed and what the rival predicts.
let compare quantity predicted estimate (acceptLow, acceptHigh) (rivalLow, rivalHigh) =
    { Quantity = quantity
      Predicted = predicted
      Measured = estimate.Value
      ReadingLow = estimate.Reading.Low
      ReadingHigh = estimate.Reading.High
      Low = estimate.Bound.Low
      High = estimate.Bound.High
      AcceptLow = acceptLow
      AcceptHigh = acceptHigh
      Rival =
        { At = ""
          Low = rivalLow
          High = rivalHigh
          MeasuredLow = estimate.Bound.Low
          MeasuredHigh = estimate.Bound.High } }

/// An exact count of violations, which must be zero: the rival is a single one.
let none quantity (violations: int64) =
    compare quantity 0 (exactly (float violations)) (0, 0) (1, infinity)

/// Whether an accuracy counts as recovered: at least 0.99, the rest being nodes of tuples that are rare.
let isRecovered (accuracy: float) = accuracy >= 0.99

/// Share of the cases of which something is true, which must be at least a bound. The rival: it is true of half of them or fewer.
let share quantity least truths =
    compare quantity 1 (proportion truths) (least, 1) (0, 0.5)

/// About one standard error, and no less than rounding.
let private error (measurement: Measurement) =
    max 1e-12 ((measurement.ReadingHigh - measurement.ReadingLow) / (2.0 * 1.96))

/// A number of standard errors; the least one where an interval is unbounded.
let private inErrors measurement distance =
    let errors = distance / error measurement
    if Double.IsNaN errors then -infinity else errors

/// Of measurements at several places the one that is least inside of what is allowed, counted in standard errors, with its own rival: for
/// claims that say something of every place.
let weakest (measurements: Measurement list) =
    let margin (m: Measurement) =
        min (m.AcceptHigh - m.Measured) (m.Measured - m.AcceptLow) |> inErrors m

    List.minBy margin measurements

/// The same with the rival of the place where it is furthest from what is measured: for a law, which a rival law must follow everywhere.
let worst (measurements: Measurement list) =
    let distance (m: Measurement) =
        max (m.Rival.Low - m.High) (m.Low - m.Rival.High) |> inErrors m

    let rival = measurements |> List.maxBy distance

    { weakest measurements with
        Measurement.Rival = { rival.Rival with At = rival.Quantity } }

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
      Learners = []
      Tolerance = ""
      Rival = "a single exception"
      FalseAlarm = 0
      Expected =
        { Quick = Verdict.Established
          Paper = Verdict.Established }
      Design = ""
      Least = Scale.Quick
      Control = ""
      Place = { File = ""; Line = 0; Value = "" }
      Measure = fun _ _ -> invalidOp "a claim without a measurement" }

/// What claims have in common whose intervals are Student's.
let statistical kind chapter =
    { exact kind chapter with
        FalseAlarm = ValidatedAlpha
        Rival = ""
        Expected =
            { Quick = Verdict.Compatible
              Paper = Verdict.Compatible } }

let expecting quick paper = { Quick = quick; Paper = paper }

/// Of a share of grammars, with the interval of Clopper and Pearson.
let ofShare claim =
    { claim with
        FalseAlarm = Alpha
        Rival = "half of the grammars or fewer" }
