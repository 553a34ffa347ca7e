module Rhm.ProofsTests.Statistics.LearningCurveTests

open System
open Expecto
open Rhm.Statistics
open Rhm.ProofsTests.Generators
open Rhm.ProofsTests.KnownThresholds

[<Tests>]
let tests =
    testList "Statistics / LearningCurve" [
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
            Expect.isLessThanOrEqual
                (float (Seq.max evaluations))
                (max (4.0 * 1.2 * threshold) (1.5 * start))
                "nothing far beyond the crossing"

        property "every stride finds the same crossing, and two steps from below pass over fewer strings than four" <| fun (seed: int) ->
            let random = stream seed
            let threshold = 10.0 ** (2.0 + 4.0 * random.NextDouble())
            let start, phase = threshold / (1.0 + 7.0 * random.NextDouble()), random.NextDouble()

            let found stride =
                let mutable strings = 0L
                let curve =
                    LearningCurve(fun samples ->
                        strings <- strings + samples
                        ResizeArray [ 1.0 / (1.0 + (threshold / float samples) ** 4.0) ])
                curve.Cross(0.5, ThresholdSearch(start, 1L, 1L <<< 40, Phase = phase, Stride = stride)), strings

            let usual, strings = found 4
            for stride in [ 1; 2; 3; 7 ] do Expect.equal (fst (found stride)) usual $"stride {stride}"
            Expect.isLessThanOrEqual (snd (found 2)) strings "strings"

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
            Expect.equal unknown.Interval (Interval(0.0, infinity)) "two grammars say nothing of a median"
            Expect.equal (SampleComplexity.Of(ResizeArray [ found; below ])).Interval.Low 0.0 "no lower bound"

        testCase "refuses searches that make no sense" <| fun () ->
            let refused search = Expect.throwsT<ArgumentException> (fun () -> (curve 4.0 1e3 0.0).Cross(0.5, search) |> ignore) "refused"
            refused (ThresholdSearch(0.0, 1L, 10L))
            refused (ThresholdSearch(1.0, 0L, 10L))
            refused (ThresholdSearch(1.0, 10L, 9L))
            refused (ThresholdSearch(1.0, 1L, 10L, Step = 1.0))
            refused (ThresholdSearch(1.0, 1L, 10L, Phase = 2.0))
            refused (ThresholdSearch(1.0, 1L, 10L, Stride = 0))
            Expect.throwsT<ArgumentException> (fun () -> SampleComplexity.HalfWay 1 |> ignore) "no chance level"
            Expect.throwsT<ArgumentException> (fun () -> SampleComplexity.Of(ResizeArray()) |> ignore) "no grammars"


        testCase "crossings are read on a logarithmic axis, of the component that is asked for, on the grid that is asked for" <| fun () ->
            // Straight lines in log P, which reach one half at 100 and at 1000.
            let curve = LearningCurve(fun p -> numbers [ for start in [ 10.0; 100.0 ] -> log10 (float p / start) / 2.0 ])
            let search = ThresholdSearch(50.0, 1L, 1_000_000L, Step = 3.0)
            // Numbers of strings are whole: a relative error of 1/100 at most.
            Expect.isLessThan (abs (log (curve.Cross(0.5, search, 0).Samples / 100.0))) 0.01 "the first"
            Expect.isLessThan (abs (log (curve.Cross(0.5, search).Samples / 1000.0))) 0.01 "the last"

            for p in curve.Points.Keys do
                let steps = log (float p / 50.0) / log 3.0
                Expect.isLessThan (abs (steps - round steps)) 0.05 $"{p} lies on the grid"

            let found = Threshold.Find([| 10.0; 1000.0 |], [| 0.0; 1.0 |], 0.5)
            Expect.floatClose Accuracy.high found.Samples 100.0 "the geometric mean"
            Expect.equal (Threshold.Find([| 10.0; 1000.0 |], [| 0.6; 1.0 |], 0.5).Side) CrossingSide.Below "above the level from the start"

        testCase "an accuracy that just reaches the level has crossed it" <| fun () ->
            let curve = LearningCurve(fun p -> numbers [ (if p >= 100L then 0.5 else 0.0) ])
            Expect.equal (curve.Cross(0.5, ThresholdSearch(50.0, 1L, 10_000L))).Side CrossingSide.Found "reached"
    ]
