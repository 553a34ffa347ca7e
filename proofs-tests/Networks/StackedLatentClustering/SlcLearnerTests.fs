module Rhm.ProofsTests.Networks.StackedLatentClustering.SlcLearnerTests

open System
open Expecto
open Rhm.Grammars
open Rhm.Learning
open Rhm.Networks.StackedLatentClustering

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
    ]
