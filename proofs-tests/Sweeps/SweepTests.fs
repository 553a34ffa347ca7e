module Rhm.ProofsTests.Sweeps.SweepTests

open System
open System.Collections.Generic
open System.IO
open System.Threading
open Expecto
open Rhm.Clustering
open Rhm.Experiments.Plotting
open Rhm.Grammars
open Rhm.Learning
open Rhm.Levelwise
open Rhm.Networks.Probes
open Rhm.Randomness
open Rhm.Strings
open Rhm.Sweeps
open Rhm.Sweeps.Expressions

let private inFolder (action: string -> unit) =
    let folder = Directory.CreateTempSubdirectory("rhm-sweep").FullName

    try
        action folder
    finally
        Directory.Delete(folder, true)

let private write folder name (text: string) =
    let path = Path.Combine(folder, name)
    File.WriteAllText(path, text)
    path

let private sentence fragment (action: unit -> unit) =
    let error = Expect.throwsC action id
    Expect.isFalse (error.Message.Contains '\n') "one line"
    Expect.stringContains error.Message fragment "names the reason"

let private readAs name text =
    let mutable cells: IReadOnlyList<Cell> = [||]
    inFolder (fun folder -> cells <- (SweepFile.Read(write folder name text)).Cells())
    List.ofSeq cells

let private read text = readAs "s.toml" text

let private configurations text = [ for cell in read text -> cell.Configuration ]

let private grid =
    """
grammars = 2
L = 3
s = 2
v = 8
m = [3, 4]
P = "[0.1, 1] * v*m^3"
[[learner]]
name = "ilc"
restarts = [2, 10]
"""

let private jsonGrid =
    """{
  "grammars": 2,
  "L": 3,
  "s": 2,
  "v": 8,
  "m": [3, 4],
  "P": "[0.1, 1] * v*m^3",
  "learner": { "name": "ilc",
    "restarts": [2, 10] }
}
"""

// ---------------------------------------------------------------------------------------------------------------------------

let private names =
    Map [ "v", Value.Of 8L; "m", Value.Of 6L; "x", Value.Of 0.5; "learner", Value.Text "ilc"; "nothing", Value.Missing.Instance ]

let private evaluate (text: string) =
    (Expression.Parse text).Evaluate(fun name ->
        match Map.tryFind name names with
        | Some value -> value
        | None -> raise (ArgumentException $"no name {name}"))

[<Tests>]
let expressions =
    testList "Sweep expressions" [
        for text, expected in
            [ "0.1 * v*m^3", "172.8"
              "[0.1, 1] * v*m^3", "[172.8, 1728]"
              "-2^2", "-4"
              "2^3^2", "512"
              "2^-1", "0.5"
              "1 - 2 - 3", "-4"
              "8 / 4 / 2", "1"
              "(1 + 2) * 3", "9"
              "1_000 + 1e3", "2000"
              "sqrt(2)^2 - 2 < 1e-15", "1"
              "min(3, [1, 5])", "[1, 3]"
              "range(2, 5)", "[2, 3, 4, 5]"
              "geomspace(1, 100, 3)", "[1, 10, 100]"
              "floor(-2.5) + ceil(2.1) + round(2.5) + abs(-1)", "4"
              "m in [4, 6] and not (v == 9)", "1"
              "learner == 'ilc' or m > 7", "1"
              "learner != \"ilc\"", "0"
              "nothing + 1", "nothing"
              "nothing < 1", "0"
              "1 < 2 && 2 <= 2 || false", "1" ] do
            testCase $"{text} is {expected}" <| fun () -> Expect.equal (string (evaluate text)) expected "value"

        for text, fragment in
            [ "v *", "ends too early"
              "v * * m", "unexpected \"*\" at column 5"
              "(v", "ends too early"
              "v m", "unexpected \"m\" at column 3"
              "3 $ 4", "\"$\" at column 3"
              "'open", "the quote at column 1"
              "foo(1)", "no function \"foo\""
              "min(1)", "takes 2 arguments, not 1"
              "w + 1", "no name w"
              "[1, 2] + [3]", "a list meets a list"
              "1 / 0", "has no value"
              "'a' + 1", "no arithmetic"
              "v < 'a'", "has no order"
              "v == 'a'", "cannot be compared"
              "[[1]]", "a list cannot stand in a list"
              "1.2.3", "is no number"
              String.replicate 300 "(" + "1" + String.replicate 300 ")", "nested more than 200"
              String.replicate 300 "-2^" + "1", "nested more than 200"
              "range(1, 10^9)", "more than 1000000 values"
              String.replicate 20000 "1", "longer than 10000" ] do
            testCase $"refuses {(if text.Length > 30 then text[..30] else text)}" <| fun () -> sentence fragment (fun () -> evaluate text |> ignore)

        testCase "powers that nobody can write out end at once" <| fun () ->
            Expect.equal (string (evaluate "10^10^10 > 1")) "1" "infinity"

        testCase "decimals are exact, and a half is rounded away from zero" <| fun () ->
            let round text =
                match evaluate text with
                | :? Value.Number as number -> int64 (number.Round())
                | other -> failtestf "%O" other

            // In doubles 0.29*50 lies below 14.5 and 0.7*5*3 below 10.5: both would round down.
            for text, expected in [ "0.29 * 50", 15L; "0.7*5*3", 11L; "2.5", 3L; "-2.5", -3L; "1/3*3/2", 1L; "2.4999999999999999999999", 2L ] do
                Expect.equal (round text) expected text

        Rhm.ProofsTests.Generators.property "sums, products and powers of integers are exact" <| fun (a: int) (b: int) (n: byte) ->
            let exact = (bigint a + 7I) * bigint b - pown (bigint a) (int n % 20)
            match evaluate $"(({a}) + 7) * ({b}) - ({a})^{int n % 20}" with
            | :? Value.Number as number -> number.Round() = exact
            | _ -> false
    ]

