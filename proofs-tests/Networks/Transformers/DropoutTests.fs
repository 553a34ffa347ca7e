module Rhm.ProofsTests.Networks.Transformers.DropoutTests

open System
open System.IO
open Expecto
open FsCheck
open FsCheck.FSharp
open Rhm.Experiments
open Rhm.Grammars
open Rhm.Networks.Training
open Rhm.Networks.Transformers
open Rhm.Numerics
open Rhm.Population
open Rhm.Randomness
open Rhm.Strings
open Rhm.Sweeps.Expressions
open Rhm.ProofsTests.Folders
open Rhm.ProofsTests.Generators
open Rhm.ProofsTests.Refusals
open Rhm.ProofsTests.SmallEncoders

[<Tests>]
let tests =
    testList "Networks / Transformers / Dropout" [
        testCase "vectors keep what the reference keeps, about a share 1 - p, and differ from place to place and step to step" <| fun () ->
            let columns, rows = 37, 4000
            let x = Array.create (rows * columns) 1f
            let keep seed step site =
                let y = Array.zeroCreate x.Length
                Dropout(0.3, seed, step, site).Apply<float32>(ReadOnlySpan x, Span y, 5L, columns)
                y

            let y = keep 1UL 2L 3
            let reference = Dropout(0.3, 1UL, 2L, 3)
            for row in 0..20 do
                for column in 0 .. columns - 1 do
                    let expected = if reference.Keeps(5L + int64 row, column, columns) then float32 (1.0 / 0.7) else 0f
                    Expect.equal y[row * columns + column] expected $"{row}, {column}"

            // Hoeffding: a share off by t has probability at most 2 exp(-2 n t^2) = 1e-9
            let bound = sqrt (log 2e9 / (2.0 * float x.Length))
            let kept = y |> Array.sumBy (fun value -> if value = 0f then 0.0 else 1.0)
            Expect.isLessThan (abs (kept / float x.Length - 0.7)) bound "share"

            for other in [ keep 2UL 2L 3; keep 1UL 3L 3; keep 1UL 2L 4 ] do
                let same = Array.fold2 (fun n a b -> if a = b then n + 1.0 else n) 0.0 y other / float x.Length
                Expect.isLessThan (abs (same - (0.7 * 0.7 + 0.3 * 0.3))) bound "independent"
    ]
