module Rhm.ProofsTests.Statistics.CollapseScoreTests

open System
open Expecto
open Rhm.Statistics
open Rhm.ProofsTests.KnownThresholds

[<Tests>]
let tests =
    testList "Statistics / CollapseScore" [
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
            let refused families units =
                Expect.throwsT<ArgumentException>
                    (fun () -> CollapseScore.Compare(ResizeArray(families: CurveFamily list), units) |> ignore)
                    "refused"
            refused [ family ] [ numbers [ 1.0 ] ]
            refused [ family; family ] [ numbers [ 1.0 ] ]

        testCase "two curves a decade apart, by hand; the first unit is no worse than itself; a tail of nearly a half" <| fun () ->
            let family scale = CurveFamily([| scale; 100.0 * scale |], ResizeArray [ numbers [ 0.0; 1.0 ]; numbers [ 0.1; 0.8 ] ])
            let units = [ numbers [ 1.0; 1.0 ]; numbers [ 1.0; 10.0 ] ]
            let compare alpha = CollapseScore.Compare(ResizeArray [ family 10.0; family 100.0 ], units, alpha)
            // Logarithms that differ by 1 have variance 1/2.
            let scores = Seq.toList (compare 0.05)
            Expect.floatClose Accuracy.high scores.Head.Decades (sqrt 0.5) "decades"
            Expect.isLessThan (List.last scores).Decades 1e-9 "collapsed"
            Expect.equal scores.Head.Excess (Interval(0.0, 0.0)) "the excess of the first unit"
            for score in compare 0.9 do Expect.isLessThanOrEqual score.Interval.Low score.Interval.High "an interval"
    ]
