/// Sums over fixed lanes, moving averages, exponentials and logarithms of arrays.
module Rhm.ProofsTests.Numerics.ReductionsTests

open System
open Expecto
open Rhm.Numerics
open Rhm.ProofsTests.Numbers

let private bits (x: float32) = BitConverter.SingleToInt32Bits x
let private longBits (x: float) = BitConverter.DoubleToInt64Bits x

/// Lengths with every way through a sum: fewer than a quarter of the lanes, a quarter, half, all of them, more than eight vectors, rests.
let private lengths = [ 0..40 ] @ [ 63; 64; 65; 127; 128; 129; 143; 144; 145; 255; 272; 273; 300; 1000 ]

let private doubles (x: float32[]) = Array.map (fun x -> float x * 1.0000001) x

/// Numbers of every size and both signs; every third array is all -0.
let private terms n =
    let random = Random(n + 1)
    if n % 3 = 2 then Array.create n -0.0f
    else Array.map (fun (x: float32) -> x * MathF.Exp(4.0f * random.NextSingle())) (numbers random n)

[<Tests>]
let sums =
    testList "Numerics / Reductions" [
        testCase "sums of floats are the bits of the reference's lanes" <| fun () ->
            for n in lengths do
                let x, y = terms n, numbers (Random n) n
                let expected (terms: float32[]) = bits (Reductions.Reference.Sum<float32> terms)
                Expect.equal (bits (Reductions.Sum<float32> x)) (expected x) $"{n}: sum"
                Expect.equal (bits (Reductions.Dot<float32>(x, y))) (expected (Array.map2 (*) x y)) $"{n}: products"
                Expect.equal (bits (Reductions.SumOfSquares<float32> x)) (expected (Array.map2 (*) x x)) $"{n}: squares"
                Expect.equal (bits (Reductions.SumOfMagnitudes<float32> x)) (expected (Array.map abs x)) $"{n}: magnitudes"

        testCase "sums of doubles are the bits of the reference's lanes" <| fun () ->
            for n in lengths do
                let x, y = doubles (terms n), doubles (numbers (Random n) n)
                let expected (terms: float[]) = longBits (Reductions.Reference.Sum<float> terms)
                Expect.equal (longBits (Reductions.Sum<float> x)) (expected x) $"{n}: sum"
                Expect.equal (longBits (Reductions.Dot<float>(x, y))) (expected (Array.map2 (*) x y)) $"{n}: products"
                Expect.equal (longBits (Reductions.SumOfSquares<float> x)) (expected (Array.map2 (*) x x)) $"{n}: squares"
                Expect.equal (longBits (Reductions.SumOfMagnitudes<float> x)) (expected (Array.map abs x)) $"{n}: magnitudes"

        testCase "the reference adds every number once" <| fun () ->
            // Powers of two that a double holds side by side, so that the sum is exact in any order.
            for n in 0..50 do
                let x = Array.init n (fun i -> Math.ScaleB(1.0, i))
                Expect.equal (Reductions.Reference.Sum<float> x) (Math.ScaleB(1.0, n) - 1.0) $"{n} powers"
            for n in lengths do
                let ones = Array.create n 1.0f
                Expect.equal (Reductions.Reference.Sum<float32> ones) (float32 n) $"{n} ones"

        testCase "control: another order is other bits" <| fun () ->
            let x: float32[] = terms 300
            let reversed: float32[] = Array.rev x
            Expect.notEqual (bits (Reductions.Sum<float32> reversed)) (bits (Reductions.Sum<float32> x)) "reversed"
            Expect.notEqual (bits (Seq.fold (+) 0.0f x)) (bits (Reductions.Sum<float32> x)) "one after the other"

        testCase "an infinity or what is not a number is in every sum" <| fun () ->
            for n in [ 1; 5; 9; 17; 300 ] do
                for i in [ 0; n / 2; n - 1 ] do
                    let x = Array.create n 1.0f
                    x[i] <- nanf
                    Expect.isTrue (Single.IsNaN(Reductions.SumOfMagnitudes<float32> x)) $"{n}, {i}: not a number"
                    x[i] <- -infinityf
                    Expect.equal (Reductions.SumOfMagnitudes<float32> x) infinityf $"{n}, {i}: infinite"

        testCase "lengths that differ are refused" <| fun () ->
            let three, four = Array.zeroCreate<float32> 3, Array.zeroCreate<float32> 4
            Expect.throwsT<ArgumentException> (fun () -> Reductions.Dot<float32>(three, four) |> ignore) "products"
            Expect.throwsT<ArgumentException> (fun () -> Interpolation.MoveTowards<float32>(three, four, 0.5f)) "average"
    ]

[<Tests>]
let averages =
    testList "Numerics / Interpolation" [
        testCase "a step of a moving average is the bits of the reference" <| fun () ->
            for n in lengths do
                let x, y = terms n, numbers (Random n) n
                let fast, slow = Array.copy x, Array.copy x
                Interpolation.MoveTowards<float32>(fast, y, 0.0123f)
                Interpolation.Reference.MoveTowards<float32>(slow, y, 0.0123f)
                Expect.equal (firstDifference fast slow) None $"{n} numbers"
                Interpolation.MoveTowards<float32>(slow, y, 0.5f)
                if n > 4 && n % 3 <> 2 then
                    Expect.isSome (firstDifference fast slow) "control: another step"
    ]

