/// Strings without correlations, from which nothing can be learned.
module Rhm.ProofsTests.ShuffledStrings

open System
open Rhm.Randomness
open Rhm.Strings

/// Strings whose tokens stand at random places of random strings: no correlation between places is left.
type Shuffled(strings: StringSampler) =
    let tokens =
        let group = strings.CreateGroup false
        use reader = strings.OpenReader()

        let all =
            [| for g in 0L .. StringSources.GroupCount strings - 1L do
                   reader.Read(g, group)
                   for q in 0 .. group.Count - 1 ->
                       [| for i in 0 .. strings.TokenCount / strings.Grammar.Shape.Branching - 1 ->
                              [| for c in 0 .. strings.Grammar.Shape.Branching - 1 ->
                                     group.Level(0).[(i * strings.Grammar.Shape.Branching + c) * 64 + q] |] |] |]

        // Tuples stay whole; which string each comes from is permuted, node by node.
        let random = RandomStream(77UL, RandomPurpose.Experiment)
        for node in 0 .. all[0].Length - 1 do
            for q in all.Length - 1 .. -1 .. 1 do
                let other = int (random.NextBelow(uint64 q + 1UL))
                let kept = all[q][node]
                all[q][node] <- all[other][node]
                all[other][node] <- kept
        all |> Array.map Array.concat

    interface IStringSource with
        member _.Count = strings.Count
        member _.TokenCount = strings.TokenCount
        member _.Vocabulary = strings.Vocabulary
        member _.OpenReader() =
            { new IStringReader with
                member _.Read(g, destination) =
                    destination.Count <- int (min 64L (strings.Count - 64L * g))
                    for q in 0 .. destination.Count - 1 do
                        for i in 0 .. strings.TokenCount - 1 do
                            destination.Level(0).[i * 64 + q] <- tokens[int g * 64 + q][i]
              interface IDisposable with
                member _.Dispose() = () }
