module Rhm.ProofsTests.Numerics.CentringTests

open Expecto
open Rhm.Numerics
open Rhm.ProofsTests.Elementwise
open Rhm.ProofsTests.Numbers

[<Tests>]
let tests =
    testList "Numerics / Centring" [
        matrixProperty "differences are exact roundings, sums within the bound of any order" <| fun m ->
            let x, mean = inputs m
            let u = blank x.Length
            let struct (sum, squares) = Centring.Subtract<float32>(x, mean, u)
            Expect.isNone (firstDifference u (Array.map2 (-) x mean)) "u"
            let bound f = gammaOf (float x.Length) * Array.sumBy f u
            Expect.isLessThanOrEqual (abs (float sum - Array.sumBy float u)) (bound (fun d -> abs (float d))) "sum"
            Expect.isLessThanOrEqual
                (abs (float squares - Array.sumBy (fun d -> float d * float d) u))
                (bound (fun d -> float d * float d))
                "squares"
            Centring.ShiftAndScale<float32>(u, 0.3f, 1.7f)
            Expect.isNone (firstDifference u (Array.map2 (fun a b -> (a - b - 0.3f) * 1.7f) x mean)) "shifted and scaled"

        testCase "control: the bound notices a number left out" <| fun () ->
            let x = Array.create 40 1.0f
            let struct (sum, _) = Centring.Subtract<float32>(x[..38], blank 39, blank 39)
            Expect.isGreaterThan (abs (float sum - 40.0)) (gammaOf 40.0 * 40.0) "must fail"
    ]
