/// rhm check from its words to its files.
module Rhm.ProofsTests.Cli.CheckCommandTests

open System.IO
open System.Text.Json
open System.Threading
open Expecto
open Rhm.Cli
open Rhm.Experiments
open Rhm.Grammars
open Rhm.ProofsTests
open Rhm.ProofsTests.Folders

let private words = "check -L 2 -s 2 -v 8 -m 3 --classes 5 --zipf 0.5 --grammars 3 --seed 4 --most 30000".Split ' ' |> List.ofArray

[<Tests>]
let tests =
    testSequenced <| testList "Cli / CheckCommand" [
        testCase "every option reaches the library, and a second run measures nothing" <| fun () ->
            inFolder (fun folder ->
                let file name = Path.Combine(folder, name)
                let code, output, _ = Tool.run (words @ [ "--out"; file "tool"; "--json"; file "c.json"; "--threads"; "2" ])
                Expect.equal code ExitCode.Success output
                Expect.stringContains output "30 thresholds, 0 of them measured before" "what is to do"
                Expect.stringContains output "on 2 threads (from a pilot of" "how long it takes"

                let setting =
                    SettingThresholds(GrammarShape(2, 2, 8, 3, 5), Zipf = 0.5, Grammars = 3, Seed = 4UL, Most = 30000L)

                let target = ExperimentFolder(file "library", setting.Command)
                using (target.Open(setting.Sweep(), 2)) (fun run ->
                    run.Execute CancellationToken.None
                    setting.Write(target, run) |> ignore)
                let rows name = File.ReadAllLines(Path.Combine(file name, "thresholds.csv"))
                Expect.equal (rows "tool") (rows "library") "the same table, by the same command"
                let page = File.ReadAllText(Path.Combine(file "tool", "page.txt"))
                Expect.stringContains output page "the page is shown, and kept"
                Expect.isTrue (File.Exists(Path.Combine(file "tool", "statements.csv"))) "verdicts"
                use document = JsonDocument.Parse(File.ReadAllText(file "c.json"))
                Expect.equal (document.RootElement.GetProperty("format").GetString()) "rhm-check" "JSON"
                let code, again, _ = Tool.run (words @ [ "--out"; file "tool" ])
                Expect.equal code ExitCode.Success "again"
                Expect.stringContains again "30 thresholds, 30 of them measured before" "nothing is left"
                Expect.stringContains again page "the same page"
                let more = [ for i, word in List.indexed words -> if i > 0 && words[i - 1] = "--grammars" then "5" else word ]
                let code, dry, _ = Tool.run (more @ [ "--out"; file "tool"; "--dry-run" ])
                Expect.equal code ExitCode.Success "a dry run"
                Expect.stringContains dry "50 thresholds, 30 of them measured before" "sees what there is"
                Expect.isFalse (dry.Contains "verdict") "and measures nothing")

        for fragment, given in
            [ "m = 1", "check -L 3 -s 2 -v 8 -m 1"
              "depth L = 1", "check -L 1 -s 2 -v 8 -m 2"
              "exceeds v^(s-1)", "check -L 3 -s 2 -v 8 -m 9"
              "--multiplicity is missing", "check -L 3 -s 2 -v 8"
              "--grammars", "check -L 3 -s 2 -v 8 -m 2 --grammars 1"
              "--zipf", "check -L 3 -s 2 -v 8 -m 2 --zipf -1"
              "--most 10 allows half", "check -L 3 -s 2 -v 8 -m 2 --most 10"
              "at most 2^53", "check -L 3 -s 2 -v 8 -m 2 --seed 9007199254740993" ] do
            testCase $"bad input ends with one sentence and exit code 2: {given}" <| fun () ->
                inFolder (fun folder ->
                    let code, output, error = Tool.run (List.ofArray (given.Split ' ') @ [ "--out"; Path.Combine(folder, "x") ])
                    Expect.equal code ExitCode.BadInput error
                    Expect.equal output "" "nothing else"
                    Expect.stringContains error fragment "the reason"
                    Expect.equal (error.Trim().Split('\n').Length) 1 "one line"
                    Expect.isFalse (Directory.Exists(Path.Combine(folder, "x"))) "and nothing is written")

        testCase "a folder of another setting is not filled with this one" <| fun () ->
            inFolder (fun folder ->
                File.WriteAllText(Path.Combine(folder, "thresholds.csv"), "# rhm check -L 2 -s 2 -v 8 -m 3 --grammars 3\nlearner\n")
                let code, _, error = Tool.run (words @ [ "--out"; folder ])
                Expect.equal code ExitCode.BadInput "refused"
                Expect.stringContains error "holds the results of \"rhm check -L 2 -s 2 -v 8 -m 3 --grammars 3\"" "which")

        testCase "interrupted, it says so and that it goes on" <| fun () ->
            inFolder (fun folder ->
                use stop = new CancellationTokenSource()
                let target = Path.Combine(folder, "x")
                let given = "check -L 4 -s 2 -v 16 -m 8 --threads 1".Split ' ' |> List.ofArray
                // The store's file is there once cells are planned; they take minutes.
                use _ = new Timer((fun _ -> if File.Exists(Path.Combine(target, "results.sqlite")) then stop.Cancel()), null, 0, 20)
                let code, _, error = Tool.runUntil stop.Token (given @ [ "--out"; target ])
                Expect.equal code ExitCode.Interrupted error
                Expect.stringContains error "rhm: interrupted" "said")
    ]
