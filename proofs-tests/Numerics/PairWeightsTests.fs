/// What the contrastive loss computes for pairs, and the softmax of attention, against their references.
module Rhm.ProofsTests.Numerics.PairWeightsTests

open System
open Expecto
open Rhm.Numerics

let private numbers seed count =
    let random = Random(seed: int)
    Array.init count (fun _ -> float32 (2.0 * random.NextDouble() - 1.0))

let private lengths = [ 0; 1; 3; 4; 15; 16; 17; 33; 100 ]

/// A sum of n products in float, in any order, differs from another by at most 2 gamma_(n+1) times the sum of sizes, gamma_k = k u / (1 -
/// k u).
let private sumBound (terms: float32[]) =
    2.0 * float (terms.Length + 1) * 6.0e-8 * (terms |> Array.sumBy (fun term -> float (abs term)))

[<Tests>]
let pairWeights =
    testList "Numerics / PairWeights" [
        testCase "weights and arguments are the bits of the reference" <| fun () ->
            for n in lengths do
                let x, weights = numbers 1 n, numbers 2 n
                let fast, slow = Array.copy x, Array.copy x
                PairWeights.Weigh<float32>(fast, 0.2f, 1.5f, 0.25f)
                PairWeights.Reference.Weigh<float32>(slow, 0.2f, 1.5f, 0.25f)
                Expect.equal fast slow $"{n} weights"
                PairWeights.Arguments<float32>(weights, x, 0.1f, 1.2f, fast)
                Expect.equal fast (Array.map2 (fun w x -> if w > 0.0f then x + 0.1f else 1.2f - x) weights x) $"{n} arguments"
                PairWeights.Reference.Arguments<float32>(weights, x, 0.1f, 1.2f, slow)
                Expect.equal fast slow $"{n} arguments of the reference"

        testCase "sums differ from the reference by rounding; a number left out is noticed" <| fun () ->
            for n in lengths do
                let x, y = numbers 3 n, numbers 4 n
                let excess, products = x |> Array.map (fun x -> max (x - 0.2f) 0.0f), Array.map2 (fun x y -> abs x * y) x y
                let off a b = abs (float (a: float32) - float (b: float32))
                Expect.isLessThanOrEqual
                    (off (PairWeights.ExcessSum<float32>(x, 0.2f)) (PairWeights.Reference.ExcessSum<float32>(x, 0.2f)))
                    (sumBound excess)
                    $"{n} excesses"
                Expect.isLessThanOrEqual
                    (off (PairWeights.AbsoluteDot<float32>(x, y)) (PairWeights.Reference.AbsoluteDot<float32>(x, y)))
                    (sumBound products)
                    $"{n} products"

            let ones = Array.create 40 1.0f
            let short = PairWeights.AbsoluteDot<float32>(ones[..38], ones[..38])
            Expect.isGreaterThan (abs (float short - 40.0)) (sumBound ones) "the bound would see it"
    ]

[<Tests>]
let attentionSoftmax =
    // Scores are within 1, times 3: an argument errs by 3 roundings of at most 6, its exponential by 1.5 more, the sum of n by n, a
    // probability by twice that and 2; the gradient adds a sum of n products and 3 roundings of numbers up to 3.
    let bound n = float (2 * (3 * 6 + 2 + n) + 2) * 6.0e-8
    let gradientBound n = 3.0 * 3.0 * (2.0 * bound n + float (n + 3) * 6.0e-8)

    let worst (fast: float32[]) (slow: float[]) = Array.fold2 (fun worst a b -> max worst (abs (float a - b))) 0.0 fast slow

    testList "Numerics / AttentionSoftmax" [
        for causal in [ false; true ] do
            testCase $"forward and backward are the reference's in double, within rounding (causal {causal})" <| fun () ->
                for n in [ 1; 2; 8; 16; 17; 40 ] do
                    let scores, dp = numbers n (2 * n * n), numbers (n + 1) (2 * n * n)
                    let p, exact = Array.copy scores, Array.map float scores
                    AttentionSoftmax.Forward<float32>(p, 3.0f, n, causal)
                    AttentionSoftmax.Reference.Forward<float>(exact, 3.0, n, causal)
                    Expect.isLessThan (worst p exact) (bound n) $"{n}: probabilities"

                    if causal then
                        for row in 0 .. 2 * n - 1 do
                            Expect.allEqual p[row * n + row % n + 1 .. row * n + n - 1] 0.0f "nothing is seen to the right"

                    let gradient, exactGradient = Array.copy dp, Array.map float dp
                    AttentionSoftmax.Backward<float32>(p, gradient, 3.0f, n)
                    AttentionSoftmax.Reference.Backward<float>(exact, exactGradient, 3.0, n)
                    Expect.isLessThan (worst gradient exactGradient) (gradientBound n) $"{n}: gradient"

        testCase "control: another scale is noticed" <| fun () ->
            let p, exact = numbers 1 64, Array.map float (numbers 1 64)
            AttentionSoftmax.Forward<float32>(p, 3.001f, 8, false)
            AttentionSoftmax.Reference.Forward<float>(exact, 3.0, 8, false)
            Expect.isGreaterThan (worst p exact) (bound 8) "must fail"
    ]
