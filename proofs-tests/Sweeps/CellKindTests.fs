module Rhm.ProofsTests.Sweeps.CellKindTests

open System
open System.Collections.Generic
open System.IO
open System.Text
open System.Threading
open Expecto
open Rhm.Grammars
open Rhm.Learning
open Rhm.Levelwise
open Rhm.Randomness
open Rhm.Statistics
open Rhm.Sweeps
open Rhm.Thresholds
open Rhm.ProofsTests.Folders
open Rhm.ProofsTests.Refusals
open Rhm.ProofsTests.SweepFiles

let private thresholds =
    """
kind = "threshold"
grammars = 3
seed = 5
L = 2
s = 2
v = 8
[grid]
m = [3, 4]
start = "0.5 * v*m^3"
most = 100000
[[learner]]
name = "ilc"
restarts = 2
series = "few starts"
"""

[<CLIMutable>]
type DiceOptions = { Sides: int; Fail: bool }

/// A function that throws a die.
let private dice version =
    CellFunction.Define(
        "dice",
        version,
        { Sides = 6; Fail = false },
        (fun options context ->
            if options.Fail then invalidOp "it fell off the table"
            let random = RandomStream(context.Seed, RandomPurpose.Experiment)
            LearningResult([||], Measures = readOnlyDict [ "pips", float (random.NextBelow(uint64 options.Sides)) + 1.0 ])),
        require = (fun options -> if options.Sides < 1 then raise (ArgumentException $"sides = {options.Sides} must be at least 1"))
    )

let private throws = "seeds = 4\n[[cell]]\nkind = \"dice\"\nsides = [6, 20]\n"

let private parse functions (text: string) =
    SweepFile.Parse("s.toml", Encoding.UTF8.GetBytes text, Dictionary(), functions)

let private given functions (text: string) (values: (string * float list) list) =
    let other = Dictionary<string, IReadOnlyList<float>>()
    for name, numbers in values do other[name] <- List.toArray numbers
    SweepFile.Parse("s.toml", Encoding.UTF8.GetBytes text, other, functions)

let private runCell (cell: Cell) = cell.Run(1, CancellationToken.None)

