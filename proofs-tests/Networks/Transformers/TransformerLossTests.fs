/// The losses of all objectives: their gradients, and what they ask for.
module Rhm.ProofsTests.Networks.Transformers.TransformerLossTests

open System
open Expecto
open FsCheck.FSharp
open MathNet.Numerics.LinearAlgebra
open Rhm.Networks.JointEmbedding
open Rhm.Networks.Transformers
open Rhm.Randomness
open Rhm.ProofsTests.SmallEncoders

/// An encoder small enough for central differences in every tensor, and what it predicts.
type SmallEncoder =
    { Shape: TransformerShape
      Training: TransformerTraining
      Strings: int
      ChunkRows: int }

let private regularisers =
    [ JointEmbeddingObjective.Vamp
      JointEmbeddingObjective.SpectralContrastive
      JointEmbeddingObjective.VicReg
      JointEmbeddingObjective.BarlowTwins ]

let private embedding regulariser =
    BlockEmbeddingOptions(
        Regulariser = regulariser,
        EmbeddingWidth = 2,
        PredictionWeight = 3.0,
        SpreadWeight = 2.0,
        CovarianceWeight = 0.7
    )

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
            let! span = Gen.elements [ for span in 1..2 do if length % span = 0 then span ]
            let! aligned = Gen.elements [ true; span = 1 || length < 3 ]
            let! blocks = Gen.elements [ Nullable(); (if 2 * span <= length && span < length then Nullable 1 else Nullable()) ]
            let! pooled, local = Gen.zip (Gen.elements [ false; true ]) (Gen.elements [ false; true ])
            let! regulariser = Gen.elements regularisers
            let embeds = objective = TransformerObjective.BlockEmbedding
            let teaches = TransformerTraining(Objective = objective).HasTeacher

            return
                { Shape = TransformerShape(vocabulary, length, heads * headWidth, heads, layers, feedForward)
                  Training =
                    TransformerTraining(
                        Objective = objective,
                        Dropout = dropout,
                        TargetLayers = targetLayers,
                        SmoothL1Beta = 0.5,
                        MaskShare = 0.4,
                        MaskSpan = span,
                        MaskAligned = aligned,
                        MaskBlocks = blocks,
                        PoolTargets = (pooled && teaches),
                        LocalTargets = (local && teaches),
                        Embedding = embedding regulariser,
                        Seed = uint64 seed
                    )
                  // Moments of embeddings need more blocks than embeddings have numbers.
                  Strings = (if embeds then 10 + strings else strings)
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
    | TransformerObjective.BlockEmbedding -> 2
    | _ -> shape.Vocabulary

let private layoutOf small =
    let embeds = small.Training.Objective = TransformerObjective.BlockEmbedding
    TransformerLayout(small.Shape, outputsOf small.Shape small.Training.Objective, embeds)

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

              // A wrong gradient differs at every step; differences err at large ones, and at small ones where the gradient is small.
              List.min [ for step in [ 1e-4; 1e-5; 1e-6; 1e-7 ] -> error step ] ]
    |> List.max

/// Truncation is of the order step^2 times third derivatives (a LayerNorm of four nearly equal numbers has large ones), and of the order
/// step where the smooth L1 turns between the two points; rounding is 1e-16/step = 1e-9 times the loss at the smallest step, over the
/// largest entry of the gradient, which is some 1e-5 where embeddings of blocks share next to nothing (an encoder of width 4).
let private tolerance = 1e-5

