module Rhm.ProofsTests.Experiments.LearnerThresholdsTests

open System
open System.Collections.Generic
open System.IO
open System.Threading
open Expecto
open Rhm.Experiments
open Rhm.Grammars
open Rhm.Levelwise
open Rhm.Population
open Rhm.Running
open Rhm.Sweeps
open Rhm.Thresholds
open Rhm.ProofsTests.Folders
open Rhm.ProofsTests.Refusals

let private shape = GrammarShape(2, 2, 4, 2)

let private context threads =
    RunContext(Scale.Paper, 3UL, threads, Action<_>(ignore), CancellationToken.None)

let private measure folder (thresholds: LearnerThresholds) =
    let output = ExperimentFolder(folder, "rhm threshold", Execution = SweepExecution(RetryFailed = true))
    thresholds.Run(output, context 2)

let private values (pairs: (string * obj) list) = Dictionary(dict pairs) :> IReadOnlyDictionary<string, obj>

let private boxed value : obj = nonNull (box value)

/// The rows of the store's export, by column.
let private rows folder =
    let lines = File.ReadAllLines(Path.Combine(folder, "results.csv"))
    let names = lines[1].Split ','
    [ for line in lines[2..] -> dict (Array.zip names (line.Split ',')) ]

[<Tests>]
let tests =
    testList "Experiments / LearnerThresholds" [
        testCase "P* is that of a measurement, its file is a sweep of the same cells, and nothing is measured twice" <| fun () ->
            inFolder (fun folder ->
                let parameters = values [ "target", boxed Target.Root; "restarts", boxed 3 ]
                let own = LearnerThresholds("ilc", parameters, [| shape |], Grammars = 2, HeldOut = 300L)
                let report = measure folder own
                let measurement =
                    ThresholdMeasurement(IterativeLatentClustering.Learner, IlcOptions(Target = Target.Root, Restarts = 3), shape,
                        Grammars = 2, Seed = 3UL, HeldOut = 300L)
                let expected = Seq.exactlyOne (Seq.exactlyOne (ThresholdMeasurement.Measure([| measurement |], 1)))
                let struct (known, _) = expected.Known
                let found = Seq.exactlyOne report.Table.Rows
                Expect.equal (found[Seq.findIndex ((=) "P*") report.Table.Columns] :?> float) known "every bit"
                for row in rows folder do Expect.equal row["held_out"] "300" "as many held-out strings as are asked for"
                let before = File.ReadAllText(Path.Combine(folder, "results.csv"))
                measure folder own |> ignore
                Expect.equal (File.ReadAllText(Path.Combine(folder, "results.csv"))) before "nothing measured twice"
                let file = SweepFile.Read(Path.Combine(folder, "threshold.toml"))
                let keys = set [ for cell in file.Cells() -> string cell.Key ]
                Expect.equal keys (set [ for row in rows folder -> row["key"] ]) "rhm sweep runs the same cells")

        testCase "a command is measured, its failure is told and tried again, and parameters belong to its identity" <| fun () ->
            inFolder (fun folder ->
                // The labels of every node are 0: no better than chance, from however many strings.
                let labels = Path.Combine(folder, "labels.npy")
                let header = "{'descr': '|i1', 'fortran_order': False, 'shape': (20, 2), }".PadRight 117 + "\n"
                let head = Array.concat [ [| 0x93uy |]; "NUMPY"B; [| 1uy; 0uy; 118uy; 0uy |]; Text.Encoding.ASCII.GetBytes header ]
                File.WriteAllBytes(labels, Array.append head (Array.zeroCreate 40))
                let flag = Path.Combine(folder, "broken")
                let work = $"cp {labels} $f/level1.npy; echo ran >> {folder}/runs; echo done"
                let script =
                    write folder "mine.sh" $"while read f; do if [ -e {flag} ]; then echo error: no luck; else {work}; fi; done\n"
                let own width =
                    LearnerThresholds("mine", values [ "width", boxed 1L; "kind_of", boxed "deep \"one\"" ], [| shape |],
                        Command = $"sh {script} {width}", Timeout = Nullable 60.0, Grammars = 2, HeldOut = 20L, Most = 64L)
                File.WriteAllText(flag, "")
                (fun () -> measure folder (own 1) |> ignore) |> fails<InvalidOperationException> "no luck"
                File.Delete flag
                measure folder (own 1) |> ignore
                let runs () = (File.ReadAllLines(Path.Combine(folder, "runs"))).Length
                let before = runs ()
                Expect.isGreaterThan before 1 "it ran"
                for row in rows folder do Expect.equal (row["side_top"], row["p_star_top"]) ("1", "64") "not learned from 64 strings"
                measure folder (own 1) |> ignore
                Expect.equal (runs ()) before "kept"
                measure folder (own 2) |> ignore
                Expect.equal (runs ()) (2 * before) "another command"
                let named name =
                    LearnerThresholds("mine", values [ name, boxed 1L ], [| shape |], Command = $"sh {script}")
                for name in [ "most"; "version"; "series"; "grammar" ] do
                    refuses $"parameter {name} of a command" (fun () -> measure folder (named name) |> ignore)
                refuses "other characters" (fun () -> measure folder (named "a b") |> ignore))
    ]
