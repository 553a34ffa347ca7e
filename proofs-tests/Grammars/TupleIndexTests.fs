module Rhm.ProofsTests.Grammars.TupleIndexTests

open System
open Expecto
open Rhm.Grammars
open Rhm.Randomness
open Rhm.ProofsTests.Generators

[<Tests>]
let tests =
    testList "Grammars / TupleIndex" [
        property "codes of 64 tuples at once are those of the tuples one by one" <| fun (FeasibleShape shape) (seed: uint16) ->
            let v, s = shape.Vocabulary, shape.Branching
            let random = RandomStream(uint64 seed, RandomPurpose.Experiment)
            let elements =
                Array.init (64 * s) (fun _ -> if random.NextBelow 30UL = 0UL then 65535us else uint16 (random.NextBelow(uint64 v)))
            let codes = Array.zeroCreate<int> 64
            TupleIndex(s, v).Codes(ReadOnlySpan elements, Span codes)

            codes
            |> Seq.indexed
            |> Seq.forall (fun (q, code) ->
                let tuple = [ for i in 0 .. s - 1 -> int elements[64 * i + q] ]
                code = (if List.contains 65535 tuple then -1 else List.fold (fun c x -> c * v + x) 0 tuple))


        testCase "an index too large for a table keeps its numbers when it grows" <| fun () ->
            let index = TupleIndex(3, 1000)
            let tuple i = [| uint16 (i % 1000); uint16 (i * 7 % 1000); uint16 (i * 13 % 1000) |]

            for i in 0..599 do
                let mutable number = -1
                Expect.isTrue (index.Add(System.ReadOnlySpan(tuple i), &number)) "new"
                Expect.equal number i "numbered in order"

            for i in 0..599 do Expect.equal (index.Find(System.ReadOnlySpan(tuple i))) i "found again"
            Expect.equal (index.Find(System.ReadOnlySpan [| 1us; 1us; 1us |])) -1 "absent"
    ]
