module Rhm.ProofsTests.Experiments.ExperimentTests

open System
open System.IO
open System.Text.RegularExpressions
open System.Threading
open Expecto
open Rhm.Experiments
open Rhm.Running
open Rhm.Sweeps
open Rhm.ProofsTests.Folders
open Rhm.ProofsTests.SmallExperiments

[<Tests>]
let folders =
    testList "Experiments / ExperimentFolder" [
        testCase "two experiments do not share a folder, and what is somebody's is not replaced" <| fun () ->
            Rhm.ProofsTests.Folders.inFolder (fun folder ->
                let file name = System.IO.Path.Combine(folder, name)
                let first = ExperimentFolder(folder, "rhm reproduce targets --grammars 2")
                first.Write(ResultTable([ "x" ], [ [ 1.0 :> obj ] ]))
                ExperimentFolder(folder, "rhm reproduce targets --grammars 3") |> ignore
                for command in [ "rhm reproduce fig3-left"; "rhm threshold --learner ilc" ] do
                    Rhm.ProofsTests.Refusals.refuses "choose another folder" (fun () -> ExperimentFolder(folder, command) |> ignore)
                System.IO.File.Delete(file "thresholds.csv")
                System.IO.File.WriteAllText(file "figure.png", "mine")
                Rhm.ProofsTests.Refusals.refuses "figure.png is not of rhm reproduce targets" (fun () ->
                    ExperimentFolder(folder, "rhm reproduce targets") |> ignore))
    ]

[<Tests>]
let tests =
    testList "Experiments / Experiment" [
        for name in [ "fig1-correlations"; "fig3-left"; "fig11-left"; "targets"; "fraction"; "own-latents" ] do
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
                    let cells = Path.Combine(folder, "results.csv")
                    // With what each cell took: measured anew, it would have taken another time.
                    let rows () = if File.Exists cells then File.ReadAllText cells else ""
                    let before = rows ()
                    run experiment folder 1 (small name) |> ignore
                    Expect.equal (rows ()) before "nothing measured twice"
                    Expect.equal (File.ReadAllText table) text "the same table"

                    if name = "targets" then
                        // The table alone, interrupted in the middle of a row, without the store.
                        let lines = before.Split('\n')
                        for file in Directory.GetFiles(folder, "results.sqlite*") do File.Delete file
                        File.WriteAllText(cells, String.Join('\n', lines[.. lines.Length / 2]) + "\nthreshold,ilc")
                        run experiment folder 1 (small name) |> ignore
                        Expect.equal (File.ReadAllText table) text "the same table after an interruption"
                        let again = rows().Split('\n')
                        Expect.equal again.Length lines.Length "as many rows"
                        Expect.equal again[.. lines.Length / 2] lines[.. lines.Length / 2] "what was there is taken over, with its times")

        let paper = [ "fig3-left"; "fig3-right"; "fig10-dynamics"; "fig11-left"; "targets"; "fraction"; "spectral"; "unknown-v" ]
        for name, scale in [ for name in paper -> name, Scale.Paper ] @ [ "own-latents", Scale.Quick; "regularisers", Scale.Quick ] do
            testCase $"stored results of {name} are taken over, and give the stored tables to the last digit" <| fun () ->
                inFolder (fun folder ->
                    let stored = Path.Combine(solution, "paper", "results", $"{name}-{(string scale).ToLowerInvariant()}")
                    for file in [ "results.csv"; "curves.csv" ] do
                        let path = Path.Combine(stored, file)
                        if File.Exists path then File.Copy(path, Path.Combine(folder, file))
                    let start = DateTime.UtcNow.ToString "yyyy-MM-dd'T'HH:mm:ss"
                    let setting = RunContext(scale, 1UL, 1, Action<_>(ignore), CancellationToken.None)
                    let experiment = find name
                    let folderOf = ExperimentFolder(folder, experiment.Command(setting, ExperimentParameters()))
                    experiment.Run.Invoke(folderOf, setting, ExperimentParameters()) |> ignore
                    use store = ResultStore.OpenToRead(Path.Combine(folder, "results.sqlite"))
                    let isNew (cell: ResultStore.StoredCell) = String.CompareOrdinal(cell.Outcome.Finished, start) >= 0
                    Expect.isEmpty (Seq.filter isNew (store.Cells())) "nothing is measured anew"
                    for table in Directory.GetFiles(stored, "*.csv") do
                        let file = nonNull (Path.GetFileName table)
                        if file <> "results.csv" && file <> "curves.csv" then
                            Expect.equal (File.ReadAllText(Path.Combine(folder, file))) (File.ReadAllText table) file
                    // Clipping paths are numbered through the life of a process.
                    let figure folder = Regex.Replace(File.ReadAllText(Path.Combine(folder, "figure.svg")), "cl_[0-9a-f]+", "cl")
                    Expect.equal (figure folder) (figure stored) "figure")
    ]
