/// What the targets of masked blocks tell of a level: by hand, and block by block.
module Rhm.ProofsTests.Population.BlockSignalTests

open Expecto
open Rhm.Grammars
open Rhm.Population
open Rhm.ProofsTests.Refusals

let private signal (grammar: Grammar) span target level = BlockSignal(span, target, level).Measure(grammar)

[<Tests>]
let tests =
    testList "Population / BlockSignal" [
        testCase "where each root has one string, a tuple tells the other one, and each of its tokens does too" <| fun () ->
            // Roots write (0 1) and (1 0), latents (0 0) and (1 1): two strings, 0011 and 1100.
            let grammar =
                Grammar.FromRules(GrammarShape(2, 2, 2, 1), ResizeArray [ [| 0us; 0us; 1us; 1us |]; [| 0us; 1us; 1us; 0us |] ])
            Expect.floatClose Accuracy.high (signal grammar 2 1 1) (log 2.0) "the latent"
            Expect.floatClose Accuracy.high (signal grammar 2 0 1) (2.0 * log 2.0) "two tokens, each by itself"
            Expect.equal (signal grammar 1 0 1) 0.0 "a single masked token: its sibling tells it"
            Expect.equal (signal grammar 1 1 1) 0.0 "and the latent above it"
            Expect.floatClose Accuracy.high (BlockSignal.PredictedRatio(0.5, 2.0)) 0.25 "ratio of strings"

        testCase "is the mean over blocks of the best latent, given the rest in sight" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(3, 2, 5, 2), 4UL)
            let tokens node = [ 2 * node; 2 * node + 1 ]
            let ofBlock target block =
                [ for node in 0..3 do
                      if node <> block then
                          let rest = [ for other in 0..3 do if other <> node && other <> block then yield! tokens other ]
                          let sites = if target = 1 then [ Site.Symbol(1, block) ] else [ for i in tokens block -> Site.Symbol(0, i) ]
                          List.sumBy (fun site -> MaskedInformation.Exact(grammar, site, tokens node, rest)) sites ]
                |> List.max
            for target in 0..1 do
                let expected = List.averageBy (ofBlock target) [ 0..3 ]
                Expect.floatClose Accuracy.high (signal grammar 2 target 1) expected $"level {target}"

        testCase "a latent tells more than any token of it, and blocks of two levels have latents of two" <| fun () ->
            for seed in 1UL .. 5UL do
                let grammar = Grammar.Draw(GrammarShape(3, 2, 6, 3), seed)
                for level in 1..2 do
                    let latent, tokens = signal grammar 2 1 level, signal grammar 2 0 level
                    Expect.isGreaterThan (latent + 1e-12) (tokens / 2.0) $"data processing, level {level}"
                let levels = [ for target in 0..2 -> signal grammar 4 target 2 / float (pown 2 (2 - target)) ]
                Expect.equal (List.sort levels) levels "for each target, higher ones tell more"

        testCase "sampled it is near the exact one" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(3, 2, 5, 2), 4UL)
            let exact = signal grammar 2 1 2
            let sampled = BlockSignal(2, 1, 2).Measure(grammar, 8000, 3UL, 2)
            // Hoeffding at 1e-9: a mean of 8000 numbers between -log v and log v.
            Expect.isLessThan (abs (sampled - exact)) (2.0 * log 5.0 * sqrt (log 2e9 / 16000.0)) "nats"

        testCase "what is no block, and levels that there are not, are refused" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(3, 2, 5, 2), 4UL)
            refuses "a block of 3 tokens is no constituent" (fun () -> signal grammar 3 0 1 |> ignore)
            refuses "a block of 8 tokens is no constituent" (fun () -> signal grammar 8 0 1 |> ignore)
            refuses "targets of level 3 are outside of 0..2" (fun () -> signal grammar 2 3 1 |> ignore)
            refuses "level 3 is outside of 1..2" (fun () -> signal grammar 2 0 3 |> ignore)
    ]
