module Rhm.ProofsTests.Learners.ConvolutionTests

open System
open Expecto
open Rhm.Experiments
open Rhm.Grammars
open Rhm.Networks.Convolution
open Rhm.Networks.Dense
open Rhm.Numerics
open Rhm.Randomness
open Rhm.Statistics
open Rhm.Strings

let private shape = GrammarShape(3, 2, 5, 3)

/// Largest difference between the gradient and central differences, over the largest entry; `plant` changes the gradient first.
let private gradientError (network: DenseNetwork<float>) dropped plant =
    let stream = RandomStream(7UL, RandomPurpose.Experiment)
    let examples = 40
    let x = Array.init (examples * network.InputSize) (fun _ -> stream.NextGaussian())
    let labels = Array.init examples (fun _ -> uint16 (stream.NextBelow 5UL))
    let gradient, scratch = Array.zeroCreate network.Parameters.Length, Array.zeroCreate network.Parameters.Length
    network.Gradient(x, labels, gradient, dropped) |> ignore
    plant gradient
    let largest = gradient |> Array.maxBy abs |> abs
    let step = 1e-6

    [ for index in 0..7 .. gradient.Length - 1 do
          let value = network.Parameters[index]

          let at w =
              network.Parameters[index] <- w
              let loss = network.Gradient(x, labels, scratch, dropped)
              network.Parameters[index] <- value
              loss

          abs ((at (value + step) - at (value - step)) / (2.0 * step) - gradient[index]) / largest ]
    |> List.max

/// The loss has kinks at max(x, 0), but no unit is within 1e-6 of one; rounding 1e-16/step = 1e-10.
let private tolerance = 1e-6

let private tree width = ConvolutionalTrainer.Network<float>(shape, width, 3UL)

let private mlp () = DenseNetwork<float>([| DenseLayer(1, 6, 12); DenseLayer(1, 12, 5) |], DenseActivation.Gelu, 3UL, 0.3)

[<Tests>]
let convolution =
    testList "Convolution" [
        testCase "gradients are those of central differences in double" <| fun () ->
            Expect.isLessThan (gradientError (tree 7) (Nullable()) ignore) tolerance "convolution"
            Expect.isLessThan (gradientError (mlp ()) (Nullable()) ignore) tolerance "hidden layer"
            Expect.isLessThan (gradientError (mlp ()) (Nullable 5UL) ignore) tolerance "with dropped units"

        testCase "a planted error of one part in a thousand is seen" <| fun () ->
            let plant (gradient: float[]) = for i in 0 .. gradient.Length - 1 do gradient[i] <- gradient[i] * 1.001
            Expect.isGreaterThan (gradientError (tree 7) (Nullable()) plant) tolerance "the check must fail"

        testCase "float is double to rounding" <| fun () ->
            let stream = RandomStream(2UL, RandomPurpose.Experiment)
            let wide, narrow = tree 7, ConvolutionalTrainer.Network<float32>(shape, 7, 3UL)
            let x = Array.init (40 * wide.InputSize) (fun _ -> float (float32 (stream.NextGaussian())))
            let labels = Array.init 40 (fun _ -> uint16 (stream.NextBelow 5UL))
            let g, h = Array.zeroCreate wide.Parameters.Length, Array.zeroCreate wide.Parameters.Length
            let a, b = wide.Gradient(x, labels, g), narrow.Gradient(Array.map float32 x, labels, h)
            // sums of at most 160 terms of order 1, a few layers: some hundred roundings of 6e-8
            Expect.isLessThan (abs (a - b)) 3e-5 "loss"
            Expect.isLessThan (Array.fold2 (fun worst a (b: float32) -> max worst (abs (a - float b))) 0.0 g h) 3e-5 "gradient"

        testCase "hidden layers are max(0, x)" <| fun () ->
            let grammar = Grammar.Draw(shape, 1UL)
            let trainer = ConvolutionalTrainer(StringSampler(grammar, 1UL, 50L), ConvolutionalTraining(Width = 16))
            let tokens = SymbolReader.ReadAll(StringSampler(grammar, 1UL, 50L), 1)[0]

            for layer in trainer.Hidden(ReadOnlySpan tokens) do
                Expect.isTrue (Array.forall (fun x -> x >= 0.0f) layer.Values) "never negative"
                Expect.isTrue (Array.contains 0.0f layer.Values && Array.exists (fun x -> x > 0.0f) layer.Values) "cut at 0, and not everywhere"

        testCase "training is the same bits for any number of threads, and goes on epoch by epoch" <| fun () ->
            let trained threads seed =
                let grammar = Grammar.Draw(shape, 1UL)
                let trainer = ConvolutionalTrainer(StringSampler(grammar, 1UL, 300L), ConvolutionalTraining(Epochs = 3, Seed = seed, Threads = threads, BatchSize = 100))
                trainer.Run() |> ignore
                Expect.equal (trainer.Step, trainer.Epoch) (9L, 3) "whole batches"
                List.ofSeq trainer.Parameters

            Expect.equal (trained 3 1UL) (trained 1 1UL) "threads"
            Expect.notEqual (trained 1 2UL) (trained 1 1UL) "seeds"

        for momentum in [ Nullable(); Nullable 0.9 ] do
            testCase $"it learns the roots of a small grammar, and one rate of nearly 0 does not (momentum {momentum})" <| fun () ->
                let grammar = Grammar.Draw(GrammarShape(2, 2, 8, 2), 1UL)

                let accuracy rate =
                    let trainer = ConvolutionalTrainer(StringSampler(grammar, 1UL, 400L), ConvolutionalTraining(LearningRate = rate, Momentum = momentum))
                    trainer.Run() |> ignore
                    trainer.Accuracy(StringSampler(grammar, 1UL, 1000L, RandomPurpose.HeldOut))

                let learned = Interval.Hoeffding(accuracy (if momentum.HasValue then 0.1 else 3e-3), 1000L, 1.0, 1e-9)
                let idle = Interval.Hoeffding(accuracy 1e-9, 1000L, 1.0, 1e-9)
                Expect.isGreaterThan learned.Low 0.8 $"{learned}"
                Expect.isLessThan idle.High 0.5 $"{idle}"

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
