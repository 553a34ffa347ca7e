/// The losses of all objectives: their gradients, and what they ask for.
module Rhm.ProofsTests.Networks.Transformers.TransformerLossTests

open Expecto
open FsCheck.FSharp
open Rhm.Networks.Transformers
open Rhm.Randomness
open Rhm.ProofsTests.SmallEncoders

/// An encoder small enough for central differences in every tensor, and what it predicts.
type SmallEncoder =
    { Shape: TransformerShape
      Training: TransformerTraining
      Strings: int
      ChunkRows: int }

type Encoders =
    static member Encoder() =
        gen {
            let! heads = Gen.choose (1, 3)
            let! headWidth = Gen.choose ((if heads = 1 then 4 else 2), 4)
            let! length = Gen.choose (2, 6)
            let! layers = Gen.choose (1, 3)
            let! feedForward = Gen.choose (1, 6)
            let! vocabulary = Gen.choose (2, 4)
            let! strings = Gen.choose (1, 5)
            let! chunkRows = Gen.elements [ 1; 8; 256 ]
            let! objective = Gen.elements objectives
            let! dropout = Gen.elements [ 0.0; 0.3 ]
            let! targetLayers = Gen.choose (1, 4)
            let! seed = Gen.choose (0, 1_000_000)

            return
                { Shape = TransformerShape(vocabulary, length, heads * headWidth, heads, layers, feedForward)
                  Training =
                    TransformerTraining(
                        Objective = objective,
                        Dropout = dropout,
                        TargetLayers = targetLayers,
                        SmoothL1Beta = 0.5,
                        MaskShare = 0.4,
                        Seed = uint64 seed
                    )
                  Strings = strings
                  ChunkRows = chunkRows }
        }
        |> Arb.fromGen

let private encoderProperty count name (test: SmallEncoder -> unit) =
    ExpectoFsCheck.testPropertyWithConfig
        { FsCheckConfig.defaultConfig with
            maxTest = count
            arbitrary = [ typeof<Encoders> ] }
        name
        test

let private classes = 3

let private outputsOf (shape: TransformerShape) objective =
    match objective with
    | TransformerObjective.Data2Vec
    | TransformerObjective.WhitenedData2Vec -> shape.Width
    | TransformerObjective.Supervised -> classes
    | _ -> shape.Vocabulary

let private layoutOf small = TransformerLayout(small.Shape, outputsOf small.Shape small.Training.Objective)

/// Weights of the usual size, and biases and scales that are felt.
let private parametersOf (layout: TransformerLayout) seed =
    let random = RandomStream(seed, RandomPurpose.Experiment, 7UL)
    layout.Initial<float> seed |> Array.map (fun value -> value + 0.3 * random.NextGaussian())

let private batchOf small =
    let random = RandomStream(small.Training.Seed, RandomPurpose.Experiment)
    let tokens = Array.init (small.Strings * small.Shape.Length) (fun _ -> uint16 (random.NextBelow(uint64 small.Shape.Vocabulary)))

    let latents =
        match small.Training.Objective with
        | TransformerObjective.Supervised -> Array.init small.Strings (fun _ -> uint16 (random.NextBelow(uint64 classes)))
        | TransformerObjective.MaskedLatents ->
            Array.init (tokens.Length / (if small.Shape.Length % 2 = 0 then 2 else 1)) (fun _ ->
                uint16 (random.NextBelow(uint64 small.Shape.Vocabulary)))
        | _ -> [||]

    TransformerBatch.Create(tokens, latents, small.Shape, small.Training, 3L)

let private dropoutOf small = TransformerDropout(small.Training.Dropout, small.Training.Seed, 4L)

let private lossOf chunkRows small =
    let layout = layoutOf small
    let loss = TransformerLoss<float>(layout, small.Training, chunkRows)
    let teacher = if small.Training.HasTeacher then (parametersOf layout (small.Training.Seed + 1UL))[.. layout.EncoderCount - 1] else [||]
    let batch, dropout = batchOf small, dropoutOf small
    fun parameters gradient -> let struct (value, norm) = loss.Gradient(parameters, teacher, batch, gradient, dropout) in value, norm

