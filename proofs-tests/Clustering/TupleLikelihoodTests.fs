module Rhm.ProofsTests.Clustering.TupleLikelihoodTests

open System.Threading
open Expecto
open MathNet.Numerics
open Rhm.Clustering
open Rhm.Randomness

let private random seed = RandomStream(seed, RandomPurpose.Experiment)

/// Tuples of s of n points, k groups of equal size: the labels of a tuple are one of some legal ones, uniformly.
let private planted s k groupSize legal count seed =
    let random = random seed
    let draw n = int (random.NextBelow(uint64 n))
    let rules = Array.init legal (fun _ -> Array.init s (fun _ -> draw k))
    let labels = Array.init (k * groupSize) (fun t -> t % k)
    let tuples = [| for _ in 1..count do
                        let rule = rules[draw legal]
                        for i in 0 .. s - 1 do rule[i] + k * draw groupSize |]
    tuples, labels

/// The evidence written out: Dirichlet-multinomial of all k^s cells, less the independent law that fits best.
let private evidence s k (tuples: int[]) (labels: int[]) =
    let concentration = 0.3
    let rows = tuples |> Array.chunkBySize s |> Array.map (Array.map (fun t -> labels[t]))
    let count = float rows.Length
    let cells = float (pown k s)
    let gamma x = SpecialFunctions.GammaLn x
    let joint = rows |> Array.countBy List.ofArray |> Array.sumBy (fun (_, n) -> gamma (float n + concentration) - gamma concentration)
    let marginals =
        [ for i in 0 .. s - 1 do
              for _, n in Array.countBy id [| for row in rows -> row[i] |] -> float n * log (float n / count) ]
    gamma (concentration * cells) - gamma (count + concentration * cells) + joint - List.sum marginals

/// How many points are right under the best matching of names.
let private right k (truth: int[]) (labels: int[]) =
    let confusion = Array2D.zeroCreate k k
    Array.iter2 (fun a b -> confusion[a, b] <- confusion[a, b] + 1L) truth labels
    let struct (_, total) = LabelMatching.BestOneToOne confusion
    int total

[<Tests>]
let likelihood =
    testList "Clustering / TupleLikelihood" [
        testCase "the evidence is the Dirichlet-multinomial one, also where a point stands twice in a tuple" <| fun () ->
            for s, k, seed in [ 2, 3, 1UL; 3, 4, 2UL; 4, 2, 3UL ] do
                let tuples, labels = planted s k 2 5 60 seed
                let likelihood = TupleLikelihood(tuples, s, labels.Length)
                Expect.exists (Array.chunkBySize s tuples) (fun row -> Array.distinct row <> row) "a point twice"

                for labels in [ labels; Array.rev labels; Array.map (fun _ -> 0) labels ] do
                    Expect.floatClose Accuracy.high (likelihood.Evidence(labels, k)) (evidence s k tuples labels) $"s={s} k={k}"

        testCase "finds planted labels from wrong ones, and keeps count: its evidence is that of its labels" <| fun () ->
            for s, k, size, legal, count, seed in [ 3, 4, 6, 12, 400, 4UL; 2, 5, 6, 12, 700, 5UL; 4, 3, 4, 10, 200, 6UL ] do
                let tuples, truth = planted s k size legal count seed
                let likelihood = TupleLikelihood(tuples, s, truth.Length)
                let random = random (seed + 100UL)
                let start = truth |> Array.map (fun label -> if random.NextDouble() < 0.6 then label else int (random.NextBelow(uint64 k)))
                let struct (labels, found, _) = likelihood.Sample(start, k, random, CancellationToken.None)
                Expect.floatClose Accuracy.high found (likelihood.Evidence(labels, k)) "counts"
                Expect.isGreaterThanOrEqual found (likelihood.Evidence(truth, k) - 1e-9) "no worse than the planted labels"
                // In pairs, labels with the same few partners cannot be told apart.
                if s > 2 then Expect.equal (right k truth labels) truth.Length $"s={s} k={k}"
                Expect.isLessThan (right k truth start) truth.Length "the start was wrong"

        testCase "two groups in one label and one in two are put right" <| fun () ->
            let tuples, truth = planted 3 5 8 30 900 9UL
            let likelihood = TupleLikelihood(tuples, 3, truth.Length)
            let wrong = truth |> Array.mapi (fun t label -> if label = 1 then 0 elif label = 3 && t / 5 % 2 = 0 then 1 else label)
            let struct (labels, _, _) = likelihood.Sample(wrong, 5, random 1UL, CancellationToken.None)
            Expect.equal (right 5 truth labels) truth.Length "repaired"

        testCase "the same random numbers give the same labels, and independent points have no evidence" <| fun () ->
            let tuples, truth = planted 3 4 6 12 300 4UL
            let sample (tuples: int[]) = TupleLikelihood(tuples, 3, truth.Length).Sample(truth, 4, random 8UL, CancellationToken.None)
            let struct (labels, found, _) = sample tuples
            let struct (again, same, atOnce) = sample tuples
            Expect.equal again labels "labels"
            Expect.equal same found "evidence"
            let shuffle = random 12UL
            let independent = Array.init tuples.Length (fun _ -> int (shuffle.NextBelow(uint64 truth.Length)))
            Expect.isTrue atOnce "from the planted labels nothing else is found"
            let struct (_, nothing, _) = sample independent
            // 24 points in 4 labels: 33 nats name them.
            Expect.isLessThan nothing (float truth.Length * log 4.0) "negative control"
            Expect.isGreaterThan found (float truth.Length * log 4.0) "planted"
    ]
