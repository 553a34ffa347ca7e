module Rhm.ProofsTests.Networks.StackedLatentClustering.SlcLearnerTests

open Expecto
open Rhm.Grammars
open Rhm.Learning
open Rhm.Networks.StackedLatentClustering
open Rhm.Strings

[<Tests>]
let tests =
    testList "Networks / StackedLatentClustering / SlcLearner" [
        testCase "the learner is a training of its options and problem, scored on as many held-out strings" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(3, 2, 6, 3), 4UL)
            let training = SlcTraining(BatchSize = 16, Steps = 6L, WarmUpSteps = 2, LearningRate = 1e-2)
            let objective = SlcObjective(WeightCap = 0.2, Compared = 40)

            let result (width: int) held =
                let options = SlcLearnerOptions(Codes = 12, Width = width, Objective = objective, Training = training, Probes = true)
                SlcLearner.Learner.Learn(LearningProblem(grammar, 200L, Seed = 7UL, HeldOut = held), options)

            let expected (width: int) (held: int) =
                let problem = LearningProblem(grammar, 200L, Seed = 7UL)
                let seeded = SlcTraining(BatchSize = 16, Steps = 6L, WarmUpSteps = 2, LearningRate = 1e-2, Seed = 7UL)
                let trainer = SlcTrainer(problem.Strings, SlcShape(3, 2, 6, 12, width), objective, seeded)
                trainer.Run()
                SlcEvaluation.Score(trainer.Network, grammar, 7UL, held, true)

            for width, held in [ 20, 60L; 20, 90L; 33, 60L ] do
                let result, score = result width held, expected width (int held)
                let accuracy = [ for level in score.Levels -> level.Accuracy ]
                Expect.equal (Seq.toList result.Accuracy) accuracy $"accuracies, width {width}, {held} strings"
                Expect.equal result.Measures["probe_root"] score.RootLinear "probe of the root"
                Expect.equal result.Measures["probe_level1"] score.Levels[0].Probe "probe of level 1"

            let different = [ for width, held in [ 20, 60L; 20, 90L; 33, 60L ] -> (result width held).Measures["probe_root"] ]
            Expect.hasLength (List.distinct different) 3 "each option has an effect"

        testCase "the rate rises, stays and falls in the share of steps that is asked for; an epoch is its batches" <| fun () ->
            let training = SlcTraining(LearningRate = 1.0, WarmUpSteps = 10, Steps = 100L, DecayShare = 0.5)
            for step, rate in [ 5L, 0.5; 10L, 1.0; 50L, 1.0; 76L, 0.5; 100L, 0.02 ] do
                Expect.floatClose Accuracy.high (training.RateOf step) rate $"step {step}"
            // 100 strings are three batches of 32.
            Expect.equal (SlcTraining(BatchSize = 32).WithEpochs(3.0, 100L).Steps) 9L "steps"

        testCase "labels in files are those of the network, string by string" <| fun () ->
            Rhm.ProofsTests.Folders.inFolder (fun folder ->
                let strings = StringSampler(Grammar.Draw(GrammarShape(3, 2, 6, 3), 1UL), 1UL, 70L)
                let network = SlcNetwork<float32>(SlcShape(3, 2, 6, 12, 20), SlcObjective(), 1UL)
                SlcEvaluation.WriteLabels(network, strings, folder)
                let tokens = SymbolReader.ReadAll(strings, 1)[0]

                for level, nodes in [ 1, 4L; 2, 2L ] do
                    use file = System.IO.File.OpenRead(System.IO.Path.Combine(folder, $"level{level}.npy"))
                    let struct (data, shape) = Rhm.Files.NumpyFile.Read file
                    Expect.equal (Seq.toList shape) [ 70L; nodes ] "strings, nodes"
                    // In groups of 64 strings: a network that was not trained is centred by its batch.
                    let labels =
                        [| for group in Array.chunkBySize (64 * 8) tokens do
                               yield! SlcEvaluation.Labels(network, System.ReadOnlySpan group, level) |]

                    Expect.equal data (Array.map int64 labels) $"level {level}")
    ]
