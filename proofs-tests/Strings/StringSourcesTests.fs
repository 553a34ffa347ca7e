module Rhm.ProofsTests.Strings.StringSourcesTests

open System
open Expecto
open Rhm.Grammars
open Rhm.Strings

[<Tests>]
let tests =
    testList "Strings / StringSources" [
        testCase "strings written to memory are those that are read, on any number of threads" <| fun () ->
            for shape in [ GrammarShape(4, 2, 16, 4); GrammarShape(3, 3, 8, 6); GrammarShape(5, 3, 8, 22) ] do
                let strings = StringSampler(Grammar.Draw(shape, 1UL), 1UL, 3333)
                let tokens = Array.zeroCreate<byte> (3333 * shape.TokenCount)
                strings.CopyTo(Memory tokens, 2)
                use reader = strings.OpenReader()
                let group = strings.CreateGroup false

                for g in 0L .. strings.GroupCount() - 1L do
                    reader.Read(g, group)
                    let planes = (group.Level 0).ToArray()

                    for lane in 0 .. group.Count - 1 do
                        for t in 0 .. shape.TokenCount - 1 do
                            if uint16 tokens[(int g * 64 + lane) * shape.TokenCount + t] <> planes[t * 64 + lane] then
                                failtest $"{shape}: string {int g * 64 + lane}, token {t}"

        testCase "equal seeds give equal bytes, others do not, whatever the threads" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(4, 3, 8, 6), 1UL)

            let digest (seed: uint64) threads =
                let strings = StringSampler(grammar, seed, 10_000)

                strings.VisitGroups(
                    threads,
                    Func<_>(fun () -> ref 0UL),
                    Action<_, _>(fun (sum: uint64 ref) (group: StringGroup) ->
                        let tokens = (group.Level 0).ToArray()
                        let mutable hash = 0UL

                        for symbol in tokens do
                            hash <- (hash ^^^ uint64 symbol) * 0x9E3779B97F4A7C15UL + (hash >>> 29)

                        sum.Value <- sum.Value + hash),
                    Func<_>(fun () -> strings.CreateGroup false)
                )
                |> Seq.fold (fun sum r -> sum + r.Value) 0UL

            Expect.equal (digest 7UL 3) (digest 7UL 1) "threads do not matter"
            Expect.notEqual (digest 8UL 1) (digest 7UL 1) "seeds do"


        testCase "the depth of strings is the logarithm of their length, at least 1" <| fun () ->
            let source length =
                { new IStringSource with
                    member _.Count = 1L
                    member _.TokenCount = length
                    member _.Vocabulary = 2
                    member _.OpenReader() = failwith "not read" }

            let depth length branching = StringSources.Depth(source length, branching)

            Expect.equal (depth 8 2, depth 9 3) (3, 2) "powers"
            Rhm.ProofsTests.Refusals.refuses "s = 3: 9 or 27 would be" (fun () -> depth 26 3 |> ignore)
            for length, branching in [ 6, 2; 1, 2 ] do
                Rhm.ProofsTests.Refusals.refuses "not a power of the branching factor" (fun () -> depth length branching |> ignore)
    ]
