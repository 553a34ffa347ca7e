module Rhm.ProofsTests.Population.BeliefPropagationBatchTests

open System
open Expecto
open Rhm.Claims
open Rhm.Grammars
open Rhm.Population
open Rhm.Randomness
open Rhm.Strings
open Rhm.ProofsTests.Refusals

let private draw (grammar: Grammar) count share =
    let sampler = StringSampler(grammar, 5UL, int64 count)
    let group = sampler.CreateGroup()
    use reader = sampler.OpenReader()
    reader.Read(0L, group)
    let random = RandomStream(3UL, RandomPurpose.Training)

    [| for lane in 0 .. count - 1 ->
           [| for i in 0 .. grammar.Shape.TokenCount - 1 ->
                  if random.NextDouble() < share then -1 else int (group.Level(0)[i * StringGroup.Lanes + lane]) |] |]

/// Posteriors of every level, predictions and the log-probability of each string of a batch.
let private batch (grammar: Grammar) (strings: int[][]) =
    let shape, count = grammar.Shape, strings.Length
    let together = BeliefPropagationBatch grammar
    together.Observe(ReadOnlySpan(Array.concat strings), 0)

    let rows (fill: float[] -> unit) size =
        let laws = Array.zeroCreate (count * size)
        fill laws
        Array.chunkBySize size laws

    let levels =
        [ for level in 0 .. shape.Depth ->
              rows (fun laws -> together.CopyPosteriors(level, Span laws)) (shape.NodeCount level * shape.SymbolCount level) ]

    let predictions = rows (fun laws -> together.CopyPredictions(Span laws)) (shape.TokenCount * shape.Vocabulary)
    let logarithms = rows (fun logs -> together.CopyLogProbabilities(Span logs)) 1
    [ for i in 0 .. count - 1 -> [ for level in levels -> level[i] ], predictions[i], logarithms[i][0] ]

let private single (grammar: Grammar) (tokens: int[]) =
    let shape, alone = grammar.Shape, BeliefPropagation grammar
    alone.Observe tokens

    [ for level in 0 .. shape.Depth -> Array.concat [ for node in 0 .. shape.NodeCount level - 1 -> alone.Posterior(level, node) ] ],
    Array.concat [ for i in 0 .. shape.TokenCount - 1 -> alone.Prediction i ],
    alone.LogProbability

let private equalsSingle grammar (strings: int[][]) =
    for (levels, predictions, logarithm), tokens in Seq.zip (batch grammar strings) strings do
        let expected, expectedPredictions, expectedLogarithm = single grammar tokens
        Expect.isLessThan (abs (logarithm - expectedLogarithm)) (1e-12 * (1.0 + abs expectedLogarithm)) "log-probability"

        for p, q in Seq.zip (Array.concat (predictions :: levels)) (Array.concat (expectedPredictions :: expected)) do
            Expect.isLessThan (abs (p - q)) 1e-11 "posterior or prediction"

[<Tests>]
let tests =
    testList "Population / BeliefPropagationBatch" [
        for shape, zipf in
            [ GrammarShape(3, 2, 5, 3), 0.0
              GrammarShape(3, 3, 6, 4, 2), 1.5
              GrammarShape(2, 4, 3, 2, 7), 0.0
              GrammarShape(1, 2, 4, 1), 0.0
              GrammarShape(7, 2, 8, 4), 0.7 ] do
            testCase $"four strings at once give what each gives alone: {shape}, Zipf exponent {zipf}" <| fun () ->
                let grammar = Grammar.Draw(shape, 2UL, zipf)

                for share in [ 0.0; 0.4; 0.9; 1.0 ] do
                    equalsSingle grammar (draw grammar 4 share)

        testCase "probabilities further apart than a double holds do not underflow" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(4, 2, 4, 2), 3UL, 200.0)
            let rare = Array.create 5 [| 1 |]

            for level in 3..-1..0 do
                rare[level] <- rare[level + 1] |> Array.collect (fun a -> grammar.Rule(level, 2 * a + 1).ToArray() |> Array.map int)

            let hidden = rare[0] |> Array.mapi (fun i x -> if i % 3 = 0 then -1 else x)
            equalsSingle grammar (Array.append (draw grammar 2 0.3) [| rare[0]; hidden |])

        testCase "a string's bits do not depend on the others of its batch" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(4, 2, 6, 3), 2UL)
            let strings = draw grammar 4 0.5
            let all = batch grammar strings
            Expect.equal (batch grammar strings[0..0] @ batch grammar strings[1..3]) all "in batches of one and three"
            Expect.equal (batch grammar (Array.rev strings) |> List.rev) all "in another lane"

        testCase "a string that no derivation produces is refused, whatever its lane" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(3, 2, 4, 2), 1UL)
            let strings = draw grammar 4 0.0
            let legal = Derivations.all grammar |> List.map (fun d -> d[0]) |> set
            let illegal = Seq.initInfinite (fun i -> [| for k in 0..7 -> (i >>> (2 * k)) &&& 3 |]) |> Seq.find (legal.Contains >> not)

            for lane in 0..3 do
                refuses "no derivation produces this string" (fun () -> batch grammar (Array.updateAt lane illegal strings) |> ignore)

            refuses "token 2 is 4" (fun () -> batch grammar [| Array.updateAt 2 4 strings[0] |] |> ignore)
    ]
