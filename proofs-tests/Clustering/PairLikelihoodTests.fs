module Rhm.ProofsTests.Clustering.PairLikelihoodTests

open System
open Expecto
open Rhm.Clustering
open Rhm.Randomness

let private matrix n (entries: (int * int * float) list) =
    let part choose = entries |> List.sort |> List.map choose |> Array.ofList
    SparseMatrix.FromEntries(n, n, part (fun (i, _, _) -> i), part (fun (_, j, _) -> j), part (fun (_, _, x) -> x))

/// Counts of pairs of n points in two groups, even and odd: a pair of the group law q(a, b) occurs `pairs` times.
let private drawn n pairs (law: float[,]) seed =
    let random = RandomStream(seed, RandomPurpose.Experiment)
    let member' a = 2 * int (random.NextBelow(uint64 (n / 2))) + a
    let draw () =
        let u = random.NextDouble()
        if u < law[0, 0] then 0, 0
        elif u < law[0, 0] + law[0, 1] then 0, 1
        elif u < law[0, 0] + law[0, 1] + law[1, 0] then 1, 0
        else 1, 1
    [ for _ in 1..pairs -> let a, b = draw () in member' a, member' b ]
    |> List.countBy id
    |> List.map (fun ((i, j), count) -> i, j, float count)
    |> matrix n

[<Tests>]
let tests =
    testList "Clustering / PairLikelihood" [
        testCase "the likelihood ratio is N times the mutual information of the table of labels" <| fun () ->
            // Four points with labels 0, 0, 1, 1: the table [[3, 1], [5, 1]] has rows 4, 6, columns 8, 2, which differ, and N = 10.
            let counts = matrix 4 [ 0, 1, 2.0; 1, 0, 1.0; 0, 3, 1.0; 2, 0, 4.0; 3, 1, 1.0; 2, 3, 1.0 ]
            let expected =
                3.0 * log (30.0 / 32.0) + 1.0 * log (10.0 / 8.0) + 5.0 * log (50.0 / 48.0) + 1.0 * log (10.0 / 12.0)
            let likelihood = PairLikelihood([| counts |])
            Expect.floatClose Accuracy.high (likelihood.LogLikelihood([| 0; 0; 1; 1 |], 2)) expected "by hand"
            let twice = PairLikelihood([| counts; counts |])
            Expect.floatClose Accuracy.high (twice.LogLikelihood([| 0; 0; 1; 1 |], 2)) (2.0 * expected) "kinds of pairs add up"
            Expect.floatClose Accuracy.high (likelihood.LogLikelihood([| 0; 0; 0; 0 |], 1)) 0.0 "one label says nothing"

        testCase "bounds of noise and lengths of description are the formulas" <| fun () ->
            let likelihood = PairLikelihood([| matrix 4 [ 0, 1, 7.0; 2, 3, 13.0 ]; matrix 4 [ 1, 2, 5.0 ] |])
            // B = 2, k = 3: 8 degrees of freedom; t = 4 ln 3 + ln 10^6.
            let t = 4.0 * log 3.0 + log 1e6
            Expect.floatClose Accuracy.high (likelihood.NullBound 3) (4.0 + sqrt (8.0 * t) + t) "noise"
            let length = 4.0 * log 3.0 + 0.5 * 4.0 * (log 20.0 + log 5.0)
            Expect.floatClose Accuracy.high (likelihood.DescriptionLength 3) length "description"

        testCase "labels are mended where the counts tell, also where the two sides have other laws" <| fun () ->
            let symmetric, other = array2D [ [ 0.4; 0.1 ]; [ 0.1; 0.4 ] ], array2D [ [ 0.05; 0.45 ]; [ 0.3; 0.2 ] ]
            for name, law in [ "symmetric", symmetric; "asymmetric", other ] do
                let n = 40
                let counts = drawn n 4000 law 3UL
                let likelihood = PairLikelihood([| counts |])
                // A quarter of the points begin with the other label.
                let start = [| for i in 0 .. n - 1 -> if i % 8 < 2 then 1 - i % 2 else i % 2 |]
                let refined = likelihood.Refine(start, 2)
                let right = Seq.sum [ for i in 0 .. n - 1 -> if refined[i] = i % 2 then 1 else 0 ]
                Expect.equal (max right (n - right)) n $"{name}: all points"
                let before, after = likelihood.LogLikelihood(start, 2), likelihood.LogLikelihood(refined, 2)
                Expect.isGreaterThan after before $"{name}: likelier than the start"

        testCase "labels of independent points stay below the bound of noise, those of groups are above" <| fun () ->
            let random = RandomStream(5UL, RandomPurpose.Experiment)
            let n, k = 40, 2
            let best law =
                let likelihood = PairLikelihood([| drawn n 4000 law 9UL |])
                let start () = Array.init n (fun _ -> int (random.NextBelow(uint64 k)))
                List.max [ for _ in 1..10 -> likelihood.LogLikelihood(likelihood.Refine(start (), k), k) ], likelihood.NullBound k
            let noise, bound = best (array2D [ [ 0.25; 0.25 ]; [ 0.25; 0.25 ] ])
            let signal, _ = best (array2D [ [ 0.4; 0.1 ]; [ 0.1; 0.4 ] ])
            Expect.isLessThan noise bound "noise"
            Expect.isGreaterThan signal bound "groups"
    ]
