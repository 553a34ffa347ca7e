module Rhm.ProofsTests.Networks.Probes.MlpProbeTests

open Expecto
open Rhm.Networks.Probes
open Rhm.Randomness
open Rhm.Statistics
open Rhm.ProofsTests.FrozenNetworks

let private alpha = 1e-9

[<Tests>]
let tests =
    testList "Networks / Probes / MlpProbe" [
        testCase "a hidden layer separates what no line does" <| fun () ->
            let stream = RandomStream(4UL, RandomPurpose.Experiment)

            let set count =
                let points = Array.init count (fun _ -> Array.init 10 (fun j -> if j < 2 then float32 (stream.NextGaussian()) else 0.0f))
                rows points (points |> Array.map (fun p -> if (p[0] > 0.0f) = (p[1] > 0.0f) then 1 else 0))

            let train, held = set 1500, set 1500
            Expect.isGreaterThan (MlpProbe.Accuracy(train, held, 2, 1UL)) 0.9 "two quadrants each"
            Expect.isLessThan (RidgeProbe.Accuracy(train, held, 2)) 0.65 "a line"
            let shuffled = LabelledFeatures(held.Values, 10, Array.rev held.Labels)
            let interval = Interval.Hoeffding(MlpProbe.Accuracy(train, shuffled, 2, 1UL), 1500L, 1.0, alpha)
            Expect.isTrue (interval.Low <= 0.5 && interval.High >= 0.5) $"other labels: %A{interval}"
            Expect.equal (MlpProbe.Accuracy(train, held, 2, 1UL, 100, 3)) (MlpProbe.Accuracy(train, held, 2, 1UL, 100, 1)) "threads"

        testCase "held-out features are scaled as those of training, however small" <| fun () ->
            let stream = RandomStream(5UL, RandomPurpose.Experiment)

            let set count =
                let points = Array.init count (fun _ -> Array.init 4 (fun _ -> 1e-4f * float32 (stream.NextGaussian())))
                rows points (points |> Array.map (fun p -> if p[0] > 0.0f then 1 else 0))

            Expect.isGreaterThan (MlpProbe.Accuracy(set 800, set 800, 2, 1UL, 500)) 0.9 "a half-space of small numbers"
    ]
