/// Softmax, LayerNorm, GELU and AdamW: against their references within derived bounds, against central differences in double, against
/// PyTorch, and with planted mistakes.
module Rhm.ProofsTests.Numerics.ElementwiseTests

open System
open Expecto
open FsCheck
open FsCheck.FSharp
open Rhm.Numerics
open Rhm.Parallelism
open Rhm.Report
open Rhm.ProofsTests.Numerics.Numbers

/// A matrix size, with numbers from the seed scaled by a factor.
type Matrix =
    { Rows: int
      Columns: int
      Scale: float32
      Threads: int
      Seed: int }

let private matrices =
    gen {
        let! rows = Gen.frequency [ 3, Gen.elements [ 0; 1; 2; 3; 5; 7 ]; 1, Gen.choose (0, 40) ]

        let! columns =
            Gen.frequency [ 3, Gen.elements [ 0; 1; 2; 8; 10; 15; 16; 17; 31; 32; 33; 47; 48; 64; 127; 128; 129; 160 ]; 1, Gen.choose (0, 600) ]

        let! scale = Gen.elements [ 0.01f; 1.0f; 8.0f; 60.0f ]
        let! threads = Gen.choose (1, 4)
        let! seed = Gen.choose (0, 1_000_000)
        return { Rows = rows; Columns = columns; Scale = scale; Threads = threads; Seed = seed }
    }

let private smaller m =
    seq {
        for n in [ 0; m.Rows / 2; m.Rows - 1 ] do
            if n >= 0 && n < m.Rows then { m with Rows = n }

        for n in [ 0; m.Columns / 2; m.Columns - 1 ] do
            if n >= 0 && n < m.Columns then { m with Columns = n }

        if m.Threads > 1 then { m with Threads = 1 }
    }

type Arbitraries =
    static member Matrix() = Arb.fromGenShrink (matrices, smaller)

let private property name (test: Matrix -> unit) =
    testPropertyWithConfig
        { FsCheckConfig.defaultConfig with
            maxTest = 300
            arbitrary = [ typeof<Arbitraries> ] }
        name
        test

let private inputs m =
    let random = Random m.Seed
    let size = m.Rows * m.Columns
    Array.map ((*) m.Scale) (numbers random size), numbers random size

/// gamma of any number of roundings, not only a whole one.
let private gammaOf (k: float) =
    let u = Math.ScaleB(1.0, -24)
    k * u / (1.0 - k * u)

/// Results this small may be flushed to zero or lose bits to underflow.
let private underflow = Math.ScaleB(1.0, -118)

let private blank n : float32[] = Array.zeroCreate n
let private ones n : float32[] = Array.create n 1.0f

/// The first element where two results differ by more than its bound.
let private firstOutside (result: float32[]) (expected: float32[]) (bound: int -> float) =
    Seq.init result.Length id
    |> Seq.tryPick (fun i ->
        let difference = abs (float result[i] - float expected[i])
        // The reference rounds once.
        let allowed = bound i + gamma 1 24 * abs (float expected[i]) + underflow
        if difference <= allowed then None else Some(i, result[i], expected[i], difference, allowed))

let private row m (xs: float32[]) i = Array.init m.Columns (fun j -> float xs[i * m.Columns + j])

/// Roundings of a sum over columns: a chain in each of 16 lanes, then four halvings.
let private lanes m = float ((m.Columns + 15) / 16 + 4)

/// Error of the vector exponential in units of 2^-24: measured 1.38 over every seventh float of [-87.3, 0]; its test is below.
let private expError = 1.5

/// Roundings in softmax's sum of exponentials and in each exponential, as relative errors: x - max is rounded, which moves exp(d) by |d| u.
let private softmaxRoundings m (xs: float32[]) i =
    let x = row m xs i
    let d = let top = Array.max x in Array.map (fun v -> top - v) x
    let e = Array.map (fun v -> exp -v) d
    let total = Array.sum e
    d, (Array.fold2 (fun sum a b -> sum + a * b) 0.0 e d) / total + expError + lanes m

