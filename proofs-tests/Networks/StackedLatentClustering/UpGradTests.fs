module Rhm.ProofsTests.Networks.StackedLatentClustering.UpGradTests

open System
open Expecto
open FsCheck
open Rhm.Networks.StackedLatentClustering
open Rhm.Randomness
open Rhm.ProofsTests.Generators
open Rhm.ProofsTests.SlcNetworks

let private gramOf (random: RandomStream) n dimension =
    let g = Array.init n (fun _ -> Array.init dimension (fun _ -> random.NextGaussian()))
    Array2D.init n n (fun i j -> Array.fold2 (fun sum a b -> sum + a * b) 0.0 g[i] g[j])

[<Tests>]
let tests =
    testList "Networks / StackedLatentClustering / UpGrad" [
        property "projections satisfy the optimality conditions of the dual cone" <| fun (seed: uint16) (size: PositiveInt) ->
            let random = RandomStream(uint64 seed, RandomPurpose.Experiment)
            let n = 1 + size.Get % 6
            let gram = gramOf random n (n + 4)
            let scale = Seq.max [ for k in 0 .. n - 1 -> gram[k, k] ]

            for i in 0 .. n - 1 do
                let w = UpGrad.Project(gram, i)
                let e = Array.init n (fun k -> if k = i then 1.0 else 0.0)
                let slopes = [| for k in 0 .. n - 1 -> Seq.sum [ for j in 0 .. n - 1 -> gram[k, j] * w[j] ] |]
                Expect.isTrue (Array.forall2 (fun a b -> a >= b) w e) "feasible: w >= e_i"
                Expect.isGreaterThan (Array.min slopes) (-1e-9 * scale) "no loss increases along the projection: G w >= 0"
                let gap = Array.fold2 (fun sum a b -> sum + a * b) 0.0 (Array.map2 (-) w e) slopes
                Expect.isLessThan (abs gap) (1e-9 * scale * Array.sum w) "complementary: (w - e_i) G w = 0"

        testCase "gradients that do not conflict are averaged" <| fun () ->
            Expect.equal (UpGrad.Weights(array2D [ [ 2.0; 0.5 ]; [ 0.5; 1.0 ] ])) [| 0.5; 0.5 |] "the mean"

        testCase "opposed gradients give no step" <| fun () ->
            Expect.equal (UpGrad.Project(array2D [ [ 1.0; -1.0 ]; [ -1.0; 1.0 ] ], 0)) [| 1.0; 1.0 |] "g1 + g2 = 0"

        for name, attached, clustering in [ "", false, 1.0; ", and of prediction losses alone that also reach their targets", true, 0.0 ] do
            testCase $"with the local rule it is the mean of the losses' gradients{name}" <| fun () ->
                let gradient combination =
                    let objective =
                        SlcObjective(
                            Combination = combination,
                            EmaRate = (if attached then Nullable() else Nullable 0.5),
                            AttachedTargets = attached,
                            ClusteringWeight = clustering
                        )
                    let network = SlcNetwork<float>(SlcShape(3, 2, 4, 5, 6), objective, 3UL)
                    let gradient = Array.zeroCreate network.Parameters.Length
                    network.Gradient(ReadOnlySpan(tokensOf network.Shape 4 1UL), gradient) |> ignore
                    gradient

                // four losses, of which no two share a parameter
                Array.iter2
                    (fun a b -> Expect.floatClose Accuracy.veryHigh (4.0 * a) b "entry")
                    (gradient SlcCombination.UpGrad)
                    (gradient SlcCombination.Sum)
    ]
