module Rhm.ProofsTests.Statistics.StatisticsTests

open System
open Expecto
open Rhm.Experiments
open Rhm.Randomness
open Rhm.Statistics
open Rhm.Sweeps.Expressions
open Rhm.ProofsTests.Generators

/// Nested lists must be read-only lists by name.
let private numbers (values: float list) = values :> Collections.Generic.IReadOnlyList<float>

/// A learning curve with a known crossing: accuracy rises from 1/v to 1 in log P, half of the way at P*.
let private curve steepness threshold chance =
    LearningCurve(fun samples -> ResizeArray [ chance + (1.0 - chance) / (1.0 + (threshold / float samples) ** steepness) ])

let private stream seed = RandomStream(uint64 (uint32 seed), RandomPurpose.Experiment)

/// The thresholds of some grammars with P* = prefactor x^exponent e^(spread N(0,1)), measured by the adaptive search.
let private thresholds (random: RandomStream) grammars exponent spread x =
    ResizeArray
        [ for _ in 1..grammars ->
              let truth = 100.0 * x ** exponent * exp (spread * random.NextGaussian())
              let search = ThresholdSearch(50.0 * x ** 3.0, 1L, 1L <<< 50, Phase = random.NextDouble())
              (curve 8.0 truth 0.125).Cross(SampleComplexity.HalfWay 8, search) ]

let private logarithms crossings = struct (crossings |> Seq.length, SampleComplexity.Of(crossings, 0.05, 0UL, 10).Logarithms)

let private group random grammars exponent spread x =
    let struct (_, logs) = logarithms (thresholds random grammars exponent spread x)
    struct (x, logs)

/// Share of experiments whose interval contains the truth: an interval that misses with probability 1e-9 at most.
let private coverage repetitions (contains: RandomStream -> bool) =
    let hits = Seq.length (Seq.filter (fun i -> contains (stream i)) [ 1..repetitions ])
    Interval.ClopperPearson(int64 hits, int64 repetitions, 1e-9)