// ---------------------------------------------------------------------------------------------------------------------------

[<Tests>]
let files =
    testList "Sweep files" [
        testCase "every combination of the values is a cell" <| fun () ->
            let cells = read grid
            Expect.equal cells.Length 16 "2 grammars, 2 m, 2 P, 2 restarts"
            let found = set [ for c in cells -> c.Grammar, c.Shape.Multiplicity, c.Samples, string (c.ValueOf "restarts") ]
            let expected = set [ for g in 1L .. 2L do for m in [ 3; 4 ] do for f in [ 0.1; 1.0 ] do for r in [ "2"; "10" ] -> g, m, int64 (round (f * 8.0 * float (m * m * m))), r ]
            Expect.equal found expected "P by the rule"

        testCase "order, blanks, comments and the spelling of numbers do not matter" <| fun () ->
            let other =
                """
m     = [ 4.0, 3 ] # the other way round
grammar = [2, 1]
P = ["v * m^3", "1e-1*v *m^3"]
v = 8e0
classes = "v"
zipf = 0.0
[learner]
cousins = "all"
restarts = [1_0, 0x2]
name = 'ilc'
[grid]
s = 2
L = "5 - 2"
seeds = 1
"""
            Expect.equal (set (configurations other)) (set (configurations grid)) "the same cells"
            Expect.notEqual (set (configurations (grid.Replace("restarts = [2, 10]", "restarts = [2, 11]")))) (set (configurations grid)) "other cells"

        testCase "a configuration is canonical and complete" <| fun () ->
            let text = """{"L":3,"P":22,"classes":8,"cousins":"all","grammar":1,"held_out":2000,"learner":"ilc","learner_version":2,"m":3,"model_version":1,"pool_grandparents":true,"restarts":2,"s":2,"seed":1,"target":"latent","v":8,"zipf":0.0}"""
            let cell = (read grid)[0]
            Expect.equal cell.Configuration text "names in order, defaults included"
            // SHA-256 of the text, from sha256sum.
            Expect.equal (string cell.Key) "60670debebaf840c51aa78b025f7822d" "key"
            Expect.equal (Cell.Parse(text, LearnerCatalog()).Key) cell.Key "and back"
            sentence "another version" (fun () -> Cell.Parse(text.Replace("\"learner_version\":2", "\"learner_version\":0"), LearnerCatalog()) |> ignore)

        testCase "an inner value counts, learners have their own, and where leaves cells out" <| fun () ->
            let cells =
                read
                    """
L = 3
s = 2
v = 4
m = 2
P = 10
where = "P != 20 or m == 2"
[[grid]]
m = [2, 3]
[[grid]]
v = 5
seeds = 2
[[learner]]
name = "null"
P = [10, 20]
fail = "m == 3"
[[learner]]
name = "ilc"
restarts = "m"
"""
            let show (c: Cell) = c.Settings.Learner.Name, c.Shape.Vocabulary, c.Shape.Multiplicity, c.Samples, c.Seed, string (c.ValueOf "fail"), string (c.ValueOf "restarts")

            Expect.equal
                (set [ for c in cells -> show c ])
                (set
                    [ "null", 4, 2, 10L, 1L, "0", "nothing"
                      "null", 4, 2, 20L, 1L, "0", "nothing"
                      "null", 4, 3, 10L, 1L, "1", "nothing"
                      "ilc", 4, 2, 10L, 1L, "nothing", "2"
                      "ilc", 4, 3, 10L, 1L, "nothing", "3"
                      for seed in 1L .. 2L do
                          "null", 5, 2, 10L, seed, "0", "nothing"
                          "null", 5, 2, 20L, seed, "0", "nothing"
                          "ilc", 5, 2, 10L, seed, "nothing", "2" ])
                "cells"

        testCase "equal cells are there once" <| fun () ->
            Expect.equal (read (grid.Replace("[0.1, 1]", "[1, 1, 1.0, 1.0001]"))).Length 8 "P = 512.05 is 512"

        testCase "a cell is the command line's run of the same numbers" <| fun () ->
            let cell = (read grid)[0]
            let grammar = Grammar.Draw(cell.Shape, 1UL)
            let learned = IterativeLatentClustering.Learn(Rhm.Strings.StringSampler(grammar, 1UL, cell.Samples), 2, IlcOptions(Restarts = 2, Seed = 1UL))
            let expected = learned.Accuracy(Rhm.Strings.StringSampler(grammar, 1UL, 2000L, Rhm.Randomness.RandomPurpose.HeldOut))
            Expect.equal (List.ofSeq (cell.Run(1, CancellationToken.None)).Accuracy) (List.ofArray expected) "accuracy"

        let wrong (change: string) (replacement: string) line fragment =
            testCase $"line {line}: {replacement.Trim()}" <| fun () ->
                Expect.isTrue (grid.Contains change) "the text is there"
                sentence $"line {line}: " (fun () -> read (grid.Replace(change, replacement)) |> ignore)
                sentence fragment (fun () -> read (grid.Replace(change, replacement)) |> ignore)

        wrong "v = 8" "vv = 8" 5 "unknown parameter \"vv\": did you mean v?"
        wrong "restarts = [2, 10]" "restart = 2" 10 "unknown parameter \"restart\" of learner ilc: did you mean restarts?"
        wrong "restarts = [2, 10]" "nonsense = 2" 10 "there are: "
        wrong "m = [3, 4]" "m = []" 6 "m has no values: the grid is empty"
        wrong "m = [3, 4]" "m = \"range(2, 1)\"" 6 "m has no values: the grid is empty"
        wrong "m = [3, 4]" "m = [3, 4.5]" 6 "m = 4.5 is no integer"
        wrong "m = [3, 4]" "m = [3,\n 9]" 6 "exceeds v^(s-1)"
        wrong "m = [3, 4]" "m = 3000000000" 6 "outside"
        wrong "m = [3, 4]" "m = true" 6 "m = true is no number"
        wrong "v*m^3" "v*m^^3" 7 "unexpected \"^\""
        wrong "v*m^3" "v*w" 7 "mentions \"w\""
        wrong "\"[0.1, 1] * v*m^3\"" "[0.1, 1] * v*m^3" 7 "an expression stands in quotes"
        wrong "v*m^3" "0" 7 "P = 0 must be at least 1"
        wrong "m = [3, 4]" "m = \"v\"\nv = \"m\"" 7 "v"
        wrong "v = 8\nm = [3, 4]" "v = \"2*m\"\nm = \"v/2\"" 5 "in a circle"
        wrong "name = \"ilc\"" "name = \"icl\"" 9 "no learner \"icl\"; there are: "
        wrong "name = \"ilc\"\nrestarts = [2, 10]" "restarts = 2" 8 "has no name"
        wrong "restarts = [2, 10]" "cousins = [\"al\"]" 10 "none of: element, tuple, all"
        wrong "restarts = [2, 10]" "restarts = 0" 8 "restarts 0 is outside"
        wrong "restarts = [2, 10]" "pool_grandparents = 2" 10 "neither true nor false"
        wrong "grammars = 2" "grammars = 0" 2 "outside 1.."
        wrong "grammars = 2" "grammars = 2\ngrammar = 1" 3 "say the same thing"
        wrong "grammars = 2" "seed = -1" 2 "outside 0.."
        wrong "grammars = 2" "where = 1" 2 "condition in quotes"
        wrong "grammars = 2" "v = 8" 5 ""
        wrong "grammars = 2" "assemblies = [\"no.dll\"]" 2 "cannot load learners"
        wrong "L = 3" "L = {a = 1}" 3 "neither a number"
        wrong "[[learner]]" "[[lerner]]" 8 "no table [lerner]"

        testCase "JSON with the same names gives the same cells" <| fun () ->
            Expect.equal [ for c in readAs "s.json" jsonGrid -> c.Configuration ] (configurations grid) "in the same order"
            Expect.equal [ for c in readAs "S.JSON" ("\uFEFF" + jsonGrid) -> c.Configuration ] (configurations grid) "with a byte order mark"
            let several = jsonGrid.Replace("\"learner\": ", "\"where\": \"m < 5\", \"grid\": [{}, {\"v\": [9, 1e1], \"zipf\": 0.5}], \"learner\": [{\"name\": \"null\", \"fail\": true}, ").Replace("}\n}", "}]\n}")
            let twin = grid.Replace("[[learner]]", "where = \"m < 5\"\n[[grid]]\n[[grid]]\nv = [9, 10]\nzipf = 0.5\n[[learner]]\nname = \"null\"\nfail = true\n[[learner]]")
            Expect.equal [ for c in readAs "s.json" several -> c.Configuration ] (configurations twin) "several grids and learners"
            Expect.equal (List.length (configurations twin)) 72 "all of them"

        let wrongJson (change: string) (replacement: string) line fragment =
            testCase $"JSON, line {line}: {replacement.Trim()}" <| fun () ->
                Expect.isTrue (jsonGrid.Contains change) "the text is there"
                sentence $"line {line}: " (fun () -> readAs "s.json" (jsonGrid.Replace(change, replacement)) |> ignore)
                sentence fragment (fun () -> readAs "s.json" (jsonGrid.Replace(change, replacement)) |> ignore)

        wrongJson "\"v\": 8" "\"vv\": 8" 5 "unknown parameter \"vv\": did you mean v?"
        wrongJson "\"v\": 8" "\"s\": 8" 5 "s is given twice"
        wrongJson "\"v\": 8" "\"v\": null" 5 "v = null is neither"
        wrongJson "\"v\": 8" "\"v\": {\"a\": 1}" 5 "v is neither"
        wrongJson "\"v\": 8" "\"v\": 08" 5 "leading zero"
        wrongJson "\"v\": 8" "\"w\": {\"a\": 1}" 5 "no table [w]"
        wrongJson "[3, 4]" "[]" 6 "the grid is empty"
        wrongJson "[3, 4]" "[3,\n 9]" 6 "exceeds v^(s-1)"
        wrongJson "[3, 4]" "[3,\n [4]]" 7 "m is neither"
        wrongJson "\"[0.1, 1] * v*m^3\"" "[0.1, 1] * v*m^3" 7 "an expression stands in quotes"
        wrongJson "[2, 10]" "0" 8 "restarts 0 is outside"
        wrongJson "\"name\": \"ilc\"," "" 8 "has no name"
        wrongJson "\"restarts\"" "\"restart\"" 9 "did you mean restarts?"
        wrongJson "\"grammars\": 2" "\"grid\": [1]" 2 "grid is a table or a list of tables"
        wrongJson "}\n}" "}" 10 "Expected"
        wrongJson "}\n}" "}\n}\n{" 11 "invalid"

        testCase "what no line can be blamed for is one sentence as well" <| fun () ->
            sentence "excludes every combination" (fun () -> read ("where = \"m > 9\"" + grid) |> ignore)
            sentence "names no learner" (fun () -> read "L = 3" |> ignore)
            sentence "is given no P" (fun () -> read (grid.Replace("P = \"[0.1, 1] * v*m^3\"", "")) |> ignore)
            sentence "cannot read" (fun () -> SweepFile.Read "no-such.toml" |> ignore)
            sentence "is a JSON object" (fun () -> readAs "s.json" "[]" |> ignore)
            sentence "line 1: " (fun () -> readAs "s.json" "" |> ignore)
            sentence "names no learner" (fun () -> readAs "s.json" "{}" |> ignore)
    ]

