/// The blocked matrix product against its reference, bit by bit, and against sums in double within the derived bound.
module Rhm.ProofsTests.Numerics.MatrixProductTests

open System
open Expecto
open FsCheck.FSharp
open Rhm.Numerics
open Rhm.ProofsTests.Numbers
open Rhm.ProofsTests.Refusals

type Form =
    | Plain
    | TransposedA
    | TransposedB

/// One product with everything that may vary; numbers come from the seed.
type Product =
    { Form: Form
      Rows: int
      Columns: int
      Inner: int
      Bias: bool
      Gelu: bool
      Stored: bool
      Accumulate: bool
      Threads: int
      Seed: int }

/// Sizes around the edges of tiles (1, 2, 4, 6, 12 rows; 4, 8, 16, 32 columns), blocks (256 terms) and the switch to copied panels.
let private size =
    Gen.frequency
        [ 3, Gen.elements [ 0; 1; 2; 3; 4; 5; 6; 7; 11; 12; 13; 15; 16; 17; 18; 19; 23; 24; 31; 32; 33; 47; 48; 49; 63; 64; 65 ]
          2, Gen.choose (0, 80)
          1, Gen.elements [ 97; 127; 128; 129; 160 ] ]

let private products =
    gen {
        let! form = Gen.elements [ Plain; TransposedA; TransposedB ]
        let! rows = size
        let! columns = size
        let! inner = Gen.frequency [ 4, size; 1, Gen.elements [ 255; 256; 257; 511; 512; 513; 769 ] ]
        let! flags = Gen.arrayOfLength 4 (Gen.elements [ false; true ])
        let! threads = Gen.choose (1, 5)
        let! seed = Gen.choose (0, 1_000_000)

        return
            { Form = form
              Rows = rows
              Columns = columns
              Inner = inner
              Bias = form = Plain && flags[0]
              Gelu = form = Plain && flags[1]
              Stored = form = Plain && flags[2]
              Accumulate = flags[3]
              Threads = threads
              Seed = seed }
    }

let private smaller p =
    seq {
        for n in [ 0; p.Rows / 2; p.Rows - 1 ] do
            if n >= 0 && n < p.Rows then { p with Rows = n }

        for n in [ 0; p.Columns / 2; p.Columns - 1 ] do
            if n >= 0 && n < p.Columns then { p with Columns = n }

        for n in [ 0; p.Inner / 2; p.Inner - 1 ] do
            if n >= 0 && n < p.Inner then { p with Inner = n }

        if p.Threads > 1 then { p with Threads = 1 }
        if p.Bias then { p with Bias = false }
        if p.Accumulate then { p with Accumulate = false }
        if p.Gelu then { p with Gelu = false }
    }

type Arbitraries =
    static member Product() = Arb.fromGenShrink (products, smaller)

let private property name (test: Product -> unit) =
    testPropertyWithConfig
        { FsCheckConfig.defaultConfig with
            maxTest = 300
            arbitrary = [ typeof<Arbitraries> ] }
        name
        test

type Inputs =
    { A: float32[]
      B: float32[]
      C: float32[]
      BiasRow: float32[] }

let private inputs p =
    let random = Random p.Seed

    { A = numbers random (p.Rows * p.Inner)
      B = numbers random (p.Inner * p.Columns)
      C = numbers random (p.Rows * p.Columns)
      BiasRow = if p.Bias then numbers random p.Columns else [||] }

/// The result and the stored pre-activation.
let private fast p x =
    let c, stored = Array.copy x.C, (if p.Stored then Array.zeroCreate<float32> x.C.Length else [||])

    match p.Form with
    | Plain ->
        let activation = if p.Gelu then Activation.Gelu else Activation.None
        MatrixProduct.Multiply<float32>(x.A, x.B, c, p.Rows, p.Columns, p.Inner, x.BiasRow, activation, stored, p.Accumulate, p.Threads)
    | TransposedA -> MatrixProduct.MultiplyTransposedA<float32>(x.A, x.B, c, p.Rows, p.Columns, p.Inner, p.Accumulate, p.Threads)
    | TransposedB -> MatrixProduct.MultiplyTransposedB<float32>(x.A, x.B, c, p.Rows, p.Columns, p.Inner, p.Accumulate, p.Threads)

    c, stored

