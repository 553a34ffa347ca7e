module Rhm.ProofsTests.Numerics.AdamWTests

open System
open Expecto
open Rhm.Numerics
open Rhm.ProofsTests
open Rhm.ProofsTests.Elementwise
open Rhm.ProofsTests.Numbers
open Rhm.ProofsTests.Refusals

/// Gradients of step t of the golden run: of one sign for each parameter, so that no sum cancels and relative bounds hold.
let private goldenGradients t =
    Array.init 8 (fun i -> (if i % 2 = 0 then 1.0 else -1.0) * (0.1 + 0.05 * float i) * (1.0 + 0.25 * float ((t * (i + 3)) % 7)) |> float32)

let private run (options: AdamW) steps (stepOnce: AdamW -> float32[] -> float32[] -> float32[] -> float32[] -> int -> unit) =
    let w = [| 0.5f; -1.25f; 2.0f; 0.0f; -0.03125f; 3.5f; -0.75f; 1.0f |]
    let m, v = blank 8, blank 8

    for t in 1..steps do
        stepOnce options w (goldenGradients t) m v t

    w, m, v

/// m and v have relative error gamma_(3t), the change of step t gamma_(5t+8), each step's decay two roundings of w; |change| <= 1.2 lr
/// here, since m-hat / sqrt(v-hat) of gradients within a factor 2.5 of each other stays below 1.2.
let private goldenBound (options: AdamW) steps (w: float) =
    let changes = Seq.sumBy (fun t -> gammaOf (5.0 * float t + 8.0) * 1.2 * options.LearningRate) (seq { 1..steps })
    changes
    + gammaOf (2.0 * float steps)
      * (abs w + 1.2 * options.LearningRate * float steps)
      * (1.0 + options.LearningRate * options.WeightDecay)

type PyTorchRun =
    { options: float list
      steps: int
      weights: float list }

/// No options are the defaults.
let private optionsOf run =
    match run.options with
    | [ rate; beta1; beta2; epsilon; decay ] -> AdamW(rate, beta1, beta2, epsilon, decay)
    | _ -> AdamW()

let private outsideGolden stepOnce =
    Golden.read<PyTorchRun list> "adamw.json" "runs"
    |> Seq.tryPick (fun golden ->
        let options, steps, weights = optionsOf golden, golden.steps, golden.weights
        let w, _, _ = run options steps stepOnce
        Seq.zip w weights
        |> Seq.tryPick (fun (x, y) -> if abs (float x - y) <= goldenBound options steps y then None else Some(options, steps, x, y)))

[<Tests>]
let tests =
    testList "Numerics / AdamW" [
        testCase "PyTorch's weights after one and ten steps" <| fun () ->
            Expect.isNone (outsideGolden (fun o w (g: float32[]) m v t -> o.Step(w, g, m, v, t))) "(options, steps, weight, PyTorch's)"

        for name, wrong in
            [ "no bias correction",
              (fun (o: AdamW) (w: float32[]) (g: float32[]) (m: float32[]) (v: float32[]) (_: int) -> o.Step(w, g, m, v, 100_000))
              "decay added to the gradient",
              (fun o w g m v t ->
                  let coupled = AdamW(o.LearningRate, o.Beta1, o.Beta2, o.Epsilon, 0.0)
                  let g = Array.map2 (fun g w -> g + float32 o.WeightDecay * w) g w
                  coupled.Step(w, g, m, v, t))
              "epsilon inside the root",
              (fun o w g m v t ->
                  let inside = AdamW(o.LearningRate, o.Beta1, o.Beta2, sqrt o.Epsilon, o.WeightDecay)
                  inside.Step(w, g, m, v, t)) ] do
            testCase $"control: {name} is noticed" <| fun () -> Expect.isSome (outsideGolden wrong) name

        testCase "the same bits as the reference, whatever the length and threads" <| fun () ->
            for n in [ 0; 1; 3; 15; 16; 17; 31; 33; 997; 9001 ] do
                for threads in [ 1; 2; 3; 4 ] do
                    let random = Random n
                    let w, g, m, v = numbers random n, numbers random n, numbers random n, Array.map abs (numbers random n)
                    let w1, m1, v1 = Array.copy w, Array.copy m, Array.copy v
                    let options = AdamW(3e-3, WeightDecay = 1e-3)

                    for t in 1..3 do
                        options.Step(w, g, m, v, t, threads)
                        options.StepReference(w1, g, m1, v1, t)

                    Expect.isNone (firstDifference w w1) $"weights of {n} on {threads} threads"
                    Expect.isNone (firstDifference m m1) $"first moments of {n}"
                    Expect.isNone (firstDifference v v1) $"second moments of {n}"

        testCase "what does not fit is refused" <| fun () ->
            let x = blank 4
            refuses "gradients holds 3 numbers, not 1 x 4" (fun () -> AdamW().Step(x, x[..2], x, x, 1))
            refuses "step 0 must be at least 1" (fun () -> AdamW().Step(x, x, x, x, 0))
    ]