// ---------------------------------------------------------------------------------------------------------------------------

let private sweepOf (store: ResultStore) = nonNull (store.Find "s")

let private plan (store: ResultStore | null) (file: SweepFile) = SweepPlan.Of(file, store, null, false, SweepPlan.AvailableMemoryBytes)

/// Runs what is open and returns how many cells that were.
let private run threads path (file: SweepFile) =
    use store = ResultStore.OpenToWrite path
    let plan = plan store file
    store.Register(file.Name, file.Fingerprint, plan.All)
    LocalEngine.Run(plan.ToRun, plan.Begun, threads, 1, SweepPlan.AvailableMemoryBytes, (fun cell -> store.Begin cell.Key), (fun outcome -> store.Finish outcome |> ignore), CancellationToken.None)
    plan.ToRun.Count

/// What does not depend on the run: identity, state and every bit of the result.
let private results path =
    use store = ResultStore.OpenToRead path

    [ for cell in store.Cells() ->
          string cell.Key, cell.State, (match cell.Outcome.Accuracy with null -> [] | a -> [ for x in a -> BitConverter.DoubleToInt64Bits x ]), cell.Outcome.Error ]

let private outcomes (file: SweepFile) =
    use runner = new CellRunner()
    [ for cell in file.Cells() -> runner.Run(cell, CancellationToken.None) ]