let private plain p x =
    let c, stored = Array.copy x.C, (if p.Stored then Array.zeroCreate<float32> x.C.Length else [||])

    match p.Form with
    | Plain ->
        let activation = if p.Gelu then Activation.Gelu else Activation.None
        MatrixProduct.Reference.Multiply<float32>(x.A, x.B, c, p.Rows, p.Columns, p.Inner, x.BiasRow, activation, stored, p.Accumulate)
    | TransposedA -> MatrixProduct.Reference.MultiplyTransposedA<float32>(x.A, x.B, c, p.Rows, p.Columns, p.Inner, p.Accumulate)
    | TransposedB -> MatrixProduct.Reference.MultiplyTransposedB<float32>(x.A, x.B, c, p.Rows, p.Columns, p.Inner, p.Accumulate)

    c, stored

let private a p x i t =
    float (if p.Form = TransposedA then x.A[t * p.Rows + i] else x.A[i * p.Inner + t])

let private b p x t j =
    float (if p.Form = TransposedB then x.B[j * p.Inner + t] else x.B[t * p.Columns + j])

/// The first element farther from the sum in double than gamma_n (|A| |B| + |start|), n = inner + 1 (the bias is one more addition);
/// the sum in double itself errs by gamma_n of double, and the test takes that off.
let private outsideBound p x (result: float32[]) =
    let n = p.Inner + 1
    let bound = gamma n 24 + gamma n 53

    Seq.allPairs (seq { 0 .. p.Rows - 1 }) (seq { 0 .. p.Columns - 1 })
    |> Seq.tryPick (fun (i, j) ->
        let start = (if p.Accumulate then float x.C[i * p.Columns + j] else 0.0) + (if p.Bias then float x.BiasRow[j] else 0.0)
        let size0 = (if p.Accumulate then abs (float x.C[i * p.Columns + j]) else 0.0) + (if p.Bias then abs (float x.BiasRow[j]) else 0.0)
        let mutable sum, size = start, size0

        for t in 0 .. p.Inner - 1 do
            let term = a p x i t * b p x t j
            sum <- sum + term
            size <- size + abs term

        let c = float result[i * p.Columns + j]
        if abs (c - sum) <= bound * size then None else Some(i, j, c, sum, bound * size))

/// Kernels with one mistake each; every check must notice them.
let private planted =
    [ "the last term forgotten",
      (fun p x -> fast p { x with A = x.A |> Array.mapi (fun i a -> if i % p.Inner = p.Inner - 1 then 0.0f else a) })
      "rows of B swapped",
      fun p x ->
          let b = Array.copy x.B
          let n = p.Columns
          Array.blit x.B 0 b n n
          Array.blit x.B n b 0 n
          fast p { x with B = b }
      "an element off by one part in 4096",
      fun p x ->
          let c, stored = fast p x
          c[c.Length / 2] <- c[c.Length / 2] * (1.0f + 1.0f / 4096.0f)
          c, stored ]

let private control =
    { Form = Plain
      Rows = 37
      Columns = 45
      Inner = 29
      Bias = true
      Gelu = false
      Stored = false
      Accumulate = false
      Threads = 2
      Seed = 5 }

/// Positive terms: there gamma_n |A| |B| is small beside the sum, so that a bound that passes anything would show.
let private positive x =
    { x with
        A = Array.map abs x.A
        B = Array.map abs x.B
        BiasRow = Array.map abs x.BiasRow }

