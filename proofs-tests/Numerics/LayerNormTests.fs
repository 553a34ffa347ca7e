module Rhm.ProofsTests.Numerics.LayerNormTests

open System
open Expecto
open Rhm.Numerics
open Rhm.ProofsTests.Elementwise
open Rhm.ProofsTests.Numbers
open Rhm.ProofsTests.Refusals

type Normalised =
    { Y: float32[]
      Means: float32[]
      Inverses: float32[] }

let private layerNorm m plain (x: float32[]) (scale: float32[]) (shift: float32[]) =
    let result = { Y = blank x.Length; Means = blank m.Rows; Inverses = blank m.Rows }

    if plain then
        LayerNorm.Reference.Forward<float32>(x, scale, shift, result.Y, result.Means, result.Inverses, m.Rows, m.Columns)
    else
        LayerNorm.Forward<float32>(x, scale, shift, result.Y, result.Means, result.Inverses, m.Rows, m.Columns, threads = m.Threads)

    result

let private layerNormBackward m plain (x: float32[]) (scale: float32[]) n (dy: float32[]) (dScale: float32[]) (dShift: float32[]) =
    let dx = blank x.Length
    let dScale, dShift = Array.copy dScale, Array.copy dShift

    if plain then
        LayerNorm.Reference.Backward<float32>(x, scale, n.Means, n.Inverses, dy, dx, dScale, dShift, m.Rows, m.Columns)
    else
        LayerNorm.Backward<float32>(x, scale, n.Means, n.Inverses, dy, dx, dScale, dShift, m.Rows, m.Columns, m.Threads)

    dx, dScale, dShift

let private epsilon = float 1e-5f

/// The mean errs by E = gamma_(lanes+1) mean |x|; the variance around a wrong mean is larger by E^2 and has relative rounding errors.
let private layerNormBounds m (x: float32[]) (scale: float32[]) (shift: float32[]) =
    Array.concat [
        for i in 0 .. m.Rows - 1 ->
            if m.Columns = 0 then
                [||]
            else
                let xs = row m x i
                let mean = Array.average xs
                let variance = xs |> Array.averageBy (fun v -> (v - mean) ** 2.0)
                let meanError = gammaOf (lanes m + 1.0) * Array.averageBy abs xs
                let inverse = 1.0 / sqrt (variance + epsilon)
                let relative = meanError * meanError * inverse * inverse + gammaOf (lanes m + 7.0)

                Array.init m.Columns (fun j ->
                    let z = (xs[j] - mean) * inverse
                    let s = if scale.Length = 0 then 1.0 else float scale[j]
                    let h = if shift.Length = 0 then 0.0 else float shift[j]
                    let zError = meanError * inverse * (1.0 + relative + gammaOf 3.0) + abs z * (relative + gammaOf 3.0)
                    abs s * zError * (1.0 + gammaOf 2.0) + gammaOf 2.0 * (abs (z * s) + abs h))
    ]

let private backwardBounds m (x: float32[]) (scale: float32[]) n (dy: float32[]) k =
    let i = k / m.Columns
    let z k = abs ((float x[k] - float n.Means[i]) * float n.Inverses[i])
    let g k = abs (float dy[k] * (if scale.Length = 0 then 1.0 else float scale[k % m.Columns]))
    let size = g k + sumOver m g i / float m.Columns + z k * (sumOver m (fun k -> g k * z k) i / float m.Columns)
    gammaOf (lanes m + 9.0) * float n.Inverses[i] * size

let private layerNorm64 (scale: float[]) (shift: float[]) (x: float[]) =
    let mean = Array.average x
    let inverse = 1.0 / sqrt ((x |> Array.averageBy (fun v -> (v - mean) ** 2.0)) + epsilon)
    Array.mapi (fun j v -> (v - mean) * inverse * scale[j] + shift[j]) x

/// The mean and the inverse deviation are rounded too: their errors, through dx = inverse (g - mean g - z mean (g z)).
let private layerNormGradientBound m (x: float32[]) scale n dy k =
    let xs = row m x 0
    let mean = Array.average xs
    let inverse = 1.0 / sqrt ((xs |> Array.averageBy (fun v -> (v - mean) ** 2.0)) + epsilon)
    let meanError = gammaOf (lanes m + 1.0) * Array.averageBy abs xs
    let relative = meanError * meanError * inverse * inverse + gammaOf (lanes m + 7.0)
    // z errs by at most zError (1 + |z|) and enters twice beside g, each time bounded by the sizes in backwardBounds with |z| + 1 for |z|.
    let zError = relative + meanError * inverse
    let g k = abs (float (Array.get dy k: float32) * float (Array.get scale k: float32))
    let z k = abs ((xs[k] - mean) * inverse) + 1.0
    let size = g k + sumOver m g 0 / float m.Columns + 2.0 * z k * (sumOver m (fun k -> g k * z k) 0 / float m.Columns)
    (1.0 + relative) * inverse * size * (relative + zError * (1.0 + zError)) + backwardBounds m x scale n dy k