let private empty = "L = 3\ns = 2\nv = 4\nm = 2\nP = 10\n[[learner]]\nname = \"null\"\n"

[<Tests>]
let store =
    testList "Sweep store" [
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

        testCase "results are the same for any number of threads" <| fun () ->
            inFolder (fun folder ->
                let file = SweepFile.Read(write folder "s.toml" grid)
                let one, three = Path.Combine(folder, "1.sqlite"), Path.Combine(folder, "3.sqlite")
                run 1 one file |> ignore
                run 3 three file |> ignore
                Expect.equal (results three) (results one) "to the last bit"
                Expect.notEqual (results one) [] "there are some")

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
                let success = CellOutcome(failed.Key, failed.Outcome.Configuration, [| 0.5; 0.25 |], null, null, 1.0, Nullable 1.0, Nullable 1L, Nullable 1L, "", "", "2100")
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
                sentence "another process writes" (fun () -> ResultStore.OpenToWrite(path).Dispose())
                ResultStore.OpenToRead(path).Dispose())

        testCase "other files and other versions are refused and left alone" <| fun () ->
            inFolder (fun folder ->
                let text = write folder "text.sqlite" (String.replicate 1000 "no database ")
                sentence "no store of rhm sweep" (fun () -> ResultStore.OpenToWrite(text).Dispose())
                Expect.equal (File.ReadAllText text) (String.replicate 1000 "no database ") "as it was"
                sentence "nothing was run yet" (fun () -> ResultStore.OpenToRead(Path.Combine(folder, "none.sqlite")).Dispose())
                sentence "cannot open" (fun () -> ResultStore.OpenToWrite(folder).Dispose())
                let path = Path.Combine(folder, "s.sqlite")
                ResultStore.OpenToWrite(path).Dispose()
                let execute command =
                    use connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={path};Pooling=False")
                    connection.Open()
                    use statement = connection.CreateCommand()
                    statement.CommandText <- command
                    statement.ExecuteNonQuery() |> ignore
                execute "PRAGMA user_version = 9"
                sentence "is a store of version 9, this program has version 2" (fun () -> ResultStore.OpenToRead(path).Dispose())
                execute "PRAGMA user_version = 1; PRAGMA application_id = 5"
                sentence "no store of rhm sweep" (fun () -> ResultStore.OpenToRead(path).Dispose()))

        testCase "a full disk stops the sweep with a sentence, and the store stays valid" <| fun () ->
            inFolder (fun folder ->
                let path = Path.Combine(folder, "s.sqlite")
                let file = SweepFile.Read(write folder "s.toml" ("seeds = 3000\n" + empty))
                let done' =
                    use store = ResultStore.OpenToWrite path
                    let plan = plan store file
                    store.Register(file.Name, file.Fingerprint, plan.All)
                    store.LimitPages()
                    sentence "the disk is full" (fun () ->
                        LocalEngine.Run(plan.ToRun, 0, 2, 1, 1e12, (fun cell -> store.Begin cell.Key), (fun outcome -> store.Finish outcome |> ignore), CancellationToken.None))
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
                    Expect.equal [ for cell in plan.ToRun -> cell.Seed ] [ 3L; 4L; 1L; 2L ] "the others first"
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

        testCase "a store of the first version is taken over with its results" <| fun () ->
            inFolder (fun folder ->
                let file = SweepFile.Read(write folder "s.toml" ("seeds = 3\n" + empty))
                let path = Path.Combine(folder, "s.sqlite")
                run 1 path file |> ignore
                let before = results path
                do
                    use connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={path};Pooling=False")
                    connection.Open()
                    use statement = connection.CreateCommand()
                    // What version 2 added, taken back.
                    statement.CommandText <-
                        "DROP TRIGGER cell_done; DROP TRIGGER cell_forgotten; DROP TABLE attempt; ALTER TABLE cell DROP COLUMN allocated_bytes;
                         ALTER TABLE cell RENAME COLUMN process_peak_bytes TO peak_memory_bytes; PRAGMA user_version = 1"
                    statement.ExecuteNonQuery() |> ignore
                Expect.equal (results path) before "every result"
                Expect.equal (run 1 path file) 0 "nothing is run again"
                Expect.equal (run 1 path (SweepFile.Read(write folder "s.toml" ("seeds = 5\n" + empty)))) 2 "and it goes on")

        testCase "time and memory are the cell's own, or are not said" <| fun () ->
            let spend = 40_000_000
            let probe threads =
                Learner.Define("probe", 1, NullOptions(), (fun (problem: LearningProblem) (_: NullOptions) ->
                    let work () =
                        let clock = Diagnostics.Stopwatch.StartNew()
                        let mutable kept = 0
                        while clock.ElapsedMilliseconds < 60L do
                            if kept = 0 then kept <- (Array.zeroCreate<byte> spend).Length
                        kept
                    let others = [ for _ in 2..threads -> Thread((fun () -> work () |> ignore)) ]
                    for thread in others do thread.Start()
                    let kept = work ()
                    for thread in others do thread.Join()
                    LearningResult [| float kept |]))
            let run cellThreads together =
                let cells = [| for seed in 1L .. 2L -> Cell(GrammarShape(2, 2, 2, 1), 0.0, 1L, 1L, seed, 1L, LearnerSettings.Of(probe cellThreads, Dictionary())) |]
                let found = List<CellOutcome>()
                LocalEngine.Run(cells, 0, cellThreads * (if together then 2 else 1), cellThreads, 1e12, ignore, (fun outcome -> found.Add outcome), CancellationToken.None)
                List.ofSeq found
            for together in [ false; true ] do
                for outcome in run 1 together do
                    Expect.isLessThanOrEqual outcome.CpuSeconds.Value (outcome.WallSeconds + 0.02) "one thread"
                    Expect.isTrue (outcome.AllocatedBytes.Value >= int64 spend && outcome.AllocatedBytes.Value < int64 spend + 10_000_000L) "its own array and no other"
                    Expect.isGreaterThan outcome.ProcessPeakBytes.Value (int64 spend) "of the process"
            for outcome in run 2 false do
                Expect.isTrue (outcome.AllocatedBytes.Value >= 2L * int64 spend) "both threads"
            for outcome in run 2 true do
                Expect.equal (outcome.CpuSeconds, outcome.AllocatedBytes) (Nullable(), Nullable()) "whose they are nobody knows"

        testCase "cells too large for memory are refused, the others planned" <| fun () ->
            inFolder (fun folder ->
                let file = SweepFile.Read(write folder "s.toml" ("seeds = 3\n" + empty + "gibibytes = \"[0.001, 2, 100000][0]\"\n".Replace("[0.001, 2, 100000][0]", "[0.001, 100000]")))
                let plan = plan null file
                Expect.equal (plan.ToRun.Count, plan.Refused.Count) (3, 3) "half of them"
                Expect.equal (SweepPlan.Of(file, null, null, false, SweepPlan.ParseBytes "1M")).ToRun.Count 0 "with less memory"
                Expect.equal (SweepPlan.ParseBytes "1.5GiB", SweepPlan.ParseBytes "500", SweepPlan.ParseBytes "2k") (1.5 * 1073741824.0, 500.0 * 1048576.0, 2048.0) "sizes"
                sentence "is no size" (fun () -> SweepPlan.ParseBytes "much" |> ignore))

        testCase "a plan says which cells cannot learn, and why" <| fun () ->
            inFolder (fun folder ->
                let doubts (settings: string) = (plan null (SweepFile.Read(write folder "s.toml" ("L = 3\ns = 2\nv = 4\n" + settings)))).Doubts |> List.ofSeq
                let ilc target = $"[[learner]]\nname = \"ilc\"\ntarget = \"{target}\"\n"
                Expect.isEmpty (doubts ("m = 2\nP = 1000\n" + ilc "latent")) "nothing to say"
                Expect.isEmpty (doubts ("m = 4\nP = 1000\n" + ilc "root")) "f = 1 from labels"

                for settings, fragment in
                    [ "m = 1\nP = 1000\n" + ilc "latent", "1 of 1 cells have m = 1"
                      "m = [2, 4]\nP = 1000\n" + ilc "token", "1 of 2 cells have f = m/v^(s-1) = 1"
                      "m = 2\nP = [10, 1000]\n" + ilc "root", "1 of 2 cells have P below coverage" ] do
                    Expect.hasLength (doubts settings) 1 settings
                    Expect.stringContains (doubts settings).Head fragment "one sentence")

        testCase "cells run together only as far as their memory goes" <| fun () ->
            inFolder (fun folder ->
                let file = SweepFile.Read(write folder "s.toml" ("seeds = 6\n" + empty + "gibibytes = 1\nmilliseconds = 20\n"))
                let most suspects limit =
                    let mutable running, most = 0, 0
                    let probe =
                        Learner.Define("probe", 1, NullOptions(), (fun _ _ ->
                            most <- max most (Interlocked.Increment &running)
                            Thread.Sleep 20
                            Interlocked.Decrement &running |> ignore
                            LearningResult [| 0.0 |]), memoryBytes = (fun _ _ _ -> 1e9))
                    let cells = [| for cell in file.Cells() -> Cell(cell.Shape, 0.0, 1L, 1L, cell.Seed, 1L, LearnerSettings.Of(probe, Dictionary())) |]
                    LocalEngine.Run(cells, suspects, 3, 1, limit, ignore, ignore, CancellationToken.None)
                    most
                Expect.equal (most 0 0.5e9) 1 "one that is too large runs alone"
                Expect.equal (most 0 2.5e9) 2 "two fit"
                Expect.equal (most 6 2.5e9) 1 "nothing runs beside one that may kill the process")

        testCase "an interrupted run abandons its cells and says so; the next goes on" <| fun () ->
            inFolder (fun folder ->
                let path = Path.Combine(folder, "s.sqlite")
                let file = SweepFile.Read(write folder "s.toml" ("seeds = 40\n" + empty + "milliseconds = 20\n"))
                let finished =
                    use store = ResultStore.OpenToWrite path
                    let plan = plan store file
                    store.Register(file.Name, file.Fingerprint, plan.All)
                    use stop = new CancellationTokenSource()
                    let mutable count = 0
                    Expect.throwsT<OperationCanceledException> (fun () ->
                        LocalEngine.Run(plan.ToRun, 0, 2, 1, 1e12, (fun cell -> store.Begin cell.Key), (fun outcome ->
                            store.Finish outcome |> ignore
                            count <- count + 1
                            if count = 10 then stop.Cancel()), stop.Token)) "stops"
                    (sweepOf store).Done
                Expect.isLessThan finished 14L "soon"
                Expect.equal (run 2 path file) (40 - int finished) "the rest")
    ]

