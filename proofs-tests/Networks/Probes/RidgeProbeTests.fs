module Rhm.ProofsTests.Networks.Probes.RidgeProbeTests

open Expecto
open Rhm.Networks.Probes
open Rhm.ProofsTests.FrozenNetworks

[<Tests>]
let tests =
    testList "Networks / Probes / RidgeProbe" [
        testCase "a linear probe is ridge regression in closed form" <| fun () ->
            // x centred = -1.5, -0.5, 0.5, 1.5; one-hot labels minus shares: -+0.5: weight of symbol 1 = 2 / (5 + penalty), positive:
            // symbol 1 where x is above the mean of training, whatever the penalty
            let data (x: float32 list) (labels: uint16 list) = LabelledFeatures(Array.ofList x, 1, Array.ofList labels)
            let train = data [ 0f; 1f; 2f; 3f ] [ 0us; 0us; 1us; 1us ]
            let accuracy x labels = RidgeProbe.Accuracy(train, data x labels, 2)
            Expect.equal (accuracy [ 1.49f; 1.51f; -9f; 9f ] [ 0us; 1us; 0us; 1us ]) 1.0 "the boundary is the mean"
            Expect.equal (accuracy [ 1.49f; 1.51f; -9f; 9f ] [ 1us; 0us; 1us; 0us ]) 0.0 "and not the other way round"
            // with shares 3/4 and 1/4, x y = 1.5 and x x + penalty = 5 (1 + 1e-3): scores 0.75 - w (x - 1.5) and 0.25 + w (x - 1.5)
            let train = data [ 0f; 1f; 2f; 3f ] [ 0us; 0us; 0us; 1us ]
            let boundary = 1.5 + 0.25 / (1.5 / (5.0 * (1.0 + 1e-3)))
            let accuracy x label = RidgeProbe.Accuracy(train, data [ float32 x ] [ label ], 2)
            Expect.equal (accuracy (boundary - 0.01) 0us, accuracy (boundary + 0.01) 1us) (1.0, 1.0) $"boundary at {boundary}"

        testCase "a probe of features in a plane of many dimensions is solved" <| fun () ->
            // rank 1 of 300 columns, large numbers: rounding must not make the system indefinite
            let set =
                rows (Array.init 400 (fun i -> Array.create 300 (if i % 2 = 0 then 1e4f else -1e4f))) (Array.init 400 (fun i -> i % 2))
            Expect.equal (RidgeProbe.Accuracy(set, set, 2)) 1.0 "two points"

        testCase "held-out features are centred by the mean of training; a probe that sees nothing names the commonest symbol" <| fun () ->
            let data (x: float32 list) (labels: uint16 list) = LabelledFeatures(Array.ofList x, 1, Array.ofList labels)
            let train = data [ -1f; -1f; 1f; 1f ] [ 0us; 0us; 1us; 1us ]
            Expect.equal (RidgeProbe.Accuracy(train, data [ 3f; 3f ] [ 1us; 1us ], 2)) 1.0 "two strings alike"
            let blind = data (List.replicate 10 1f) (0us :: List.replicate 9 1us)
            Expect.equal (RidgeProbe.Accuracy(blind, data [ 1f ] [ 1us ], 2)) 1.0 "nine of ten"
    ]
