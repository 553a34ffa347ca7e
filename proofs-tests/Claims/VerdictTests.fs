/// The rule of verdicts, and the numbers that decide about it.
module Rhm.ProofsTests.Claims.VerdictTests

open System.Collections.Generic
open Expecto
open MathNet.Numerics.Distributions
open Rhm.Claims
open Rhm.Randomness
open Rhm.Running
open Rhm.Statistics

/// Allowed is 2..4, the rival predicts 5..6.
let private measured low high =
    { Quantity = "units"
      Predicted = 3
      Measured = (low + high) / 2.0
      ReadingLow = low
      ReadingHigh = high
      Low = low
      High = high
      AcceptLow = 2
      AcceptHigh = 4
      Rival =
        { At = ""
          Low = 5
          High = 6
          MeasuredLow = low
          MeasuredHigh = high } }

let private expected quick paper = { Quick = quick; Paper = paper }

/// Skewed as log P* is: the logarithm of a Gamma variable of shape 1/2, whose skewness is -1.5, turned around. A tail of hard grammars.
let private skewed count (random: RandomStream) =
    [ for _ in 1..count ->
          let normal = Normal.InvCDF(0.0, 1.0, random.NextDouble())
          -log (normal * normal) ]

[<Tests>]
let verdicts =
    testList "Claims / Verdict" [
        testCase "a P* that was not found leaves a claim undecided, at whichever place it is" <| fun () ->
            let lost side = Crossings.logarithm (Crossing(100.0, side))
            Expect.equal (lost CrossingSide.Beyond, lost CrossingSide.Below) (infinity, -infinity) "not values"
            Expect.floatClose Accuracy.high (lost CrossingSide.Found) (log 100.0) "a value"

            for unknown in [ infinity; -infinity ] do
                let groups last = [ 4.0, ResizeArray [ 1.0; 1.1 ] :> IReadOnlyList<float>; 8.0, ResizeArray [ 2.0; last ] ]
                let of' estimate = Measure.compare "" 3 estimate (2, 4) (5, 6)
                let good = of' (Measure.mean 1 [ 3.0; 3.0 + 1e-9 ])
                Expect.equal good.Verdict Verdict.Established "known"

                for bad in [ Measure.mean 1 [ 3.0; unknown ]; Measure.power 1 (groups unknown) ] do
                    Expect.equal (Measure.weakest [ good; of' bad ]).Verdict Verdict.Undecided "said of every place"
                    Expect.equal (Measure.worst [ good; of' bad ]).Verdict Verdict.Compatible "the rival is excluded elsewhere"

        testCase "by width alone: the interval overlaps what is allowed, and the value does not lie there" <| fun () ->
            for low, high, alone in [ 2.5, 3.0, false; 3.5, 4.4, false; 3.5, 4.9, true; 1.0, 2.5, true; 4.1, 4.9, false ] do
                Expect.equal (measured low high).IsByWidthAlone alone $"[{low}, {high}]"

            let exact = { measured 2.5 3.9 with AcceptLow = 3; AcceptHigh = 3 }
            Expect.isFalse exact.IsByWidthAlone "one value alone is allowed"

        testCase "one rule: inside, overlapping without and with the rival, outside" <| fun () ->
            for low, high, verdict in
                [ 2.0, 4.0, Verdict.Established
                  2.5, 3.0, Verdict.Established
                  1.9, 3.0, Verdict.Compatible
                  3.0, 4.9, Verdict.Compatible
                  0.0, 4.9, Verdict.Compatible
                  3.0, 5.0, Verdict.Undecided
                  0.0, 9.0, Verdict.Undecided
                  4.1, 9.0, Verdict.Contradicted
                  5.5, 5.6, Verdict.Contradicted
                  0.0, 1.9, Verdict.Contradicted ] do
                Expect.equal (measured low high).Verdict verdict $"{low}..{high}"

        testCase "a rival that is not known is not excluded" <| fun () ->
            let m = measured 1.9 3.0

            let unknown =
                { m with
                    Measurement.Rival =
                        { m.Rival with
                            Low = nan
                            High = nan } }

            Expect.equal unknown.Verdict Verdict.Undecided "overlapping"

        testCase "what meets the verdict on record" <| fun () ->
            let all = [ Verdict.Contradicted; Verdict.Undecided; Verdict.Compatible; Verdict.Established ]
            let meeting (record: Expectation) scale = all |> List.filter (fun verdict -> record.IsMetBy(scale, verdict))

            for record, scale, accepted in
                [ expected Verdict.Established Verdict.Established, Scale.Quick, [ Verdict.Established ]
                  expected Verdict.Compatible Verdict.Established, Scale.Quick, [ Verdict.Compatible; Verdict.Established ]
                  expected Verdict.Undecided Verdict.Compatible, Scale.Quick, List.tail all
                  expected Verdict.Undecided Verdict.Contradicted, Scale.Quick, List.take 3 all
                  expected Verdict.Undecided Verdict.Contradicted, Scale.Paper, [ Verdict.Contradicted ] ] do
                Expect.equal (meeting record scale) accepted $"{record} {scale}"

        testCase "power: a mean, a slope and a share by hand" <| fun () ->
            // (1.96 + 1.645)^2 = 12.99.
            Expect.equal (Power.mean 0.05 1.0 1.0) 13 "a distance of one standard deviation"
            Expect.equal (Power.mean 0.05 0.5 1.0) 52 "half of it: four times as many"
            // Three x one apart: sum of squares 2.
            Expect.equal (Power.slope 0.05 1.0 1.0 [ 0.0; 1.0; 2.0 ]) 7 "a slope"
            // All of n recovered exclude one half at 1e-9 from n = 31 on; 97% of the time only with a few to spare.
            Expect.equal (Power.proportion 1e-9 1.0 0.5) 31 "certain success"
            let n = Power.proportion 1e-9 0.97 0.5
            Expect.isGreaterThan n 31 "some to spare"
            Expect.isLessThan n 50 "not many"

        testCase "a share told from its rival by the number that power gives" <| fun () ->
            let random = RandomStream(1UL, RandomPurpose.Experiment)
            let n = Power.proportion 1e-9 0.97 0.5

            let told =
                [ for _ in 1..2000 ->
                      let successes = Seq.sum [ for _ in 1..n -> if random.NextDouble() < 0.97 then 1L else 0L ]
                      Interval.ClopperPearson(successes, int64 n, 1e-9).Low > 0.5 ]
                |> List.filter id
                |> List.length

            // 95% of 2000 is 1900, with a standard deviation of 9.7; false alarm 1e-9 at 6 of them.
            Expect.isGreaterThan told 1841 "of 2000"

        testCase "Student's interval at the nominal level misses a skewed mean no more often than is promised" <| fun () ->
            let random = RandomStream(1UL, RandomPurpose.Experiment)
            // E[-log chi^2_1] = gamma + log 2.
            let truth = 0.5772156649015329 + log 2.0

            // Taken at the promised level itself it would miss more often: that is why the nominal level is another.
            let atPromise = [ for _ in 1..20000 -> Interval.Student(ResizeArray(skewed 10 random), 1e-3) ]
            let missed = atPromise |> List.filter (fun interval -> interval.Low > truth || interval.High < truth) |> List.length
            Expect.isGreaterThan missed 50 "control: of 20000 at 1e-3"

            for count in [ 10; 24 ] do
                let misses =
                    [ for _ in 1..20000 ->
                          let interval = (Measure.mean 1 (skewed count random)).Bound
                          if interval.Low > truth || interval.High < truth then 1 else 0 ]
                    |> List.sum

                // 20 misses are promised at most; more than 50 have a probability below 1e-9 then.
                Expect.isLessThanOrEqual misses 50 $"of 20000 with {count} values"
    ]