let private softmaxBounds m xs ys =
    Array.concat [
        for i in 0 .. m.Rows - 1 ->
            if m.Columns = 0 then
                [||]
            else
                let d, sum = softmaxRoundings m xs i
                Array.init m.Columns (fun j -> gammaOf (d[j] + expError + sum + 2.0) * float (Array.get ys (i * m.Columns + j): float32))
    ]

let private logSoftmaxBounds m xs (ys: float32[]) =
    Array.concat [
        for i in 0 .. m.Rows - 1 ->
            if m.Columns = 0 then
                [||]
            else
                let d, sum = softmaxRoundings m xs i
                let logSum = log (float m.Columns)
                // x - max, the sum through the logarithm, the logarithm (at most log n), the last difference.
                Array.init m.Columns (fun j -> gammaOf d[j] + gammaOf (sum + 1.0) + gammaOf (1.0 + logSum) + gammaOf (abs (float ys[i * m.Columns + j])))
    ]

let private forwardWith kernel m (xs: float32[]) =
    let ys = blank xs.Length
    kernel (xs, ys)
    ys

let private softmax m = forwardWith (fun (x: float32[], y: float32[]) -> Softmax.Forward<float32>(x, y, m.Rows, m.Columns, m.Threads)) m
let private softmaxPlain m = forwardWith (fun (x: float32[], y: float32[]) -> Softmax.Reference.Forward<float32>(x, y, m.Rows, m.Columns)) m
let private logSoftmax m = forwardWith (fun (x: float32[], y: float32[]) -> LogSoftmax.Forward<float32>(x, y, m.Rows, m.Columns, m.Threads)) m
let private logSoftmaxPlain m = forwardWith (fun (x: float32[], y: float32[]) -> LogSoftmax.Reference.Forward<float32>(x, y, m.Rows, m.Columns)) m

let private sumOver m f i = Seq.sumBy (fun j -> f (i * m.Columns + j)) (seq { 0 .. m.Columns - 1 })

/// |dx error| <= y (gamma_(lanes+2) sum |y dy| + gamma_2 |dy - mean|).
let private softmaxBackwardBounds m (ys: float32[]) (dys: float32[]) k =
    let i = k / m.Columns
    let size = sumOver m (fun k -> abs (float ys[k] * float dys[k])) i
    let mean = sumOver m (fun k -> float ys[k] * float dys[k]) i
    float ys[k] * (gammaOf (lanes m + 2.0) * size + gammaOf 2.0 * abs (float dys[k] - mean))

/// |dx error| <= e^y gamma_(lanes+4) sum |dy| + u |dx|.
let private logSoftmaxBackwardBounds m (ys: float32[]) (dys: float32[]) (dxs: float32[]) k =
    let size = sumOver m (fun k -> abs (float dys[k])) (k / m.Columns)
    exp (float ys[k]) * gammaOf (lanes m + 4.0) * size * (1.0 + gammaOf 1.0) + gammaOf 1.0 * abs (float dxs[k])

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

/// Loss sum_k w_k f(x)_k and its derivatives by central differences in double, h = 2^-17. For |x| up to 2 and |w| up to 1 the third
/// derivatives of these functions stay below 60 in absolute value and the loss below 40, so the error is at most 60 h^2 / 6 + 40 x 2^-52 / h < 2e-9.
let private differences (f: float[] -> float[]) (x: float[]) (w: float[]) =
    let h = Math.ScaleB(1.0, -17)
    let loss x = Array.fold2 (fun sum a b -> sum + a * b) 0.0 (f x) w

    Array.init x.Length (fun k ->
        let at d = loss (Array.mapi (fun j v -> if j = k then v + d else v) x)
        (at h - at -h) / (2.0 * h))

let private differenceError = 2e-9

let private softmax64 (x: float[]) =
    let e = let top = Array.max x in Array.map (fun v -> exp (v - top)) x
    Array.map (fun v -> v / Array.sum e) e

let private layerNorm64 (scale: float[]) (shift: float[]) (x: float[]) =
    let mean = Array.average x
    let inverse = 1.0 / sqrt ((x |> Array.averageBy (fun v -> (v - mean) ** 2.0)) + epsilon)
    Array.mapi (fun j v -> (v - mean) * inverse * scale[j] + shift[j]) x