[<Tests>]
let tests =
    testList "Numerics / MatrixProduct" [
        property "the same bits as the reference, whatever the sizes and threads" <| fun p ->
            let x = inputs p
            let (c, stored), (expected, expectedStored) = fast p x, plain p x
            Expect.isNone (firstDifference stored expectedStored) "pre-activation"
            // The activation of the reference is another algorithm: it has its own test.
            if not p.Gelu then Expect.isNone (firstDifference c expected) "product"

        property "the same bits on one thread and on many, activation and all" <| fun p ->
            let x = inputs p
            let (c, stored), (one, oneStored) = fast p x, fast { p with Threads = 1 } x
            Expect.isNone (firstDifference c one) "product"
            Expect.isNone (firstDifference stored oneStored) "pre-activation"

        property "fused with GELU or its gradient: the bits of the product and then the kernel" <| fun p ->
            let p = { p with Gelu = false; Stored = false }
            let x = inputs p
            let fused, separate = Array.copy x.C, fst (fast p x)

            match p.Form with
            | Plain ->
                Gelu.Forward<float32>(separate, separate)
                MatrixProduct.Multiply<float32>(
                    x.A,
                    x.B,
                    fused,
                    p.Rows,
                    p.Columns,
                    p.Inner,
                    x.BiasRow,
                    Activation.Gelu,
                    accumulate = p.Accumulate,
                    threads = p.Threads
                )
            | TransposedA ->
                MatrixProduct.MultiplyTransposedA<float32>(x.A, x.B, fused, p.Rows, p.Columns, p.Inner, p.Accumulate, p.Threads)
            | TransposedB ->
                let input = numbers (Random(p.Seed + 1)) x.C.Length
                Gelu.Backward<float32>(input, separate, separate)
                MatrixProduct.MultiplyTransposedB<float32>(x.A, x.B, fused, p.Rows, p.Columns, p.Inner, p.Accumulate, p.Threads, input)

            Expect.isNone (firstDifference fused separate) "fused"

        property "within gamma of the sum in double" <| fun p ->
            let p = { p with Gelu = false }
            let x = inputs p
            Expect.isNone (outsideBound p x (fst (fast p x))) "(row, column, float, double, bound)"

        testCase "larger products: blocks of rows, columns and inner index" <| fun () ->
            for form in [ Plain; TransposedA; TransposedB ] do
                for rows, columns, inner in [ 864, 160, 48; 1031, 33, 300; 61, 1100, 259; 1, 1500, 700; 3000, 1, 40 ] do
                    for threads in [ 1; 2; 3; 4 ] do
                        let p =
                            { control with
                                Form = form
                                Bias = form = Plain
                                Rows = rows
                                Columns = columns
                                Inner = inner
                                Threads = threads }

                        let x = inputs p
                        Expect.isNone (firstDifference (fst (fast p x)) (fst (plain p x))) $"{p}"

        testCase "not a number and infinity go where the reference puts them" <| fun () ->
            let x = inputs control
            x.A[3] <- nanf
            x.A[70] <- infinityf
            x.B[11] <- -infinityf
            let c, expected = fst (fast control x), fst (plain control x)
            Expect.isTrue (Array.exists Single.IsNaN expected && Array.exists Single.IsInfinity expected) "the case has both"
            Expect.isNone (firstDifference c expected) "product"

        for name, wrong in planted do
            testCase $"control: both checks notice {name}" <| fun () ->
                let x = positive (inputs control)
                let right, expected = fst (fast control x), fst (plain control x)
                Expect.isNone (outsideBound control x right) "the right one is within the bound"
                Expect.isNone (firstDifference right expected) "and has the same bits"
                let c = fst (wrong control x)
                Expect.isSome (outsideBound control x c) "outside the bound"
                Expect.isSome (firstDifference c expected) "other bits"

        testCase "sums of columns" <| fun () ->
            for rows, columns in [ 0, 3; 1, 1; 7, 33; 50, 160; 3, 0 ] do
                let random = Random 3
                let x, sums = numbers random (rows * columns), numbers random columns
                let expected = Array.copy sums
                ColumnSums.Add<float32>(x, sums, rows, columns)
                ColumnSums.Reference.Add<float32>(x, expected, rows, columns)
                Expect.isNone (firstDifference sums expected) $"{rows} x {columns}"

        testCase "sizes that do not fit are refused" <| fun () ->
            let x = Array.zeroCreate<float32> 6
            refuses "a holds 6 numbers, not 2 x 2" (fun () -> MatrixProduct.Multiply<float32>(x, x, x, 2, 3, 2))
            refuses "b holds 6 numbers, not 3 x 3" (fun () -> MatrixProduct.MultiplyTransposedA<float32>(x, x, x, 2, 3, 3))
            refuses "c holds 6 numbers, not 2 x 2" (fun () -> MatrixProduct.MultiplyTransposedB<float32>(x, x, x, 2, 2, 3))
            refuses "size -1 of a is negative" (fun () -> MatrixProduct.Multiply<float32>(x, x, x, -1, 2, 3))
            refuses "bias holds 6 numbers, not 1 x 2" (fun () -> MatrixProduct.Multiply<float32>(x, x, x[..3], 2, 2, 3, x))
            refuses "preActivation holds 6 numbers, not 2 x 2" (fun () ->
                MatrixProduct.Multiply<float32>(x, x, x[..3], 2, 2, 3, x[..1], Activation.None, x))
            refuses "number of threads 0 must be at least 1" (fun () -> MatrixProduct.Multiply<float32>(x, x, x[..3], 2, 2, 3, threads = 0))
    ]
