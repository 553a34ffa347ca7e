module Rhm.ProofsTests.Population.TokenPredictionTests

open System
open Expecto
open Rhm.Claims
open Rhm.Experiments
open Rhm.Grammars
open Rhm.Population
open Rhm.Randomness
open Rhm.Statistics
open Rhm.Strings
open Rhm.ProofsTests.Folders
open Rhm.ProofsTests.Generators
open Rhm.ProofsTests.ListedDerivations
open Rhm.ProofsTests.Refusals

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
    ]
