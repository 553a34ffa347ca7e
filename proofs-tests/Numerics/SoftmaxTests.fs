/// Softmax and its logarithm: against their plain references within derived bounds, and against central differences in double.
module Rhm.ProofsTests.Numerics.SoftmaxTests

open System
open Expecto
open Rhm.Numerics
open Rhm.ProofsTests.Elementwise
open Rhm.ProofsTests.Numbers
open Rhm.ProofsTests.Refusals

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
                Array.init m.Columns (fun j ->
                    gammaOf d[j] + gammaOf (sum + 1.0) + gammaOf (1.0 + logSum) + gammaOf (abs (float ys[i * m.Columns + j])))
    ]

let private softmax m = forwardWith (fun (x: float32[], y: float32[]) -> Softmax.Forward<float32>(x, y, m.Rows, m.Columns, m.Threads)) m

let private softmaxPlain m = forwardWith (fun (x: float32[], y: float32[]) -> Softmax.Reference.Forward<float32>(x, y, m.Rows, m.Columns)) m

let private logSoftmax m =
    forwardWith (fun (x: float32[], y: float32[]) -> LogSoftmax.Forward<float32>(x, y, m.Rows, m.Columns, m.Threads)) m

let private logSoftmaxPlain m =
    forwardWith (fun (x: float32[], y: float32[]) -> LogSoftmax.Reference.Forward<float32>(x, y, m.Rows, m.Columns)) m

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

let private softmax64 (x: float[]) =
    let e = let top = Array.max x in Array.map (fun v -> exp (v - top)) x
    Array.map (fun v -> v / Array.sum e) e

/// y has relative error gamma_K, K from the forward bound; y (dy - sum y dy) then moves by at most 2 gamma_K y (|dy| + sum y |dy|).
let private softmaxGradientBound m x (y: float32[]) (dy: float32[]) k =
    let d, sum = softmaxRoundings m x 0
    let relative = gammaOf (d[k] + Array.max d + 2.0 * (expError + sum + 2.0))
    let size = abs (float dy[k]) + sumOver m (fun k -> float y[k] * abs (float dy[k])) 0
    relative * float y[k] * size + softmaxBackwardBounds m y dy k

let private logSoftmaxGradientBound m x (y: float32[]) (dy: float32[]) (dx: float32[]) k =
    let forward = (logSoftmaxBounds m x y)[k]
    exp (float y[k]) * forward * (1.0 + forward) * abs (sumOver m (fun k -> float dy[k]) 0) + logSoftmaxBackwardBounds m y dy dx k

[<Tests>]
let tests =
    testList "Numerics / Softmax" [
        matrixProperty "forward, within the derived bound of the reference" <| fun m ->
            let x, _ = inputs m
            let y, expected = softmax m x, softmaxPlain m x
            let bounds = softmaxBounds m x expected
            Expect.isNone (firstOutside y expected (Array.get bounds)) "(index, fast, reference, difference, bound)"
            Expect.isNone (firstDifference y (softmax { m with Threads = 1 } x)) "the same bits on one thread"

        matrixProperty "backward, within the derived bound of the reference" <| fun m ->
            let x, dy = inputs m
            let y = softmax m x
            let dx, expected = blank x.Length, blank x.Length
            Softmax.Backward<float32>(y, dy, dx, m.Rows, m.Columns, m.Threads)
            Softmax.Reference.Backward<float32>(y, dy, expected, m.Rows, m.Columns)
            Expect.isNone (firstOutside dx expected (softmaxBackwardBounds m y dy)) "(index, fast, reference, difference, bound)"

        matrixProperty "logarithm, forward and backward, within the derived bound of the reference" <| fun m ->
            let x, dy = inputs m
            let y, expected = logSoftmax m x, logSoftmaxPlain m x
            let bounds = logSoftmaxBounds m x expected
            Expect.isNone (firstOutside y expected (Array.get bounds)) "(index, fast, reference, difference, bound)"
            let dx, expected = blank x.Length, blank x.Length
            LogSoftmax.Backward<float32>(y, dy, dx, m.Rows, m.Columns, m.Threads)
            LogSoftmax.Reference.Backward<float32>(y, dy, expected, m.Rows, m.Columns)
            Expect.isNone
                (firstOutside dx expected (logSoftmaxBackwardBounds m y dy expected))
                "(index, fast, reference, difference, bound)"

        matrixProperty "groups side by side are rows of a log softmax; weighted sums run over the rows" <| fun m ->
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
                    Expect.isNone
                        (firstOutside (packed p) expected (Array.get (softmaxBounds part input expected)))
                        "softmax within its bound"
                    let between (a: float32[]) = [ for i in 0 .. rows - 1 do yield! a[i * stride + width .. i * stride + stride - 1] ]
                    Expect.all (between log @ between p) ((=) 7.0f) "what lies between is left alone"

                    for sums, values in [ sums, packed log; pSums, packed p ] do
                        let expected =
                            Array.init width (fun j ->
                                Seq.fold
                                    (fun sum i -> MathF.FusedMultiplyAdd(weights[i], values[i * width + j], sum))
                                    0.0f
                                    (seq { 0 .. rows - 1 }))
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
            Expect.isSome
                (firstOutside (Array.map (fun y -> float32 (Half.op_Explicit (y: float32): Half)) expected) expected bound)
                "half precision"

        testCase "large, equal and masked inputs" <| fun () ->
            let m = { single with Columns = 4 }
            Expect.sequenceEqual (softmax m [| 1e30f; -1e30f; 0.0f; 0.0f |]) [ 1.0f; 0.0f; 0.0f; 0.0f ] "no overflow"
            Expect.sequenceEqual
                (softmax m [| -3e38f; -3e38f; -infinityf; -3e38f |])
                [ 1.0f / 3.0f; 1.0f / 3.0f; 0.0f; 1.0f / 3.0f ]
                "masked"
            Expect.sequenceEqual (softmax m (Array.create 4 7.0f)) (Array.create 4 0.25f) "equal"
            Expect.all (softmax m [| nanf; 0.0f; 1.0f; 2.0f |]) Single.IsNaN "not a number"

        testCase "sizes that do not fit are refused" <| fun () ->
            let x = blank 6
            refuses "x holds 6 numbers, not 2 x 2" (fun () -> Softmax.Forward<float32>(x, x, 2, 2))
            refuses "dy holds 5 numbers, not 2 x 3" (fun () -> LogSoftmax.Backward<float32>(x, x[..4], x, 2, 3))
            refuses "number of threads 0 must be at least 1" (fun () -> Softmax.Forward<float32>(x, x, 2, 3, 0))
    ]