[<Tests>]
let tests =
    testList "Numerics / LayerNorm" [
        matrixProperty "forward, within the derived bound of the reference" <| fun m ->
            let x, _ = inputs m
            let random = Random(m.Seed + 1)
            let scale, shift = if m.Seed % 3 = 0 then [||], [||] else numbers random m.Columns, numbers random m.Columns
            let n, expected = layerNorm m false x scale shift, layerNorm m true x scale shift
            let bounds = layerNormBounds m x scale shift
            Expect.isNone (firstOutside n.Y expected.Y (Array.get bounds)) "(index, fast, reference, difference, bound)"
            Expect.isNone (firstDifference n.Y (layerNorm { m with Threads = 1 } false x scale shift).Y) "the same bits on one thread"

        matrixProperty "backward, within the derived bound of the reference" <| fun m ->
            let x, dy = inputs m
            let random = Random(m.Seed + 1)
            let scale = if m.Seed % 3 = 0 then [||] else numbers random m.Columns
            let dScale0, dShift0 = numbers random m.Columns, numbers random m.Columns
            let n = layerNorm m true x scale [||]
            let dx, dScale, dShift = layerNormBackward m false x scale n dy dScale0 dShift0
            let expected, expectedScale, expectedShift = layerNormBackward m true x scale n dy dScale0 dShift0
            Expect.isNone (firstOutside dx expected (backwardBounds m x scale n dy)) "dx (index, fast, reference, difference, bound)"

            let column f (start: float32[]) j =
                gammaOf (float m.Rows + 3.0)
                * (abs (float start[j]) + Seq.sumBy (fun i -> f i (i * m.Columns + j)) (seq { 0 .. m.Rows - 1 }))

            let z i k = abs (float dy[k] * (float x[k] - float n.Means[i]) * float n.Inverses[i])
            Expect.isNone (firstOutside dScale expectedScale (column z dScale0)) "dScale (index, fast, reference, difference, bound)"
            Expect.isNone (firstOutside dShift expectedShift (column (fun _ k -> abs (float dy[k])) dShift0)) "dShift"

            let one, oneScale, oneShift = layerNormBackward { m with Threads = 1 } false x scale n dy dScale0 dShift0
            Expect.isNone (firstDifference dx one) "dx: the same bits on one thread"
            Expect.isNone (firstDifference dScale oneScale) "dScale: the same bits on one thread"
            Expect.isNone (firstDifference dShift oneShift) "dShift: the same bits on one thread"

        testCase "gradients agree with central differences; a variance divided by n - 1 does not" <| fun () ->
            let m = single
            let x, dy = inputs m
            let random = Random 8
            let scale, shift = numbers random m.Columns, numbers random m.Columns
            let n = layerNorm m false x scale shift
            let zero = blank m.Columns
            let dx, dScale, dShift = layerNormBackward m false x scale n dy zero zero
            let expected = differences (layerNorm64 (floats scale) (floats shift)) (floats x) (floats dy)
            let bound = layerNormGradientBound m x scale n dy
            Expect.isNone (outsideDifferences dx expected bound) "dx"
            let byScale = differences (fun s -> layerNorm64 s (floats shift) (floats x)) (floats scale) (floats dy)
            let y64 = layerNorm64 (Array.create m.Columns 1.0) (Array.create m.Columns 0.0) (floats x)
            let yBounds = layerNormBounds m x [||] [||]
            Expect.isNone
                (outsideDifferences dScale byScale (fun k -> abs (float dy[k]) * yBounds[k] + gammaOf 4.0 * abs (float dy[k] * y64[k])))
                "dScale"
            Expect.sequenceEqual dShift (Array.map (fun d -> 0.0f + d) dy) "dShift"

            let wrong = { n with Inverses = Array.map (fun v -> v * float32 (sqrt (36.0 / 37.0))) n.Inverses }
            let dx, _, _ = layerNormBackward m false x scale wrong dy zero zero
            Expect.isSome (outsideDifferences dx expected bound) "control: n - 1"

        testCase "epsilon is the one that is asked for, fast and plain" <| fun () ->
            let x, y, mean, inverse = [| 1f; 2f; 3f; 6f |], blank 4, blank 1, blank 1
            let none = blank 0
            for epsilon in [ 1e-5; 0.5; 2.0 ] do
                // Mean 3, variance 14/4.
                let expected = 1.0 / sqrt (3.5 + epsilon)
                LayerNorm.Forward<float32>(x, none, none, y, mean, inverse, 1, 4, epsilon)
                Expect.floatClose Accuracy.medium (float inverse[0]) expected $"fast, {epsilon}"
                Expect.floatClose Accuracy.medium (float y[3]) (3.0 * expected) $"fast, {epsilon}"
                LayerNorm.Reference.Forward<float32>(x, none, none, y, mean, inverse, 1, 4, epsilon)
                Expect.floatClose Accuracy.medium (float inverse[0]) expected $"plain, {epsilon}"

        testCase "control: the forward bound notices a variance divided by n - 1" <| fun () ->
            let x, _ = inputs single
            let expected = (layerNorm single true x [||] [||]).Y
            let wrong = Array.map (fun y -> y * float32 (sqrt (36.0 / 37.0))) expected
            Expect.isSome (firstOutside wrong expected (Array.get (layerNormBounds single x [||] [||]))) "n - 1"

        testCase "sizes that do not fit are refused" <| fun () ->
            let x = blank 6
            refuses "scale holds 2 numbers, not 1 x 3" (fun () -> LayerNorm.Forward<float32>(x, x[..1], x[..2], x, x[..1], x[..1], 2, 3))
            refuses "means holds 3 numbers, not 2 x 1" (fun () ->
                LayerNorm.Backward<float32>(x, x[..2], x[..2], x[..1], x, x, x[..2], x[..2], 2, 3))
    ]
