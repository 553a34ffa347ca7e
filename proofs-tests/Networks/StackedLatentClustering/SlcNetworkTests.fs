/// The network of stacked latent clustering: its gradients, and its weights before training.
module Rhm.ProofsTests.Networks.StackedLatentClustering.SlcNetworkTests

open System
open Expecto
open FsCheck.FSharp
open Rhm.Networks.StackedLatentClustering
open Rhm.Randomness
open Rhm.ProofsTests.SlcNetworks

/// A network small enough for central differences in every parameter, and what it minimises.
type SmallNetwork =
    { Shape: SlcShape
      Objective: SlcObjective
      Strings: int
      Seed: uint64 }

type Networks =
    static member Network() =
        gen {
            let! depth = Gen.choose (2, 3)
            let! branching = Gen.choose (2, (if depth = 2 then 3 else 2))
            let! vocabulary = Gen.choose (2, 4)
            let! codes = Gen.choose (2, 5)
            let! width = Gen.choose (1, 5)
            let! strings = Gen.choose (2, 6)
            let! gradients = Gen.elements [ SlcGradients.Local; SlcGradients.Module; SlcGradients.EndToEnd ]
            let! ema = Gen.elements [ Nullable(); Nullable 0.3 ]
            let! attached = if ema.HasValue then Gen.constant false else Gen.elements [ true; false ]
            let! targets = Gen.elements [ SlcTargets.All; SlcTargets.One; (if attached then SlcTargets.All else SlcTargets.Own) ]
            let! cap = Gen.elements [ 1.0; 0.1 ]
            let! shared = Gen.elements [ 1.0; 0.3; 0.0 ]
            let! deduplicate = Gen.elements [ true; false ]
            let! seed = Gen.choose (0, 1_000_000)

            return
                { Shape = SlcShape(depth, branching, vocabulary, codes, width)
                  Objective =
                    SlcObjective(
                        Gradients = gradients,
                        Targets = targets,
                        EmaRate = ema,
                        AttachedTargets = attached,
                        WeightCap = cap,
                        SharedClustering = shared,
                        Deduplicate = deduplicate,
                        PredictionWeight = 0.7,
                        ClusteringWeight = 1.3
                    )
                  Strings = strings
                  Seed = uint64 seed }
        }
        |> Arb.fromGen