// ---------------------------------------------------------------------------------------------------------------------------

[<Tests>]
let shards =
    testList "Sweep shards" [
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
                let stored = [ for cell in store.Cells() -> string cell.Key, [ for x in nonNull cell.Outcome.Accuracy -> BitConverter.DoubleToInt64Bits x ] ]
                Expect.equal stored [ for outcome in all -> string outcome.Key, [ for x in nonNull outcome.Accuracy -> BitConverter.DoubleToInt64Bits x ] ] "every bit")

        testCase "a task goes on where its earlier start was killed" <| fun () ->
            inFolder (fun folder ->
                let file = SweepFile.Read(write folder "s.toml" ("seeds = 5\n" + empty))
                let all = outcomes file
                File.WriteAllLines(Path.Combine(folder, "cells.txt"), [ for i, outcome in List.indexed all -> $"{i % 2} {outcome.Configuration}" ])
                do
                    use shard = new Shard(Path.Combine(folder, "task-0-earlier" + Shard.Extension))
                    shard.Append all[2]
                    shard.Begin all[0].Key
                Expect.equal (SlurmEngine.RunTask(folder, 0, 1, 1, CancellationToken.None)) 2 "of three"
                let later = Directory.GetFiles(folder, "task-0-*") |> Array.filter (fun name -> not (name.Contains "earlier")) |> Array.exactlyOne
                let struct (written, _) = Shard.Read(later, Shard.Position.Beginning, List())
                Expect.equal [ for outcome in written -> outcome.Key ] [ all[4].Key; all[0].Key ] "what was running when it was killed comes last"
                Expect.equal (SlurmEngine.RunTask(folder, 0, 1, 1, CancellationToken.None)) 0 "nothing left"
                Expect.equal (SlurmEngine.RunTask(folder, 1, 2, 1, CancellationToken.None)) 2 "the other task")

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

        testCase "the script has parts of equal time and quotes its paths" <| fun () ->
            inFolder (fun folder ->
                let file = SweepFile.Read(write folder "s.toml" ("seeds = 10\n" + empty + "milliseconds = \"1000*seed\"\n"))
                let store = Path.Combine(folder, "it's a store.sqlite")
                let engine = SlurmEngine(store, SlurmOptions(Tasks = 4, ArrayLimit = 3, Partition = "cpu", Time = "1:00:00", Memory = "2G"))
                let struct (script, tasks) = engine.DryRun(file.Cells(), fun cell -> cell.Seconds)
                Expect.equal tasks 4 "tasks"
                for line in [ "#SBATCH --array=0-3%3"; "#SBATCH --partition=cpu"; "#SBATCH --time=1:00:00"; "#SBATCH --mem=2G"; "it'\\''s a store" ] do
                    Expect.stringContains script line "the script"
                sentence "no single word" (fun () -> SlurmEngine(store, SlurmOptions(Partition = "a\n#SBATCH b")) |> ignore))
    ]

