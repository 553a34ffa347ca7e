module Rhm.ProofsTests.Clustering.SplitMergeTests

open Expecto
open Rhm.Clustering
open Rhm.Randomness

let private random seed = RandomStream(seed, RandomPurpose.Experiment)

[<Tests>]
let tests =
    testList "Clustering / SplitMerge" [
        testCase "two groups in one cluster and one in two are put right, what is right stays" <| fun () ->
            let random = random 43UL
            let k, each, d = 9, 20, 12
            let points =
                [| for i in 0 .. k * each - 1 do
                       for a in 0 .. d - 1 do
                           (if a = i / each then 10.0 else 0.0) + random.NextGaussian() |]
            let right = Array.init (k * each) (fun i -> i / each)
            let wrong = right |> Array.mapi (fun i c -> if c = 1 then 0 elif c = 5 && i % 2 = 0 then 1 else c)
            let partition labels =
                labels |> Array.mapi (fun i c -> c, i) |> Array.groupBy fst |> Array.map (snd >> Array.map snd >> set) |> set
            Expect.notEqual (partition wrong) (partition right) "the start is wrong"
            Expect.equal (partition (SplitMerge.Improve(points, d, wrong, k))) (partition right) "repaired"
            Expect.equal (SplitMerge.Improve(points, d, right, k)) right "kept"
    ]
