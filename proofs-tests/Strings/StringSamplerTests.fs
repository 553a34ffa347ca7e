module Rhm.ProofsTests.Strings.StringSamplerTests

open System
open Expecto
open Rhm.Claims
open Rhm.Grammars
open Rhm.Randomness
open Rhm.Statistics
open Rhm.Strings
open Rhm.ProofsTests.Generators

[<Tests>]
let tests =
    testList "Strings / StringSampler" [
        property "derives every string by the rules" <| fun (DrawnGrammar(grammar, seed)) ->
            let strings = StringSampler(grammar, seed, 70)
            let shape = grammar.Shape
            let group = strings.CreateGroup()
            use reader = strings.OpenReader()

            [ 0L; 1L ]
            |> List.forall (fun g ->
                reader.Read(g, group)

                [ for level in 0 .. shape.Depth - 1 do
                      for node in 0 .. shape.NodeCount(level + 1) - 1 do
                          for lane in 0 .. group.Count - 1 do
                              let children = (group.Level level).ToArray()
                              let tuple = [| for i in 0 .. shape.Branching - 1 -> children[(node * shape.Branching + i) * 64 + lane] |]
                              let parents = (group.Level(level + 1)).ToArray()
                              grammar.FindParent(level, ReadOnlySpan tuple) = int parents[node * 64 + lane] ]
                |> List.forall id)

        property "reads any group alone as it reads them in order" <| fun (DrawnGrammar(grammar, seed)) ->
            let strings = StringSampler(grammar, seed, 3000)
            let first, second = strings.CreateGroup(), strings.CreateGroup()
            use inOrder = strings.OpenReader()
            use alone = strings.OpenReader()

            [ 0L .. 46L ]
            |> List.forall (fun g ->
                inOrder.Read(g, first)
                g % 9L <> 4L
                || (alone.Read(g, second)
                    first.Count = second.Count && first.Level(0).SequenceEqual(second.Level 0)))

        property "the leftmost subtree is the same when only it is expanded" <| fun (DrawnGrammar(grammar, seed)) ->
            let strings = StringSampler(grammar, seed, 100)
            use reader = strings.OpenReader()
            let whole = strings.CreateGroup()
            reader.Read(1L, whole)

            [ 0 .. grammar.Shape.Depth ]
            |> List.forall (fun height ->
                let part = StringGroup(grammar.Shape.Depth + 1, pown grammar.Shape.Branching height, grammar.Shape.Branching)
                reader.Read(1L, part)

                [ 0 .. grammar.Shape.Depth ]
                |> List.forall (fun level -> (part.Level level).SequenceEqual((whole.Level level).Slice(0, 64 * part.NodeCount level))))

        testCase "numbers of different lanes, nodes and groups are independent (false alarm at most 1e-9)" <| fun () ->
            // One level of rules that spell out the choice: v = m = 16, s = 2. Pairs of choices must be uniform over 256 cells.
            let rules = [| for a in 0..15 do for k in 0..15 do uint16 k; uint16 a |]
            let grammar = Grammar.FromRules(GrammarShape(2, 2, 16, 16), [| rules; rules |])
            let strings = StringSampler(grammar, 3UL, 64L * 4096L)
            use reader = strings.OpenReader()
            let groups = [| for g in 0L .. 4095L do
                                let group = strings.CreateGroup false
                                reader.Read(g, group)
                                (group.Level 0).ToArray() |]

            let chiSquare (pairs: seq<int * int>) =
                let counts = Array.zeroCreate<int> 256
                for a, b in pairs do counts[16 * a + b] <- counts[16 * a + b] + 1
                let expected = float (Array.sum counts) / 256.0
                Array.sumBy (fun n -> (float n - expected) ** 2.0 / expected) counts

            // Tokens 0 and 2 are the choices of the two nodes of level 1.
            let node n lane (tokens: uint16[]) = int tokens[2 * n * 64 + lane]
            let bound = Interval.ChiSquareBound(255, 1e-9 / 200.0)

            for lane in 0..63 do
                let next = (lane + 1) % 64
                Expect.isLessThan (chiSquare (Seq.map (fun x -> node 0 lane x, node 0 next x) groups)) bound $"lanes {lane} and {next}"
                Expect.isLessThan (chiSquare (Seq.map (fun x -> node 0 lane x, node 1 lane x) groups)) bound $"nodes of lane {lane}"
                Expect.isLessThan
                    (chiSquare (Seq.map (fun (x, y) -> node 1 lane x, node 1 lane y) (Seq.pairwise groups)))
                    bound
                    $"groups at lane {lane}"

            Expect.isGreaterThan
                (chiSquare (Seq.map (fun x -> node 0 5 x, node 0 5 x) groups))
                bound
                "and equal numbers are not independent"

        testCase "rules of any two nodes of a string are independent, also of different levels (false alarm at most 1e-9)" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(3, 2, 8, 4), 1UL)
            let strings = StringSampler(grammar, 5UL, 20_000L)
            let group = strings.CreateGroup()
            use reader = strings.OpenReader()
            let symbol level node lane = (group.Level level)[node * 64 + lane]
            let choice (level, node) lane =
                grammar.FindRule(level, ReadOnlySpan [| symbol level (2 * node) lane; symbol level (2 * node + 1) lane |]) % 4
            let places = [| 2, 0; 1, 0; 1, 1; 0, 0; 0, 1; 0, 2; 0, 3 |]
            let choices =
                [| for g in 0L .. (strings.Count - 1L) / 64L do
                       reader.Read(g, group)
                       for lane in 0 .. group.Count - 1 -> [| for place in places -> choice place lane |] |]
            for a in 0..6 do
                for b in a + 1 .. 6 do
                    let same = choices |> Array.filter (fun own -> own[a] = own[b]) |> Array.length
                    let interval = Interval.ClopperPearson(same, choices.Length, 1e-9 / 21.0)
                    Expect.isTrue (interval.Low <= 0.25 && 0.25 <= interval.High) $"{places[a]} and {places[b]}: {interval}"

        testCase "a seed means the same strings on every machine" <| fun () ->
            let digest (shape: GrammarShape) zipf =
                let strings = StringSampler(Grammar.Draw(shape, 1UL, zipf), 1UL, 1000)
                use reader = strings.OpenReader()
                let group = strings.CreateGroup()
                use hash = Security.Cryptography.IncrementalHash.CreateHash Security.Cryptography.HashAlgorithmName.SHA256

                for g in 0L .. strings.GroupCount() - 1L do
                    reader.Read(g, group)
                    for level in 0 .. shape.Depth do
                        hash.AppendData(Runtime.InteropServices.MemoryMarshal.AsBytes(group.Level(level)).ToArray())

                Convert.ToHexStringLower(hash.GetHashAndReset()).Substring(0, 16)

            Expect.equal
                [ digest (GrammarShape(3, 3, 8, 6)) 0.0
                  digest (GrammarShape(3, 2, 300, 22)) 0.0
                  digest (GrammarShape(3, 2, 16, 8, 5)) 1.0 ]
                [ "603aa93e4a61a0fe"; "3f228f22904103db"; "d04c6747ce934608" ]
                "first 64 bits of SHA-256"

        testCase "strings of a small grammar are equally likely (false alarm at most 1e-9)" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(2, 2, 3, 2), 3UL)
            let legal = Derivations.all grammar |> Seq.map (fun d -> Array.toList d[0]) |> Derivations.count
            let count = 100_000
            let strings = StringSampler(grammar, 5UL, count)
            let group = strings.CreateGroup false
            use reader = strings.OpenReader()

            let seen =
                Derivations.count
                    [ for g in 0L .. strings.GroupCount() - 1L do
                          reader.Read(g, group)

                          for lane in 0 .. group.Count - 1 do
                              let tokens = (group.Level 0).ToArray()
                              [ for t in 0..3 -> int tokens[t * 64 + lane] ] ]

            Expect.isTrue (Seq.forall legal.ContainsKey seen.Keys) "only legal strings"
            let expected = float count / float legal.Count
            let chiSquare = legal.Keys |> Seq.sumBy (fun key -> (float (Derivations.times seen key) - expected) ** 2.0 / expected)
            Expect.isLessThan chiSquare (Interval.ChiSquareBound(float (legal.Count - 1), 1e-9)) "Pearson's chi-square"

        testCase "Zipf weights are followed (false alarm at most 1e-9), and differ from uniform ones" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(1, 2, 4, 4, 1), 3UL, 1.0)
            let count = 50_000
            let strings = StringSampler(grammar, 5UL, count)
            let group = strings.CreateGroup false
            use reader = strings.OpenReader()

            let seen =
                Derivations.count
                    [ for g in 0L .. strings.GroupCount() - 1L do
                          reader.Read(g, group)

                          for lane in 0 .. group.Count - 1 do
                              let tokens = (group.Level 0).ToArray()
                              grammar.FindRule(0, ReadOnlySpan [| tokens[lane]; tokens[64 + lane] |]) ]

            let chiSquare (p: int -> float) =
                Seq.sum [ for r in 0..3 -> (float (Derivations.times seen r) - float count * p r) ** 2.0 / (float count * p r) ]

            let bound = Interval.ChiSquareBound(3, 1e-9)
            Expect.isLessThan (chiSquare (fun r -> grammar.RuleProbabilities[r])) bound "proportional to 1/k"
            Expect.isGreaterThan (chiSquare (fun _ -> 0.25)) bound "not uniform"


        testCase "strings for another purpose are others, and the last group holds the rest" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(3, 2, 16, 4), 1UL)

            let symbols (purpose: RandomPurpose) =
                let strings = StringSampler(grammar, 1UL, 100L, purpose)
                use reader = strings.OpenReader()
                let group = strings.CreateGroup()
                reader.Read(1L, group)
                group.Count, (group.Level 0).ToArray()

            let all = List.map symbols [ RandomPurpose.Strings; RandomPurpose.HeldOut; RandomPurpose.Probe ]
            Expect.hasLength (List.distinct all) 3 "of three purposes"
            for count, _ in all do Expect.equal count 36 "100 - 64"
    ]
