module Rhm.ProofsTests.Clustering.KMeansTests

open System
open Expecto
open Rhm.Clustering
open Rhm.Randomness
open Rhm.ProofsTests.Generators

[<Tests>]
let tests =
    testList "Clustering / KMeans" [
        testCase "k-means finds clusters that are far apart, and its inertia is that of its labels" <| fun () ->
            let random = RandomStream(1UL, RandomPurpose.Experiment)
            let n, d, k = 200, 5, 8
            let points =
                [| for i in 0 .. n - 1 do
                       for a in 0 .. d - 1 -> (if a = i % k % d then 10.0 * float (1 + i % k / d) else 0.0) + 0.1 * random.NextGaussian() |]
            let found = KMeans.Cluster(points, d, k, 10, 1UL)
            Expect.equal (Seq.length (Seq.distinct [ for i in 0 .. n - 1 -> i % k, found.Labels[i] ])) k "one label a cluster"

            let direct =
                Seq.sum
                    [ for c in 0 .. k - 1 ->
                          let members = [ for i in 0 .. n - 1 do if found.Labels[i] = c then points[i * d .. i * d + d - 1] ]
                          let mean = [| for a in 0 .. d - 1 -> members |> List.averageBy (fun x -> x[a]) |]
                          members |> List.sumBy (fun x -> Array.sum (Array.map2 (fun p q -> (p - q) * (p - q)) x mean)) ]

            // Inertia is formed from inner products of size |x|^2 n: rounding 2^-53 |x|^2 n^2 at most.
            Expect.isLessThan (abs (found.Inertia - direct)) (400.0 * float (n * n) * 1.2e-16) "the same sum"

        testCase "equal points leave no cluster empty and threads change nothing" <| fun () ->
            let points = [| for i in 0..99 -> float (i % 3) |]
            let one = KMeans.Cluster(points, 1, 5, 20, 1UL, 1)
            Expect.equal (Seq.length (Seq.distinct one.Labels)) 5 "five clusters of three values"
            Expect.equal (KMeans.Cluster(points, 1, 5, 20, 1UL, 3).Labels) one.Labels "any number of threads"

        property "k-means labels and inertia are those of the reference, bit by bit" <| fun (seed: uint16) ->
            let random = RandomStream(uint64 seed, RandomPurpose.Experiment)
            let below n = int (random.NextBelow(uint64 n))
            let k, d = 1 + below 20, 1 + below 12
            let n = k + 1 + below 70
            // Whole numbers have ties, equal points and empty clusters; others need every rounding to be the same.
            let whole = below 2 = 0
            let points = Array.init (n * d) (fun _ -> if whole then float (below 3) else random.NextGaussian())
            let restarts, iterations, largestGram = 1 + below 4, 1 + below 30, (if below 3 = 0 then 0 else n)
            let plain = KMeans.Reference.Cluster(points, d, k, restarts, uint64 seed, iterations, largestGram)
            let fast = KMeans.Cluster(points, d, k, restarts, uint64 seed, 1 + below 3, iterations, largestGram)
            fast.Labels = plain.Labels && BitConverter.DoubleToInt64Bits fast.Inertia = BitConverter.DoubleToInt64Bits plain.Inertia

        testCase "an empty cluster takes the point farthest from its centre, as in the reference" <| fun () ->
            // Few points in the plane with whole coordinates: many ties, by which clusters lose all their points.
            for seed in 0UL .. 4999UL do
                let random = RandomStream(seed, RandomPurpose.Experiment)
                let k = 3 + int (random.NextBelow 4UL)
                let points = Array.init (2 * (k + 2 + int (random.NextBelow 8UL))) (fun _ -> float (random.NextBelow 5UL))
                let plain = KMeans.Reference.Cluster(points, 2, k, 1, seed, 30, 4096)
                let fast = KMeans.Cluster(points, 2, k, 1, seed)
                Expect.equal fast.Labels plain.Labels $"labels of seed {seed}"

        testCase "fewer points than clusters: each is its own" <| fun () ->
            Expect.equal (KMeans.Cluster([| 1.0; 2.0; 3.0 |], 1, 5, 3, 1UL).Labels) [| 0; 1; 2 |] "three clusters"
    ]
