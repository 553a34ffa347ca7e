module Rhm.ProofsTests.Population.TokenPredictionTests

open Expecto
open Rhm.Grammars
open Rhm.Population
open Rhm.Strings

[<Tests>]
let tests =
    testList "Population / TokenPrediction" [
        testCase "the next-token floor is the entropy of the strings (chain rule), and masked tokens are easier" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(3, 2, 6, 3), 1UL)
            let strings = StringSampler(grammar, 1UL, 500L)
            let next, masked = TokenPrediction.NextToken(strings, 2), TokenPrediction.MaskedToken(strings, 2)
            // Every string has the same probability, so the mean over any strings is the entropy.
            Expect.floatClose Accuracy.high next.Mean (TokenPrediction.NextTokenEntropy grammar.Shape) "entropy per token"
            Expect.isLessThan masked.Mean next.Mean "conditioning on both sides"
            Expect.equal (TokenPrediction.MaskedToken(strings, 1)) masked "whatever the number of threads"
            let half = TokenPrediction.MaskedTokens(strings, 0.5, 1UL, 2)
            Expect.isGreaterThan half.Mean masked.Mean "fewer tokens seen"

        testCase "the floor counts classes and not symbols where n_c is not v" <| fun () ->
            for classes in [ 2; 5 ] do
                let shape = GrammarShape(2, 2, 4, 3, classes)
                // strings of 4 tokens: the class and three rules
                let expected = (log (float classes) + 3.0 * log 3.0) / 4.0
                Expect.floatClose Accuracy.veryHigh (TokenPrediction.NextTokenEntropy shape) expected "entropy per token"
                let measured = TokenPrediction.NextToken(StringSampler(Grammar.Draw(shape, 1UL), 1UL, 200L))
                Expect.floatClose Accuracy.high measured.Mean expected "the best predictor's loss"

        testCase "the floor of weighted rules is the entropy of the strings, below that of uniform ones" <| fun () ->
            let shape = GrammarShape(2, 2, 4, 3)
            let grammar = Grammar.Draw(shape, 1UL, 1.0)
            // Three rules with 6/11, 3/11 and 2/11: the class and three picks, four tokens.
            let pick = -Seq.sumBy (fun p -> p * log p) [ 6.0 / 11.0; 3.0 / 11.0; 2.0 / 11.0 ]
            let floor = TokenPrediction.NextTokenEntropy grammar
            Expect.floatClose Accuracy.veryHigh floor ((log 4.0 + 3.0 * pick) / 4.0) "by hand"
            Expect.isLessThan floor (TokenPrediction.NextTokenEntropy shape - 0.05) "below the uniform one"
            let measured = TokenPrediction.NextToken(StringSampler(grammar, 1UL, 20_000L), 2)
            Expect.isLessThan (abs (measured.Mean - floor)) (6.0 * measured.StandardError) "the best predictor's loss"
            let uniform = Grammar.Draw(shape, 1UL)
            Expect.equal (TokenPrediction.NextTokenEntropy uniform) (TokenPrediction.NextTokenEntropy shape) "uniform rules"

        testCase "the share of masked tokens is the one that is asked for: with all masked the loss is that of the priors" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(3, 2, 4, 3), 2UL)
            let strings = StringSampler(grammar, 3UL, 200L)
            let posterior = BeliefPropagation grammar
            let masked = Array.create 8 BeliefPropagation.Masked
            posterior.Observe masked
            let priors = [| for i in 0..7 -> Array.copy (posterior.Prediction i) |]
            let group = strings.CreateGroup false
            use reader = strings.OpenReader()
            let losses =
                [ for g in 0L .. 3L do
                      reader.Read(g, group)
                      for lane in 0 .. group.Count - 1 do
                          for i in 0..7 -> -log (priors[i][int (group.Level(0)[i * StringGroup.Lanes + lane])]) ]
            let mean share = TokenPrediction.MaskedTokens(strings, share, 1UL).Mean
            Expect.floatClose Accuracy.medium (mean 1.0) (List.average losses) "all"
            Expect.isTrue (mean 0.05 < mean 0.3 && mean 0.3 < mean 0.7 && mean 0.7 < mean 1.0) "the more are hidden the harder"

        testCase "mean and standard error are those of the strings' losses" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(3, 2, 4, 3), 2UL)
            let strings = StringSampler(grammar, 3UL, 100L)
            let measured = TokenPrediction.MaskedToken strings
            let group = strings.CreateGroup false
            use reader = strings.OpenReader()
            let posterior = BeliefPropagation grammar

            let losses =
                [| for g in 0L .. 1L do
                       reader.Read(g, group)

                       for lane in 0 .. group.Count - 1 do
                           let tokens = [| for i in 0..7 -> int (group.Level(0)[i * StringGroup.Lanes + lane]) |]
                           posterior.Observe tokens
                           Array.average [| for i in 0..7 -> -log (posterior.Prediction(i)[tokens[i]]) |] |]

            Expect.equal measured.Strings 100L "strings"
            let mean = Array.average losses
            let variance = Array.sumBy (fun loss -> (loss - mean) ** 2.0) losses / 99.0
            Expect.isGreaterThan variance 1e-3 "they differ"
            Expect.isLessThan (abs (measured.Mean - mean)) 1e-10 "mean"
            Expect.isLessThan (abs (measured.StandardError - sqrt (variance / 100.0))) 1e-10 "standard error of the mean"
    ]
