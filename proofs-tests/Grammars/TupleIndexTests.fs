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
    ]
