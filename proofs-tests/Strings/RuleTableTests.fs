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
        testCase "numbers that would make some rules more frequent are drawn again, in vectors and one by one" <| fun () ->
            // 2^16 = 262 * 250 + 36: of some 50 000 draws 28 are made again.
            let strings = StringSampler(Grammar.Draw(GrammarShape(3, 3, 16, 250), 1UL), 1UL, 4000L)
            use fast = strings.OpenReader()
            use plain = strings.OpenScalarReader()
            let first, second = strings.CreateGroup(), strings.CreateGroup()
            for g in 0L .. 62L do
                fast.Read(g, first)
                plain.Read(g, second)
                for level in 0..3 do Expect.isTrue ((first.Level level).SequenceEqual(second.Level level)) $"group {g}, level {level}"

        testCase "a number is drawn again where it is below 2^16 mod m" <| fun () ->
            // The lower half of number times m decides: for m = 250, of all 65536 numbers 36 are refused, and every rule keeps 262.
            let table = RuleTable(1, 250, 1, Array.zeroCreate 250, null)
            let choices = [| for number in 0u .. 65535u -> table.Choose number |]
            Expect.equal (choices |> Array.filter ((=) -1) |> Array.length) 36 "refused"
            Expect.allEqual (choices |> Array.filter ((<=) 0) |> Array.countBy id |> Array.map snd) 262 "of each rule"

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