[<Tests>]
let tests =
    testList "Sweeps / Kinds of cells" [
        testCase "thresholds are those of a measurement with the same seed, one cell a grammar" <| fun () ->
            let cells = [ for cell in (parse null thresholds).Cells() -> cell :?> ThresholdCell ]
            Expect.equal
                [ for cell in cells -> cell.Shape.Multiplicity, cell.Grammar, cell.Series ]
                [ for g in 0L .. 2L do for m in [ 3; 4 ] -> m, g, "few starts" ]
                "grammars are numbered from 0"
            for m in [ 3; 4 ] do
                let shape = GrammarShape(2, 2, 8, m)
                let measurement =
                    ThresholdMeasurement(
                        IterativeLatentClustering.Learner, IlcOptions(Restarts = 2), shape, Grammars = 3, Seed = 5UL,
                        Start = 0.5 * 8.0 * float (m * m * m), Most = 100000L)
                let expected = Seq.exactlyOne (Seq.exactlyOne (ThresholdMeasurement.Measure([| measurement |], 1)))
                let found = [ for cell in cells do if cell.Shape.Multiplicity = m then ThresholdCell.CrossingOf((runCell cell).Measures) ]
                Expect.equal found (List.ofSeq expected.Crossings) $"every bit, m = {m}"

        testCase "thresholds of weighted rules and of other classes are those of a measurement; uniform ones keep their key" <| fun () ->
            let first text = Seq.head ((parse null text).Cells()) :?> ThresholdCell
            let cell = first (thresholds.Replace("L = 2", "L = 2\nzipf = 0.75\nclasses = 5"))
            let measurement =
                ThresholdMeasurement(
                    IterativeLatentClustering.Learner, IlcOptions(Restarts = 2), GrammarShape(2, 2, 8, 3, 5), Seed = 5UL, Start = 108.0,
                    Most = 100000L, Zipf = 0.75)
            Expect.equal (ThresholdCell.CrossingOf((runCell cell).Measures)) (Seq.head (measurement.Cross 0)) "every bit"
            Expect.equal (Cell.Parse(cell.Configuration, CellCatalog())).Configuration cell.Configuration "written and read"
            let uniform = first thresholds
            Expect.equal (first (thresholds.Replace("L = 2", "L = 2\nzipf = 0"))).Key uniform.Key "0 is what is meant where nothing is said"
            Expect.stringContains uniform.Configuration "\"zipf\":0.0}" "as it always was"
            Expect.notEqual (first (thresholds.Replace("L = 2", "L = 2\nzipf = 0.75"))).Key uniform.Key "another cell"

        testCase "the accuracy that counts as learned is the one that is asked for" <| fun () ->
            let first text = Seq.head ((parse null text).Cells()) :?> ThresholdCell
            let crossing (threshold: string) =
                ThresholdCell.CrossingOf((runCell (first (thresholds.Replace("L = 2", $"L = 2\nthreshold = {threshold}")))).Measures)
            let measured level =
                let measurement =
                    ThresholdMeasurement(
                        IterativeLatentClustering.Learner, IlcOptions(Restarts = 2), GrammarShape(2, 2, 8, 3), Seed = 5UL, Start = 108.0,
                        Most = 100000L, Level = level)
                Seq.head (measurement.Cross 0)
            Expect.equal (crossing "0.9") (measured 0.9) "0.9"
            Expect.equal (crossing "0.3") (measured 0.3) "0.3"
            Expect.notEqual (crossing "0.9") (crossing "0.3") "which differ"

        testCase "a P* that was not found is stored on its own side" <| fun () ->
            let cell = Seq.head ((parse null thresholds).Cells()) :?> ThresholdCell
            for side, number in [ CrossingSide.Below, -1.0; CrossingSide.Found, 0.0; CrossingSide.Beyond, 1.0 ] do
                let measures = cell.ResultOf([| Crossing(640.0, side) |], 3).Measures
                Expect.equal (measures["side_top"], measures["p_star_top"], measures["runs"]) (number, 640.0, 3.0) $"{side} stored"
                Expect.equal (ThresholdCell.CrossingOf measures) (Crossing(640.0, side)) $"{side} read"

        testCase "results of two versions are not fitted together" <| fun () ->
            inFolder (fun folder ->
                let path = System.IO.Path.Combine(folder, "s.sqlite")
                for version in [ 1; 2 ] do run 1 path (parse [ dice version ] throws) |> ignore
                use store = ResultStore.OpenToRead path
                refuses "several versions" (fun () -> SweepTable.Of(store, null).Results null |> ignore))

        testCase "all levels of a threshold are those of a measurement of all levels" <| fun () ->
            let text = thresholds.Replace("L = 2", "L = 3\nall_levels = true\ngrammar = 1").Replace("grammars = 3\n", "")
            let cell = Seq.head ((parse null text).Cells()) :?> ThresholdCell
            let measurement =
                ThresholdMeasurement(
                    IterativeLatentClustering.Learner, IlcOptions(Restarts = 2), GrammarShape(3, 2, 8, 3), Seed = 5UL, Start = 108.0,
                    Most = 100000L, Levels = [| 1; 2 |])
            let measures = (runCell cell).Measures
            Expect.equal [ for level in 1..2 -> ThresholdCell.CrossingOf(measures, level) ] (List.ofSeq (measurement.Cross 1)) "levels"
            Expect.equal (ThresholdCell.CrossingOf measures) (ThresholdCell.CrossingOf(measures, 2)) "the top is the last"
            Expect.isGreaterThan measures["runs"] 2.0 "runs are counted"

        testCase "the threshold of one hidden level is that of a measurement, and has an identity of its own" <| fun () ->
            let text = thresholds.Replace("L = 2", "L = 3\ngrammar = 1").Replace("grammars = 3\n", "")
            let cellOf level = Seq.head ((parse null (text.Replace("L = 3", $"L = 3\nhidden_level = {level}"))).Cells()) :?> ThresholdCell
            let cell = cellOf 1
            let measurement =
                ThresholdMeasurement(
                    IterativeLatentClustering.Learner, IlcOptions(Restarts = 2), GrammarShape(3, 2, 8, 3), Seed = 5UL, Start = 108.0,
                    Most = 100000L, Levels = [| 1 |])
            let measures = (runCell cell).Measures
            Expect.equal (ThresholdCell.CrossingOf(measures, cell.HiddenLevel)) (Seq.exactlyOne (measurement.Cross 1)) "every bit"
            Expect.isFalse (measures.ContainsKey "p_star_top") "it is not the top level"
            Expect.equal (Cell.Parse(cell.Configuration, CellCatalog())).Configuration cell.Configuration "written and read"
            Expect.equal (cellOf 0).Key (Seq.head ((parse null text).Cells())).Key "0 is the top one, as it always was"
            Expect.notEqual cell.Key (cellOf 0).Key "another cell"
            refuses "hidden_level = 3 is none of the hidden levels 1..2" (fun () -> cellOf 3 |> ignore)
            refuses "all_levels" (fun () ->
                (parse null (text.Replace("L = 3", "L = 3\nhidden_level = 1\nall_levels = true"))).Cells() |> ignore)

        testCase "runs of numbered grammars are those of a threshold" <| fun () ->
            let text =
                "seeding = \"numbered\"\ngrammars = 2\nseed = 7\nL = 2\ns = 2\nv = 8\nm = 3\nP = 300\nheld_out = 500\n"
                + "[[learner]]\nname = \"ilc\"\n"
            let cells = runs ((parse null text).Cells())
            Expect.equal [ for cell in cells -> cell.Grammar ] [ 0L; 1L ] "from 0"
            let shape = GrammarShape(2, 2, 8, 3)
            let measurement = ThresholdMeasurement(IterativeLatentClustering.Learner, IlcOptions(), shape, Seed = 7UL, HeldOut = 500L)
            for cell in cells do
                Expect.equal (List.ofSeq (runCell cell).Accuracy) (List.ofSeq (measurement.Accuracy(int cell.Grammar, 300L))) "accuracy"
                Expect.stringContains cell.Configuration "\"seeding\":\"numbered\"" "another identity than that of given seeds"

        testCase "every kind comes back from its identity, and another version is refused" <| fun () ->
            let catalog version = CellCatalog [ dice version ]
            for cell in Seq.append ((parse null thresholds).Cells()) ((parse [ dice 1 ] throws).Cells()) do
                let again = Cell.Parse(cell.Configuration, catalog 1)
                Expect.equal (again.Configuration, again.Kind, again.Key) (cell.Configuration, cell.Kind, cell.Key) "the same"
            let text = (Seq.head ((parse [ dice 1 ] throws).Cells())).Configuration
            Expect.equal
                text
                """{"fail":false,"kind":"dice","kind_version":1,"model_version":1,"seed":1,"sides":6}"""
                "a function's identity"
            refuses "another version" (fun () -> Cell.Parse(text, catalog 2) |> ignore)
            refuses "no kind of cell \"dice\"; there are: run, threshold" (fun () -> Cell.Parse(text, CellCatalog()) |> ignore)

        testCase "functions run, are kept, fail and are tried again like learners, on the local engine and in a task" <| fun () ->
            inFolder (fun folder ->
                let file = parse [ dice 1 ] (throws + "fail = \"seed == 3\"\n")
                let path = Path.Combine(folder, "s.sqlite")
                Expect.equal (run 2 path file) 8 "all"
                Expect.equal (run 2 path file) 0 "once"
                use store = ResultStore.OpenToRead path
                let counts = nonNull (store.Find "s")
                Expect.equal (counts.Done, counts.Failed) (6L, 2L) "failures are kept"
                Expect.equal
                    [ for row in store.Tally() -> row.Kind, row.State, row.Cells ]
                    [ "dice", CellState.Done, 6L; "dice", CellState.Failed, 2L ]
                    "by kind"
                let table = SweepTable.Of(store, "s")
                let only = Rhm.Sweeps.Expressions.Expression.Parse "state == 'done' and kind == 'dice' and pips >= 1"
                let rows = List.ofSeq (table.Rows only)
                Expect.equal rows.Length 6 "measures are columns"
                let processors = set [ for row in table.Results(null) -> row.Values["processor"] :?> string ]
                Expect.equal processors (set [ CellRunner.Processor ]) "with the processor"
                // The same on a cluster's node.
                let array = Directory.CreateDirectory(Path.Combine(folder, "array")).FullName
                File.WriteAllLines(Path.Combine(array, "cells.txt"), [ for cell in file.Cells() -> $"0 {cell.Key} {cell.Configuration}" ])
                Expect.equal (SlurmTask.Run(array, 0, 2, 1, [ dice 1 ])) 8 "all of the task"
                let shard = Array.exactlyOne (Directory.GetFiles(array, "*" + Shard.Extension))
                let struct (written, _) = Shard.Read(shard, Shard.Position.Beginning, List())
                let pips (outcome: CellOutcome) = match outcome.Measures with null -> nan | measures -> measures["pips"]
                let local = Map [ for cell in store.Cells() do if cell.State = CellState.Done then string cell.Key, pips cell.Outcome ]
                let found = [ for outcome in written do if not (isNull outcome.Accuracy) then string outcome.Key, pips outcome ]
                Expect.equal (Map found) local "every bit")

        testCase "learners of both kinds and functions share a file, each with its own parameters" <| fun () ->
            let others = "[[learner]]\nname = \"null\"\nkind = \"run\"\n[[cell]]\nkind = \"dice\"\n"
            let text = thresholds.Replace("start =", "P = \"10*m\"\nstart =") + others
            let cells = List.ofSeq ((parse [ dice 1 ] text).Cells())
            Expect.equal
                (List.countBy (fun (cell: Cell) -> cell.Kind, cell.Worker) cells)
                [ ("threshold", "ilc"), 6; ("run", "null"), 6; ("dice", "dice"), 1 ]
                "cells"

        testCase "named values are used by expressions, and others can be given in their place" <| fun () ->
            let text =
                "[values]\nmultiplicities = [3, 4]\nlargest = 8\n[grid]\nL = 2\ns = 2\nv = \"largest\"\nm = \"multiplicities\"\n"
                + "P = \"[1, 2] * largest\"\n[[learner]]\nname = \"null\"\n"
            let show (file: SweepFile) = [ for cell in runs (file.Cells()) -> cell.Shape.Vocabulary, cell.Shape.Multiplicity, cell.Samples ]
            Expect.equal (show (parse null text)) [ for m in [ 3; 4 ] do for p in [ 8L; 16L ] -> 8, m, p ] "as written"
            let other = given null text [ "multiplicities", [ 2.0 ]; "largest", [ 5.0 ] ]
            Expect.equal (show other) [ 5, 2, 5L; 5, 2, 10L ] "as given"
            Expect.notEqual other.Fingerprint (parse null text).Fingerprint "another sweep"
            refuses "names no value \"depths\"; it names: multiplicities, largest" (fun () ->
                given null text [ "depths", [ 2.0 ] ] |> ignore)
            refuses "line 2: m is a parameter" (fun () -> parse null (text.Replace("multiplicities = [3, 4]", "m = 3")) |> ignore)
            refuses "line 2: expression \"lower\": there is no value \"lower\" above multiplicities" (fun () ->
                parse null (text.Replace("multiplicities = [3, 4]", "multiplicities = \"lower\"")) |> ignore)

        testCase "what where excludes can be seen" <| fun () ->
            let text = "where = \"m < 4\"\n" + grid.Replace("[0.1, 1] * v*m^3", "v*m^3")
            let multiplicities cells = [ for cell in runs cells -> cell.Shape.Multiplicity ] |> List.distinct
            let file = parse null text
            Expect.equal (multiplicities (file.Cells()), multiplicities (file.LeftOut())) ([ 3 ], [ 4 ]) "both sides"

        for change, replacement, fragment in
            [ "kind = \"threshold\"", "kind = \"treshold\"", "line 12: kind = \"treshold\" of a learner is none of: run, threshold"
              "kind = \"threshold\"", "kind = 3", "line 2: kind stands in quotes"
              "most = 100000", "P = 100", "line 11: no learner or cell of the file has a parameter P"
              "kind = \"threshold\"\n", "", "is given no P: a cell needs L, s, v, m and P"
              "start = \"0.5 * v*m^3\"", "start = -1", "line 10: start = -1 must be at least 0"
              "m = [3, 4]", "m = 1", "line 9: m = 1: there are no synonyms"
              "L = 2", "L = 1", "line 5: L = 1: there is no level below the root"
              "most = 100000", "threshold = 1", "line 11: threshold = 1 must be in"
              "[[learner]]", "[[cell]]\nkind = \"dice\"\n[[learner]]", "line 12: there is no kind of cell \"dice\""
              "[[learner]]", "[[cell]]\n[[learner]]", "line 12: this cell has no kind" ] do
            testCase $"refuses {replacement}" <| fun () ->
                Expect.isTrue (thresholds.Contains change) "the text is there"
                refuses fragment (fun () -> (parse null (thresholds.Replace(change, replacement))).Cells() |> ignore)

        testCase "functions refuse what they cannot take, and names that mean something else" <| fun () ->
            refuses "line 4: sides = 0 must be at least 1" (fun () -> (parse [ dice 1 ] (throws.Replace("[6, 20]", "0"))).Cells() |> ignore)
            refuses "unknown parameter \"side\" of kind dice: did you mean sides?" (fun () ->
                parse [ dice 1 ] (throws.Replace("sides", "side")) |> ignore)
            refuses "two functions named dice" (fun () -> CellCatalog [ dice 1; dice 2 ] |> ignore)
            refuses "cannot be named run" (fun () ->
                CellFunction.Define("run", 1, { Sides = 1; Fail = false }, fun _ _ -> LearningResult [||]) |> ignore)
    ]
