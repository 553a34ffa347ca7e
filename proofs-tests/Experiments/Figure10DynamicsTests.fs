module Rhm.ProofsTests.Experiments.Figure10DynamicsTests

open System.IO
open Expecto
open Rhm.Experiments
open Rhm.ProofsTests.Folders
open Rhm.ProofsTests.SmallExperiments

[<Tests>]
let tests =
    testList "Experiments / Figure10Dynamics" [
        testCase "fig10-dynamics shows a curve for each level, and trains once" <| fun () ->
            inFolder (fun folder ->
                let parameters = ExperimentParameters(Depths = [| 2 |])
                let _, report = run (find "fig10-dynamics") folder 1 parameters
                let curves = File.ReadAllText(Path.Combine(folder, "curves.csv"))
                Expect.equal (report.Table.Rows |> Seq.map (fun row -> row[0] :?> int) |> List.ofSeq) [ 1 ] "levels"
                let reached column = report.Table.Rows[0][column] :?> float
                Expect.isLessThan (reached 1) (reached 2) "0.5 is reached before 0.9"
                let _, again = run (find "fig10-dynamics") folder 1 parameters
                Expect.equal (File.ReadAllText(Path.Combine(folder, "curves.csv"))) curves "nothing trained twice"
                Expect.equal
                    [ for row in again.Table.Rows -> List.ofSeq row ]
                    [ for row in report.Table.Rows -> List.ofSeq row ]
                    "the same table")
    ]
