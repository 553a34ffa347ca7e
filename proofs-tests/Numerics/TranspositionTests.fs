module Rhm.ProofsTests.Numerics.TranspositionTests

open System
open Expecto
open Rhm.Numerics
open Rhm.ProofsTests.Numbers

[<Tests>]
let tests =
    testList "Numerics / Transposition" [
        testCase "a matrix and its transpose" <| fun () ->
            for rows, columns in [ 1, 1; 16, 4; 17, 5; 37, 70; 3, 33 ] do
                let x = numbers (Random 1) (rows * (columns + 2))
                let y = Array.create (columns * (rows + 3)) 7.0f
                Transposition.Transpose<float32>(x, columns + 2, y, rows + 3, rows, columns)
                let expected =
                    Array.init y.Length (fun k ->
                        if k % (rows + 3) < rows then x[k % (rows + 3) * (columns + 2) + k / (rows + 3)] else 7.0f)
                Expect.isNone (firstDifference y expected) $"{rows} x {columns}, and nothing beside it"

        testCase "a matrix and its transpose in another type" <| fun () ->
            for rows, columns in [ 0, 3; 1, 1; 8, 8; 17, 5; 7, 70; 129, 16 ] do
                let x = Array.init (rows * (columns + 2)) (fun i -> i * 37 % 1001)
                let y = Array.create (columns * (rows + 3)) 7.0
                Transposition.Copy<int, float>(x, columns + 2, y, rows + 3, rows, columns)
                let expected =
                    Array.init y.Length (fun k ->
                        if k % (rows + 3) < rows then float x[k % (rows + 3) * (columns + 2) + k / (rows + 3)] else 7.0)
                Expect.equal y expected $"{rows} x {columns}, the rest untouched"
    ]
