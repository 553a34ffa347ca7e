module Rhm.ProofsTests.Networks.Transformers.DropoutTests

open System
open Expecto
open Rhm.Networks.Transformers
open Rhm.Networks.Training

[<Tests>]
let tests =
    testList "Networks / Transformers / Dropout" [
        testCase "vectors keep what the reference keeps, about a share 1 - p, and differ from place to place and step to step" <| fun () ->
            let columns, rows = 37, 4000
            let x = Array.create (rows * columns) 1f
            let keep seed step site =
                let y = Array.zeroCreate x.Length
                Dropout(0.3, seed, step, site).Apply<float32>(ReadOnlySpan x, Span y, 5L, columns)
                y

            let y = keep 1UL 2L 3
            let reference = Dropout(0.3, 1UL, 2L, 3)
            for row in 0..20 do
                for column in 0 .. columns - 1 do
                    let expected = if reference.Keeps(5L + int64 row, column, columns) then float32 (1.0 / 0.7) else 0f
                    Expect.equal y[row * columns + column] expected $"{row}, {column}"

            // Hoeffding: a share off by t has probability at most 2 exp(-2 n t^2) = 1e-9
            let bound = sqrt (log 2e9 / (2.0 * float x.Length))
            let kept = y |> Array.sumBy (fun value -> if value = 0f then 0.0 else 1.0)
            Expect.isLessThan (abs (kept / float x.Length - 0.7)) bound "share"

            for other in [ keep 2UL 2L 3; keep 1UL 3L 3; keep 1UL 2L 4 ] do
                let same = Array.fold2 (fun n a b -> if a = b then n + 1.0 else n) 0.0 y other / float x.Length
                Expect.isLessThan (abs (same - (0.7 * 0.7 + 0.3 * 0.3))) bound "independent"

        testCase "no two places of an encoder drop alike" <| fun () ->
            let dropout = TransformerDropout(0.5, 1UL, 2L)

            let places =
                [ "embeddings", dropout.Embeddings
                  for layer in 0..2 do
                      $"attention {layer}", dropout.Attention layer
                      $"mixed {layer}", dropout.Mixed layer
                      $"feed-forward {layer}", dropout.FeedForward layer ]

            let kept = [ for name, place in places -> name, [ for column in 0..199 -> place.Keeps(3L, column, 200) ] ]

            for (first, a), (second, b) in Seq.pairwise kept |> Seq.append (Seq.allPairs kept kept) do
                if first <> second then
                    let same = List.map2 (=) a b |> List.filter id |> List.length
                    // of 200 fair coins, fewer than 50 or more than 150 fall alike with probability below 2 exp(-2 x 200 / 16) = 3e-11
                    Expect.isTrue (abs (same - 100) < 50) $"{first} and {second}: {same} of 200 alike"
    ]
