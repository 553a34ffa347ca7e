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
    ]
