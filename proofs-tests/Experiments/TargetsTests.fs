module Rhm.ProofsTests.Experiments.TargetsTests

open System
open Expecto
open Rhm.Experiments
open Rhm.ProofsTests.Folders
open Rhm.ProofsTests.SmallExperiments

[<Tests>]
let tests =
    testList "Experiments / Targets" [
        testCase "targets at f = 1: labels are measured, the others said to be impossible; m = 1 is refused" <| fun () ->
            inFolder (fun folder ->
                let parameters m =
                    ExperimentParameters(
                        Depths = [| 2 |],
                        Branching = Nullable 2,
                        Vocabulary = Nullable 4,
                        Multiplicities = [| m |],
                        Grammars = Nullable 2
                    )
                let _, report = run (find "targets") folder 2 (parameters 4)
                Expect.equal [ for row in report.Table.Rows -> row[0] :?> string ] [ "label"; "label all positions" ] "labels alone"
                Expect.isTrue (report.Notes |> Seq.exists (fun note -> note.Contains "nothing can be learned from latents")) "latents"
                Expect.isTrue (report.Notes |> Seq.exists (fun note -> note.Contains "nothing can be learned from tokens")) "tokens"
                let error = Expect.throwsC (fun () -> run (find "targets") folder 2 (parameters 1) |> ignore) id
                Expect.stringContains error.Message "no synonyms" "m = 1"
                let another = System.IO.Path.Combine(folder, "figure")
                let error = Expect.throwsC (fun () -> run (find "fig3-left") another 2 (parameters 4) |> ignore) id
                Expect.stringContains error.Message "only labels" "f = 1")

        testCase "targets says what is too large for its scale instead of measuring it" <| fun () ->
            inFolder (fun folder ->
                let _, report =
                    run
                        (find "targets")
                        folder
                        2
                        (ExperimentParameters(
                            Depths = [| 2; 8 |],
                            Branching = Nullable 2,
                            Vocabulary = Nullable 8,
                            Multiplicities = [| 4 |],
                            Grammars = Nullable 1
                        ))
                Expect.isTrue
                    (report.Notes |> Seq.exists (fun note -> note.StartsWith "token, L=8" && note.Contains "not measured"))
                    "token at L=8")
    ]
