module Rhm.ProofsTests.Sweeps.ShardTests

open System
open System.IO
open Expecto
open Rhm.Sweeps
open Rhm.ProofsTests.Folders
open Rhm.ProofsTests.SweepFiles

[<Tests>]
let tests =
    testList "Sweeps / Shard" [
        testCase "a line with a sound checksum and no such values is damaged" <| fun () ->
            inFolder (fun folder ->
                let file = SweepFile.Read(write folder "s.toml" empty)
                let path = Path.Combine(folder, "t" + Shard.Extension)
                do
                    use shard = new Shard(path)
                    for outcome in outcomes file do shard.Append outcome
                let record = (File.ReadAllText path).Trim().Substring 17
                let hash (text: string) =
                    Convert.ToHexStringLower(Security.Cryptography.SHA256.HashData(Text.Encoding.UTF8.GetBytes text))[..15]
                let read (text: string) =
                    File.WriteAllText(path, $"{hash text} {text}\n")
                    let problems = Collections.Generic.List()
                    let struct (found, _) = Shard.Read(path, Shard.Position.Beginning, problems)
                    found.Count, problems.Count
                Expect.equal (read record) (1, 0) "sound"
                for name in [ "Host"; "Code"; "Finished"; "WallSeconds"; "Configuration"; "Key" ] do
                    let expression = Text.RegularExpressions.Regex($"\"{name}\":(\"[^\"]*\"|[0-9.E-]+|{{[^}}]*}})")
                    for value in [ "null"; "[]"; "1e999999"; "\"\\ud800\"" ] do
                        let found, problems = read (expression.Replace(record, $"\"{name}\":{value}", 1))
                        Expect.isLessThanOrEqual found 1 name
                        Expect.equal (found + problems) 1 $"{name} = {value} is told, or is a number"
                for text in [ "null"; "[]"; "1"; "{\"Begun\":null}"; "{\"Begun\":[]}" ] do
                    Expect.equal (fst (read text)) 0 text)

        testCase "a merge is idempotent, and a damaged line costs only its cell" <| fun () ->
            inFolder (fun folder ->
                let file = SweepFile.Read(write folder "s.toml" ("seeds = 9\n" + empty))
                let path = Path.Combine(folder, "s.sqlite")
                use store = ResultStore.OpenToWrite path
                store.Register(file.Name, file.Fingerprint, file.Cells())
                let all = outcomes file
                let shards = Directory.CreateDirectory(Path.Combine(SlurmEngine.FolderOf path, "a")).FullName
                let name = Path.Combine(shards, "t" + Shard.Extension)
                do
                    use shard = new Shard(name)
                    for outcome in List.take 6 all do shard.Append outcome
                let lines = File.ReadAllLines name
                // A changed digit in line 2, a line of another file in 4, the end of the file in the middle of line 6.
                let bad = lines[1].Replace("\"WallSeconds\":", "\"WallSeconds\":1")
                let broken = String.Join('\n', [ lines[0]; bad; lines[2]; "nonsense"; lines[4]; lines[5][..50] ])
                File.WriteAllText(name, broken)
                let collector = ShardCollector(SlurmEngine.FolderOf path)
                let report = collector.Collect store
                Expect.equal (report.Outcomes.Count, report.Added) (3, 3) "the rest is merged"
                Expect.equal [ for problem in report.Problems -> problem.Line, problem.Incomplete ] [ 2, false; 4, false; 6, true ] "lines"
                Expect.stringContains (string report.Problems[0]) "line 2: the line is damaged" "one sentence"
                // A task is still writing: its line is complete later.
                File.AppendAllText(name, lines[5][51..] + "\n")
                let later = collector.Collect store
                Expect.equal (later.Outcomes.Count, later.Added, later.Problems.Count) (1, 1, 0) "only what is new is read"
                let again = ShardCollector(SlurmEngine.FolderOf path).Collect store
                Expect.equal (again.Outcomes.Count, again.Added) (4, 0) "nothing twice"
                Expect.equal ((sweepOf store).Done) 4L "cells"
                do
                    use shard = new Shard(Path.Combine(shards, "u" + Shard.Extension))
                    for outcome in all do shard.Append outcome
                Expect.equal (collector.Collect store).Added 5 "the others from a second task"
                let stored =
                    [ for cell in store.Cells() ->
                          string cell.Key, [ for x in nonNull cell.Outcome.Accuracy -> BitConverter.DoubleToInt64Bits x ] ]
                Expect.equal
                    stored
                    [ for outcome in all -> string outcome.Key, [ for x in nonNull outcome.Accuracy -> BitConverter.DoubleToInt64Bits x ] ]
                    "every bit")

        testCase "an array that died while a cell ran counts once, however often it was started" <| fun () ->
            inFolder (fun folder ->
                let file = SweepFile.Read(write folder "s.toml" ("seeds = 3\n" + empty))
                let path = Path.Combine(folder, "s.sqlite")
                use store = ResultStore.OpenToWrite path
                let cells = file.Cells()
                store.Register(file.Name, file.Fingerprint, cells)
                let all = outcomes file
                let collect () = ShardCollector(SlurmEngine.FolderOf path).Collect store |> ignore
                let write batch task (ended: CellOutcome list) (lost: Cell list) =
                    let shards = Directory.CreateDirectory(Path.Combine(SlurmEngine.FolderOf path, batch)).FullName
                    use shard = new Shard(Path.Combine(shards, task + Shard.Extension))
                    for outcome in ended do
                        shard.Begin outcome.Key
                        shard.Append outcome
                    for cell in lost do shard.Begin cell.Key
                let begun () = [ for cell in store.Cells() -> cell.Begun ]
                write "a" "task-0-x" [ all[0] ] [ cells[1] ]
                write "a" "task-0-y" [] [ cells[1] ]
                collect ()
                Expect.equal (begun ()) [ 0; 1; 0 ] "once"
                write "b" "task-0-x" [] [ cells[1]; cells[2] ]
                write "c" "task-0-x" [ all[2] ] [ cells[1] ]
                collect ()
                collect ()
                Expect.equal (begun ()) [ 0; 3; 0 ] "three arrays, however often they are read"
                Expect.equal [ for outcome in store.GiveUp cells -> outcome.Key ] [ cells[1].Key ] "given up"
                store.Forgive cells
                collect ()
                Expect.isEmpty (store.GiveUp cells) "forgiven for good"
                write "d" "task-0-x" [ all[1] ] []
                collect ()
                Expect.equal ((sweepOf store).Done, (sweepOf store).Failed) (3L, 0L) "a result counts in any case")
    ]
