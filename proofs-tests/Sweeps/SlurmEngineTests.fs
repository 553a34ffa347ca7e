module Rhm.ProofsTests.Sweeps.SlurmEngineTests

open System
open System.Collections.Generic
open System.IO
open System.Threading
open Expecto
open Rhm.Sweeps
open Rhm.ProofsTests.Folders
open Rhm.ProofsTests.Refusals
open Rhm.ProofsTests.SweepFiles

[<Tests>]
let tests =
    testList "Sweeps / SlurmEngine" [
        testCase "a task goes on where its earlier start was killed" <| fun () ->
            inFolder (fun folder ->
                let file = SweepFile.Read(write folder "s.toml" ("seeds = 5\n" + empty))
                let all = outcomes file
                File.WriteAllLines(
                    Path.Combine(folder, "cells.txt"),
                    [ for i, outcome in List.indexed all -> $"{i % 2} {outcome.Key} {outcome.Configuration}" ]
                )
                do
                    use shard = new Shard(Path.Combine(folder, "task-0-earlier" + Shard.Extension))
                    shard.Append all[2]
                    shard.Begin all[0].Key
                Expect.equal (SlurmTask.Run(folder, 0, 1, 1, null, CancellationToken.None)) 2 "of three"
                let later =
                    Directory.GetFiles(folder, "task-0-*") |> Array.filter (fun name -> not (name.Contains "earlier")) |> Array.exactlyOne
                let struct (written, _) = Shard.Read(later, Shard.Position.Beginning, List())
                Expect.equal
                    [ for outcome in written -> outcome.Key ]
                    [ all[4].Key; all[0].Key ]
                    "what was running when it was killed comes last"
                Expect.equal (SlurmTask.Run(folder, 0, 1, 1, null, CancellationToken.None)) 0 "nothing left"
                Expect.equal (SlurmTask.Run(folder, 1, 2, 1, null, CancellationToken.None)) 2 "the other task")

        testCase "a task runs the cells of its keys and no others" <| fun () ->
            inFolder (fun folder ->
                let cell = Seq.head ((SweepFile.Read(write folder "s.toml" empty)).Cells())
                let line = $"0 {cell.Key} {cell.Configuration}\n"
                let task (text: string) =
                    File.WriteAllText(Path.Combine(folder, "cells.txt"), text)
                    SlurmTask.Run(folder, 0, 1, 1) |> ignore
                for text in
                    [ line.Replace("\"zipf\":0.0", "\"zipf\":1.0"); line.Replace("\"P\":10", "\"P\":11"); $"0 {cell.Configuration}\n"; "\n"
                      line[.. line.Length / 2]; $"0 {cell.Key}"
                      $"x {cell.Key} {cell.Configuration}\n"; $"99999999999 {cell.Key} null\n" ] do
                    refuses "damaged" (fun () -> task text)
                for text in [ ""; $"1 {cell.Key} {cell.Configuration}\n" ] do
                    refuses "has no cells of task 0" (fun () -> task text)
                for wrong in [ "null"; "[]"; "{}"; "{\"learner\":null}"; "{\"learner\":\"ilc\",\"cousins\":\"x\"}"; "text" ] do
                    let key = CellKey.Of(ReadOnlySpan(Text.Encoding.UTF8.GetBytes wrong))
                    refuses "cannot be run" (fun () -> task $"0 {key} {wrong}\n")
                Expect.isEmpty (Directory.GetFiles(folder, "*" + Shard.Extension)) "nothing was run")

        testCase "no name of a folder gets into the directives of the script" <| fun () ->
            inFolder (fun folder ->
                let file = SweepFile.Read(write folder "s.toml" empty)
                let script (name: string) =
                    let engine = SlurmEngine(Path.Combine(folder, name), SlurmOptions())
                    let struct (text, _) = engine.DryRun(file.Cells(), fun cell -> cell.Seconds)
                    text
                for name in [ "%j"; "a\\b"; "a\"b"; "$(rm x)"; "`x`" ] do
                    let directives (text: string) = [ for line in text.Split '\n' do if line.StartsWith "#" then line ]
                    Expect.equal (directives (script name)) (directives (script "plain")) name
                    Expect.stringContains (script name) $"{name}.slurm" "and is quoted in the shell's way"
                for name in [ "a\nb"; "a\rb" ] do
                    refuses "control character" (fun () -> script name |> ignore))

        testCase "the script has parts of equal time and quotes its paths" <| fun () ->
            inFolder (fun folder ->
                let file = SweepFile.Read(write folder "s.toml" ("seeds = 10\n" + empty + "milliseconds = \"1000*seed\"\n"))
                let store = Path.Combine(folder, "it's a store.sqlite")
                let engine = SlurmEngine(store, SlurmOptions(Tasks = 4, ArrayLimit = 3, Partition = "cpu", Time = "1:00:00", Memory = "2G"))
                let struct (script, tasks) = engine.DryRun(file.Cells(), fun cell -> cell.Seconds)
                Expect.equal tasks 4 "tasks"
                for line in
                    [ "#SBATCH --array=0-3%3"
                      "#SBATCH --partition=cpu"
                      "#SBATCH --time=1:00:00"
                      "#SBATCH --mem=2G"
                      "it'\\''s a store" ] do
                    Expect.stringContains script line "the script"
                refuses "no single word" (fun () -> SlurmEngine(store, SlurmOptions(Partition = "a\n#SBATCH b")) |> ignore))
    ]
