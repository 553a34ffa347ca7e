module Rhm.ProofsTests.Parallelism.TurnsTests

open System
open Expecto
open FsCheck
open FsCheck.FSharp
open Rhm.Numerics
open Rhm.Parallelism
open Rhm.Report
open Rhm.ProofsTests.Elementwise
open Rhm.ProofsTests.Numbers
open Rhm.ProofsTests.Refusals

[<Tests>]
let tests =
    testList "Parallelism / Turns" [
        testCase "every number is handed out once, whatever the threads" <| fun () ->
            for count, workers in List.allPairs [ 0; 1; 2; 7; 64; 1000 ] [ 1; 2; 3; 5 ] do
                let turns = Turns(count, workers)
                let taken = System.Collections.Concurrent.ConcurrentBag<int64>()

                let work () =
                    let mutable turn = turns.Take()
                    while turn.Next() do taken.Add turn.Number

                [| for _ in 1..workers -> Threading.Thread work |] |> Array.map (fun thread -> thread.Start(); thread) |> Array.iter (fun thread -> thread.Join())
                Expect.equal (Seq.sort taken |> List.ofSeq) [ 0L .. int64 count - 1L ] "each once"
                let mutable turn = Turns(count, workers).Take()
                Expect.equal [ while turn.Next() do turn.Number ] [ 0L .. int64 count - 1L ] "one thread alone meets all, in ascending order"
    ]
