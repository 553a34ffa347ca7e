module Rhm.ProofsTests.Networks.Transformers.TransformerEncoderTests

open System
open Expecto
open Rhm.Networks.Transformers
open Rhm.Randomness
open Rhm.ProofsTests.Refusals

[<Tests>]
let tests =
    let shape = TransformerShape(4, 6, 12, 3, 2, 10)

    let tokens seed strings =
        let random = RandomStream(seed, RandomPurpose.Experiment)
        Array.init (strings * shape.Length) (fun _ -> uint16 (random.NextBelow(uint64 shape.Symbols)))

    let all (states: HiddenStates) = [ yield! states.Layers; states.Final ]

    testList "Networks / Transformers / TransformerEncoder" [
        testCase "the states of float are those of double" <| fun () ->
            for causal in [ false; true ] do
                let single = TransformerEncoder(shape, 3UL, causal)
                let tokens = tokens 1UL 50
                let states = single.Forward(ReadOnlyMemory tokens)
                let pass = EncoderPass<float>(TransformerLayout shape, 50, causal, false)
                let doubles = Array.init (shape.Layers + 1) (fun _ -> [||])
                let parameters = Array.map float single.Parameters
                let keep = EncoderPass<float>.OnLayer(fun layer hidden -> doubles[layer] <- hidden.ToArray())
                let last = pass.Forward(parameters, ReadOnlySpan tokens, ReadOnlySpan(), 0, TransformerDropout.None, keep)
                Expect.equal (last.ToArray()) doubles[shape.Layers] "the last state"

                for layer in 0 .. shape.Layers do
                    // a few hundred roundings of 2^-24, on numbers of size 1 to 5, divided by deviations of rows near 1
                    Array.iter2
                        (fun (a: float32) b -> Expect.isLessThan (abs (float a - b)) 1e-4 $"layer {layer}")
                        states.Layers[layer]
                        doubles[layer]

        testCase "a string's states depend neither on the strings beside it nor on the threads" <| fun () ->
            let encoder = TransformerEncoder(shape, 3UL)
            let tokens = tokens 2UL 200
            let whole, threaded = encoder.Forward(ReadOnlyMemory tokens), encoder.Forward(ReadOnlyMemory tokens, 3)
            let alone = encoder.Forward(ReadOnlyMemory(tokens, 150 * shape.Length, shape.Length))
            let size = shape.Length * shape.Width

            for w, t, a in List.zip3 (all whole) (all threaded) (all alone) do
                Expect.equal t w "threads"
                Expect.equal a w[150 * size .. 151 * size - 1] "alone"

        testCase "with a causal mask a position's states depend on what is left of it only; without, on all" <| fun () ->
            for causal in [ true; false ] do
                let encoder = TransformerEncoder(shape, 3UL, causal)
                let before = tokens 4UL 1
                let after = Array.copy before
                after[4] <- (before[4] + 1us) % uint16 shape.Vocabulary
                let left (states: HiddenStates) = states.Final[.. 4 * shape.Width - 1]
                let a, b = encoder.Forward(ReadOnlyMemory before), encoder.Forward(ReadOnlyMemory after)
                Expect.equal (left a = left b) causal $"left of the change, causal = {causal}"
                Expect.notEqual a.Final[5 * shape.Width ..] b.Final[5 * shape.Width ..] "right of the change"

        testCase "what does not fit is refused" <| fun () ->
            refuses "17 symbols" (fun () -> TransformerEncoder(shape, 1UL).Forward(ReadOnlyMemory(Array.zeroCreate 17)) |> ignore)
            refuses "symbol 6 has no embedding" (fun () ->
                TransformerEncoder(shape, 1UL).Forward(ReadOnlyMemory(Array.create 6 6us)) |> ignore)
            refuses "no tensor" (fun () -> TransformerEncoder(shape, 1UL).Tensor("none").Length |> ignore)
            refuses "not a multiple of the number of heads = 5" (fun () -> TransformerShape(4, 8, 12, 5, 2) |> ignore)
            refuses "string length T = 1" (fun () -> TransformerShape(4, 1, 12, 3, 2) |> ignore)
            refuses "layers = 0" (fun () -> TransformerShape(4, 8, 12, 3, 0) |> ignore)
            refuses "weights" (fun () -> TransformerShape(4, 8, 65536, 1, 1000) |> ignore)
            refuses "numbers of attention" (fun () -> TransformerShape(4, 4096, 1024, 1024, 1) |> ignore)
    ]
