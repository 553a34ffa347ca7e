module Rhm.ProofsTests.Networks.Probes.EffectiveRankTests

open Expecto
open Rhm.Networks.Probes
open Rhm.ProofsTests.FrozenNetworks

[<Tests>]
let tests =
    testList "Networks / Probes / EffectiveRank" [
        testCase "equidistant points, a plane, a constant" <| fun () ->
            let simplex = rows (Array.init 80 (fun i -> Array.init 8 (fun j -> if i % 8 = j then 1.0f else 0.0f))) (Array.create 80 0)
            Expect.floatClose Accuracy.medium (EffectiveRank.Of simplex) 7.0 "v - 1"
            let line = rows (Array.init 50 (fun i -> Array.init 5 (fun j -> float32 (i * (j + 1))))) (Array.create 50 0)
            Expect.floatClose Accuracy.medium (EffectiveRank.Of line) 1.0 "a line"
            // eigenvalues 1, 1, 4: 36 / 18
            let axes =
                [| for axis, length in [ 0, 1.0f; 1, 1.0f; 2, 2.0f ] do
                       for sign in [ -1.0f; 1.0f ] -> Array.init 4 (fun j -> if j = axis then 3.0f + sign * length else 3.0f) |]
            Expect.floatClose Accuracy.medium (EffectiveRank.Of(rows axes (Array.create 6 0))) 2.0 "1, 1, 4"
            Expect.equal (EffectiveRank.Of(rows (Array.create 10 [| 2.0f; 3.0f |]) (Array.create 10 0))) 0.0 "a constant"
    ]