/// Largest error over numbers, in units of 2^-bits of the exact value.
let private worst (unit: int) (found: float[]) (exact: float[]) =
    Seq.zip found exact
    |> Seq.map (fun (a, b) -> if a = b then 0.0 else abs (a - b) / (Math.ScaleB(1.0, -unit) * max (abs b) 1e-300))
    |> Seq.max

[<Tests>]
let functions =
    testList "Numerics / Exponential, Logarithm" [
        testCase "floats: within rounding of the reference in double" <| fun () ->
            let x = Array.init 20_000 (fun i -> 170.0f * float32 i / 20_000.0f - 86.0f)
            let e, back = Array.zeroCreate<float32> x.Length, Array.zeroCreate<float32> x.Length
            Exponential.Compute<float32>(x, e)
            // The rounding to float errs by up to 1, the polynomial by 1.4: measured 2.38.
            Expect.isLessThan (worst 24 (Array.map float e) (Array.map (float >> exp) x)) 2.5 "exponential"
            Logarithm.Compute<float32>(e, back)
            Expect.isLessThan (worst 24 (Array.map float back) (Array.map (float >> log) e)) 4.0 "logarithm: two units in the last place"

        testCase "doubles: within two units in the last place of the C library's" <| fun () ->
            let x = Array.init 20_000 (fun i -> 1400.0 * float i / 20_000.0 - 700.0)
            let e, back = Array.zeroCreate<float> x.Length, Array.zeroCreate<float> x.Length
            Exponential.Compute<float>(x, e)
            Expect.isLessThan (worst 53 e (Array.map exp x)) 4.0 "exponential"
            Logarithm.Compute<float>(e, back)
            Expect.isLessThan (worst 53 back (Array.map log e)) 4.0 "logarithm"

        testCase "what is infinite, zero, negative, subnormal or no number" <| fun () ->
            for fill in [ 0; 3; 20 ] do
                let with' (special: float32[]) = Array.append special (Array.create fill 1.0f)
                let x = with' [| 0.0f; -infinityf; infinityf; nanf; 89.0f; -104.0f |]
                let y = Array.zeroCreate<float32> x.Length
                Exponential.Compute<float32>(x, y)
                Expect.equal (firstDifference y[1..5] [| 0.0f; infinityf; nanf; infinityf; 0.0f |]) None "exponential"
                Expect.isLessThanOrEqual (abs (y[0] - 1.0f)) (MathF.ScaleB(1.0f, -23)) "the polynomial misses 1 by a unit"
                let x = with' [| 1.0f; 0.0f; -0.0f; infinityf; -1.0f; nanf |]
                Logarithm.Compute<float32>(x, y)
                Expect.equal (firstDifference y[..5] [| 0.0f; -infinityf; -infinityf; infinityf; nanf; nanf |]) None "logarithm"
                let x = [| 0.0; -infinity; 710.0; -750.0; 1.0 |]
                let y = Array.zeroCreate<float> x.Length
                Exponential.Compute<float>(x, y)
                Expect.equal (Array.map longBits y) (Array.map (exp >> longBits) x) "beyond 708 a group of doubles is the C library's"
                let x = [| 1.0; 0.0; infinity; -1.0; 5e-324 |]
                Logarithm.Compute<float>(x, y)
                Expect.equal y[..2] [| 0.0; -infinity; infinity |] "logarithm of doubles"
                Expect.isTrue (Double.IsNaN y[3]) "of a negative number"
                Expect.isLessThan (worst 53 y[4..] [| log 5e-324 |]) 4.0 "of a subnormal number"

        testCase "a number's exponential and logarithm do not depend on where it stands" <| fun () ->
            let x = Array.map (fun (x: float32) -> 10.0f * abs x + 0.01f) (numbers (Random 3) 40)
            let plain = doubles x
            let e, l, ed, ld = Array.copy x, Array.copy x, Array.copy plain, Array.copy plain
            Exponential.Compute<float32>(x, e)
            Logarithm.Compute<float32>(x, l)
            Exponential.Compute<float>(plain, ed)
            Logarithm.Compute<float>(plain, ld)
            for first in 1..35 do
                let y, yd = x[first..], plain[first..]
                Exponential.Compute<float32>(y, y)
                Expect.equal (firstDifference y e[first..]) None $"{first}: exponential"
                let y = x[first..]
                Logarithm.Compute<float32>(y, y)
                Expect.equal (firstDifference y l[first..]) None $"{first}: logarithm"
                Exponential.Compute<float>(yd, yd)
                Expect.equal (Array.map longBits yd) (Array.map longBits ed[first..]) $"{first}: exponential of doubles"
                let yd = plain[first..]
                Logarithm.Compute<float>(yd, yd)
                Expect.equal (Array.map longBits yd) (Array.map longBits ld[first..]) $"{first}: logarithm of doubles"
    ]
