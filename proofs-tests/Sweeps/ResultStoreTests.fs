module Rhm.ProofsTests.Sweeps.ResultStoreTests

open System
open System.IO
open System.Threading
open Expecto
open Rhm.Sweeps
open Rhm.ProofsTests.Folders
open Rhm.ProofsTests.Refusals
open Rhm.ProofsTests.SweepFiles

/// What another program does to a store.
let private execute path command =
    use connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={path};Pooling=False")
    connection.Open()
    use statement = connection.CreateCommand()
    statement.CommandText <- command
    statement.ExecuteNonQuery() |> ignore

[<Tests>]
let tests =
    testList "Sweeps / ResultStore" [
        testCase "a run, a second run, a changed grid: each cell is run once" <| fun () ->
            inFolder (fun folder ->
                let path = Path.Combine(folder, "s.sqlite")
                let sweep (text: string) = SweepFile.Read(write folder "s.toml" text)
                Expect.equal (run 2 path (sweep grid)) 16 "all"
                let before = results path
                Expect.equal (run 2 path (sweep grid)) 0 "nothing is left"
                Expect.equal (run 2 path (sweep ("# said otherwise\n" + grid))) 0 "the same cells"
                Expect.equal (run 2 path (sweep (grid.Replace("[2, 10]", "[2, 3, 10]")))) 8 "what is new"
                Expect.equal (List.filter (fun row -> List.contains row before) (results path)) before "the others as they were"
                Expect.equal (run 2 path (sweep grid)) 0 "and back"
                use store = ResultStore.OpenToRead path
                Expect.equal ((sweepOf store).Done) 16L "of this sweep"
                Expect.equal (Seq.sum [ for row in store.Tally() -> row.Cells ]) 24L "in the store")

        testCase "a failing cell is written down with its error, and can be tried again" <| fun () ->
            inFolder (fun folder ->
                let path = Path.Combine(folder, "s.sqlite")
                let file = SweepFile.Read(write folder "s.toml" ("seeds = 20\n" + empty + "fail = \"seed == 7\"\n"))
                Expect.equal (run 2 path file) 20 "all are run"
                use store = ResultStore.OpenToWrite path
                Expect.equal ((sweepOf store).Done, (sweepOf store).Failed) (19L, 1L) "counts"
                let failed = store.Cells() |> Seq.filter (fun cell -> cell.State = CellState.Failed) |> Seq.exactlyOne
                Expect.stringContains (string failed.Outcome.Error) "told to fail with seed 7" "its error"
                Expect.equal (plan store file).ToRun.Count 0 "not by itself"
                Expect.equal (SweepPlan.Of(file, store, null, true, 1e12)).ToRun.Count 1 "when told to"
                // A later success replaces the failure; a later failure does not replace a success.
                let success =
                    CellOutcome(
                        failed.Key,
                        failed.Outcome.Configuration,
                        [| 0.5; 0.25 |],
                        null,
                        null,
                        1.0,
                        Nullable 1.0,
                        Nullable 1L,
                        Nullable 1L,
                        "",
                        "",
                        "2100"
                    )
                Expect.isTrue (store.Finish success) "changes"
                Expect.isFalse (store.Finish failed.Outcome) "a result stays"
                Expect.isFalse (store.Finish success) "and is there once"
                Expect.equal ((sweepOf store).Done, (sweepOf store).Failed) (20L, 0L) "counts")

        testCase "counts are those of the rows" <| fun () ->
            inFolder (fun folder ->
                let path = Path.Combine(folder, "s.sqlite")
                for name, text in [ "a", "seeds = 30\n" + empty; "b", "seed = \"range(11, 50)\"\n" + empty + "fail = \"seed > 45\"\n" ] do
                    run 2 path (SweepFile.Read(write folder (name + ".toml") text)) |> ignore
                use store = ResultStore.OpenToRead path
                let count state sweep = store.Cells sweep |> Seq.filter (fun cell -> cell.State = state) |> Seq.length |> int64
                for sweep in store.Sweeps() do
                    Expect.equal (sweep.Done, sweep.Failed) (count CellState.Done sweep.Name, count CellState.Failed sweep.Name) sweep.Name
                    Expect.equal sweep.Cells (Seq.length (store.Cells sweep.Name) |> int64) sweep.Name
                let tally state = store.Tally() |> Seq.filter (fun row -> row.State = state) |> Seq.sumBy _.Cells
                Expect.equal (tally CellState.Done, tally CellState.Failed) (count CellState.Done null, count CellState.Failed null) "all")

        testCase "one process writes at a time; others may read" <| fun () ->
            inFolder (fun folder ->
                let path = Path.Combine(folder, "s.sqlite")
                use writer = ResultStore.OpenToWrite path
                refuses "another process writes" (fun () -> ResultStore.OpenToWrite(path).Dispose())
                ResultStore.OpenToRead(path).Dispose())

        testCase "other files and other versions are refused and left alone" <| fun () ->
            inFolder (fun folder ->
                let text = write folder "text.sqlite" (String.replicate 1000 "no database ")
                refuses "no store of rhm sweep" (fun () -> ResultStore.OpenToWrite(text).Dispose())
                Expect.equal (File.ReadAllText text) (String.replicate 1000 "no database ") "as it was"
                refuses "nothing was run yet" (fun () -> ResultStore.OpenToRead(Path.Combine(folder, "none.sqlite")).Dispose())
                refuses "cannot be opened" (fun () -> ResultStore.OpenToWrite(folder).Dispose())
                let path = Path.Combine(folder, "s.sqlite")
                ResultStore.OpenToWrite(path).Dispose()
                let execute = execute path
                execute "PRAGMA user_version = 9"
                refuses "is a store of version 9, this program has version 3" (fun () -> ResultStore.OpenToRead(path).Dispose())
                execute "PRAGMA user_version = 1; PRAGMA application_id = 5"
                refuses "no store of rhm sweep" (fun () -> ResultStore.OpenToRead(path).Dispose()))

        testCase "rows that cannot be read are named, and the others are shown" <| fun () ->
            inFolder (fun folder ->
                let path, file = Path.Combine(folder, "s.sqlite"), SweepFile.Read(write folder "s.toml" ("seeds = 5\n" + empty))
                let damages =
                    [ "key = 'text'"; "key = x'00'"; "accuracy = '[null]'"; "accuracy = '{'"; "measures = '[1]'"; "config = ''"
                      "config = '{\"learner\":1}'"; "config = 'null'"; "state = 9"; "state = 'x'"; "wall_seconds = 'long'"
                      "config = x'ff'"; "accuracy = NULL"; "config = '{\"learner\":\"\\ud800\"}'" ]
                for damage in damages do
                    File.Delete path
                    run 1 path file |> ignore
                    execute path $"UPDATE cell SET {damage} WHERE id = 2"
                    use store = ResultStore.OpenToRead path
                    let rows = List.ofSeq ((SweepTable.Of(store, null)).Rows null)
                    Expect.equal rows.Length 4 damage
                    Expect.isNonEmpty store.Unreadable damage
                    Expect.stringContains store.Unreadable[0] "cannot be read" damage
                    for sentence in store.Unreadable do
                        Expect.isFalse (sentence.Contains '\n') sentence
                    store.Tally() |> ignore
                    store.Sweeps() |> ignore
                    store.Finished() |> ignore)

        testCase "a store in a folder that may only be read; a name that SQLite takes for memory" <| fun () ->
            inFolder (fun folder ->
                let path, file = Path.Combine(folder, ":memory:"), SweepFile.Read(write folder "s.toml" ("seeds = 3\n" + empty))
                Rhm.ProofsTests.Tool.inside folder (fun () -> run 1 ":memory:" file |> ignore)
                Expect.isTrue (File.Exists path) "a file"
                use store = ResultStore.OpenUnchanging path
                Expect.equal (Seq.length (store.Cells())) 3 "read"
                Expect.isFalse (File.Exists(path + "-shm")) "without SQLite's own files")

        testCase "a full disk stops the sweep with a sentence, and the store stays valid" <| fun () ->
            inFolder (fun folder ->
                let path = Path.Combine(folder, "s.sqlite")
                let file = SweepFile.Read(write folder "s.toml" ("seeds = 3000\n" + empty))
                let done' =
                    use store = ResultStore.OpenToWrite path
                    let plan = plan store file
                    store.Register(file.Name, file.Fingerprint, plan.All)
                    store.LimitPages()
                    fails<IOException> "the disk is full" (fun () ->
                        LocalEngine.Run(
                            plan.ToRun,
                            0,
                            2,
                            1,
                            1e12,
                            (fun cell -> store.Begin cell.Key),
                            (fun outcome -> store.Finish outcome |> ignore),
                            CancellationToken.None
                        ))
                    (sweepOf store).Done
                Expect.isGreaterThan done' 0L "what was finished before"
                Expect.isLessThan done' 3000L "not all"
                Expect.equal (int64 (run 2 path file)) (3000L - done') "the rest, with room again"
                Expect.equal (List.length (List.distinct (results path))) 3000 "each once")

        testCase "a cell whose process dies again and again counts as failed, and can be tried again" <| fun () ->
            inFolder (fun folder ->
                let file = SweepFile.Read(write folder "s.toml" ("seeds = 4\n" + empty))
                let path = Path.Combine(folder, "s.sqlite")
                let cells = file.Cells()
                let ended = outcomes file
                do
                    use store = ResultStore.OpenToWrite path
                    store.Register(file.Name, file.Fingerprint, cells)
                // The files as a process leaves them that is killed while it runs cells.
                let die (begun: Cell list) =
                    let rest = Path.Combine(folder, "rest")
                    do
                        use store = ResultStore.OpenToWrite path
                        for cell in begun do store.Begin cell.Key
                        Directory.CreateDirectory rest |> ignore
                        for ending in [ ""; "-wal" ] do File.Copy(path + ending, Path.Combine(rest, "s.sqlite" + ending), true)
                    for ending in [ ""; "-wal" ] do File.Move(Path.Combine(rest, "s.sqlite" + ending), path + ending, true)
                let look use' =
                    use store = ResultStore.OpenToWrite path
                    use' store
                let begun () = look (fun store -> [ for cell in store.Cells() -> cell.Begun ])
                // Whoever closes the store has not been killed.
                look (fun store -> store.Begin cells[0].Key)
                Expect.equal (begun ()) [ 0; 0; 0; 0 ] "abandoned is not lost"
                die [ cells[0]; cells[1] ]
                die [ cells[1]; cells[0] ]
                Expect.equal (begun ()) [ 2; 2; 0; 0 ] "counted"
                look (fun store ->
                    let plan = plan store file
                    Expect.equal [ for cell in runs plan.ToRun -> cell.Seed ] [ 3L; 4L; 1L; 2L ] "the others first"
                    Expect.equal plan.Begun 2 "said"
                    Expect.equal (sweepOf store).Begun 2L "said"
                    Expect.isEmpty (store.GiveUp plan.ToRun) "not yet"
                    store.Begin cells[0].Key
                    store.Finish ended[0] |> ignore)
                Expect.equal (begun ()) [ 0; 2; 0; 0 ] "a result settles it"
                die [ cells[1] ]
                look (fun store ->
                    let before = plan store file
                    let given = store.GiveUp before.ToRun
                    let after = before.Without given
                    Expect.equal (given.Count, after.Failed, after.ToRun.Count) (1, 1, 2) "after three times"
                    let again = plan store file
                    Expect.equal (again.Failed, again.ToRun.Count) (1, 2) "it is a failure like others"
                    let failed = store.Cells() |> Seq.filter (fun cell -> cell.State = CellState.Failed) |> Seq.exactlyOne
                    Expect.stringContains (string failed.Outcome.Error) "died 3 times" "why"
                    Expect.stringContains (string failed.Outcome.Error) $"process {Environment.ProcessId} on " "and where"
                    let retry = SweepPlan.Of(file, store, null, true, 1e12)
                    Expect.equal retry.ToRun.Count 3 "tried again when told to"
                    store.Forgive retry.ToRun
                    Expect.isEmpty (store.GiveUp retry.ToRun) "and again three times")
                die [ cells[1] ]
                Expect.equal (begun ()) [ 0; 1; 0; 0 ] "counted anew"
                Expect.equal (run 2 path file) 2 "a later run leaves it out"
                look (fun store ->
                    Expect.isTrue (store.Finish ended[1]) "until it succeeds"
                    Expect.equal ((sweepOf store).Done, (sweepOf store).Failed) (4L, 0L) "all there"))

        for version in 1 .. StoreSchema.Version - 1 do
            testCase $"a store of version {version} is taken over with its results" <| fun () ->
                inFolder (fun folder ->
                    let file = SweepFile.Read(write folder "s.toml" ("seeds = 3\n" + empty))
                    let path, old = Path.Combine(folder, "now.sqlite"), Path.Combine(folder, "s.sqlite")
                    run 1 path file |> ignore
                    let before = results path
                    do
                        use connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={old};Pooling=False")
                        connection.Open()
                        use statement = connection.CreateCommand()
                        let execute text =
                            statement.CommandText <- text
                            statement.ExecuteNonQuery() |> ignore
                        execute "PRAGMA journal_mode = WAL"
                        for change in Seq.take version StoreSchema.Versions do execute change
                        // What the version's cells had.
                        let columns =
                            "id, key, config, learner, learner_version, model_version, state, accuracy, measures, error, "
                            + "wall_seconds, cpu_seconds, code, host, finished"
                        let peak = if version = 1 then "peak_memory_bytes" else "process_peak_bytes"
                        execute $"ATTACH '{path}' AS now"
                        execute $"INSERT INTO main.cell({columns}, {peak}) SELECT {columns}, process_peak_bytes FROM now.cell"
                        execute "INSERT INTO main.sweep SELECT * FROM now.sweep"
                        execute "INSERT INTO main.member SELECT * FROM now.member"
                        execute $"PRAGMA main.application_id = {StoreSchema.ApplicationId}; PRAGMA main.user_version = {version}"
                    Expect.equal (results old) before "every result"
                    Expect.equal (run 1 old file) 0 "nothing is run again"
                    Expect.equal (run 1 old (SweepFile.Read(write folder "s.toml" ("seeds = 5\n" + empty)))) 2 "and it goes on"
                    use store = ResultStore.OpenToRead old
                    let tally = [ for row in store.Tally() -> row.Kind, row.Learner, row.State, row.Cells ]
                    Expect.equal tally [ "run", "null", CellState.Done, 5L ] "counted")
    ]
