module Rhm.ProofsTests.Numerics.VectorMathTests

open System
open Expecto
open Rhm.Numerics
open Rhm.ProofsTests.Numbers

/// Error of the vector exponential in units of 2^-24: measured 1.38 over every seventh float of [-87.3, 0]; its test is below.
let private expError = 1.5

[<Tests>]
let tests =
    testList "Numerics / VectorMath" [
        testCase "the vector exponential errs by at most 1.5 x 2^-24 of its size" <| fun () ->
            // Every 509th number of all in [-87.3, 0]; softmax of two numbers would hide it behind its own roundings.
            for bits in 0x80000000u .. 509u * 16u .. 0xC2AE999Au do
                let x = Array.init 16 (fun i -> min 0xC2AE9999u (bits + 509u * uint32 i) |> BitConverter.UInt32BitsToSingle)
                let e = VectorMath.Exp(System.Runtime.Intrinsics.Vector512.Create<float32>(ReadOnlySpan x))

                for i in 0..15 do
                    let expected = exp (float x[i])
                    let error = abs (float (System.Runtime.Intrinsics.Vector512.GetElement(e, i)) - expected)
                    if error > gamma 1 24 * expError * expected then failtestf "exp %g errs by %g of its size" x[i] (error / expected)
    ]
