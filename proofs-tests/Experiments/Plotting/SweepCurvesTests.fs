module Rhm.ProofsTests.Experiments.Plotting.SweepCurvesTests

open System
open System.IO
open Expecto
open Rhm.Experiments.Plotting
open Rhm.Sweeps
open Rhm.Sweeps.Expressions
open Rhm.ProofsTests.Folders
open Rhm.ProofsTests.SweepFiles

[<Tests>]
let tests =
    testList "Experiments / Plotting / SweepCurves" [
        testCase "P* and its exponent are those of curves with a known law" <| fun () ->
            inFolder (fun folder ->
                let text =
                    "seeds = 4\nL = 3\ns = 2\nv = 32\nm = [4, 8, 16]\nP = \"geomspace(1/8, 8, 7) * m^3\"\n[[learner]]\nname = \"null\"\n"
                let file = SweepFile.Read(write folder "s.toml" text)
                use store = ResultStore.OpenToWrite(Path.Combine(folder, "s.sqlite"))
                store.Register(file.Name, file.Fingerprint, file.Cells())
                // A step in log P that crosses one half at m^3 exactly.
                for cell in runs (file.Cells()) do
                    let accuracy = 0.5 + 0.1 * Math.Log(float cell.Samples / float cell.Shape.Multiplicity ** 3.0)
                    store.Finish(
                        CellOutcome(
                            cell.Key,
                            cell.Configuration,
                            [| 1.0; accuracy |],
                            null,
                            null,
                            1.0,
                            Nullable 1.0,
                            Nullable 1L,
                            Nullable 1L,
                            "",
                            "",
                            "2020"
                        )
                    )
                    |> ignore
                let table = SweepTable.Of(store, "s")
                let parse = Expression.Parse
                let thresholds = SweepCurves.Thresholds(table, parse "P", parse "accuracy_top", [| parse "m" |], Nullable 0.5, null)
                for threshold, m in Seq.zip thresholds [ 4.0; 8.0; 16.0 ] do
                    Expect.floatClose { absolute = 0.0; relative = 1e-12 } threshold.Complexity.Value (m ** 3.0) $"P* at m = {m}"
                let struct (_, law) = Seq.exactlyOne (SweepCurves.Exponents thresholds)
                Expect.floatClose { absolute = 1e-9; relative = 0.0 } (nonNull law).Exponent 3.0 "exponent"
                let struct (curves, mixed) = SweepCurves.Of(table, parse "P/m^3", parse "accuracy_top", [| parse "m" |], null)
                Expect.equal
                    [ for curve in curves -> curve.Label, curve.Points.Count, curve.Points[0].Count ]
                    [ "m = 4", 7, 4; "m = 8", 7, 4; "m = 16", 7, 4 ]
                    "one curve for each m"
                Expect.isEmpty mixed "nothing else varies"
                let struct (_, mixed) = SweepCurves.Of(table, parse "P/m^3", parse "accuracy_top", [||], null)
                Expect.equal (List.ofSeq mixed) [ "P"; "m" ] "said where it does")
    ]