let private networkProperty count name (test: SmallNetwork -> 'b) =
    ExpectoFsCheck.testPropertyWithConfig
        { FsCheckConfig.defaultConfig with
            maxTest = count
            arbitrary = [ typeof<Networks> ] }
        name
        test

/// A copy with other values: F# cannot write C#'s `with`.
let private copyOf (o: SlcObjective) ema attached deduplicate margin =
    SlcObjective(
        Gradients = o.Gradients,
        Targets = o.Targets,
        EmaRate = ema,
        AttachedTargets = attached,
        Deduplicate = deduplicate,
        Margin = margin,
        WeightCap = o.WeightCap,
        SharedClustering = o.SharedClustering,
        PredictionWeight = o.PredictionWeight,
        ClusteringWeight = o.ClusteringWeight
    )

let private total (o: SlcObjective) (losses: SlcLosses) =
    o.PredictionWeight * Array.sum losses.Prediction + o.ClusteringWeight * Array.sum losses.Clustering

/// Which losses reach a parameter: those whose sum has the gradient that is computed, everything else held fixed.
let private reaching (network: SlcNetwork<float>) (tensor: SlcTensor) (losses: SlcLosses) =
    let o, l = network.Objective, int (tensor.Name.Split('.')[1])
    let own = if tensor.Name.Contains "predictor" then o.SharedClustering else 1.0

    match o.Gradients with
    | SlcGradients.EndToEnd ->
        o.PredictionWeight * Array.sum losses.Prediction
        + o.ClusteringWeight * (own * losses.Clustering[l] + o.SharedClustering * Array.sum losses.Clustering[l + 1 ..])
    | SlcGradients.Module -> o.PredictionWeight * losses.Prediction[l] + o.ClusteringWeight * own * losses.Clustering[l]
    | _ when tensor.Name.Contains "predictor" -> o.PredictionWeight * losses.Prediction[l]
    | _ -> o.ClusteringWeight * losses.Clustering[l]

/// Which losses reach a parameter through attached targets.
let private reachingTargets (network: SlcNetwork<float>) (tensor: SlcTensor) (losses: SlcLosses) =
    let o, l = network.Objective, int (tensor.Name.Split('.')[1])
    let above = losses.Prediction[l + 1 ..]

    match o.Gradients with
    | SlcGradients.EndToEnd -> o.PredictionWeight * Array.sum above
    | SlcGradients.Local when tensor.Name.Contains "predictor" -> 0.0
    | _ -> o.PredictionWeight * Array.sum (Array.truncate 1 above)

/// Largest difference between the gradient and central differences, over the largest entry of the gradient; `plant` changes the gradient
/// first. Targets stand still because a teacher makes them, and move with the teacher's parameters where they are attached; similarities
/// are frozen.
let private gradientError plant (small: SmallNetwork) =
    let o = small.Objective
    let network = SlcNetwork<float>(small.Shape, copyOf o (Nullable 0.5) false o.Deduplicate (Nullable()), small.Seed)
    let itself = if o.EmaRate.HasValue then network else SlcNetwork<float>(small.Shape, o, small.Seed)
    // larger weights than the initial ones: every non-linearity is felt
    for i in 0 .. network.Parameters.Length - 1 do
        network.Parameters[i] <- 1.5 * network.Parameters[i]
        itself.Parameters[i] <- network.Parameters[i]

        if o.AttachedTargets then
            network.TeacherParameters[i] <- network.Parameters[i]

    let tokens = tokensOf small.Shape small.Strings small.Seed
    let gradient = Array.zeroCreate network.Parameters.Length
    network.Gradient(ReadOnlySpan tokens, gradient) |> ignore
    network.FreezeSimilarities true

    if o.AttachedTargets then
        itself.Gradient(ReadOnlySpan tokens, gradient) |> ignore

    plant network gradient
    let scratch = Array.zeroCreate gradient.Length
    let step = 1e-5
    let random = RandomStream(small.Seed, RandomPurpose.Experiment, 1UL)
    let largest = gradient |> Array.maxBy abs |> abs |> max 1e-6

    [ for m in network.Layout.Modules do
          for tensor in m.All do
              for _ in 1..4 do
                  let index = tensor.Offset + int (random.NextBelow(uint64 tensor.Length))

                  let slope (parameters: float[]) (reaching: SlcNetwork<float> -> SlcTensor -> SlcLosses -> float) =
                      let value = parameters[index]

                      let at x =
                          parameters[index] <- x
                          let losses = network.Gradient(ReadOnlySpan tokens, scratch)
                          parameters[index] <- value
                          reaching network tensor losses

                      (at (value + step) - at (value - step)) / (2.0 * step)

                  let expected =
                      slope network.Parameters reaching
                      + (if o.AttachedTargets then slope network.TeacherParameters reachingTargets else 0.0)
                  abs (expected - gradient[index]) / largest ]
    |> List.max

/// Truncation of central differences is of the order step^2 = 1e-10 times third derivatives (the logarithms of overlaps near 0 or 1
/// have large ones), rounding 1e-16/step = 1e-11 times the loss.
let private tolerance = 1e-5

[<Tests>]
let tests =
    testList "Networks / StackedLatentClustering / SlcNetwork" [
        testList "gradients" [
            networkProperty 60 "of the whole loss are those of central differences in double" <| fun small ->
                let error = gradientError (fun _ _ -> ()) small
                Expect.isLessThan error tolerance $"%A{small}"

            testCase "a planted error of one part in a thousand of one weight is seen" <| fun () ->
                let small =
                    { Shape = SlcShape(3, 2, 3, 4, 4)
                      Objective = SlcObjective(Gradients = SlcGradients.EndToEnd)
                      Strings = 4
                      Seed = 3UL }

                let plant (_: SlcNetwork<float>) (gradient: float[]) =
                    for i in 0 .. gradient.Length - 1 do
                        gradient[i] <- gradient[i] * 1.001

                Expect.isGreaterThan (gradientError plant small) tolerance "the check must fail"

            testCase "a gradient that does not reach the targets is seen where they are attached" <| fun () ->
                for gradients in [ SlcGradients.Local; SlcGradients.Module; SlcGradients.EndToEnd ] do
                    let small =
                        { Shape = SlcShape(3, 2, 3, 4, 4)
                          Objective = SlcObjective(Gradients = gradients, AttachedTargets = true)
                          Strings = 4
                          Seed = 3UL }

                    let detached (network: SlcNetwork<float>) gradient =
                        network.Gradient(ReadOnlySpan(tokensOf small.Shape small.Strings small.Seed), gradient) |> ignore

                    Expect.isGreaterThan (gradientError detached small) tolerance $"the check must fail ({gradients})"

            testCase "of two tuples, whose similarity is a rounding error, are those of central differences" <| fun () ->
                // S_01 = 0 up to rounding: the two halves of the matrix of similarities must hold the same bits, or pairs get weights by
                // chance
                for seed in 1UL .. 40UL do
                    let small =
                        { Shape = SlcShape(2, 2, 2, 3, 5)
                          Objective = SlcObjective(EmaRate = Nullable 0.3, Deduplicate = false)
                          Strings = 2
                          Seed = seed }

                    Expect.isLessThan (gradientError (fun _ _ -> ()) small) tolerance $"seed {seed}"

            networkProperty 30 "are the same with one row for equal tuples and with one row a tuple" <| fun small ->
                let gradient deduplicate =
                    // a given margin: a few pairs of nearly equal similarity leave the found one to rounding
                    let objective =
                        copyOf small.Objective small.Objective.EmaRate small.Objective.AttachedTargets deduplicate (Nullable 0.61)
                    let network = SlcNetwork<float>(small.Shape, objective, small.Seed)
                    let gradient = Array.zeroCreate network.Parameters.Length
                    let losses = network.Gradient(ReadOnlySpan(tokensOf small.Shape small.Strings small.Seed), gradient)
                    total objective losses, gradient

                let (l1, g1), (l2, g2) = gradient true, gradient false
                let largest = g1 |> Array.maxBy abs |> abs |> max 1e-6
                Expect.floatClose Accuracy.high l1 l2 "loss"
                // sums over rows in another order: rounding 1e-16, times 1e5 where 1 - O meets its floor
                Expect.isLessThan (Array.fold2 (fun worst a b -> max worst (abs (a - b))) 0.0 g1 g2 / largest) 1e-9 "gradient"

            networkProperty 30 "are the same for a teacher that equals the network and for none" <| fun small ->
                let gradient (ema: Nullable<float>) =
                    let network =
                        SlcNetwork<float>(
                            small.Shape,
                            copyOf small.Objective ema false small.Objective.Deduplicate (Nullable()),
                            small.Seed
                        )
                    let gradient = Array.zeroCreate network.Parameters.Length
                    network.Gradient(ReadOnlySpan(tokensOf small.Shape small.Strings small.Seed), gradient) |> ignore
                    gradient

                gradient (Nullable()) = gradient (Nullable 0.1)
        ]

        testCase "the first sums of every predictor have mean 0 and variance 1 before training, whatever the number of codes" <| fun () ->
            let network = SlcNetwork<float>(SlcShape(3, 3, 5, 40, 100), SlcObjective(), 1UL)

            for m in network.Layout.Modules do
                let weights = m.W1.Of(network.Parameters).ToArray()
                let inputs = weights.Length / 100
                let random = RandomStream(2UL, RandomPurpose.Experiment)
                // one entry of each of the 3 elements is 1
                let sums =
                    [| for _ in 1..200 do
                           let active = [ for i in 0..2 -> i * (inputs / 3) + int (random.NextBelow(uint64 (inputs / 3))) ]
                           for unit in 0..99 -> Seq.sum [ for input in active -> weights[input * 100 + unit] ] |]

                let mean = Array.average sums
                let variance = sums |> Array.averageBy (fun x -> (x - mean) ** 2.0)
                // 15 x 100 independent weights: the variance of uniform ones is known to sqrt(4/5 / 1500) = 0.023
                Expect.isLessThan (abs mean) 0.15 "mean"
                Expect.isLessThan (abs (variance - 1.0)) 0.15 "variance"
    ]
