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
    ]
