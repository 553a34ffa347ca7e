module Rhm.ProofsTests.Networks.StackedLatentClustering.SlcEvaluationTests

open System
open Expecto
open Rhm.Grammars
open Rhm.Networks.StackedLatentClustering
open Rhm.Randomness
open Rhm.Strings
open Rhm.ProofsTests.Generators

/// Every way of giving each symbol a code of its own.
let rec private injections symbols codes =
    match symbols with
    | 0 -> [ [] ]
    | n -> [ for rest in injections (n - 1) codes do for code in codes do if not (List.contains code rest) then code :: rest ]

[<Tests>]
let tests =
    testList "Networks / StackedLatentClustering / SlcEvaluation" [
        property "one-to-one accuracy is that of the best of all matchings, majority that of each code alone, codes are counted"
        <| fun (seed: uint16) ->
            let random = RandomStream(uint64 seed, RandomPurpose.Experiment)
            let symbols, codes = 3, 5
            let draw n = Array.init 40 (fun _ -> uint16 (random.NextBelow(uint64 n)))
            let truth, labels = draw symbols, draw codes
            let struct (accuracy, majority, used) = SlcEvaluation.Matching(truth, labels, symbols, codes)
            let right matching =
                Array.map2 (fun a c -> if List.item (int a) matching = int c then 1.0 else 0.0) truth labels |> Array.average
            Expect.floatClose
                Accuracy.veryHigh
                accuracy
                (injections symbols [ 0 .. codes - 1 ] |> List.map right |> List.max)
                "all matchings"
            let pairs = Array.zip truth labels
            let most code = [ for a in 0 .. symbols - 1 -> pairs |> Array.filter ((=) (uint16 a, uint16 code)) |> Array.length ] |> List.max
            Expect.floatClose Accuracy.veryHigh majority (float (List.sumBy most [ 0 .. codes - 1 ]) / 40.0) "majority"
            Expect.equal used (labels |> Array.distinct |> Array.length) "codes"

        testCase "two codes for a latent are an error one-to-one and none under majority; a code for two latents is one under both"
        <| fun () ->
            let score labels = SlcEvaluation.Matching([| 0us; 0us; 1us; 1us |], labels, 2, 4)
            Expect.equal (score [| 3us; 2us; 0us; 0us |]) (struct (0.75, 1.0, 3)) "split"
            Expect.equal (score [| 3us; 3us; 3us; 3us |]) (struct (0.5, 0.5, 1)) "merged"
            Expect.equal (score [| 3us; 3us; 0us; 0us |]) (struct (1.0, 1.0, 2)) "right"

        testCase "the probe of an untrained network is shown beside that of a trained one; only the latter knows the top level" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(3, 3, 8, 4), 2UL)
            let trainer =
                SlcTrainer(StringSampler(grammar, 2UL, 2048L), SlcShape(3, 3, 8, 32), SlcObjective(), SlcTraining(Steps = 400L, Seed = 2UL))
            let score () = SlcEvaluation.Score(trainer.Network, grammar, 2UL, 400)
            let before = score ()
            trainer.Run()
            let after = score ()
            Expect.isGreaterThanOrEqual after.Levels[1].Accuracy 0.9 "trained, one-to-one"
            Expect.isGreaterThanOrEqual after.Levels[1].Probe 0.98 "trained, probe"
            Expect.isGreaterThanOrEqual after.RootTuple 0.9 "trained, root"
            Expect.isLessThan before.Levels[1].Accuracy 0.5 "untrained, one-to-one"
            Expect.isLessThan before.RootTuple 0.6 "untrained, root"
            let values (score: SlcScore) = List.ofSeq score.Levels, score.RootLinear, score.RootTuple
            Expect.equal (values (score ())) (values after) "a score changes nothing"
            let other = SlcEvaluation.Score(trainer.Network, Grammar.Draw(GrammarShape(3, 3, 8, 4), 3UL), 2UL, 400)
            Expect.isLessThan other.Levels[1].Accuracy 0.5 "the latents of another grammar"
            Expect.isTrue
                (Double.IsNaN(SlcEvaluation.Score(trainer.Network, grammar, 2UL, 400, false).Levels[1].Probe))
                "no probe asked for"

        testCase "a probe with more features than strings does not know strings that it has not seen" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(3, 3, 8, 4), 2UL)
            let network = SlcNetwork<float32>(SlcShape(3, 3, 8, 100, 40), SlcObjective(), 1UL)
            // 64 strings, 300 features of a root: fitted to the strings that it is scored on, it would be right about each
            let score = SlcEvaluation.Score(network, grammar, 2UL, 64)
            Expect.isLessThan score.RootLinear 0.8 "root"
    ]
