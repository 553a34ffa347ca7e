module Rhm.ProofsTests.Networks.Convolution.ConvolutionalTrainerTests

open System
open Expecto
open Rhm.Grammars
open Rhm.Networks.Convolution
open Rhm.Networks.Training
open Rhm.Randomness
open Rhm.Statistics
open Rhm.Strings

let private shape = GrammarShape(3, 2, 5, 3)

[<Tests>]
let tests =
    testList "Networks / Convolution / ConvolutionalTrainer" [
        testCase "hidden layers are max(0, x)" <| fun () ->
            let grammar = Grammar.Draw(shape, 1UL)
            let trainer = ConvolutionalTrainer(StringSampler(grammar, 1UL, 50L), ConvolutionalTraining(Width = 16))
            let tokens = SymbolReader.ReadAll(StringSampler(grammar, 1UL, 50L), 1)[0]

            for layer in trainer.Hidden(ReadOnlySpan tokens) do
                Expect.isTrue (Array.forall (fun x -> x >= 0.0f) layer.Values) "never negative"
                Expect.isTrue
                    (Array.contains 0.0f layer.Values && Array.exists (fun x -> x > 0.0f) layer.Values)
                    "cut at 0, and not everywhere"

        testCase "training is the same bits for any number of threads, and goes on epoch by epoch" <| fun () ->
            let trained threads seed =
                let grammar = Grammar.Draw(shape, 1UL)
                let trainer =
                    ConvolutionalTrainer(
                        StringSampler(grammar, 1UL, 300L),
                        ConvolutionalTraining(Epochs = 3, Seed = seed, Threads = threads, BatchSize = 100)
                    )
                trainer.Run() |> ignore
                Expect.equal (trainer.Step, trainer.Epoch) (9L, 3) "whole batches"
                List.ofSeq trainer.Parameters

            Expect.equal (trained 3 1UL) (trained 1 1UL) "threads"
            Expect.notEqual (trained 1 2UL) (trained 1 1UL) "seeds"

        for momentum in [ Nullable(); Nullable 0.9 ] do
            testCase $"it learns the roots of a small grammar, and one rate of nearly 0 does not (momentum {momentum})" <| fun () ->
                let grammar = Grammar.Draw(GrammarShape(2, 2, 8, 2), 1UL)

                let accuracy rate =
                    let trainer =
                        ConvolutionalTrainer(
                            StringSampler(grammar, 1UL, 400L),
                            ConvolutionalTraining(LearningRate = rate, Momentum = momentum)
                        )
                    trainer.Run() |> ignore
                    trainer.Accuracy(StringSampler(grammar, 1UL, 1000L, RandomPurpose.HeldOut))

                let learned = Interval.Hoeffding(accuracy (if momentum.HasValue then 0.1 else 3e-3), 1000L, 1.0, 1e-9)
                let idle = Interval.Hoeffding(accuracy 1e-9, 1000L, 1.0, 1e-9)
                Expect.isGreaterThan learned.Low 0.8 $"{learned}"
                Expect.isLessThan idle.High 0.5 $"{idle}"

        testCase "one that diverges stops with the parameters before the step" <| fun () ->
            let strings = StringSampler(Grammar.Draw(shape, 1UL), 1UL, 300L)

            for momentum in [ Nullable(); Nullable 0.9 ] do
                let trainer = ConvolutionalTrainer(strings, ConvolutionalTraining(LearningRate = 1e25, Momentum = momentum))
                Expect.throwsT<TrainingDivergedException> (fun () -> trainer.Run() |> ignore) "diverged"
                Expect.isTrue (trainer.Parameters |> Seq.forall Single.IsFinite) "finite"

        testCase "bad input is refused in a sentence" <| fun () ->
            let grammar = Grammar.Draw(shape, 1UL)

            for training, fragment in
                [ ConvolutionalTraining(Width = 0), "width 0"
                  ConvolutionalTraining(LearningRate = nan), "learning rate"
                  ConvolutionalTraining(Momentum = Nullable 1.0), "momentum = 1"
                  ConvolutionalTraining(Epochs = 0), "number of epochs 0"
                  ConvolutionalTraining(StopLoss = nan), "loss at which training ends"
                  ConvolutionalTraining(Threads = 0), "number of threads 0" ] do
                let error = Expect.throwsC (fun () -> ConvolutionalTrainer(StringSampler(grammar, 1UL, 10L), training) |> ignore) id
                Expect.stringContains error.Message fragment "one sentence"

        testCase "options reach the training: the loss at which it ends, momentum, classes other than symbols" <| fun () ->
            let strings = StringSampler(Grammar.Draw(GrammarShape(2, 2, 6, 3, 3), 1UL), 1UL, 100L)

            let trained training =
                let trainer = ConvolutionalTrainer(strings, training)
                trainer.Run() |> ignore
                trainer

            let ended = trained (ConvolutionalTraining(Width = 8, Epochs = 20, StopLoss = 1e9))
            Expect.equal ended.Epoch 1 "one epoch is enough for any loss"
            // Two tokens of 6 symbols to 8 units, two of these to 8, these to 3 classes; biases.
            Expect.equal ended.Parameters.Count ((12 * 8 + 8) + (16 * 8 + 8) + (8 * 3 + 3)) "weights"

            let parameters momentum =
                let momentum = Nullable momentum
                let training = ConvolutionalTraining(Width = 8, Epochs = 4, LearningRate = 0.05, Momentum = momentum, StopLoss = 0.0)
                List.ofSeq (trained training).Parameters

            Expect.hasLength (List.distinct [ for momentum in [ 0.0; 0.5; 0.9 ] -> parameters momentum ]) 3 "each momentum has others"

        testCase "latents of a level are read off the layer of that level" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(3, 2, 6, 3), 2UL)
            let training = ConvolutionalTraining(Width = 8, Epochs = 2, Seed = 5UL)
            let problem = Rhm.Learning.LearningProblem(grammar, 300L, Seed = 5UL, HeldOut = 200L)
            let result = ConvolutionalLearner.Learner.Learn(problem, training)
            let trainer = ConvolutionalTrainer(problem.Strings, training)
            trainer.Run() |> ignore
            let network = Rhm.Networks.Probes.FrozenNetwork(fun tokens -> trainer.Hidden tokens)
            let measure = Rhm.Networks.Probes.RepresentationMeasure(Strings = 200, SynonymStrings = 0, Seed = 5UL)
            let score = Rhm.Networks.Probes.RepresentationScore.Measure(network, grammar, measure)
            let expected = [ for level in 1..2 -> score.Layers[level - 1].Levels[level - 1].Span ]
            Expect.equal (Seq.toList result.Accuracy) expected "layers 1 and 2"
            Expect.notEqual expected.Head (score.Layers[2].Levels[0].Span) "which differ from the top layer"
    ]
