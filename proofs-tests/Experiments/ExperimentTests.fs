module Rhm.ProofsTests.Experiments.ExperimentTests

open System
open System.IO
open Expecto
open Rhm.ProofsTests.Folders
open Rhm.ProofsTests.SmallExperiments

[<Tests>]
let tests =
    testList "Experiments / Experiment" [
        for name in [ "fig1-correlations"; "fig3-left"; "fig11-left"; "targets"; "fraction" ] do
            testCase $"{name} writes figure, table and command, resumes, and does not depend on the threads" <| fun () ->
                inFolder (fun folder ->
                    let experiment = find name
                    let output, report = run experiment folder 2 (small name)
                    Expect.isNonEmpty report.Table.Rows "rows"
                    let table = Path.Combine(folder, "thresholds.csv")
                    let text = File.ReadAllText table
                    Expect.stringStarts text $"# rhm reproduce {name} --seed 3 --" "the command"
                    for file in output.Files do Expect.isGreaterThan (FileInfo(file).Length) 100L file
                    for file in [ "figure.svg"; "figure.pdf"; "figure.png" ] do Expect.isTrue (File.Exists(Path.Combine(folder, file))) file
                    let cells = Path.Combine(folder, "cells.csv")
                    let rows () = if File.Exists cells then File.ReadAllText cells else ""
                    let before = rows ()
                    run experiment folder 1 (small name) |> ignore
                    Expect.equal (rows ()) before "nothing measured twice"
                    Expect.equal (File.ReadAllText table) text "the same table"

                    if name = "targets" then
                        // Interrupted after some rows, the last of them half written.
                        let lines = before.Split('\n')
                        File.WriteAllText(cells, String.Join('\n', lines[.. lines.Length / 2]) + "\nilc-1,2")
                        run experiment folder 1 (small name) |> ignore
                        Expect.equal (File.ReadAllText table) text "the same table after an interruption"
                        Expect.equal (Seq.length (rows ())) (Seq.length before) "the same rows, in another order of time")
    ]
