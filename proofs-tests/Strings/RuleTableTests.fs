module Rhm.ProofsTests.Strings.RuleTableTests

open System
open Expecto
open Rhm.Grammars
open Rhm.Randomness
open Rhm.Strings
open Rhm.ProofsTests.Generators

[<Tests>]
let tests =
    testList "Strings / RuleTable" [
        property "the vectorised expansion is its reference, for any sizes and weights" <| fun (seed: uint16) ->
            let random = RandomStream(uint64 seed, RandomPurpose.Experiment)
            let draw (values: int list) = values[int (random.NextBelow(uint64 values.Length))]
            let v, s = draw [ 2; 3; 5; 8; 16; 17; 32; 100; 255; 256; 257; 300 ], draw [ 2; 3; 4; 5 ]
            let m = int (min (int64 (draw [ 1; 2; 3; 8; 22; 32; 64; 127; 250; 256; 257 ])) (pown (int64 v) (s - 1)))
            let classes = min (draw [ v; 1; 3; 256; 300 ]) (int (min 65536L (pown (int64 v) s / int64 m)))
            let shape = GrammarShape(draw [ 1; 2; 3 ], s, v, m, classes)
            let strings = StringSampler(Grammar.Draw(shape, uint64 seed, float (draw [ 0; 0; 1 ]) * 0.7), uint64 seed, 200)
            use fast = strings.OpenReader()
            use plain = strings.OpenScalarReader()
            let first, second = strings.CreateGroup(), strings.CreateGroup()

            [ 0L .. 3L ]
            |> List.forall (fun g ->
                fast.Read(g, first)
                plain.Read(g, second)
                first.Count = second.Count
                && List.forall (fun level -> (first.Level level).SequenceEqual(second.Level level)) [ 0 .. shape.Depth ])
    ]