/// Largest difference between the gradient and central differences at four places of every tensor, over the largest entry of the gradient.
let private gradientError plant small =
    let layout = layoutOf small
    let parameters = parametersOf layout small.Training.Seed
    let gradient, scratch = Array.zeroCreate layout.Count, Array.zeroCreate layout.Count
    let loss = lossOf small.ChunkRows small
    loss parameters gradient |> ignore
    plant gradient
    let random = RandomStream(small.Training.Seed, RandomPurpose.Experiment, 1UL)
    let largest = gradient |> Array.maxBy abs |> abs |> max 1e-6

    [ for tensor in layout.All do
          for _ in 1..4 do
              let index = tensor.Offset + int (random.NextBelow(uint64 tensor.Length))
              let value = parameters[index]

              let at x =
                  parameters[index] <- x
                  let loss, _ = loss parameters scratch
                  parameters[index] <- value
                  loss

              let error step = abs ((at (value + step) - at (value - step)) / (2.0 * step) - gradient[index]) / largest

              // A wrong gradient differs at every step; differences err at large ones.
              List.min [ for step in [ 1e-5; 1e-6; 1e-7 ] -> error step ] ]
    |> List.max

/// Truncation is of the order step^2 times third derivatives (a LayerNorm of four nearly equal numbers has large ones), and of the order
/// step where the smooth L1 turns between the two points; rounding is 1e-16/step = 1e-9 times the loss at the smallest step.
let private tolerance = 1e-5

[<Tests>]
let tests =
    testList "Networks / Transformers / TransformerLoss" [
        testList "gradients" [
            encoderProperty 200 "of the whole loss are those of central differences in double" <| fun small ->
                Expect.isLessThan (gradientError ignore small) tolerance $"%A{small}"

            for objective in objectives do
                testCase $"a planted error of one part in a thousand is seen ({objective})" <| fun () ->
                    let small =
                        { Shape = TransformerShape(3, 4, 6, 2, 2, 5)
                          Training = TransformerTraining(Objective = objective, SmoothL1Beta = 0.5, MaskShare = 0.4, Seed = 3UL)
                          Strings = 4
                          ChunkRows = 256 }

                    let plant (gradient: float[]) =
                        for i in 0 .. gradient.Length - 1 do
                            gradient[i] <- gradient[i] * 1.001

                    Expect.isGreaterThan (gradientError plant small) tolerance "the check must fail"

            for level in 1..2 do
                testCase $"a masked token predicts the latent of level {level} above it, and for no other" <| fun () ->
                    let training =
                        TransformerTraining(
                            Objective = TransformerObjective.MaskedLatents,
                            TargetLevel = level,
                            MaskShare = 0.3,
                            Seed = 2UL
                        )
                    let layout = TransformerLayout(TransformerShape(3, 8, 6, 2, 1), 3)
                    let loss, parameters = TransformerLoss<float>(layout, training), parametersOf layout 1UL
                    let batch = TransformerBatch.Create(Array.zeroCreate 40, Array.zeroCreate (40 >>> level), layout.Shape, training, 0L)
                    let value latents =
                        let struct (value, _) =
                            loss.Gradient(
                                parameters,
                                [||],
                                TransformerBatch(batch.Tokens, latents, batch.Symbols, batch.OutputRows),
                                Array.zeroCreate layout.Count,
                                TransformerDropout()
                            ) in

                        value
                    let before = value batch.Latents

                    for node in 0 .. batch.Latents.Length - 1 do
                        let other = batch.Latents |> Array.mapi (fun i latent -> if i = node then 1us else latent)
                        Expect.equal
                            (value other <> before)
                            (batch.OutputRows |> Array.exists (fun row -> row >>> level = node))
                            $"node {node}"

            encoderProperty 60 "do not depend on how the batch is cut, and have the norm that is told" <| fun small ->
                let parameters = parametersOf (layoutOf small) small.Training.Seed

                let gradient chunkRows =
                    let gradient = Array.zeroCreate parameters.Length
                    let value, norm = lossOf chunkRows small parameters gradient
                    value, norm, gradient

                let l1, n1, g1 = gradient 1
                let l2, _, g2 = gradient 256
                Expect.floatClose Accuracy.high l1 l2 "loss"
                Expect.floatClose Accuracy.high n1 (g1 |> Array.sumBy (fun x -> x * x)) "norm"
                let largest = g1 |> Array.maxBy abs |> abs |> max 1e-6
                // sums of at most 30 rows in another order, through at most three blocks: rounding 1e-16 each, amplified by the whitening
                // (1/0.01) and by LayerNorms of nearly equal numbers
                Expect.isLessThan (Array.fold2 (fun worst a b -> max worst (abs (a - b))) 0.0 g1 g2 / largest) 1e-9 "gradient"
        ]
    ]
