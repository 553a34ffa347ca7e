/// Inputs, comparisons and bounds for the tests of the numeric kernels.
module Rhm.ProofsTests.Numbers

open System

/// Numbers in (-1, 1), some of them zero.
let numbers (random: Random) count =
    Array.init count (fun _ -> if random.Next 16 = 0 then 0.0f else 2.0f * random.NextSingle() - 1.0f)

/// gamma_n = n u / (1 - n u), u = 2^-bits: n roundings one after the other (Higham, Accuracy and Stability, lemma 3.1).
let gamma n (bits: int) =
    let u = Math.ScaleB(1.0, -bits)
    float n * u / (1.0 - float n * u)

/// The first index where two arrays differ in a bit; all not-a-numbers are alike, and so are the two zeros not.
let firstDifference (xs: float32[]) (ys: float32[]) =
    if xs.Length <> ys.Length then
        Some(-1, nanf, nanf)
    else
        Seq.zip xs ys
        |> Seq.indexed
        |> Seq.tryPick (fun (i, (x, y)) ->
            let same = BitConverter.SingleToInt32Bits x = BitConverter.SingleToInt32Bits y || Single.IsNaN x && Single.IsNaN y
            if same then None else Some(i, x, y))
