module Rhm.ProofsTests.Networks.JointEmbedding.JointEmbeddingClusteringTests

open System
open Expecto
open Rhm.Clustering
open Rhm.Grammars
open Rhm.Learning
open Rhm.Networks.JointEmbedding
open Rhm.Randomness
open Rhm.Strings

let private objectives = Enum.GetValues<JointEmbeddingObjective>() |> List.ofArray

/// Pairs from a list in ascending order, and how often each was counted.
let private ofCounts tuples (cells: (int * int) list) counts =
    let first, second = [| for a, _ in cells -> a |], [| for _, b in cells -> b |]
    CousinPairs.Of(SparseMatrix.FromEntries(tuples, tuples, first, second, counts))

/// Pairs of 7 tuples, weighted at random, at the three pairs of three child positions.
let private pairs (stream: RandomStream) tuples =
    [ for _ in 1..3 ->
          let cells = [ for a in 0 .. tuples - 1 do for b in 0 .. tuples - 1 do if stream.NextDouble() < 0.6 then a, b ]
          let counts = [| for _ in cells -> 1.0 + float (stream.NextBelow 9UL) |]
          ofCounts tuples cells counts ]

let private network objective batch =
    let stream = RandomStream(11UL, RandomPurpose.Experiment)
    let tuples, s, symbols = 7, 3, 3
    let elements = Array.zeroCreate<float> (tuples * s * symbols)
    for a in 0 .. tuples - 1 do
        for i in 0 .. s - 1 do
            elements[(a * s + i) * symbols + int (stream.NextBelow(uint64 symbols))] <- 1.0
    let options =
        JointEmbeddingOptions(
            Objective = objective,
            Width = 6,
            Seed = 5UL,
            Batch = batch,
            PredictionWeight = 3.0,
            SpreadWeight = 2.0,
            CovarianceWeight = 0.7
        )
    let network = JointEmbeddingNetwork<float>(s * symbols, s, 3, options)
    // Away from the identity, so that no term of a gradient vanishes.
    for i in 0 .. network.Predictors.Length - 1 do
        network.Predictors[i] <- network.Predictors[i] + 0.3 * stream.NextGaussian()
    let all = pairs stream tuples
    network, elements, ResizeArray(if batch = 0 then all else [ for one in all -> one.Draw(batch, stream) ])

/// Largest difference between the gradient and central differences, over the largest entry of its part; `plant` changes the gradients
/// first.
let private gradientError objective batch plant =
    let network, elements, pairs = network objective batch
    let zero (part: float[]) = Array.zeroCreate<float> part.Length
    let encoder, predictors, scratch = zero network.Encoder.Parameters, zero network.Predictors, zero network.Encoder.Parameters
    let loss () = network.Gradient(elements, pairs, 4L, scratch, Array.zeroCreate network.Predictors.Length, 1)
    network.Gradient(elements, pairs, 4L, encoder, predictors, 1) |> ignore
    plant encoder predictors
    let step = 1e-5

    [ for parameters, gradient in [ network.Encoder.Parameters, encoder; network.Predictors, predictors ] do
          let largest = gradient |> Array.maxBy abs |> abs
          for index in 0..5 .. gradient.Length - 1 do
              let value = parameters[index]

              let at w =
                  parameters[index] <- w
                  let result = loss ()
                  parameters[index] <- value
                  result

              let difference = (at (value + step) - at (value - step)) / (2.0 * step)
              abs (difference - gradient[index]) / max largest 1e-3 ]
    |> List.max

/// Truncation is of order step^2 = 1e-10 and rounding 1e-16/step = 1e-11 times the curvature, some tens at most.
let private tolerance = 1e-6

let private learn objective (grammar: Grammar) samples seed threads =
    let options = JointEmbeddingOptions(Objective = objective, Seed = seed, Threads = threads)
    JointEmbeddingClustering.Learn(StringSampler(grammar, seed, samples), grammar.Shape.Branching, options)

let private top (grammar: Grammar) (learned: LearnedHierarchy) =
    learned.Accuracy(StringSampler(grammar, 1UL, 1000L, RandomPurpose.HeldOut)) |> Array.last

