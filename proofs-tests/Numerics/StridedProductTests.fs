/// Batches of products against the reference, and against single products.
module Rhm.ProofsTests.Numerics.StridedProductTests

open System
open Expecto
open FsCheck.FSharp
open Rhm.Numerics
open Rhm.ProofsTests.Numbers
open Rhm.ProofsTests.Refusals

/// Attention: heads of [sequences, length, heads * dimension], scores of [sequences, heads, length, length].
type Attention =
    { Sequences: int
      Heads: int
      Length: int
      Dimension: int
      Accumulate: bool
      Bias: bool
      Threads: int
      Seed: int }

let private attention =
    gen {
        let! sequences = Gen.elements [ 0; 1; 2; 3 ]
        let! heads = Gen.elements [ 1; 2; 3; 5 ]
        let! length = Gen.elements [ 0; 1; 2; 7; 8; 11; 12; 13; 16; 17; 31; 32; 33; 64; 65 ]
        let! dimension = Gen.elements [ 0; 1; 3; 8; 15; 16; 17; 32; 33; 64 ]
        let! accumulate = Gen.elements [ false; true ]
        let! bias = Gen.elements [ false; true ]
        let! threads = Gen.choose (1, 4)
        let! seed = Gen.choose (0, 1_000_000)

        return
            { Sequences = sequences
              Heads = heads
              Length = length
              Dimension = dimension
              Accumulate = accumulate
              Bias = bias
              Threads = threads
              Seed = seed }
    }

let private smaller a =
    seq {
        for n in [ 0; a.Length / 2; a.Length - 1 ] do
            if n >= 0 && n < a.Length then { a with Length = n }

        for n in [ 0; a.Dimension / 2; a.Dimension - 1 ] do
            if n >= 0 && n < a.Dimension then { a with Dimension = n }

        if a.Heads > 1 then { a with Heads = 1 }
        if a.Threads > 1 then { a with Threads = 1 }
    }

type Arbitraries =
    static member Attention() = Arb.fromGenShrink (attention, smaller)

let private layouts a = MatrixLayout.Heads(a.Length, a.Heads, a.Dimension), MatrixLayout.Whole(a.Heads, a.Length, a.Length)

/// The products of attention: where A, B and C lie, and rows, columns, inner.
let private products a =
    let heads, scores = layouts a

    [ "scores Q K^T", heads, heads.Transpose(), scores, (a.Length, a.Length, a.Dimension)
      "mixtures P V", scores, heads, heads, (a.Length, a.Dimension, a.Length)
      "gradient of V, P^T dY", scores.Transpose(), heads, heads, (a.Length, a.Dimension, a.Length)
      "gradient of P, dY V^T", heads, heads.Transpose(), scores, (a.Length, a.Length, a.Dimension) ]

let private size a (layout: MatrixLayout) =
    let heads, _ = layouts a
    if layout = heads || layout = heads.Transpose() then
        a.Sequences * a.Length * a.Heads * a.Dimension
    else
        a.Sequences * a.Heads * a.Length * a.Length

[<Tests>]
let tests =
    testList "Numerics / StridedProduct" [
        testPropertyWithConfig
            { FsCheckConfig.defaultConfig with
                maxTest = 200
                arbitrary = [ typeof<Arbitraries> ] }
            "the same bits as the reference, wherever the matrices lie"
        <| fun a ->
            for name, layoutA, layoutB, layoutC, (rows, columns, inner) in products a do
                let random = Random a.Seed
                let x, y, z = numbers random (size a layoutA), numbers random (size a layoutB), numbers random (size a layoutC)
                let expected, bias = Array.copy z, (if a.Bias then numbers random columns else [||])
                StridedProduct.Multiply<float32>(
                    x,
                    layoutA,
                    y,
                    layoutB,
                    z,
                    layoutC,
                    a.Sequences,
                    a.Heads,
                    rows,
                    columns,
                    inner,
                    a.Accumulate,
                    a.Threads,
                    bias
                )
                StridedProduct.Reference.Multiply<float32>(
                    x,
                    layoutA,
                    y,
                    layoutB,
                    expected,
                    layoutC,
                    a.Sequences,
                    a.Heads,
                    rows,
                    columns,
                    inner,
                    a.Accumulate,
                    bias
                )
                Expect.isNone (firstDifference z expected) name

        testCase "one sequence of one head is a product; other layouts are noticed" <| fun () ->
            let random = Random 4
            let x, y = numbers random (21 * 34), numbers random (34 * 45)
            let c, expected, other =
                Array.zeroCreate<float32>(21 * 45), Array.zeroCreate<float32>(21 * 45), Array.zeroCreate<float32>(21 * 45)
            MatrixProduct.Reference.Multiply<float32>(x, y, expected, 21, 45, 34)
            let a, b, layout = MatrixLayout.Whole(1, 21, 34), MatrixLayout.Whole(1, 34, 45), MatrixLayout.Whole(1, 21, 45)
            StridedProduct.Multiply<float32>(x, a, y, b, c, layout, 1, 1, 21, 45, 34)
            Expect.isNone (firstDifference c expected) "product"
            StridedProduct.Multiply<float32>(x, MatrixLayout(33, 1, 0, 0), y, b, other, layout, 1, 1, 21, 45, 34)
            Expect.isSome (firstDifference other expected) "control: rows of A one number too close"

        testCase "layouts that do not fit are refused" <| fun () ->
            let x, c = Array.zeroCreate<float32> 6, Array.zeroCreate<float32> 4
            let whole rows columns = MatrixLayout.Whole(1, rows, columns)
            refuses "a holds 6 numbers, but its last matrix ends at number 6" (fun () ->
                StridedProduct.Multiply<float32>(x, MatrixLayout(4, 1, 0, 0), x, whole 3 2, c, whole 2 2, 1, 1, 2, 2, 3))
            refuses "bias holds 3 numbers, not 1 x 2" (fun () ->
                StridedProduct.Multiply<float32>(x, whole 2 3, x, whole 3 2, c, whole 2 2, 1, 1, 2, 2, 3, false, 1, x[..2]))
            refuses "neither step of b, 2 and 2, is 1" (fun () ->
                StridedProduct.Multiply<float32>(x, whole 2 2, x, MatrixLayout(2, 2, 0, 0), c, whole 2 2, 1, 1, 2, 2, 2))
            refuses "step 2 of the columns of c is not 1" (fun () ->
                StridedProduct.Multiply<float32>(x, whole 2 2, x, whole 2 2, c, MatrixLayout(1, 2, 0, 0), 1, 1, 2, 2, 2))
            refuses "a step of a" (fun () ->
                StridedProduct.Multiply<float32>(x, MatrixLayout(-1, 1, 0, 0), x, whole 3 2, c, whole 2 2, 1, 1, 2, 2, 3))
            refuses "a size of a" (fun () -> StridedProduct.Multiply<float32>(x, whole 2 3, x, whole 3 2, c, whole 2 2, -1, 1, 2, 2, 3))
    ]
