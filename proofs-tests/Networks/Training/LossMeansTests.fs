module Rhm.ProofsTests.Networks.Training.LossMeansTests

open System
open Expecto
open FsCheck
open Rhm.Networks.Training

[<Tests>]
let tests =
    testList "Networks / Training / LossMeans" [
        testProperty "losses of a training curve are means since its last point, interrupted or not"
        <| fun (NonEmptyArray steps: NonEmptyArray<int16 * int16>) (cut: PositiveInt) ->
            let add (losses: LossMeans) part = for a: int16, b: int16 in part do losses.Add(ReadOnlySpan [| float a; float b |])
            let before, after = Array.splitAt (cut.Get % steps.Length) steps
            let first = LossMeans()
            add first [| 1s, 2s |]
            first.Take() |> ignore
            add first before
            let second = LossMeans()
            second.Load(Text.Json.JsonSerializer.Deserialize<float[]>(first.Save()) |> nonNull)
            add second after
            let mean part = Array.averageBy (part >> float) steps
            let means = second.Take()
            Expect.isLessThan (abs (means[0] - mean fst) + abs (means[1] - mean snd)) 1e-9 "means"

        testCase "all orders of an epoch are equally likely (false alarm at most 1e-9), and a batch may hold all strings" <| fun () ->
            let orders = [ for seed in 1UL .. 6000UL -> Array.toList (EpochOrder(3L, 3, seed).BatchOf(0L).ToArray()) ]
            let counts = List.countBy id orders
            let chiSquare = counts |> List.sumBy (fun (_, count) -> (float count - 1000.0) ** 2.0 / 1000.0)
            Expect.hasLength counts 6 "orders"
            Expect.isLessThan chiSquare (Rhm.Statistics.Interval.ChiSquareBound(5.0, 1e-9)) "asymptotic, 1000 expected"
            Bounds.RequireTraining(100, Nullable 100L, 1L, 0, 1e-3, 0.0, 1)
            Rhm.ProofsTests.Refusals.refuses "exceeds the number of strings" (fun () ->
                Bounds.RequireTraining(101, Nullable 100L, 1L, 0, 1e-3, 0.0, 1))
    ]
