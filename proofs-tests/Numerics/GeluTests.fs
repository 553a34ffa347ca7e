module Rhm.ProofsTests.Numerics.GeluTests

open System
open Expecto
open Rhm.Numerics
open Rhm.ProofsTests
open Rhm.ProofsTests.Elementwise
open Rhm.ProofsTests.Numbers

let private phi64 x = 0.5 * MathNet.Numerics.SpecialFunctions.Erfc(-x / sqrt 2.0)

let private gelu64 x = x * phi64 x

/// The errors that Gelu states, in units of 2^-24: measured over every seventh of all floats, tried here on every 1009th.
let private geluError, geluDerivativeError = 8.0, 6.0

/// The first x where the results are outside the stated errors.
let private geluOutside (x: float32[]) (y: float32[]) (derivative: float32[]) =
    Seq.init x.Length id
    |> Seq.tryPick (fun i ->
        let v = float x[i]
        let value, phi = gelu64 v, phi64 v
        let density = exp (-0.5 * v * v) / sqrt (2.0 * Math.PI)
        let u = gamma 1 24
        let valueOk = abs (float y[i] - value) <= geluError * u * abs value + underflow
        let derivativeOk = abs (float derivative[i] - (phi + v * density)) <= geluDerivativeError * u * (phi + abs v * density) + underflow
        if valueOk && derivativeOk then None else Some(x[i], y[i], value, derivative[i], phi + v * density))

[<Tests>]
let tests =
    testList "Numerics / Gelu" [
        testCase "value and derivative within the stated errors, over the whole range" <| fun () ->
            for start in 0L .. 1009L * 4096L .. 0xFFFFFFFFL do
                let x =
                    Array.init 4096 (fun i -> uint32 (min 0xFFFFFFFFL (start + 1009L * int64 i)) |> BitConverter.UInt32BitsToSingle)
                    |> Array.filter Single.IsFinite

                let y, derivative = blank x.Length, blank x.Length
                Gelu.Forward<float32>(x, y)
                Gelu.Backward<float32>(x, ones x.Length, derivative)
                Expect.isNone (geluOutside x y derivative) "(x, value, expected, derivative, expected)"

        testCase "the derivative agrees with central differences" <| fun () ->
            let x, dy = inputs { single with Columns = 400; Scale = 2.0f }
            let dx = blank x.Length
            Gelu.Backward<float32>(x, dy, dx)
            let expected = Array.init x.Length (fun k -> (differences (Array.map gelu64) [| float x[k] |] [| float dy[k] |])[0])
            let bound k = gammaOf (geluDerivativeError + 2.0) * abs (float dy[k]) * (phi64 (float x[k]) + 1.0)
            Expect.isNone (outsideDifferences dx expected bound) "(index, gradient, differences, bound)"

        testCase "the plain value is x Phi(x), the plain derivative Phi(x) + x phi(x)" <| fun () ->
            for x in [ -3.0; -0.75; 0.0; 0.25; 1.0; 2.5 ] do
                let density = exp (-0.5 * x * x) / sqrt (2.0 * Math.PI)
                Expect.floatClose Accuracy.medium (float (Gelu.Reference.Value<float32>(float32 x))) (gelu64 x) $"value at {x}"
                let derivative = float (Gelu.Reference.Derivative<float32>(float32 x))
                Expect.floatClose Accuracy.medium derivative (phi64 x + x * density) $"derivative at {x}"

        testCase "control: the tanh approximation is noticed" <| fun () ->
            let x, _ = inputs { single with Columns = 100; Scale = 3.0f }
            let approximate v = 0.5 * v * (1.0 + tanh (sqrt (2.0 / Math.PI) * (v + 0.044715 * v * v * v)))
            let y, derivative = blank 100, blank 100
            Gelu.Backward<float32>(x, ones 100, derivative)
            Gelu.Forward<float32>(x, y)
            Expect.isNone (geluOutside x y derivative) "the exact one passes"
            Expect.isSome (geluOutside x (Array.map (float >> approximate >> float32) x) derivative) "the approximation does not"

        testCase "PyTorch's values" <| fun () ->
            for x, y in [ for pair in Golden.read<float list list> "gelu.json" "values" -> pair[0], pair[1] ] do
                Expect.floatClose Accuracy.veryHigh (gelu64 x) y $"gelu {x} in double"
                let single = blank 1
                let input = [| float32 x |]
                Gelu.Forward<float32>(input, single)
                // These x are floats.
                Expect.isLessThanOrEqual (abs (float single[0] - y)) (gammaOf geluError * abs y) $"gelu {x}"

        testCase "any length, any number of threads, the same bits" <| fun () ->
            for n in [ 0; 1; 15; 16; 17; 31; 33; 1000; 20011 ] do
                let random = Random n
                let x, dy = Array.map ((*) 3.0f) (numbers random n), numbers random n
                let y, dx = blank n, blank n
                Gelu.Forward<float32>(x, y)
                Gelu.Backward<float32>(x, dy, dx)
                let each =
                    Array.init n (fun i ->
                        let one = [| x[i] |]
                        Gelu.Forward<float32>(one, one)
                        one[0])

                Expect.isNone (firstDifference y each) $"{n} one by one"

                for threads in [ 2; 3; 4 ] do
                    let again, dAgain = Array.copy x, Array.copy dy
                    Gelu.Forward<float32>(again, again, threads)
                    Gelu.Backward<float32>(x, dAgain, dAgain, threads)
                    Expect.isNone (firstDifference y again) $"{n} in place on {threads} threads"
                    Expect.isNone (firstDifference dx dAgain) $"backward of {n} in place on {threads} threads"
    ]
