module Rhm.ProofsTests.Statistics.SampleComplexityTests

open System
open System.IO
open Expecto
open Rhm.Randomness
open Rhm.Statistics
open Rhm.ProofsTests
open Rhm.ProofsTests.KnownThresholds

/// How far log P* of single grammars lies from its mean, in standard deviations: hundreds of cells of stored measurements.
let private deviations =
    lazy
        (let lines =
            Path.Combine(Folders.solution, "paper", "results", "targets-paper", "results.csv")
            |> File.ReadLines
            |> Seq.skip 1
            |> Seq.map (fun line -> line.Split ',')
            |> Seq.toArray

         let value name (row: string[]) = row[Array.IndexOf(lines[0], name)]
         let setting row = [ for name in [ "learner"; "L"; "s"; "v"; "m"; "cousins"; "target" ] -> value name row ]

         Array.tail lines
         |> Array.filter (fun row -> value "side_top" row = string (int CrossingSide.Found))
         |> Array.groupBy setting
         |> Array.filter (fun (_, grammars) -> grammars.Length > 1)
         |> Array.collect (fun (_, grammars) ->
             let found = [| for row in grammars -> log (float (value "p_star_top" row)) |]
             let mean = Array.average found
             let variance = Array.sumBy (fun x -> (x - mean) ** 2.0) found / float found.Length
             [| for x in found -> (x - mean) / sqrt variance |]))

/// One of them.
let private deviation (random: RandomStream) = deviations.Value[int (random.NextBelow(uint64 deviations.Value.Length))]

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

        for grammars in [ 2; 3; 5; 10; 24 ] do
            testCase $"the 95%% interval of P* covers 94 to 96%% with {grammars} grammars, spread like measured ones" <| fun () ->
                let random = stream grammars
                let draw () = Crossing(1000.0 * exp (0.4 * deviation random), CrossingSide.Found)

                let share =
                    Seq.init 20_000 (fun _ -> SampleComplexity.Of(ResizeArray [ for _ in 1..grammars -> draw () ]).Interval)
                    |> Seq.averageBy (fun interval -> if interval.Low <= 1000.0 && 1000.0 <= interval.High then 1.0 else 0.0)

                Expect.isLessThan (abs (share - 0.95)) 0.01 $"coverage {share}, known to +-0.003"

        testCase "the interval of P* is Student's of its logarithms" <| fun () ->
            let logarithms = [ 5.0; 5.5; 6.5 ]
            let found = SampleComplexity.Of(ResizeArray [ for x in logarithms -> Crossing(exp x, CrossingSide.Found) ])
            // mean 17/3, standard deviation 0.76376, t = 4.30265 with 2 degrees: +- 1.89730
            Expect.floatClose Accuracy.high found.Value (exp (17.0 / 3.0)) "geometric mean"
            Expect.isLessThan (abs (log found.Interval.Low - 17.0 / 3.0 + 1.89730)) 1e-4 "lower end"
            Expect.isLessThan (abs (log found.Interval.High - 17.0 / 3.0 - 1.89730)) 1e-4 "upper end"

        testCase "the interval of P* has the error probability that is asked for" <| fun () ->
            let crossings = ResizeArray [ for x in [ 5.0; 5.5; 6.5 ] -> Crossing(exp x, CrossingSide.Found) ]
            // t = 9.92484 at 1% and 1.88562 at 20%, of 2 degrees; standard error 0.440959.
            for alpha, t in [ 0.01, 9.92484; 0.2, 1.88562 ] do
                let interval = SampleComplexity.Of(crossings, alpha).Interval
                Expect.isLessThan (abs (log interval.High - 17.0 / 3.0 - 0.440959 * t)) 1e-4 $"{alpha}"

        testCase "a P* beyond what was searched bounds the median, and says nothing of how far beyond it lies" <| fun () ->
            let found = [ for i in 1..9 -> Crossing(float i, CrossingSide.Found) ]
            let beyond count = List.replicate count (Crossing(10.0, CrossingSide.Beyond))
            let below count = List.replicate count (Crossing(0.5, CrossingSide.Below))
            let interval (crossings: Crossing list) = SampleComplexity.Of(ResizeArray crossings).Interval
            let isInterval low high (found: Interval) =
                Expect.floatClose Accuracy.high found.Low low "lower end"
                if Double.IsInfinity high then
                    Expect.equal found.High high "open"
                else
                    Expect.floatClose Accuracy.high found.High high "upper end"

            // Of 10 values the second lies beyond the median with a probability of 11/1024 < 0.025, the third with 56/1024.
            interval (found @ beyond 1) |> isInterval 2.0 9.0
            interval (List.take 8 found @ beyond 2) |> isInterval 2.0 infinity
            interval (found @ below 1) |> isInterval 1.0 8.0
            interval (beyond 10) |> isInterval 10.0 infinity
            interval (beyond 5) |> isInterval 0.0 infinity
            interval (below 10) |> isInterval 0.0 0.5

        testCase "the interval covers the median of P* of which a third lies beyond the range searched" <| fun () ->
            let share =
                coverage 4000 (fun random ->
                    let measured =
                        [ for _ in 1..12 ->
                              let samples = 1000.0 * exp (0.4 * random.NextGaussian())
                              if samples > 1200.0 then Crossing(1200.0, CrossingSide.Beyond) else Crossing(samples, CrossingSide.Found) ]

                    let interval = SampleComplexity.Of(ResizeArray measured).Interval
                    interval.Low <= 1000.0 && 1000.0 <= interval.High)

            // The third and the tenth of twelve miss it with 2 x 79/4096 = 3.9%, the fourth and the ninth with 14.6%.
            Expect.isTrue (share.Low < 0.961 && 0.961 < share.High) $"coverage {share}"

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

        testCase "measured P* are many enough to draw from, and centred" <| fun () ->
            Expect.isGreaterThan deviations.Value.Length 500 "grammars"
            Expect.isLessThan (abs (Array.average deviations.Value)) 1e-9 "mean"

        for grammars in [ 2; 3; 5; 10; 24 ] do
            testCase $"the 95%% interval of an exponent covers 94 to 96%% with {grammars} grammars at each of three m" <| fun () ->
                let random = stream (100 + grammars)
                // The standard deviations of token targets at m = 4, 8 and 16, which differ most.
                let points = [ 4.0, 0.52; 8.0, 0.37; 16.0, 0.32 ]

                let draw () =
                    ScalingLaw.Power(
                        ResizeArray
                            [ for m, spread in points ->
                                  struct (m, numbers [ for _ in 1..grammars -> 3.0 * log m + spread * deviation random ]) ]
                    )

                let share =
                    Seq.init 20_000 (fun _ -> draw().Interval)
                    |> Seq.averageBy (fun interval -> if interval.Low <= 3.0 && 3.0 <= interval.High then 1.0 else 0.0)

                Expect.isLessThan (abs (share - 0.95)) 0.01 $"coverage {share}, known to +-0.003"
    ]
