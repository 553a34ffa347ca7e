module Rhm.ProofsTests.Levelwise.IterativeLatentClusteringTests

open System
open Expecto
open Rhm.Grammars
open Rhm.Learning
open Rhm.Levelwise
open Rhm.Levelwise.Counting
open Rhm.Randomness
open Rhm.Strings

let private learn (grammar: Grammar) seed count threads =
    IterativeLatentClustering.Learn(
        StringSampler(grammar, seed, count),
        grammar.Shape.Branching,
        IlcOptions(Seed = seed, Threads = threads)
    )

[<Tests>]
let tests =
    testList "Levelwise / IterativeLatentClustering" [
        for l, s, v, m, factor in
            [ 2, 2, 8, 4, 30
              3, 2, 8, 3, 60
              3, 3, 8, 6, 10
              4, 3, 8, 4, 10
              5, 3, 8, 6, 10
              3, 3, 16, 8, 10
              3, 4, 6, 5, 10
              3, 2, 16, 8, 20 ] do
            testCase $"recovers L={l} s={s} v={v} m={m} at P = {factor} v m^3" <| fun () ->
                let grammar = Grammar.Draw(GrammarShape(l, s, v, m), 11UL)
                let learned = learn grammar 11UL (int64 (factor * v * m * m * m)) 2
                let accuracy = learned.Accuracy(StringSampler(grammar, 11UL, 500, RandomPurpose.HeldOut))
                Expect.isGreaterThan (Array.min accuracy) 0.99 $"all levels: %A{accuracy}"

        testCase "learns nothing when every string is legal (f = 1)" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(3, 2, 4, 4), 1UL)
            let accuracy = (learn grammar 1UL 20_000L 2).Accuracy(StringSampler(grammar, 1UL, 2000, RandomPurpose.HeldOut))
            Expect.isLessThan (Array.last accuracy) 0.7 "there is no correlation to learn from"

        testCase "is the same for any number of threads" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(4, 3, 8, 6), 2UL)
            let labels threads = [ for level in (learn grammar 2UL 3000L threads).Levels -> Seq.toList level.Labels ]
            Expect.equal (labels 3) (labels 1) "labels"

        for target in [ Rhm.Population.Target.Latent; Rhm.Population.Target.Token; Rhm.Population.Target.Root ] do
            for cousins in [ CousinTargets.Element; CousinTargets.All ] do
                testCase $"says where P is below its threshold, and nothing where it learns ({target}, {cousins})" <| fun () ->
                    let shape = GrammarShape(2, 3, 8, 16)
                    let learn factor =
                        let count = int64 (factor * Rhm.Population.AnnealedLaws(shape).Resolution(target, 0))
                        let options = IlcOptions(Target = target, Cousins = cousins, Restarts = 10)
                        let grammar = Grammar.Draw(shape, 3UL)
                        let learned = IterativeLatentClustering.Learn(StringSampler(grammar, 3UL, count), 3, options)
                        Array.last (learned.Accuracy(StringSampler(grammar, 3UL, 1000L, RandomPurpose.HeldOut))), learned.Warnings

                    let accuracy, warnings = learn 12.0
                    Expect.isGreaterThan accuracy 0.9 "learned"
                    Expect.isEmpty warnings "nothing to say"
                    let accuracy, warnings = learn 0.08
                    Expect.isLessThan accuracy 0.4 "chance"
                    Expect.exists warnings (fun warning -> warning.Contains "below the detection threshold") "said plainly"

        testCase "labels of strings that it cannot resolve are 65535, and it says so" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(3, 2, 8, 6), 2UL)
            let learned = learn grammar 2UL 1L 1
            Expect.isNonEmpty learned.Warnings "fewer tuples than clusters"
            let strings = StringSampler(grammar, 9UL, 64)
            let group, tokens = learned.CreateGroup(), strings.CreateGroup false
            use reader = strings.OpenReader()
            reader.Read(0L, tokens)
            tokens.Level(0).CopyTo(group.Level 0)
            learned.Decode group
            Expect.isTrue (Seq.exists (fun x -> x = LearnedHierarchy.Unresolved) (group.Level(1).ToArray())) "unseen tuples"

        for cousins in [ CousinTargets.Element; CousinTargets.Tuple; CousinTargets.All ] do
            for pool in [ true; false ] do
                testCase $"context vectors are distributions ({cousins}, pooled: {pool})" <| fun () ->
                    let grammar = Grammar.Draw(GrammarShape(4, 3, 8, 6), 2UL)
                    let strings = StringSampler(grammar, 2UL, 500)
                    let counts =
                        LevelCounts.Collect(
                            strings,
                            ResizeArray(),
                            4,
                            3,
                            Rhm.Population.Target.Latent,
                            cousins,
                            pool,
                            1,
                            Threading.CancellationToken.None
                        )
                    let struct (vectors, dimension) = IterativeLatentClustering.ContextVectors(counts, cousins)
                    Expect.equal
                        dimension
                        (8
                         * (match cousins with
                            | CousinTargets.Element -> 1
                            | CousinTargets.Tuple -> 3
                            | _ -> 18))
                        "slots"

                    for block in Array.chunkBySize 8 vectors do
                        Expect.floatClose Accuracy.high (Array.sum block) 1.0 "sums to one"

                    let options = IlcOptions(Cousins = cousins, PoolGrandparents = pool)
                    IterativeLatentClustering.Learn(strings, 3, options) |> ignore

        testCase "of one grandparent a string only its first is read" <| fun () ->
            let strings = StringSampler(Grammar.Draw(GrammarShape(3, 3, 6, 8), 1UL), 1UL, 8L)
            let tuples pool =
                IterativeLatentClustering.Learn(strings, 3, IlcOptions(PoolGrandparents = pool)).Levels[0].Tuples.Count
            Expect.isLessThan (tuples false) (tuples true) "fewer tuples occur there"
            Expect.isLessThanOrEqual (tuples false) 24 "three a string at most"

        for target, orders in
            [ Rhm.Population.Target.Latent, [ "v m^3"; "v m^3"; "v m^3" ]
              Rhm.Population.Target.Token, [ "v m^3"; "v m^4"; "v m^5" ]
              Rhm.Population.Target.Root, [ "v m^4"; "v m^3" ] ] do
            testCase $"the warning of too few strings names the order of each level ({target})" <| fun () ->
                let strings = StringSampler(Grammar.Draw(GrammarShape(4, 2, 16, 10), 1UL), 1UL, 120L)
                let learned = IterativeLatentClustering.Learn(strings, 2, IlcOptions(Target = target))
                for level, order in List.indexed orders do
                    let said (warning: string) = warning.Contains $"level {level + 1}" && warning.Contains $"of the order {order}:"
                    Expect.exists learned.Warnings said $"level {level + 1}: %A{learned.Warnings}"

        testCase "signal to noise is that of an analysis of variance" <| fun () ->
            let strings = StringSampler(Grammar.Draw(GrammarShape(3, 2, 4, 3), 4UL), 4UL, 300L)
            let never = Threading.CancellationToken.None
            let cousins, token = CousinTargets.All, Rhm.Population.Target.Token
            let counts = LevelCounts.Collect(strings, ResizeArray(), 3, 2, token, cousins, true, 1, never)
            let ofTuples = [ for i in 0 .. counts.Tuples.Count - 1 -> Array.chunkBySize 4 (counts.Targets.Of(i).ToArray()) ]
            let parts =
                [ for slot in 0 .. counts.Targets.Slots - 1 ->
                      let counted = [ for slots in ofTuples -> [ for n in slots[slot] -> float n ] ]
                      let rows = counted |> List.filter (fun row -> List.sum row > 0.0)
                      let all = rows |> List.sumBy List.sum
                      let mean = [ for z in 0..3 -> (rows |> List.sumBy (fun row -> row[z])) / all ]
                      let far (row: float list) =
                          List.sum row * List.sum [ for z in 0..3 -> (row[z] / List.sum row - mean[z]) ** 2.0 ]
                      let concentration = List.sum [ for p in mean -> p * p ]
                      List.sumBy far rows, float (rows.Length - 1) * (1.0 - concentration) ]
            let expected = List.sumBy fst parts / List.sumBy snd parts - 1.0
            Expect.floatClose Accuracy.high (Contexts.Of(counts, cousins, 1).SignalToNoise) expected "rho"

        testCase "refuses data that it cannot learn from" <| fun () ->
            let strings = StringSampler(Grammar.Draw(GrammarShape(3, 2, 8, 2), 1UL), 1UL, 10)
            let refused branching (source: IStringSource) fragment =
                let error = Expect.throwsC (fun () -> IterativeLatentClustering.Learn(source, branching) |> ignore) id
                Expect.stringContains error.Message fragment "names the reason"

            refused 3 strings "not a power"
            refused 8 strings "nothing to learn"
            refused 2 (StringSampler(strings.Grammar, 1UL, 0)) "no strings"


        testCase "labels are those of k-means on the context vectors, with as many restarts as are asked for" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(2, 2, 12, 6), 3UL)
            let strings = StringSampler(grammar, 3UL, 2000L)
            let none, latent = ResizeArray<LearnedLevel>(), Rhm.Population.Target.Latent

            let counts =
                LevelCounts.Collect(strings, none, 2, 2, latent, CousinTargets.All, true, 1, System.Threading.CancellationToken.None)

            let struct (vectors, dimension) = IterativeLatentClustering.ContextVectors(counts, CousinTargets.All)
            let seed = Rhm.Randomness.RandomStream.DeriveSeed(8UL, System.ReadOnlySpan [| 0L |])

            let labels restarts =
                let learned = IterativeLatentClustering.Learn(strings, 2, IlcOptions(Restarts = restarts, Seed = 8UL))
                let expected = Rhm.Clustering.KMeans.Cluster(vectors, dimension, 12, restarts, seed).Labels
                Expect.equal [ for label in learned.Levels[0].Labels -> int label ] (Array.toList expected) $"{restarts} restarts"
                expected

            Expect.notEqual (labels 1) (labels 20) "which differ"
    ]
