module Rhm.ProofsTests.Networks.StackedLatentClustering.SlcRunTests

open System
open Expecto
open Rhm.Grammars
open Rhm.Networks.StackedLatentClustering
open Rhm.Networks.Training
open Rhm.Strings
open Rhm.ProofsTests.Folders
open Rhm.ProofsTests.SlcNetworks

[<Tests>]
let tests =
    testList "Networks / StackedLatentClustering / SlcRun" [
        testCase "an interrupted training goes on to the same bits and the same curve" <| fun () ->
            let losses =
                Seq.map (fun (point: SlcCurvePoint) -> point.Step, point.Losses |> Option.ofObj |> Option.map _.Prediction) >> Seq.toList
            inFile (fun path ->
                let whole = small 20L 3e-3
                let curve = SlcRun.Train(whole, null, 0UL, 4) |> losses
                Expect.equal (List.map fst curve) [ 0L; 5L; 10L; 15L; 20L ] "points"
                let points = ResizeArray<_>()
                use stop = new Threading.CancellationTokenSource()
                let first = small 20L 3e-3
                Expect.throwsT<OperationCanceledException>
                    (fun () ->
                        SlcRun.Train(
                            first,
                            null,
                            0UL,
                            4,
                            path,
                            Action<_> points.Add,
                            Action<_>(fun _ ->
                                if first.Step = 9L then
                                    stop.Cancel()),
                            stop.Token
                        )
                        |> ignore)
                    "interrupted"
                let second = small 20L 3e-3
                SlcCheckpoint.Load(path, second)
                Expect.equal second.Step 9L "step"
                SlcRun.Train(second, null, 0UL, 4, path, Action<_> points.Add) |> ignore
                Expect.equal second.Network.Parameters whole.Network.Parameters "parameters"
                Expect.equal second.Network.TeacherParameters whole.Network.TeacherParameters "teacher"
                Expect.equal (losses points) curve "curve")

        testCase "a point of a curve has the means of the losses of its steps, each kind its own" <| fun () ->
            let alone = small 4L 3e-3
            let steps = [ for _ in 1..4 -> alone.Advance() ]
            let points = SlcRun.Train(small 4L 3e-3, null, 0UL, 2) |> Seq.choose (fun point -> Option.ofObj point.Losses) |> List.ofSeq
            for number, point in List.indexed points do
                let own = steps[2 * number .. 2 * number + 1]
                let means (part: SlcLosses -> float[]) =
                    [ for k in 0 .. (part own[0]).Length - 1 -> own |> List.averageBy (fun losses -> (part losses)[k]) ]
                for name, part in
                    [ "prediction", (fun (losses: SlcLosses) -> losses.Prediction)
                      "clustering", (fun losses -> losses.Clustering)
                      "margins", (fun losses -> losses.Margin) ] do
                    Expect.equal (List.ofSeq (part point)) (means part) $"{name} of point {number}"

        testCase "a training that diverges stops at the step, and the last checkpoint stays" <| fun () ->
            inFile (fun path ->
                let trainer = small 60L 1e30
                SlcCheckpoint.Save(path, trainer)
                let before = IO.File.ReadAllBytes path
                let error = Expect.throwsC (fun () -> SlcRun.Train(trainer, null, 0UL, 60, path) |> ignore) id
                Expect.isTrue (error :? TrainingDivergedException) $"{error}"
                Expect.stringContains error.Message $"step {trainer.Step + 1L}" "the step"
                // The step that made the losses infinite is not taken for a good one, although its parameters are finite.
                Expect.isGreaterThan trainer.Step 0L "a step was done"
                Expect.equal (IO.File.ReadAllBytes path) before "the last good step")

        testCase "points of a curve stay where they are when steps times points exceed 64 bits" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(2, 2, 4, 2), 1UL)
            let training = SlcTraining(Steps = 2_000_000_000_000L)
            let trainer = SlcTrainer(StringSampler(grammar, 1UL, 64L), SlcShape(2, 2, 4, 4, 4), SlcObjective(), training)
            use stop = new Threading.CancellationTokenSource()

            let pointsBetween first last =
                trainer.Resume first
                let points = ResizeArray<SlcCurvePoint>()
                let progress = Action<_>(fun _ -> if trainer.Step = last then stop.Cancel())
                Expect.throwsT<OperationCanceledException>
                    (fun () -> SlcRun.Train(trainer, null, 0UL, 10_000_000, null, Action<_> points.Add, progress, stop.Token) |> ignore)
                    "stopped"
                [ for point in points -> point.Step ]

            // one point in 200 000 steps; step 922337203686 times 10^7 is the first product above 2^63
            Expect.equal (pointsBetween 922_337_203_683L 922_337_203_688L) [] "none here"
    ]