[<Tests>]
let search =
    testList "Threshold search" [
        testCase "P* is read half of the way from chance 1/v to 1" <| fun () ->
            for v in [ 2; 3; 8; 32 ] do
                let half = SampleComplexity.HalfWay v
                Expect.floatClose Accuracy.veryHigh (half - 1.0 / float v) (1.0 - half) $"v = {v}"

        testCase "P* of a mean curve: its crossing, and an interval if there is more than one curve" <| fun () ->
            let curve shift : Collections.Generic.IReadOnlyList<float> = [| 0.1; 0.4 + shift; 0.8 + shift |]
            let samples = [| 10.0; 100.0; 1000.0 |]
            let one = SampleComplexity.OfMeanCurve(samples, [| curve 0.0 |])
            Expect.floatClose Accuracy.high one.Value (100.0 * 10.0 ** 0.25) "a quarter of the way from 0.4 to 0.8"
            let struct (value, none) = one.Known
            Expect.isTrue (value = one.Value && Double.IsNaN none.Low && Double.IsNaN none.High) "no interval"
            let some = SampleComplexity.OfMeanCurve(samples, [| curve 0.0; curve 0.1 |])
            Expect.floatClose Accuracy.high some.Value (100.0 * 10.0 ** 0.125) "an eighth of the way from 0.45 to 0.85"
            Expect.isTrue (some.Complete && some.Interval.Low < some.Value && some.Value < some.Interval.High) $"{some}"
            Expect.floatClose Accuracy.high (Seq.average (some.Logarithms :> seq<float>)) (log some.Value) "contributions are centred on P*"
            // P* is later with the first, slower curve than without it: its contribution lies above P*, the other's below
            Expect.isTrue (some.Logarithms[0] > log some.Value && log some.Value > some.Logarithms[1]) "who makes it late"
            // without the first grammar the curve starts above the level, without the second it does not reach it
            let far: Collections.Generic.IReadOnlyList<float> list = [ [| 0.6; 0.8; 1.0 |]; [| 0.1; 0.2; 0.4 |] ]
            let split = SampleComplexity.OfMeanCurve(samples, far)
            Expect.equal (split.Side, split.Complete) (CrossingSide.Found, false) "found with both, no interval"
            Expect.equal split.Interval (Interval(0.0, infinity)) "open at both ends"
            Expect.floatClose Accuracy.veryHigh split.Value 100.0 "0.5 at 100"
            let below = SampleComplexity.OfMeanCurve(samples, [| curve 0.0; curve 0.0 |], 0.95)
            Expect.equal (below.Side, below.Value) (CrossingSide.Beyond, 1000.0) "a bound"
            Expect.throwsT<ArgumentException> (fun () -> SampleComplexity.OfMeanCurve(samples, []) |> ignore) "no grammars"
            Expect.throwsT<ArgumentException> (fun () -> SampleComplexity.OfMeanCurve(samples, [| [| 0.5 |] |]) |> ignore) "a curve of another length"

        testCase "a grammar contributes its own crossing to a mean curve where all are parallel straight lines" <| fun () ->
            let shifts = [ 0.0; 0.1; -0.05; 0.2 ]
            let line shift : Collections.Generic.IReadOnlyList<float> = [| 0.1 + shift; 0.9 + shift |]
            let mean = SampleComplexity.OfMeanCurve([| 10.0; 1000.0 |], [| for shift in shifts -> line shift |])

            for shift, contribution in List.zip shifts (List.ofSeq mean.Crossings) do
                Expect.floatClose Accuracy.high (log10 contribution.Samples) (1.0 + 2.0 * (0.4 - shift) / 0.8) $"shift {shift}"

        property "finds a known crossing, from any start, and each point is measured once" <| fun (seed: int) ->
            let random = stream seed
            let threshold = 10.0 ** (2.0 + 4.0 * random.NextDouble())
            let start = threshold * 10.0 ** (4.0 * random.NextDouble() - 2.0)
            let evaluations = Collections.Generic.List<int64>()

            let curve =
                LearningCurve(fun samples ->
                    evaluations.Add samples
                    ResizeArray [ 1.0 / (1.0 + (threshold / float samples) ** 4.0) ])

            let crossing = curve.Cross(0.5, ThresholdSearch(start, 1L, 1L <<< 40, Phase = random.NextDouble()))
            // Between points a factor sqrt 2 apart the logistic curve is straight to a few percent; P is an integer of at least 100.
            Expect.equal crossing.Side CrossingSide.Found "found"
            Expect.isLessThan (abs (log (crossing.Samples / threshold))) 0.03 "near the truth"
            Expect.equal (Seq.length (Seq.distinct evaluations)) evaluations.Count "no point twice"
            Expect.isLessThanOrEqual evaluations.Count 10 "galloping over 2 decades takes 4, bisection 2 more"
            Expect.isLessThanOrEqual (float (Seq.max evaluations)) (max (4.0 * 1.2 * threshold) (1.5 * start)) "nothing far beyond the crossing"

        property "a step is bracketed to a factor sqrt 2" <| fun (seed: int) ->
            let random = stream seed
            let threshold = 100.0 + 1e6 * random.NextDouble()
            let step = LearningCurve(fun samples -> ResizeArray [ (if float samples >= threshold then 1.0 else 0.1) ])
            let crossing = step.Cross(0.55, ThresholdSearch(1000.0, 1L, 1L <<< 40, Phase = random.NextDouble()))
            Expect.isLessThan (abs (log (crossing.Samples / threshold))) (log 1.43) "within a step"

        testCase "a phase drawn for each grammar removes the bias of the grid; a common grid keeps it" <| fun () ->
            let random = stream 5
            let threshold = 1300.0
            let step () = LearningCurve(fun samples -> ResizeArray [ (if float samples >= threshold then 1.0 else 0.0) ])
            let bias phase = log ((step ()).Cross(0.5, ThresholdSearch(1000.0, 1L, 1L <<< 40, Phase = phase)).Samples / threshold)
            let drawn = ResizeArray [ for _ in 1..2000 -> bias (random.NextDouble()) ]
            let interval = Interval.Student(drawn, 1e-9)
            Expect.isTrue (interval.Low < 0.0 && interval.High > 0.0) $"no bias: {interval}"
            Expect.isGreaterThan (abs (bias 0.0)) 0.05 "the common grid is off"

        testCase "says where there is no crossing within the range" <| fun () ->
            let learner = curve 4.0 1e6 0.0
            let beyond = learner.Cross(0.5, ThresholdSearch(10.0, 1L, 1000L))
            Expect.equal beyond (Crossing(1000.0, CrossingSide.Beyond)) "beyond"
            let below = learner.Cross(0.5, ThresholdSearch(1e8, 10_000_000L, 1L <<< 40))
            Expect.equal below (Crossing(1e7, CrossingSide.Below)) "below"
            let found = learner.Cross(0.5, ThresholdSearch(1e5, 1L, 1L <<< 40))
            let unknown = SampleComplexity.Of(ResizeArray [ found; beyond ])
            Expect.isFalse unknown.Complete "incomplete"
            Expect.isTrue (Double.IsPositiveInfinity unknown.Interval.High && unknown.Interval.Low > 0.0) "bounded below only"
            Expect.equal (SampleComplexity.Of(ResizeArray [ found; below ])).Interval.Low 0.0 "bounded above only"

        testCase "refuses searches that make no sense" <| fun () ->
            let refused search = Expect.throwsT<ArgumentException> (fun () -> (curve 4.0 1e3 0.0).Cross(0.5, search) |> ignore) "refused"
            refused (ThresholdSearch(0.0, 1L, 10L))
            refused (ThresholdSearch(1.0, 0L, 10L))
            refused (ThresholdSearch(1.0, 10L, 9L))
            refused (ThresholdSearch(1.0, 1L, 10L, Step = 1.0))
            refused (ThresholdSearch(1.0, 1L, 10L, Phase = 2.0))
            Expect.throwsT<ArgumentException> (fun () -> SampleComplexity.HalfWay 1 |> ignore) "no chance level"
            Expect.throwsT<ArgumentException> (fun () -> SampleComplexity.Of(ResizeArray()) |> ignore) "no grammars"
    ]

