module Rhm.ProofsTests.Strings.TupleLookupTests

open System
open Expecto
open Rhm.Strings
open Rhm.Randomness
open Rhm.ProofsTests.Generators

[<Tests>]
let tests =
    testList "Strings / TupleLookup" [
        property "tuples of bytes are looked up as their reference does it" <| fun (seed: uint16) ->
            let random = RandomStream(uint64 seed, RandomPurpose.Experiment)
            let s = 2 + int (random.NextBelow 3UL)
            let v = 2 + int (random.NextBelow(match s with 2 -> 253UL | 3 -> 60UL | _ -> 20UL))
            let table = TupleLookup(s, v)
            for code in 0 .. pown v s - 1 do
                if random.NextBelow 3UL > 0UL then table.Set(code, byte (random.NextBelow 256UL))
            let nodes = 1 + int (random.NextBelow 5UL)
            let elements =
                Array.init (64 * s * nodes) (fun _ ->
                    if random.NextBelow 20UL = 0UL then
                        byte (v + int (random.NextBelow(uint64 (256 - v))))
                    else
                        byte (random.NextBelow(uint64 v)))
            let fast, plain = Array.zeroCreate (64 * nodes), Array.zeroCreate (64 * nodes)
            table.Find(ReadOnlySpan elements, Span fast)
            table.FindScalar(ReadOnlySpan elements, Span plain)
            fast = plain
    ]
