module Rhm.ProofsTests.Numerics.ColumnSumsTests

open System
open Expecto
open Rhm.Numerics
open Rhm.ProofsTests.Numbers
open Rhm.ProofsTests.Refusals

[<Tests>]
let tests =
    testList "Numerics / ColumnSums" [
        testCase "sums of columns are those of a loop in the order of rows, to the last bit; what stood there does not count" <| fun () ->
            for rows, columns in [ 0, 3; 1, 1; 5, 16; 7, 33; 40, 100 ] do
                let x = numbers (Random(rows + columns)) (rows * columns)
                let start = numbers (Random 9) columns
                let loop (from: float32[]) =
                    [| for j in 0 .. columns - 1 -> Seq.fold (fun sum i -> sum + x[i * columns + j]) from[j] (seq { 0 .. rows - 1 }) |]
                let added, sums = Array.copy start, Array.copy start
                ColumnSums.Add<float32>(x, added, rows, columns)
                ColumnSums.Compute<float32>(x, sums, rows, columns)
                Expect.equal added (loop start) $"added, {rows} x {columns}"
                Expect.equal sums (loop (Array.zeroCreate columns)) $"from nothing, {rows} x {columns}"

        testCase "sizes that do not fit are refused" <| fun () ->
            let x, sums = Array.zeroCreate<float32> 6, Array.zeroCreate<float32> 2
            refuses "sums holds 2 numbers, not 1 x 3" (fun () -> ColumnSums.Add<float32>(x, sums, 2, 3))
    ]
