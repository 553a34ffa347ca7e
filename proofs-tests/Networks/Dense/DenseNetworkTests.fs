module Rhm.ProofsTests.Networks.Dense.DenseNetworkTests

open System
open Expecto
open Rhm.Grammars
open Rhm.Networks.Convolution
open Rhm.Networks.Dense
open Rhm.Randomness

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

let private mlp () =
    let layers = [| DenseLayer(1, 6, 12); DenseLayer(1, 12, 5) |]
    DenseNetwork<float>(layers, DenseActivation.Gelu, StreamOffsets.ProbeWeights, 3UL, 0.3)

[<Tests>]
let tests =
    testList "Networks / Dense / DenseNetwork" [
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

        testCase "under dropout a unit is 0 or 1/(1-p) times itself, and every block of examples drops its own" <| fun () ->
            let network =
                let layers = [| DenseLayer(1, 1, 1); DenseLayer(1, 1, 2) |]
                DenseNetwork<float>(layers, DenseActivation.Relu, StreamOffsets.ProbeWeights, 1UL, 0.5)

            // One hidden unit, which is 1; the outputs are it and 0.
            [| 1.0; 0.0; 1.0; 0.0; 0.0; 0.0 |].CopyTo(network.Parameters, 0)

            let loss count seed =
                network.Gradient(Array.create count 1.0, Array.zeroCreate<uint16> count, Array.zeroCreate 6, Nullable seed)

            let dropped, kept = log 2.0, log (1.0 + exp -2.0)

            for seed in 1UL .. 20UL do
                let found = loss 1 seed
                Expect.isTrue (abs (found - dropped) < 1e-12 || abs (found - kept) < 1e-12) $"0 or 2, not a loss of {found}"

            Expect.exists [ 1UL .. 20UL ] (fun seed -> abs (loss 64 seed - loss 32 seed) > 1e-9) "the second block is no copy of the first"
    ]
