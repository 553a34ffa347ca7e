module Rhm.ProofsTests.Experiments.MasksTests

open System
open System.IO
open Expecto
open Rhm.Experiments
open Rhm.ProofsTests.Folders
open Rhm.ProofsTests.SmallExperiments

let private parameters =
    ExperimentParameters(
        Depths = [| 2 |],
        Vocabulary = Nullable 6,
        Multiplicities = [| 2 |],
        Grammars = Nullable 2,
        MaskSpan = Nullable 2,
        Budget = Nullable 20.0
    )

let private column (table: ResultTable) name (row: Collections.Generic.IReadOnlyList<obj>) =
    row[Seq.findIndex ((=) name) table.Columns]

[<Tests>]
let tests =
    testList "Experiments / Masks" [
        testCase "P* of each objective and level, ratios of them, and nothing trained twice" <| fun () ->
            inFolder (fun folder ->
                let _, report = run (find "masks") folder 2 parameters
                let value name row = column report.Table name row
                let rows =
                    [ for row in report.Table.Rows ->
                          string (value "objective" row), string (value "strings" row), value "level" row :?> int, value "m" row :?> int ]
                for series in [ "tokens"; "own latents"; "true latents" ] do
                    for strings in [ "fresh"; "repeated" ] do
                        for level in 1..2 do
                            Expect.contains rows (series, strings, level, 2) $"{series}, {strings}, level {level}"
                let read name = File.ReadAllLines(Path.Combine(folder, name))
                let thresholds =
                    dict
                        [ for row in report.Table.Rows ->
                              (string (value "objective" row), string (value "strings" row), value "level" row :?> int),
                              value "P*" row :?> float ]
                // objective, other, block, strings, level, m, grammars, ratio
                for line in (read "laws.csv")[2..] do
                    let cells = line.Split ','
                    let threshold objective = thresholds[(objective, cells[3], int cells[4])]
                    let ratio = threshold cells[0] / threshold cells[1]
                    Expect.isLessThan (abs (float cells[7] / ratio - 1.0)) 1e-4 line
                    Expect.equal cells[6] "2" "grammars"
                let before = read "results.csv"
                let _, again = run (find "masks") folder 1 parameters
                Expect.equal (read "results.csv") before "nothing trained twice"
                let rows (table: ResultTable) = [ for row in table.Rows -> List.ofSeq row |> List.map string ]
                Expect.equal (rows again.Table) (rows report.Table) "the same table"
                for file in [ "figure.svg"; "figure.pdf" ] do
                    Expect.isGreaterThan (FileInfo(Path.Combine(folder, file)).Length) 1000L file)
    ]