[<Tests>]
let laws =
    testList "Scaling laws" [
        // Four values have only 35 different means, whose extremes are not wide enough; from eight on the interval is what it says.
        for grammars, least, most in [ 4, 0.86, 0.92; 8, 0.93, 0.97; 30, 0.93, 0.97 ] do
            testCase $"the 95%% bootstrap interval of P* covers the truth as often as documented with {grammars} grammars" <| fun () ->
                let share =
                    coverage 4000 (fun random ->
                        let measured = [ for _ in 1..grammars -> Crossing(1000.0 * exp (0.4 * random.NextGaussian()), CrossingSide.Found) ]
                        let interval = SampleComplexity.Of(ResizeArray measured, 0.05, 1UL, 500).Interval
                        interval.Low <= 1000.0 && 1000.0 <= interval.High)

                Expect.isTrue (share.High > least && share.Low < most) $"coverage {share}"

        // Grammars of different steepness and threshold, on a coarse grid; the truth is the crossing of the mean over very many of them.
        testCase "the 95% jackknife intervals of P* of mean curves and of its exponent cover the truth" <| fun () ->
            let samples = [| for k in 0..12 -> 10.0 ** (1.0 + float k / 3.0) |]

            let curve (random: RandomStream) (x: float) : Collections.Generic.IReadOnlyList<float> =
                let threshold, steepness = 30.0 * x ** 2.0 * exp (0.4 * random.NextGaussian()), 1.0 + random.NextDouble()
                [| for p in samples -> 1.0 / (1.0 + (threshold / p) ** steepness) |]

            let complexity random grammars x = SampleComplexity.OfMeanCurve(samples, [| for _ in 1..grammars -> curve random x |])
            let multiplicities = [ 3.0; 5.0; 8.0 ]

            let truths =
                [ for x in multiplicities ->
                      let random = stream 99
                      let curves = [| for _ in 1..20_000 -> curve random x |]
                      Threshold.Crossing(samples, [| for i in 0 .. samples.Length - 1 -> curves |> Array.averageBy (fun curve -> curve[i]) |]) ]

            let truth = ScalingLaw.ExponentOf(ResizeArray multiplicities, ResizeArray truths)

            for grammars in [ 3; 12 ] do
                let share =
                    coverage 1000 (fun random ->
                        let interval = (complexity random grammars multiplicities[0]).Interval
                        interval.Low <= truths[0] && truths[0] <= interval.High)

                Expect.isTrue (share.High > 0.94 && share.Low < 0.96) $"P*, {grammars} grammars: coverage {share}"

                let share =
                    coverage 1000 (fun random ->
                        let groups = [ for x in multiplicities -> struct (x, (complexity random grammars x).Logarithms) ]
                        let law = ScalingLaw.Power(ResizeArray groups, 0.05)
                        law.Interval.Low <= truth && truth <= law.Interval.High)

                Expect.isTrue (share.High > 0.94 && share.Low < 0.96) $"exponent, {grammars} grammars: coverage {share}"

        testCase "the exponent's interval covers the truth as often as it says, also after the adaptive search" <| fun () ->
            let share =
                coverage 2000 (fun random ->
                    let groups = [ for x in [ 4.0; 6.0; 8.0; 12.0 ] -> group random 5 3.0 0.3 x ]
                    let interval = ScalingLaw.Power(ResizeArray(groups: struct (float * Collections.Generic.IReadOnlyList<float>) list), 0.05).Interval
                    interval.Low <= 3.0 && 3.0 <= interval.High)

            Expect.isTrue (share.High > 0.94 && share.Low < 0.96) $"coverage {share}"

        testCase "a planted exponent is told from the claimed one at 1e-9" <| fun () ->
            for truth in [ 3.0; 5.0 ] do
                let random = stream 3
                let groups = [ for x in [ 4.0; 8.0; 16.0 ] -> group random 20 truth 0.3 x ]
                let law = ScalingLaw.Power(ResizeArray(groups: struct (float * Collections.Generic.IReadOnlyList<float>) list), 1e-9)
                Expect.isTrue (law.Interval.Low < truth && truth < law.Interval.High) $"the true exponent {truth}: {law.Interval}"
                let wrong = 8.0 - truth
                Expect.isFalse (law.Interval.Low < wrong && wrong < law.Interval.High) $"the wrong exponent {wrong}: {law.Interval}"

        property "an exact law comes back exactly, with no spread" <| fun (seed: int) ->
            let random = stream seed
            let a, b = 10.0 ** (3.0 * random.NextDouble()), 8.0 * random.NextDouble() - 4.0
            let values f = ResizeArray [ for x in [ 1.0; 2.0; 5.0 ] -> struct (x, numbers [ log (f x); log (f x) ]) ]
            let power = ScalingLaw.Power(values (fun x -> a * x ** b))
            let exponential = ScalingLaw.Exponential(values (fun x -> a * exp (b * x)))

            for law in [ power; exponential ] do
                Expect.floatClose Accuracy.high law.Exponent b "exponent"
                Expect.floatClose Accuracy.high law.Prefactor a "prefactor"
                Expect.isLessThan (law.Interval.High - law.Interval.Low) 1e-6 "no spread"

            Expect.floatClose Accuracy.high (ScalingLaw.ExponentOf([| 1.0; 2.0; 5.0 |], [| for x in [ 1.0; 2.0; 5.0 ] -> a * x ** b |])) b "the same of known values"
            Expect.floatClose Accuracy.high (ScalingLaw.RateOf([| 1.0; 2.0; 5.0 |], [| for x in [ 1.0; 2.0; 5.0 ] -> a * exp (b * x) |])) b "rate"

        testCase "refuses what has no slope" <| fun () ->
            let refused groups = Expect.throwsT<ArgumentException> (fun () -> ScalingLaw.Power(ResizeArray(groups: struct (float * Collections.Generic.IReadOnlyList<float>) list)) |> ignore) "refused"
            let logs = numbers [ 1.0; 2.0 ]
            refused [ struct (2.0, logs) ]
            refused [ struct (2.0, logs); struct (2.0, logs) ]
            refused [ struct (0.0, logs); struct (2.0, logs) ]
            refused [ struct (1.0, logs); struct (2.0, numbers [ 1.0 ]) ]
    ]