let private phi64 x = 0.5 * MathNet.Numerics.SpecialFunctions.Erfc(-x / sqrt 2.0)
let private gelu64 x = x * phi64 x

/// The first element farther from the differences than the bound.
let private outsideDifferences (gradient: float32[]) (expected: float[]) (bound: int -> float) =
    Seq.init gradient.Length id
    |> Seq.tryPick (fun k ->
        let difference, allowed = abs (float gradient[k] - expected[k]), bound k + differenceError
        if difference <= allowed then None else Some(k, gradient[k], expected[k], allowed))

let private single = { Rows = 1; Columns = 37; Scale = 2.0f; Threads = 1; Seed = 11 }

let private floats = Array.map float

/// y has relative error gamma_K, K from the forward bound; y (dy - sum y dy) then moves by at most 2 gamma_K y (|dy| + sum y |dy|).
let private softmaxGradientBound m x (y: float32[]) (dy: float32[]) k =
    let d, sum = softmaxRoundings m x 0
    let relative = gammaOf (d[k] + Array.max d + 2.0 * (expError + sum + 2.0))
    let size = abs (float dy[k]) + sumOver m (fun k -> float y[k] * abs (float dy[k])) 0
    relative * float y[k] * size + softmaxBackwardBounds m y dy k

let private logSoftmaxGradientBound m x (y: float32[]) (dy: float32[]) (dx: float32[]) k =
    let forward = (logSoftmaxBounds m x y)[k]
    exp (float y[k]) * forward * (1.0 + forward) * abs (sumOver m (fun k -> float dy[k]) 0) + logSoftmaxBackwardBounds m y dy dx k

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
let softmaxTests =
    testList "Softmax" [
        property "forward, within the derived bound of the reference" <| fun m ->
            let x, _ = inputs m
            let y, expected = softmax m x, softmaxPlain m x
            let bounds = softmaxBounds m x expected
            Expect.isNone (firstOutside y expected (Array.get bounds)) "(index, fast, reference, difference, bound)"
            Expect.isNone (firstDifference y (softmax { m with Threads = 1 } x)) "the same bits on one thread"

        property "backward, within the derived bound of the reference" <| fun m ->
            let x, dy = inputs m
            let y = softmax m x
            let dx, expected = blank x.Length, blank x.Length
            Softmax.Backward<float32>(y, dy, dx, m.Rows, m.Columns, m.Threads)
            Softmax.Reference.Backward<float32>(y, dy, expected, m.Rows, m.Columns)
            Expect.isNone (firstOutside dx expected (softmaxBackwardBounds m y dy)) "(index, fast, reference, difference, bound)"

        property "logarithm, forward and backward, within the derived bound of the reference" <| fun m ->
            let x, dy = inputs m
            let y, expected = logSoftmax m x, logSoftmaxPlain m x
            let bounds = logSoftmaxBounds m x expected
            Expect.isNone (firstOutside y expected (Array.get bounds)) "(index, fast, reference, difference, bound)"
            let dx, expected = blank x.Length, blank x.Length
            LogSoftmax.Backward<float32>(y, dy, dx, m.Rows, m.Columns, m.Threads)
            LogSoftmax.Reference.Backward<float32>(y, dy, expected, m.Rows, m.Columns)
            Expect.isNone (firstOutside dx expected (logSoftmaxBackwardBounds m y dy expected)) "(index, fast, reference, difference, bound)"

        property "groups side by side are rows of a log softmax; weighted sums run over the rows" <| fun m ->
            // the rows of the matrix, all groups of one row; then rows of three groups with a column between
            for rows, groups, stride in [ 1, m.Rows, m.Rows * m.Columns; m.Rows, 1, m.Columns; m.Rows / 3, 3, 3 * m.Columns + 1 ] do
                if rows * groups > 0 && m.Columns > 0 then
                    let x, _ = inputs m
                    let weights = Array.init rows (fun i -> 1.0f / float32 (i + 2))
                    let width = groups * m.Columns
                    let log, p = Array.create (rows * stride) 7.0f, Array.create (rows * stride) 7.0f
                    for i in 0 .. rows - 1 do Array.blit x (i * width) log (i * stride) width
                    let sums, pSums = blank width, blank width
                    LogSoftmax.ForwardGroups<float32>(log, p, stride, weights, groups, m.Columns, sums, pSums)
                    let part = { m with Rows = rows * groups }
                    let input = x[.. rows * width - 1]
                    let packed (a: float32[]) = Array.concat [ for i in 0 .. rows - 1 -> a[i * stride .. i * stride + width - 1] ]
                    Expect.isNone (firstDifference (packed log) (logSoftmax part input)) "the bits of the log softmax"
                    let expected = softmaxPlain part input
                    Expect.isNone (firstOutside (packed p) expected (Array.get (softmaxBounds part input expected))) "softmax within its bound"
                    let between (a: float32[]) = [ for i in 0 .. rows - 1 do yield! a[i * stride + width .. i * stride + stride - 1] ]
                    Expect.all (between log @ between p) ((=) 7.0f) "what lies between is left alone"

                    for sums, values in [ sums, packed log; pSums, packed p ] do
                        let expected = Array.init width (fun j -> Seq.fold (fun sum i -> MathF.FusedMultiplyAdd(weights[i], values[i * width + j], sum)) 0.0f (seq { 0 .. rows - 1 }))
                        Expect.isNone (firstDifference sums expected) "sums in the order of rows"

        testCase "gradients agree with central differences, and a gradient without its sum does not" <| fun () ->
            let m = single
            let x, dy = inputs m
            let y, logY = softmax m x, logSoftmax m x
            let dx, dLog = blank x.Length, blank x.Length
            Softmax.Backward<float32>(y, dy, dx, 1, m.Columns)
            LogSoftmax.Backward<float32>(logY, dy, dLog, 1, m.Columns)
            let expected = differences softmax64 (floats x) (floats dy)
            let bound = softmaxGradientBound m x y dy
            Expect.isNone (outsideDifferences dx expected bound) "softmax"
            Expect.isSome (outsideDifferences (Array.map2 (*) y dy) expected bound) "control: y dy without the sum"
            let expected = differences (softmax64 >> Array.map log) (floats x) (floats dy)
            let bound = logSoftmaxGradientBound m x logY dy dLog
            Expect.isNone (outsideDifferences dLog expected bound) "log-softmax"
            Expect.isSome (outsideDifferences dy expected bound) "control: dy without the sum"

        testCase "control: the forward bound notices a sum that lacks one column, and exponentials of half precision" <| fun () ->
            let x, _ = inputs single
            let expected = softmaxPlain single x
            let bound = Array.get (softmaxBounds single x expected)
            let lacking = softmaxPlain { single with Columns = 36 } x[..35]
            Expect.isSome (firstOutside (Array.append lacking [| expected[36] |]) expected bound) "a column lacks"
            Expect.isSome (firstOutside (Array.map (fun y -> float32 (Half.op_Explicit (y: float32): Half)) expected) expected bound) "half precision"

        testCase "large, equal and masked inputs" <| fun () ->
            let m = { single with Columns = 4 }
            Expect.sequenceEqual (softmax m [| 1e30f; -1e30f; 0.0f; 0.0f |]) [ 1.0f; 0.0f; 0.0f; 0.0f ] "no overflow"
            Expect.sequenceEqual (softmax m [| -3e38f; -3e38f; -infinityf; -3e38f |]) [ 1.0f / 3.0f; 1.0f / 3.0f; 0.0f; 1.0f / 3.0f ] "masked"
            Expect.sequenceEqual (softmax m (Array.create 4 7.0f)) (Array.create 4 0.25f) "equal"
            Expect.all (softmax m [| nanf; 0.0f; 1.0f; 2.0f |]) Single.IsNaN "not a number"

        testCase "the vector exponential errs by at most 1.5 x 2^-24 of its size" <| fun () ->
            // Every 509th number of all in [-87.3, 0]; softmax of two numbers would hide it behind its own roundings.
            for bits in 0x80000000u .. 509u * 16u .. 0xC2AE999Au do
                let x = Array.init 16 (fun i -> min 0xC2AE9999u (bits + 509u * uint32 i) |> BitConverter.UInt32BitsToSingle)
                let e = VectorMath.Exp(System.Runtime.Intrinsics.Vector512.Create<float32>(ReadOnlySpan x))

                for i in 0..15 do
                    let expected = exp (float x[i])
                    let error = abs (float (System.Runtime.Intrinsics.Vector512.GetElement(e, i)) - expected)
                    if error > gamma 1 24 * expError * expected then failtestf "exp %g errs by %g of its size" x[i] (error / expected)

        testCase "sizes that do not fit are refused" <| fun () ->
            let x = blank 6
            refuses "x holds 6 numbers, not 2 x 2" (fun () -> Softmax.Forward<float32>(x, x, 2, 2))
            refuses "dy holds 5 numbers, not 2 x 3" (fun () -> LogSoftmax.Backward<float32>(x, x[..4], x, 2, 3))
            refuses "number of threads 0 must be at least 1" (fun () -> Softmax.Forward<float32>(x, x, 2, 3, 0))
    ]

