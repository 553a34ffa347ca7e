/// Matrices of random numbers and derived bounds, for the tests of the kernels that work on rows or on numbers.
module Rhm.ProofsTests.Elementwise

open System
open Expecto
open FsCheck.FSharp
open Rhm.ProofsTests.Numbers

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
            Gen.frequency
                [ 3, Gen.elements [ 0; 1; 2; 8; 10; 15; 16; 17; 31; 32; 33; 47; 48; 64; 127; 128; 129; 160 ]; 1, Gen.choose (0, 600) ]

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

type MatrixArbitraries =
    static member Matrix() = Arb.fromGenShrink (matrices, smaller)

let matrixProperty name (test: Matrix -> unit) =
    testPropertyWithConfig
        { FsCheckConfig.defaultConfig with
            maxTest = 300
            arbitrary = [ typeof<MatrixArbitraries> ] }
        name
        test

let inputs m =
    let random = Random m.Seed
    let size = m.Rows * m.Columns
    Array.map ((*) m.Scale) (numbers random size), numbers random size

/// gamma of any number of roundings, not only a whole one.
let gammaOf (k: float) =
    let u = Math.ScaleB(1.0, -24)
    k * u / (1.0 - k * u)

/// Results this small may be flushed to zero or lose bits to underflow.
let underflow = Math.ScaleB(1.0, -118)

let blank n : float32[] = Array.zeroCreate n

let ones n : float32[] = Array.create n 1.0f

/// The first element where two results differ by more than its bound.
let firstOutside (result: float32[]) (expected: float32[]) (bound: int -> float) =
    Seq.init result.Length id
    |> Seq.tryPick (fun i ->
        let difference = abs (float result[i] - float expected[i])
        // The reference rounds once.
        let allowed = bound i + gamma 1 24 * abs (float expected[i]) + underflow
        if difference <= allowed then None else Some(i, result[i], expected[i], difference, allowed))

let row m (xs: float32[]) i = Array.init m.Columns (fun j -> float xs[i * m.Columns + j])

/// Roundings of a sum over columns: a chain in each of 16 lanes, then four halvings.
let lanes m = float ((m.Columns + 15) / 16 + 4)

let forwardWith kernel m (xs: float32[]) =
    let ys = blank xs.Length
    kernel (xs, ys)
    ys

let sumOver m (f: int -> float) i = Seq.sumBy (fun j -> f (i * m.Columns + j)) (seq { 0 .. m.Columns - 1 })

/// Loss sum_k w_k f(x)_k and its derivatives by central differences in double, h = 2^-17. For |x| up to 2 and |w| up to 1 the third
/// derivatives of these functions stay below 60 in absolute value and the loss below 40, so the error is at most 60 h^2 / 6 + 40 x 2^-52
/// / h < 2e-9.
let differences (f: float[] -> float[]) (x: float[]) (w: float[]) =
    let h = Math.ScaleB(1.0, -17)
    let loss x = Array.fold2 (fun sum a b -> sum + a * b) 0.0 (f x) w

    Array.init x.Length (fun k ->
        let at d = loss (Array.mapi (fun j v -> if j = k then v + d else v) x)
        (at h - at -h) / (2.0 * h))

let differenceError = 2e-9

/// The first element farther from the differences than the bound.
let outsideDifferences (gradient: float32[]) (expected: float[]) (bound: int -> float) =
    Seq.init gradient.Length id
    |> Seq.tryPick (fun k ->
        let difference, allowed = abs (float gradient[k] - expected[k]), bound k + differenceError
        if difference <= allowed then None else Some(k, gradient[k], expected[k], allowed))

let single = { Rows = 1; Columns = 37; Scale = 2.0f; Threads = 1; Seed = 11 }

let floats (xs: float32[]) = Array.map float xs