[<Tests>]
let collapse =
    testList "Collapse" [
        for truth, rival in [ 3.0, 5.0; 5.0, 3.0 ] do
            testCase $"curves that scale as m^{truth} collapse in that unit and not in m^{rival}" <| fun () ->
                let random = stream 11
                let multiplicities = [ 4.0; 6.0; 8.0; 12.0 ]

                let families =
                    ResizeArray
                        [ for m in multiplicities ->
                              let samples = [| for k in 0..40 -> 10.0 ** (float k / 5.0) |]

                              let curves =
                                  ResizeArray
                                      [ for _ in 1..6 ->
                                            let threshold = 10.0 * m ** truth * exp (0.2 * random.NextGaussian())
                                            numbers [ for p in samples -> 1.0 / (1.0 + (threshold / p) ** 4.0) ] ]

                              CurveFamily(samples, curves) ]

                let unit e = numbers [ for m in multiplicities -> m ** e ]
                let scores = CollapseScore.Compare(families, [ unit truth; unit rival ])
                // Standard deviation of log10 of the rival's remaining m^2 over these multiplicities.
                let logs = [ for m in multiplicities -> 2.0 * log10 m ]
                let mean = List.average logs
                let expected = sqrt (List.sumBy (fun x -> (x - mean) ** 2.0) logs / 3.0)
                Expect.isLessThan scores[0].Decades 0.1 "the true unit: 0.2/sqrt 6 of a natural logarithm is 0.035 decades"
                Expect.isLessThan (abs (scores[1].Decades - expected)) 0.15 "the wrong unit"
                Expect.isGreaterThan scores[1].Excess.Low 0.0 "and worse in all but a few resamples"
                let reversed = CollapseScore.Compare(families, [ unit rival; unit truth ])
                Expect.isLessThan reversed[1].Excess.High 0.0 "the control: the true unit is no worse than the wrong one"

        testCase "refuses a single setting and a unit of the wrong length" <| fun () ->
            let family = CurveFamily([| 1.0; 10.0 |], [ numbers [ 0.0; 1.0 ] ])
            let refused families units = Expect.throwsT<ArgumentException> (fun () -> CollapseScore.Compare(ResizeArray(families: CurveFamily list), units) |> ignore) "refused"
            refused [ family ] [ numbers [ 1.0 ] ]
            refused [ family; family ] [ numbers [ 1.0 ] ]
    ]
