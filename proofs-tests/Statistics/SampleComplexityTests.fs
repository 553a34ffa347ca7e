module Rhm.ProofsTests.Statistics.SampleComplexityTests

open System
open Expecto
open Rhm.Randomness
open Rhm.Statistics
open Rhm.ProofsTests.KnownThresholds

[<Tests>]
let tests =
    testList "Statistics / SampleComplexity" [
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
            Expect.throwsT<ArgumentException>
                (fun () -> SampleComplexity.OfMeanCurve(samples, [| [| 0.5 |] |]) |> ignore)
                "a curve of another length"

        testCase "a grammar contributes its own crossing to a mean curve where all are parallel straight lines" <| fun () ->
            let shifts = [ 0.0; 0.1; -0.05; 0.2 ]
            let line shift : Collections.Generic.IReadOnlyList<float> = [| 0.1 + shift; 0.9 + shift |]
            let mean = SampleComplexity.OfMeanCurve([| 10.0; 1000.0 |], [| for shift in shifts -> line shift |])

            for shift, contribution in List.zip shifts (List.ofSeq mean.Crossings) do
                Expect.floatClose Accuracy.high (log10 contribution.Samples) (1.0 + 2.0 * (0.4 - shift) / 0.8) $"shift {shift}"

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
                      Threshold.Crossing(
                          samples,
                          [| for i in 0 .. samples.Length - 1 -> curves |> Array.averageBy (fun curve -> curve[i]) |]
                      ) ]

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

        testCase "the interval of P* over grammars has the width of Student's where logarithms are spread like normal ones" <| fun () ->
            // twelve quantiles of a normal law; without the factor n/(n-1) of the variance the interval is 4.3% narrower. Left to chance:
            // 0.5% by 100 000 resamples, and 0.4% because the resampled mean is a little less heavy-tailed than a normal one.
            let logarithms = [ for i in 1..12 -> MathNet.Numerics.Distributions.Normal.InvCDF(5.0, 0.4, (float i - 0.5) / 12.0) ]
            let crossings = [ for x in logarithms -> Crossing(exp x, CrossingSide.Found) ]
            let found = SampleComplexity.Of(ResizeArray crossings, 0.05, 1UL, 100_000)
            let student = Interval.Student(ResizeArray logarithms, 0.05)
            let width = log (found.Interval.High / found.Interval.Low) / (student.High - student.Low)
            Expect.isLessThan (abs (width - 1.0)) 0.025 $"width over Student's: {width}"
            Expect.floatClose Accuracy.high found.Value (exp (List.average logarithms)) "geometric mean"
    ]
