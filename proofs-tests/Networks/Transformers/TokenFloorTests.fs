module Rhm.ProofsTests.Networks.Transformers.TokenFloorTests

open System
open Expecto
open Rhm.Networks.Transformers
open Rhm.Population
open Rhm.Randomness
open Rhm.Strings
open Rhm.ProofsTests.SmallEncoders

[<Tests>]
let tests =
    testList "Networks / Transformers / TokenFloor" [
        testCase "next token: that of all tokens but the first" <| fun () ->
            let settings = TransformerTraining(Objective = TransformerObjective.NextToken, Seed = 5UL)
            let floor = TokenFloor.Measure(grammar, settings, 300, 2)
            let held = StringSampler(grammar, 5UL, 300L, RandomPurpose.HeldOut)
            let all = TokenPrediction.NextToken held
            let posterior = BeliefPropagation grammar
            let tokens = SymbolReader.ReadAll(held, 1)[0] |> Array.map int |> Array.chunkBySize 8
            let first = tokens |> Array.averageBy (fun string -> -log (posterior.NextToken(ReadOnlySpan string)[0, string[0]]))
            Expect.floatClose Accuracy.high (7.0 * floor.Value.Mean) (8.0 * all.Mean - first) "chain rule"

            let losses =
                [ for string in tokens ->
                      let law = posterior.NextToken(ReadOnlySpan string)
                      [ for i in 1..7 -> -log law[i, string[i]] ] |> List.average ]

            let deviation = losses |> List.averageBy (fun loss -> (loss - floor.Value.Mean) ** 2.0) |> sqrt
            Expect.floatClose Accuracy.high floor.Value.StandardError (deviation / sqrt 300.0) "standard error over strings"

        for span in [ 1; 2 ] do
            testCase $"masked tokens, {span} together: each predicted token counts the same, given what is not masked" <| fun () ->
                let settings = TransformerTraining(Objective = TransformerObjective.MaskedTokens, MaskSpan = span, Seed = 5UL)
                let floor = TokenFloor.Measure(grammar, settings, 200, 2)
                let held = SymbolReader.ReadAll(StringSampler(grammar, 5UL, 200L, RandomPurpose.HeldOut), 1)[0]
                let batch = TransformerBatch.Create(held, [||], smallShape, settings, Nullable())
                let posterior = BeliefPropagation grammar

                let losses =
                    [ for row in batch.OutputRows do
                          let string =
                              batch.Symbols[row / 8 * 8 .. row / 8 * 8 + 7]
                              |> Array.map (fun symbol -> if symbol = 5us then BeliefPropagation.Masked else int symbol)
                          posterior.Observe(ReadOnlySpan string)
                          -log ((posterior.Prediction(row % 8))[int held[row]]) ]

                Expect.floatClose Accuracy.high floor.Value.Mean (List.average losses) "mean"

        for level in 1..2 do
            testCase $"masked latents: those of level {level} over each predicted token, given what is not masked" <| fun () ->
                let settings =
                    TransformerTraining(Objective = TransformerObjective.MaskedLatents, TargetLevel = level, MaskShare = 0.5, Seed = 5UL)
                let floor = TokenFloor.Measure(grammar, settings, 200, 2)
                let held = SymbolReader.ReadAll(StringSampler(grammar, 5UL, 200L, RandomPurpose.HeldOut), 1)[0]
                let batch = TransformerBatch.Create(held, [||], smallShape, settings, Nullable())
                let posterior = BeliefPropagation grammar

                let observed (string: int[]) node =
                    posterior.Observe(ReadOnlySpan string)
                    posterior.Posterior(level, node)

                let losses =
                    [ for row in batch.OutputRows do
                          let first, node = row / 8 * 8, row % 8 >>> level
                          // given the whole string one symbol has probability 1: the truth
                          let truth = observed (held[first .. first + 7] |> Array.map int) node |> Array.findIndex (fun p -> p > 0.5)
                          let seen =
                              batch.Symbols[first .. first + 7]
                              |> Array.map (fun symbol -> if symbol = 5us then BeliefPropagation.Masked else int symbol)
                          -log (Array.item truth (observed seen node)) ]

                Expect.floatClose Accuracy.high floor.Value.Mean (List.average losses) "mean"

        testCase "other objectives have none" <| fun () ->
            let has objective noise =
                TokenFloor.Measure(grammar, TransformerTraining(Objective = objective, LatentNoise = noise), 5).HasValue
            Expect.isFalse (has TransformerObjective.Data2Vec 0.0) "data2vec"
            Expect.isFalse (has TransformerObjective.BlockEmbedding 0.0) "block embedding"
            Expect.isTrue (has TransformerObjective.MaskedLatents 0.0) "latents"
            Expect.isFalse (has TransformerObjective.MaskedLatents 0.1) "with noise"
    ]