[<Tests>]
let layerNormTests =
    testList "LayerNorm" [
        property "forward, within the derived bound of the reference" <| fun m ->
            let x, _ = inputs m
            let random = Random(m.Seed + 1)
            let scale, shift = if m.Seed % 3 = 0 then [||], [||] else numbers random m.Columns, numbers random m.Columns
            let n, expected = layerNorm m false x scale shift, layerNorm m true x scale shift
            let bounds = layerNormBounds m x scale shift
            Expect.isNone (firstOutside n.Y expected.Y (Array.get bounds)) "(index, fast, reference, difference, bound)"
            Expect.isNone (firstDifference n.Y (layerNorm { m with Threads = 1 } false x scale shift).Y) "the same bits on one thread"

        property "backward, within the derived bound of the reference" <| fun m ->
            let x, dy = inputs m
            let random = Random(m.Seed + 1)
            let scale = if m.Seed % 3 = 0 then [||] else numbers random m.Columns
            let dScale0, dShift0 = numbers random m.Columns, numbers random m.Columns
            let n = layerNorm m true x scale [||]
            let dx, dScale, dShift = layerNormBackward m false x scale n dy dScale0 dShift0
            let expected, expectedScale, expectedShift = layerNormBackward m true x scale n dy dScale0 dShift0
            Expect.isNone (firstOutside dx expected (backwardBounds m x scale n dy)) "dx (index, fast, reference, difference, bound)"

            let column f (start: float32[]) j =
                gammaOf (float m.Rows + 3.0) * (abs (float start[j]) + Seq.sumBy (fun i -> f i (i * m.Columns + j)) (seq { 0 .. m.Rows - 1 }))

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
            Expect.isNone (outsideDifferences dScale byScale (fun k -> abs (float dy[k]) * yBounds[k] + gammaOf 4.0 * abs (float dy[k] * y64[k]))) "dScale"
            Expect.sequenceEqual dShift (Array.map (fun d -> 0.0f + d) dy) "dShift"

            let wrong = { n with Inverses = Array.map (fun v -> v * float32 (sqrt (36.0 / 37.0))) n.Inverses }
            let dx, _, _ = layerNormBackward m false x scale wrong dy zero zero
            Expect.isSome (outsideDifferences dx expected bound) "control: n - 1"

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
let geluTests =
    testList "GELU" [
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

        testCase "control: the tanh approximation is noticed" <| fun () ->
            let x, _ = inputs { single with Columns = 100; Scale = 3.0f }
            let approximate v = 0.5 * v * (1.0 + tanh (sqrt (2.0 / Math.PI) * (v + 0.044715 * v * v * v)))
            let y, derivative = blank 100, blank 100
            Gelu.Backward<float32>(x, ones 100, derivative)
            Gelu.Forward<float32>(x, y)
            Expect.isNone (geluOutside x y derivative) "the exact one passes"
            Expect.isSome (geluOutside x (Array.map (float >> approximate >> float32) x) derivative) "the approximation does not"

        testCase "PyTorch's values" <| fun () ->
            // torch 1.13.1, torch.nn.functional.gelu of double.
            for x, y in GoldenValues.gelu do
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

/// Gradients of step t of the golden run: of one sign for each parameter, so that no sum cancels and relative bounds hold.
let private goldenGradients t =
    Array.init 8 (fun i -> (if i % 2 = 0 then 1.0 else -1.0) * (0.1 + 0.05 * float i) * (1.0 + 0.25 * float ((t * (i + 3)) % 7)) |> float32)

let private run (options: AdamW) steps (stepOnce: AdamW -> float32[] -> float32[] -> float32[] -> float32[] -> int -> unit) =
    let w = [| 0.5f; -1.25f; 2.0f; 0.0f; -0.03125f; 3.5f; -0.75f; 1.0f |]
    let m, v = blank 8, blank 8

    for t in 1..steps do
        stepOnce options w (goldenGradients t) m v t

    w, m, v

/// m and v have relative error gamma_(3t), the change of step t gamma_(5t+8), each step's decay two roundings of w; |change| <= 1.2 lr
/// here, since m-hat / sqrt(v-hat) of gradients within a factor 2.5 of each other stays below 1.2.
let private goldenBound (options: AdamW) steps (w: float) =
    let changes = Seq.sumBy (fun t -> gammaOf (5.0 * float t + 8.0) * 1.2 * options.LearningRate) (seq { 1..steps })
    changes + gammaOf (2.0 * float steps) * (abs w + 1.2 * options.LearningRate * float steps) * (1.0 + options.LearningRate * options.WeightDecay)

let private outsideGolden stepOnce =
    GoldenValues.adamW
    |> Seq.tryPick (fun (options: AdamW, steps, weights: float[]) ->
        let w, _, _ = run options steps stepOnce
        Seq.zip w weights
        |> Seq.tryPick (fun (x, y) -> if abs (float x - y) <= goldenBound options steps y then None else Some(options, steps, x, y)))

[<Tests>]
let adamWTests =
    testList "AdamW" [
        testCase "PyTorch's weights after one and ten steps" <| fun () ->
            Expect.isNone (outsideGolden (fun o w (g: float32[]) m v t -> o.Step(w, g, m, v, t))) "(options, steps, weight, PyTorch's)"

        for name, wrong in
            [ "no bias correction", (fun (o: AdamW) (w: float32[]) (g: float32[]) (m: float32[]) (v: float32[]) (_: int) -> o.Step(w, g, m, v, 100_000))
              "decay added to the gradient",
              (fun o w g m v t ->
                  let coupled = AdamW(o.LearningRate, o.Beta1, o.Beta2, o.Epsilon, 0.0)
                  let g = Array.map2 (fun g w -> g + float32 o.WeightDecay * w) g w
                  coupled.Step(w, g, m, v, t))
              "epsilon inside the root",
              (fun o w g m v t ->
                  let inside = AdamW(o.LearningRate, o.Beta1, o.Beta2, sqrt o.Epsilon, o.WeightDecay)
                  inside.Step(w, g, m, v, t)) ] do
            testCase $"control: {name} is noticed" <| fun () -> Expect.isSome (outsideGolden wrong) name

        testCase "the same bits as the reference, whatever the length and threads" <| fun () ->
            for n in [ 0; 1; 3; 15; 16; 17; 31; 33; 997; 9001 ] do
                for threads in [ 1; 2; 3; 4 ] do
                    let random = Random n
                    let w, g, m, v = numbers random n, numbers random n, numbers random n, Array.map abs (numbers random n)
                    let w1, m1, v1 = Array.copy w, Array.copy m, Array.copy v
                    let options = AdamW(3e-3, WeightDecay = 1e-3)

                    for t in 1..3 do
                        options.Step(w, g, m, v, t, threads)
                        options.StepReference(w1, g, m1, v1, t)

                    Expect.isNone (firstDifference w w1) $"weights of {n} on {threads} threads"
                    Expect.isNone (firstDifference m m1) $"first moments of {n}"
                    Expect.isNone (firstDifference v v1) $"second moments of {n}"

        testCase "what does not fit is refused" <| fun () ->
            let x = blank 4
            refuses "gradients holds 3 numbers, not 1 x 4" (fun () -> AdamW().Step(x, x[..2], x, x, 1))
            refuses "step 0 must be at least 1" (fun () -> AdamW().Step(x, x, x, x, 0))
    ]

[<Tests>]
let centringTests =
    testList "Centring" [
        property "differences are exact roundings, sums within the bound of any order" <| fun m ->
            let x, mean = inputs m
            let u = blank x.Length
            let struct (sum, squares) = Centring.Subtract<float32>(x, mean, u)
            Expect.isNone (firstDifference u (Array.map2 (-) x mean)) "u"
            let bound f = gammaOf (float x.Length) * Array.sumBy f u
            Expect.isLessThanOrEqual (abs (float sum - Array.sumBy float u)) (bound (fun d -> abs (float d))) "sum"
            Expect.isLessThanOrEqual (abs (float squares - Array.sumBy (fun d -> float d * float d) u)) (bound (fun d -> float d * float d)) "squares"
            Centring.ShiftAndScale<float32>(u, 0.3f, 1.7f)
            Expect.isNone (firstDifference u (Array.map2 (fun a b -> (a - b - 0.3f) * 1.7f) x mean)) "shifted and scaled"

        testCase "control: the bound notices a number left out" <| fun () ->
            let x = Array.create 40 1.0f
            let struct (sum, _) = Centring.Subtract<float32>(x[..38], blank 39, blank 39)
            Expect.isGreaterThan (abs (float sum - 40.0)) (gammaOf 40.0 * 40.0) "must fail"

        testCase "a matrix and its transpose" <| fun () ->
            for rows, columns in [ 1, 1; 16, 4; 17, 5; 37, 70; 3, 33 ] do
                let x = numbers (Random 1) (rows * (columns + 2))
                let y = Array.create (columns * (rows + 3)) 7.0f
                Transposition.Transpose<float32>(x, columns + 2, y, rows + 3, rows, columns)
                let expected = Array.init y.Length (fun k -> if k % (rows + 3) < rows then x[k % (rows + 3) * (columns + 2) + k / (rows + 3)] else 7.0f)
                Expect.isNone (firstDifference y expected) $"{rows} x {columns}, and nothing beside it"

        testCase "every number is handed out once, whatever the threads" <| fun () ->
            for count, workers in List.allPairs [ 0; 1; 2; 7; 64; 1000 ] [ 1; 2; 3; 5 ] do
                let turns = Turns(count, workers)
                let taken = System.Collections.Concurrent.ConcurrentBag<int64>()

                let work () =
                    let mutable turn = turns.Take()
                    while turn.Next() do taken.Add turn.Number

                [| for _ in 1..workers -> Threading.Thread work |] |> Array.map (fun thread -> thread.Start(); thread) |> Array.iter (fun thread -> thread.Join())
                Expect.equal (Seq.sort taken |> List.ofSeq) [ 0L .. int64 count - 1L ] "each once"
                let mutable turn = Turns(count, workers).Take()
                Expect.equal [ while turn.Next() do turn.Number ] [ 0L .. int64 count - 1L ] "one thread alone meets all, in ascending order"

        testCase "a matrix and its transpose in another type" <| fun () ->
            for rows, columns in [ 0, 3; 1, 1; 8, 8; 17, 5; 7, 70; 129, 16 ] do
                let x = Array.init (rows * (columns + 2)) (fun i -> i * 37 % 1001)
                let y = Array.create (columns * (rows + 3)) 7.0
                Transposition.Copy<int, float>(x, columns + 2, y, rows + 3, rows, columns)
                let expected = Array.init y.Length (fun k -> if k % (rows + 3) < rows then float x[k % (rows + 3) * (columns + 2) + k / (rows + 3)] else 7.0)
                Expect.equal y expected $"{rows} x {columns}, the rest untouched"
    ]