[<Tests>]
let jointEmbedding =
    testList "Networks / JointEmbedding / JointEmbeddingClustering" [
        testList "gradients are those of central differences in double" [
            for objective in objectives do
                for batch in [ 0; 40 ] do
                    testCase $"{objective}, batch {batch}" <| fun () ->
                        Expect.isLessThan (gradientError objective batch (fun _ _ -> ())) tolerance "encoder and predictors"
        ]

        testCase "the gradient with respect to the inputs is that of central differences" <| fun () ->
            let network, elements, pairs = network JointEmbeddingObjective.SpectralContrastive 0
            let x = Array.mapi (fun i value -> value + 0.1 * sin (float i)) elements
            let scratch = Array.zeroCreate<float> network.Encoder.Parameters.Length
            let predictors = Array.zeroCreate<float> network.Predictors.Length
            let loss () = network.Gradient(x, pairs, 4L, scratch, predictors, 1)
            let z = network.Embed(x, 1)
            let ofZ, ofInputs = Array.zeroCreate<float> z.Length, Array.zeroCreate<float> x.Length
            network.Loss(x, z, pairs, 4L, ofZ, predictors, 1) |> ignore
            network.Backward(x, ofZ, scratch, ofInputs, 1)
            let largest, step = Array.max (Array.map abs ofInputs), 1e-5
            for index in 0..4 .. x.Length - 1 do
                let value = x[index]
                let at w =
                    x[index] <- w
                    loss ()
                let difference = (at (value + step) - at (value - step)) / (2.0 * step)
                x[index] <- value
                Expect.isLessThan (abs (difference - ofInputs[index]) / largest) tolerance $"input {index}"

        testCase "a gradient wrong by one part in a thousand is seen" <| fun () ->
            let plant (encoder: float[]) _ = for i in 0 .. encoder.Length - 1 do encoder[i] <- encoder[i] * 1.001
            Expect.isGreaterThan (gradientError JointEmbeddingObjective.Vamp 0 plant) tolerance "the check must fail"

        testCase "values of the objectives, written out for two numbers a tuple" <| fun () ->
            let stream = RandomStream(8UL, RandomPurpose.Experiment)
            let tuples = 5
            let cells = [ for a in 0 .. tuples - 1 do for b in 0 .. tuples - 1 -> a, b ]
            let pairs = ofCounts tuples cells [| for _ in cells -> 1.0 + float (stream.NextBelow 9UL) |]
            let draw () = Array.init (2 * tuples) (fun _ -> stream.NextGaussian())
            let m = PairMoments(pairs, draw (), draw ())
            let w = MathNet.Numerics.LinearAlgebra.Matrix<float>.Build.DenseOfArray(array2D [ [ 0.7; -0.2 ]; [ 0.4; 1.1 ] ])
            let sum f = List.sum [ for k in 0..1 do for l in 0..1 -> f k l ]
            // u = W^T M; the variances of W^T z are the diagonal of W^T A W.
            let u k l = w[0, k] * m.Cross[0, l] + w[1, k] * m.Cross[1, l]
            let variance k = List.sum [ for i in 0..1 do for j in 0..1 -> w[i, k] * m.First[i, j] * w[j, k] ]
            let correlation k l = u k l / sqrt ((variance k + 1e-4) * (m.Second[l, l] + 1e-4))
            for weight in [ 0.005; 0.3 ] do
                let twins = sum (fun k l -> if k = l then (correlation k l - 1.0) ** 2.0 else weight * correlation k l ** 2.0)
                Expect.floatClose Accuracy.high (PairObjective.BarlowTwins(m, w, weight)).Loss twins $"Barlow Twins, {weight}"
            let predicted = variance 0 + variance 1 - 2.0 * (u 0 0 + u 1 1) + m.Second[0, 0] + m.Second[1, 1]
            let options = JointEmbeddingOptions(PredictionWeight = 3.0, SpreadWeight = 5.0, CovarianceWeight = 0.7)
            let spread (c: MathNet.Numerics.LinearAlgebra.Matrix<float>) =
                let hinge = List.sum [ for k in 0..1 -> max 0.0 (1.0 - sqrt (c[k, k] + 1e-4)) ]
                (5.0 * hinge + 0.7 * 2.0 * c[0, 1] ** 2.0) / 2.0
            let vicreg = 3.0 * predicted / 2.0 + spread m.First + spread m.Second
            Expect.floatClose Accuracy.high (PairObjective.VicReg(m, w, options)).Loss vicreg "VICReg"
            let covariance k l = List.sum [ for i in 0..1 do for j in 0..1 -> w[i, k] * m.First[i, j] * w[j, l] ]
            let contrastive = sum (fun k l -> covariance k l * m.Second[k, l]) - 2.0 * (u 0 0 + u 1 1)
            Expect.floatClose Accuracy.high (PairObjective.SpectralContrastive(m, w)).Loss contrastive "spectral contrastive"

        testCase "the VAMP-2 score of two parents is their squared correlation" <| fun () ->
            // Tuples 0 and 1 have one parent, 2 and 3 the other; cousins have the same parent with probability (1 + rho)/2.
            let rho = 0.4
            let weight a b = if a / 2 = b / 2 then 1.0 + rho else 1.0 - rho
            let cells = [ for a in 0..3 do for b in 0..3 -> a, b ]
            let pairs = ofCounts 4 cells [| for a, b in cells -> weight a b |]
            let z = [| -1.0; -1.0; 1.0; 1.0 |]
            let moments = PairMoments(pairs, z, z)
            Expect.floatClose Accuracy.high moments.Cross[0, 0] rho "cross-moment"
            let struct (one, _) = PairObjective.Vamp(moments, moments)
            Expect.isLessThan (abs (-one.Loss - rho * rho)) (3.0 * PairObjective.Ridge) "score"

        testCase "the statistic of SIGReg is that of quadrature by hand for one point, and nearly 0 for a Gaussian" <| fun () ->
            // One tuple at the origin: |1 - e^(-t^2/2)|^2 e^(-t^2/2) over -4..4.
            let value z weight = GaussianDistance.Add(z, weight, RandomStream(1UL, RandomPurpose.Spectral), 1.0, Array.zeroCreate z.Length)
            let steps = 100000
            let integrand t = (1.0 - exp (-t * t / 2.0)) ** 2.0 * exp (-t * t / 2.0)
            let width = 4.0 / float steps
            let byHand = 2.0 * width * List.sum [ for k in 0 .. steps - 1 -> integrand ((float k + 0.5) * width) ]
            Expect.isLessThan (abs (value [| 0.0; 0.0 |] [| 1.0 |] - byHand)) 1e-3 "collapsed"
            let stream = RandomStream(3UL, RandomPurpose.Experiment)
            let n = 4000
            let gaussian = Array.init (2 * n) (fun _ -> stream.NextGaussian())
            Expect.isLessThan (value gaussian (Array.create n (1.0 / float n))) (byHand / 100.0) "Gaussian"

        testCase "from 2 v m^2 strings whitened objectives learn every level, elements under the same encoder do not" <| fun () ->
            let shape = GrammarShape(3, 3, 8, 16)
            for seed in 1UL .. 2UL do
                let grammar = Grammar.Draw(shape, seed)
                let accuracy objective = top grammar (learn objective grammar 4096L seed 2)
                Expect.isGreaterThan (accuracy JointEmbeddingObjective.Vamp) 0.98 "VAMP-2"
                Expect.isGreaterThan (accuracy JointEmbeddingObjective.SpectralContrastive) 0.9 "spectral contrastive"
                Expect.isLessThan (accuracy JointEmbeddingObjective.Elements) 0.8 "elements"

        testCase "a teacher without whitening keeps too few directions, and nothing is learned" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(3, 3, 8, 16), 1UL)
            Expect.isLessThan (top grammar (learn JointEmbeddingObjective.Teacher grammar 4096L 1UL 2)) 0.5 "accuracy"

        testCase "collapse is named" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(2, 3, 8, 16), 2UL)
            let options = JointEmbeddingOptions(Objective = JointEmbeddingObjective.VicReg, CovarianceWeight = 0.0, Seed = 1UL)
            let learned = JointEmbeddingClustering.Learn(StringSampler(grammar, 2UL, 4096L), 3, options)
            Expect.exists learned.Warnings (fun warning -> warning.Contains "collapsed" && warning.Contains "of 7") "warning"

        testCase "no result depends on the number of threads, every result on the seed" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(3, 2, 8, 4), 4UL)
            let labels seed threads =
                let learned = learn JointEmbeddingObjective.SpectralContrastive grammar 2000L seed threads
                [ for level in learned.Levels -> List.ofSeq level.Labels ]
            Expect.equal (labels 1UL 2) (labels 1UL 1) "two threads"
            Expect.equal (labels 1UL 3) (labels 1UL 1) "three threads"

        testCase "settings out of range are refused by one sentence" <| fun () ->
            for options, word in
                [ JointEmbeddingOptions(Dimension = -1), "dimension"
                  JointEmbeddingOptions(Width = 0), "width"
                  JointEmbeddingOptions(Steps = 0L), "steps"
                  JointEmbeddingOptions(LearningRate = nan), "learning_rate"
                  JointEmbeddingOptions(Batch = 3), "batch"
                  JointEmbeddingOptions(TeacherRate = 0.0), "teacher_rate"
                  JointEmbeddingOptions(Objective = enum 99), "objective"
                  JointEmbeddingOptions(Gradients = enum 99), "gradients"
                  JointEmbeddingOptions(Latents = 3, EstimateLatents = true), "not both"
                  JointEmbeddingOptions(EstimateLatents = true, Gradients = JointEmbeddingGradients.EndToEnd), "local gradients" ] do
                let error = Expect.throwsC (fun () -> options.Validate()) id
                Expect.stringContains error.Message word "names what is wrong"
    ]
