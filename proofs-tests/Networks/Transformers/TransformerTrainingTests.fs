module Rhm.ProofsTests.Networks.Transformers.TransformerTrainingTests

open System.Collections.Generic
open Expecto
open Rhm.Grammars
open Rhm.Networks.Probes
open Rhm.Networks.Transformers
open Rhm.Strings

let private grammar = Grammar.Draw(GrammarShape(3, 2, 6, 3), 1UL)

let private small = TransformerShape(6, 8, 16, 2, 3)

[<Tests>]
let tests =
    testList "Networks / Transformers / TransformerTraining" [
        testCase "the rate rises linearly over the warm-up and stays" <| fun () ->
            let training = TransformerTraining(LearningRate = 0.5, WarmUpSteps = 10, Steps = 100L)
            Expect.equal [ for step in [ 1L; 5L; 10L; 11L; 100L ] -> training.RateOf step ] [ 0.05; 0.25; 0.5; 0.5; 0.5 ] "rates"
            Expect.equal (TransformerTraining(LearningRate = 0.5).RateOf 1L) 0.5 "none by default"

        testCase "the share of masked tokens is the one that is asked for, and every step has a mask of its own" <| fun () ->
            let training = TransformerTraining(MaskShare = 0.4, BatchSize = 500, Seed = 5UL)
            let trainer = TransformerTrainer(grammar, small, training)
            let masks = [ for step in 0L .. 1L -> (trainer.Batches.Invoke step).OutputRows ]
            // Hoeffding at 1e-9, 4000 tokens.
            for mask in masks do
                Expect.isLessThan (abs (float mask.Length / 4000.0 - 0.4)) (sqrt (log 2e9 / 8000.0)) "share"
            Expect.notEqual masks[0] masks[1] "two steps"

        testCase "targets are means of as many upper layers as are asked for, normalised" <| fun () ->
            let tokens = SymbolReader.ReadAll(StringSampler(grammar, 1UL, 3L), 1)[0]

            let targets layers =
                let training = TransformerTraining(Objective = TransformerObjective.Data2Vec, TargetLayers = layers, Seed = 5UL)
                TransformerTrainer(grammar, small, training).Targets(System.ReadOnlyMemory tokens)

            let one, two, three = targets 1, targets 2, targets 3
            Expect.hasLength (List.distinct [ one; two; three ]) 3 "each number of layers has others"
            // A row of one normalised layer has squared norm d.
            let norm = Array.sumBy (fun x -> float x * float x) one[0 .. small.Width - 1]
            Expect.isLessThan (abs (norm / float small.Width - 1.0)) 1e-2 "one layer"

        testCase "a gradient is clipped to the norm that is asked for" <| fun () ->
            let step clip =
                let trainer = TransformerTrainer(grammar, small, TransformerTraining(ClipNorm = clip, BatchSize = 16, Seed = 5UL))
                let norm = trainer.Advance().GradientNorm
                // The first moment after one step is 1 - beta1 of the gradient.
                norm, sqrt (Array.sumBy (fun m -> (float m / 0.1) ** 2.0) trainer.Moments.First)

            let norm, whole = step 1e6
            Expect.isLessThan (abs (whole / norm - 1.0)) 1e-4 "not clipped"
            for part in [ 0.5; 2.0 ] do
                let _, clipped = step (norm * part)
                Expect.isLessThan (abs (clipped / (norm * min part 1.0) - 1.0)) 1e-4 $"{part} of the norm"

        testCase "an objective has the level of its answers" <| fun () ->
            let level objective = TransformerTraining(Objective = objective, TargetLevel = 2).AnswerLevel 3
            Expect.equal (level TransformerObjective.MaskedLatents) 2 "the latents that are asked for"
            Expect.equal (level TransformerObjective.Supervised) 3 "the root"
            Expect.equal (level TransformerObjective.MaskedTokens) 0 "tokens"

        testCase "what an encoder knows is read from its layers, the last of them after its norm" <| fun () ->
            let encoder = TransformerTrainer(grammar, small, TransformerTraining(Seed = 5UL)).Encoder
            let measure = RepresentationMeasure(Strings = 60, SynonymStrings = 20, Seed = 3UL)

            let direct =
                RepresentationScore.Measure(
                    FrozenNetwork(fun tokens ->
                        let states = encoder.Forward(System.ReadOnlyMemory(tokens.ToArray()), 1)
                        let layers = Seq.toList states.Layers
                        let read = List.take (layers.Length - 1) layers @ [ states.Final ]
                        ResizeArray [ for values in read -> LayerStates(values, small.Length, small.Width) ] :> IReadOnlyList<_>),
                    grammar,
                    measure
                )

            let score = EncoderKnowledge.Measure(encoder, grammar, measure)
            Expect.equal [ for layer in score.Layers -> layer.EffectiveRank ] [ for layer in direct.Layers -> layer.EffectiveRank ] "ranks"
    ]