// ---------------------------------------------------------------------------------------------------------------------------

[<Tests>]
let tables =
    testList "Sweep tables" [
        testCase "CSV and Parquet give back every number to the last bit" <| fun () ->
            inFolder (fun folder ->
                let path = Path.Combine(folder, "s.sqlite")
                let text = grid + "[[learner]]\nname = \"null\"\nfail = \"seed == 2\"\nseeds = 3\n"
                run 2 path (SweepFile.Read(write folder "s.toml" text)) |> ignore
                use store = ResultStore.OpenToRead path
                let table = SweepTable.Of(store, "s")
                let rows = List.ofSeq (table.Rows())
                let csv, parquet = Path.Combine(folder, "s.csv"), Path.Combine(folder, "s.parquet")
                Expect.equal (table.Export(csv, null, null), table.Export(parquet, null, null)) (int64 rows.Length, int64 rows.Length) "rows"
                let lines = File.ReadAllLines csv
                let header = lines[0].Split ','
                Expect.equal (List.ofArray header) [ for column in table.Columns -> column.Name ] "header"
                let top = Array.IndexOf(header, "accuracy_level2")
                let value (row: SweepTable.Row) = match row.Values.TryGetValue "accuracy_level2" with | true, x -> Some(BitConverter.DoubleToInt64Bits(x :?> float)) | _ -> None
                let cell (line: string) = match line.Split(',')[top] with "" -> None | x -> Some(BitConverter.DoubleToInt64Bits(Double.Parse x))
                Expect.equal [ for line in Array.tail lines -> cell line ] (List.map value rows) "CSV"
                use stream = File.OpenRead parquet
                let reader = Parquet.ParquetReader.CreateAsync(stream).GetAwaiter().GetResult()
                let field = reader.Schema.FindDataField "accuracy_level2"
                use group = reader.OpenRowGroupReader 0
                let data = Array.zeroCreate<Nullable<float>> rows.Length
                group.ReadAsync<float>(field, Memory<Nullable<float>> data).AsTask().GetAwaiter().GetResult()
                Expect.equal [ for x in data -> if x.HasValue then Some(BitConverter.DoubleToInt64Bits x.Value) else None ] (List.map value rows) "Parquet"
                Expect.equal (Seq.length (table.Rows(Expression.Parse "learner == 'null' and state == 'failed' and seed == 2"))) 8 "a condition over columns"
                sentence "no column \"speed\"" (fun () -> table.Rows(Expression.Parse "speed > 1") |> Seq.length |> ignore)
                sentence "neither in .csv nor in .parquet" (fun () -> table.Export(Path.Combine(folder, "s.xls"), null, null) |> ignore))

        testCase "P* and its exponent are those of curves with a known law" <| fun () ->
            inFolder (fun folder ->
                let text = "seeds = 4\nL = 3\ns = 2\nv = 32\nm = [4, 8, 16]\nP = \"geomspace(1/8, 8, 7) * m^3\"\n[[learner]]\nname = \"null\"\n"
                let file = SweepFile.Read(write folder "s.toml" text)
                use store = ResultStore.OpenToWrite(Path.Combine(folder, "s.sqlite"))
                store.Register(file.Name, file.Fingerprint, file.Cells())
                // A step in log P that crosses one half at m^3 exactly.
                for cell in file.Cells() do
                    let accuracy = 0.5 + 0.1 * Math.Log(float cell.Samples / float cell.Shape.Multiplicity ** 3.0)
                    store.Finish(CellOutcome(cell.Key, cell.Configuration, [| 1.0; accuracy |], null, null, 1.0, Nullable 1.0, Nullable 1L, Nullable 1L, "", "", "2020")) |> ignore
                let table = SweepTable.Of(store, "s")
                let parse = Expression.Parse
                let thresholds = SweepCurves.Thresholds(table, parse "P", parse "accuracy_top", [| parse "m" |], Nullable 0.5, null)
                for threshold, m in Seq.zip thresholds [ 4.0; 8.0; 16.0 ] do
                    Expect.floatClose { absolute = 0.0; relative = 1e-12 } threshold.Complexity.Value (m ** 3.0) $"P* at m = {m}"
                let struct (_, law) = Seq.exactlyOne (SweepCurves.Exponents thresholds)
                Expect.floatClose { absolute = 1e-9; relative = 0.0 } (nonNull law).Exponent 3.0 "exponent"
                let struct (curves, mixed) = SweepCurves.Of(table, parse "P/m^3", parse "accuracy_top", [| parse "m" |], null)
                Expect.equal [ for curve in curves -> curve.Label, curve.Points.Count, curve.Points[0].Count ] [ "m = 4", 7, 4; "m = 8", 7, 4; "m = 16", 7, 4 ] "one curve for each m"
                Expect.isEmpty mixed "nothing else varies"
                let struct (_, mixed) = SweepCurves.Of(table, parse "P/m^3", parse "accuracy_top", [||], null)
                Expect.equal (List.ofSeq mixed) [ "P"; "m" ] "said where it does")
    ]