[<Tests>]
let tests =
    testList "Networks / Transformers / TransformerLoss" [
        testList "gradients" [
            encoderProperty 200 "of the whole loss are those of central differences in double" <| fun small ->
                Expect.isLessThan (gradientError ignore small) tolerance $"%A{small}"

            testCase "are those of differences also where next to nothing is shared and all of them are small" <| fun () ->
                let small =
                    { Shape = TransformerShape(4, 2, 4, 1, 2, 2)
                      Training =
                        TransformerTraining(
                            Objective = TransformerObjective.BlockEmbedding,
                            Dropout = 0.3,
                            TargetLayers = 4,
                            SmoothL1Beta = 0.5,
                            MaskShare = 0.4,
                            MaskSpan = 2,
                            Embedding = embedding JointEmbeddingObjective.Vamp,
                            Seed = 514504UL
                        )
                      Strings = 14
                      ChunkRows = 1 }
                Expect.isLessThan (gradientError ignore small) tolerance "the largest entry is 7e-6"

            for objective in objectives do
                testCase $"a planted error of one part in a thousand is seen ({objective})" <| fun () ->
                    let small =
                        { Shape = TransformerShape(3, 4, 6, 2, 2, 5)
                          Training =
                            TransformerTraining(
                                Objective = objective,
                                SmoothL1Beta = 0.5,
                                MaskShare = 0.4,
                                Embedding = embedding JointEmbeddingObjective.SpectralContrastive,
                                Seed = 3UL
                            )
                          Strings = 12
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

        for regulariser in regularisers do
            testCase $"the loss of embedded blocks is the objective of their moments, block after block ({regulariser})" <| fun () ->
                let random = RandomStream(11UL, RandomPurpose.Experiment)
                let count, k = 9, 2
                let numbers () = Array.init (count * k) (fun _ -> random.NextGaussian())
                let contexts, blocks = numbers (), numbers ()
                let w = Matrix<float>.Build.Dense(k, k, fun _ _ -> random.NextGaussian())
                let options = embedding regulariser
                let value contexts blocks = let struct (loss, _, _, _) = BlockObjective.Measure(contexts, blocks, w, options, 1) in loss
                let matrix (rows: float[]) (at: int list) = Matrix<float>.Build.Dense(at.Length, k, fun i j -> rows[at[i] * k + j])
                let centred (x: Matrix<float>) =
                    let means = x.ColumnSums() / float x.RowCount
                    Matrix<float>.Build.Dense(x.RowCount, k, fun i j -> x[i, j] - means[j])
                let moments at =
                    let x, y = centred (matrix contexts at), centred (matrix blocks at)
                    let n = float (List.length at)
                    x.TransposeThisAndMultiply x / n, y.TransposeThisAndMultiply y / n, x.TransposeThisAndMultiply y / n
                let a, b, cross = moments [ 0 .. count - 1 ]
                let trace (m: Matrix<float>) = m.Trace()
                let spread (c: Matrix<float>) =
                    let hinge = Seq.sum [ for i in 0 .. k - 1 -> max 0.0 (1.0 - sqrt (c[i, i] + 1e-4)) ]
                    let off = Seq.sum [ for i in 0 .. k - 1 do for j in 0 .. k - 1 do if i <> j then c[i, j] ** 2.0 ]
                    (options.SpreadWeight * hinge + options.CovarianceWeight * off) / float k
                let expected =
                    match regulariser with
                    | JointEmbeddingObjective.SpectralContrastive ->
                        trace (w.Transpose() * a * w * b) - 2.0 * trace (w.Transpose() * cross)
                    | JointEmbeddingObjective.VicReg ->
                        let predicted = trace (w.Transpose() * a * w) - 2.0 * trace (w.Transpose() * cross) + trace b
                        options.PredictionWeight * predicted / float k + spread a + spread b
                    | JointEmbeddingObjective.BarlowTwins ->
                        let u, p = w.Transpose() * cross, w.Transpose() * a * w
                        Seq.sum [
                            for i in 0 .. k - 1 do
                                for j in 0 .. k - 1 do
                                    let c = u[i, j] / sqrt ((p[i, i] + 1e-4) * (b[j, j] + 1e-4))
                                    if i = j then (c - 1.0) ** 2.0 else options.CovarianceWeight * c * c
                        ]
                    | _ ->
                        let a1, b1, cross1 = moments [ 0..3 ]
                        let a2, b2, cross2 = moments [ 5..8 ]
                        let inverse (x: Matrix<float>) =
                            let mean = x.Trace() / float k
                            (x + Matrix<float>.Build.DenseIdentity k * (1e-4 * mean)).Inverse()
                        let left, right = inverse ((a1 + a2) / 2.0), inverse ((b1 + b2) / 2.0)
                        -(trace ((left * cross1 * right).TransposeThisAndMultiply cross2))
                Expect.floatClose Accuracy.high (value contexts blocks) expected "loss"

        testCase "a block is embedded from its own tokens, and predicted from the others" <| fun () ->
            let training =
                TransformerTraining(
                    Objective = TransformerObjective.BlockEmbedding,
                    MaskSpan = 2,
                    MaskBlocks = 1,
                    Embedding = embedding JointEmbeddingObjective.SpectralContrastive,
                    Seed = 4UL
                )
            let shape = TransformerShape(3, 6, 6, 2, 2)
            let tokens = [| for i in 0..71 -> uint16 (i * i % 3) |]
            let batch = TransformerBatch.Create(tokens, [||], shape, training, 0L)
            Expect.equal batch.OutputRows.Length 24 "a block of two in each of twelve strings"

            for row in 0..71 do
                let masked = Array.contains row batch.OutputRows
                Expect.equal (batch.Symbols[row], batch.Revealed[row]) (if masked then 3us, tokens[row] else tokens[row], 3us) $"row {row}"

        testCase "where the teacher sees blocks alone, targets do not depend on the rest of the string" <| fun () ->
            for objective in [ TransformerObjective.Data2Vec; TransformerObjective.WhitenedData2Vec ] do
                for isLocal in [ true; false ] do
                    let training =
                        TransformerTraining(Objective = objective, MaskSpan = 2, MaskBlocks = 1, LocalTargets = isLocal, Seed = 4UL)
                    let layout = TransformerLayout(TransformerShape(3, 6, 6, 2, 2), 6)
                    let loss, parameters = TransformerLoss<float>(layout, training), parametersOf layout 1UL
                    // Without a word of the student's about the string: its head says the same whatever it reads.
                    (nonNull layout.Head).Of(parameters).Clear()
                    let value (tokens: uint16[]) =
                        let batch = TransformerBatch.Create(tokens, [||], layout.Shape, training, 0L)
                        let struct (value, _) =
                            loss.Gradient(parameters, parametersOf layout 2UL, batch, Array.zeroCreate layout.Count, TransformerDropout())
                        value, batch.OutputRows
                    let tokens = [| for i in 0..71 -> uint16 (i * i % 3) |]
                    let before, masked = value tokens
                    let after, _ = value (tokens |> Array.mapi (fun row token -> if Array.contains row masked then token else 2us - token))
                    Expect.equal (abs (after - before) < 1e-12) isLocal $"{objective}, {isLocal}"
    ]
