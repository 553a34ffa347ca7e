module Rhm.ProofsTests.Levelwise.SpectralLatentClusteringTests

open Expecto
open Rhm.Grammars
open Rhm.Learning
open Rhm.Levelwise
open Rhm.Population
open Rhm.Randomness
open Rhm.Statistics
open Rhm.Strings
open Rhm.ProofsTests.ShuffledStrings

let private learn options (grammar: Grammar) seed count =
    SpectralLatentClustering.Learn(StringSampler(grammar, seed, count), grammar.Shape.Branching, options)

let private accuracy (grammar: Grammar) seed (learned: LearnedHierarchy) =
    learned.Accuracy(StringSampler(grammar, seed, 500L, RandomPurpose.HeldOut))

[<Tests>]
let tests =
    testList "Levelwise / SpectralLatentClustering" [
        testCase "as many starts are made as are asked for, where they do not agree" <| fun () ->
            // Far below the threshold no two starts agree: the best of many is another one than the first, in one grammar of five at least.
            let labels starts seed =
                let learned = learn (SpectralOptions(Starts = starts)) (Grammar.Draw(GrammarShape(2, 3, 8, 16), seed)) seed 500L
                List.ofSeq learned.Levels[0].Labels
            Expect.exists [ 1UL .. 5UL ] (fun seed -> labels 1 seed <> labels 10 seed) "one start, and ten"
            Expect.exists [ 1UL .. 5UL ] (fun seed -> labels 10 seed <> labels 40 seed) "ten, and forty"

        testCase "no more latents are found than are allowed" <| fun () ->
            let found most =
                let options = SpectralOptions(EstimateLatents = true, MostLatents = most)
                (learn options (Grammar.Draw(GrammarShape(2, 3, 8, 4), 1UL)) 1UL 4000L).Levels[0].SymbolCount
            Expect.equal (found 5, found 128) (5, 8) "five, or all"

        for l, s, v, m, factor in
            [ 2, 2, 8, 4, 40
              3, 2, 16, 8, 10
              5, 3, 8, 6, 4
              4, 3, 8, 4, 6
              3, 4, 6, 5, 6
              3, 3, 16, 16, 3
              3, 3, 32, 8, 4
              6, 2, 16, 6, 16
              7, 2, 8, 3, 60
              2, 5, 5, 4, 8 ] do
            testCase $"recovers L={l} s={s} v={v} m={m} at P = {factor} v m^2" <| fun () ->
                let grammar = Grammar.Draw(GrammarShape(l, s, v, m), 11UL)
                let learned = learn (SpectralOptions(Seed = 11UL, Threads = 2)) grammar 11UL (int64 (factor * v * m * m))
                let accuracy = accuracy grammar 11UL learned
                Expect.isGreaterThan (Array.min accuracy) 0.99 $"all levels: %A{accuracy}"
                Expect.isEmpty learned.Warnings "no doubts"

        testCase "rules of unequal weight (Zipf) are learned too" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(4, 3, 8, 6), 3UL, 1.0)
            let accuracy = accuracy grammar 3UL (learn (SpectralOptions()) grammar 3UL 4000L)
            Expect.isGreaterThan (Array.min accuracy) 0.99 $"all levels: %A{accuracy}"

        testCase "recovers L=5 s=3 v=8 m=32 from 2 v m^2 strings in most grammars, where ILC is at chance" <| fun () ->
            let count, grammars = 16384L, 12
            let top learner =
                [ for seed in 1001UL .. 1000UL + uint64 grammars ->
                      let grammar = Grammar.Draw(GrammarShape(5, 3, 8, 32), seed)
                      Array.last (accuracy grammar seed (learner grammar seed)) ]
            let spectral = top (fun grammar seed -> learn (SpectralOptions(Seed = seed, Threads = 2)) grammar seed count)
            let recovered = spectral |> List.filter (fun a -> a >= 0.99) |> List.length
            // If the learner recovered half of all grammars only, all 12 would be 2e-4.
            Expect.isGreaterThanOrEqual (Interval.ClopperPearson(int64 recovered, int64 grammars, 1e-3).Low) 0.5 $"%A{spectral}"

        // More tuples than k-means keeps the inner products of, more labels than a panel of vectors, and more of both than the cache holds.
        testCase "recovers the labels of v m = 4352 tuples, the same for any number of threads" <| fun () ->
            let shape = GrammarShape(2, 3, 32, 136)
            let grammar = Grammar.Draw(shape, 17UL)
            let count = int64 (SampleScales.Spectral shape)
            let learn threads = learn (SpectralOptions(Seed = 17UL, Threads = threads, Starts = 2)) grammar 17UL count
            let learned = learn 2
            let accuracy = accuracy grammar 17UL learned
            Expect.isGreaterThan (Array.min accuracy) 0.99 $"%A{accuracy}"
            Expect.isEmpty learned.Warnings "no doubts"
            Expect.equal (Seq.toList (learn 1).Levels[0].Labels) (Seq.toList learned.Levels[0].Labels) "one thread"
            let other = learned.Accuracy(StringSampler(Grammar.Draw(shape, 18UL), 17UL, 500L, RandomPurpose.HeldOut))
            Expect.isLessThan (Array.min other) 0.5 "negative control: the latents of another grammar"

        testCase "is the same for any number of threads" <| fun () ->
            for shape, count in [ GrammarShape(4, 3, 8, 6), 400L; GrammarShape(3, 3, 16, 40), 20_000L ] do
                let grammar = Grammar.Draw(shape, 2UL)
                let labels threads =
                    [ for level in (learn (SpectralOptions(Threads = threads)) grammar 2UL count).Levels -> Seq.toList level.Labels ]
                let one = labels 1
                Expect.equal (labels 2) one "two"
                Expect.equal (labels 5) one "five"

        testCase "finds the number of latents by itself" <| fun () ->
            for v, m, s, factor in [ 8, 16, 3, 8; 16, 8, 3, 8; 5, 6, 3, 20; 12, 10, 4, 4 ] do
                let grammar = Grammar.Draw(GrammarShape(3, s, v, m), 21UL)
                let learned = learn (SpectralOptions(EstimateLatents = true, Threads = 2)) grammar 21UL (int64 (factor * v * m * m))
                Expect.equal [ for level in learned.Levels -> level.SymbolCount ] [ v; v ] $"v={v}"
                let accuracy = accuracy grammar 21UL learned
                Expect.isGreaterThan (Array.min accuracy) 0.99 $"v={v}: %A{accuracy}"

        testCase "negative control: learns nothing from tuples that were shuffled among strings, and says so" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(3, 3, 8, 16), 5UL)
            let strings = StringSampler(grammar, 5UL, 8000L)
            let shuffled = SpectralLatentClustering.Learn(Shuffled strings, 3, SpectralOptions())
            let accuracy = accuracy grammar 5UL shuffled
            // Labels that carry nothing match one symbol in eight, and up to 0.35 by the choice of the best matching.
            Expect.isLessThan (Array.max accuracy) 0.4 $"%A{accuracy}"
            Expect.exists shuffled.Warnings (fun warning -> warning.Contains "no correlation above sampling noise") "said plainly"
            Expect.isEmpty (SpectralLatentClustering.Learn(strings, 3, SpectralOptions()).Warnings) "the strings themselves are learned"
            let estimated = SpectralLatentClustering.Learn(Shuffled strings, 3, SpectralOptions(EstimateLatents = true))
            Expect.equal [ for level in estimated.Levels -> level.SymbolCount ] [ 1; 1 ] "no directions above noise"

        testCase "says so where P is far below the threshold, whatever v" <| fun () ->
            for v, m, s, factor in [ 40, 64, 3, 0.04; 16, 16, 3, 0.1; 32, 8, 2, 0.2; 8, 32, 3, 0.1 ] do
                let grammar = Grammar.Draw(GrammarShape(2, s, v, m), 1UL)
                let learned = learn (SpectralOptions(Seed = 1UL)) grammar 1UL (int64 (factor * float (v * m * m)))
                Expect.isLessThan (Array.head (accuracy grammar 1UL learned)) 0.3 "chance"
                Expect.exists learned.Warnings (fun w -> w.Contains "below the detection threshold") $"v={v} m={m}: %A{learned.Warnings}"

        testCase "says what it cannot learn: f = 1, m = 1, P below coverage" <| fun () ->
            let warnings shape count = (learn (SpectralOptions()) (Grammar.Draw(shape, 4UL)) 4UL count).Warnings
            Expect.exists (warnings (GrammarShape(3, 2, 4, 4)) 20_000L) (fun w -> w.Contains "m = v^(s-1)") "f = 1"
            Expect.exists (warnings (GrammarShape(3, 2, 8, 1)) 1000L) (fun w -> w.Contains "m = 1") "m = 1"
            Expect.exists (warnings (GrammarShape(3, 3, 8, 16)) 20L) (fun w -> w.Contains "below coverage") "P = 20"
            Expect.isNonEmpty (warnings (GrammarShape(3, 2, 8, 6)) 1L) "a single string"

        testCase "refuses settings and data that it cannot use" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(3, 2, 8, 2), 1UL)
            let refused options count fragment =
                let error = Expect.throwsC (fun () -> learn options grammar 1UL count |> ignore) id
                Expect.stringContains error.Message fragment "names the reason"

            refused (SpectralOptions()) 0L "no strings"
            refused (SpectralOptions(Starts = 0)) 10L "starts = 0"
            refused (SpectralOptions(Latents = -1)) 10L "latents = -1"
            refused (SpectralOptions(Latents = 4, EstimateLatents = true)) 10L "not both"
            refused (SpectralOptions(MostLatents = 1)) 10L "outside 2.."
    ]
