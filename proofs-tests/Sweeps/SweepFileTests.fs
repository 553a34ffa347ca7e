module Rhm.ProofsTests.Sweeps.SweepFileTests

open Expecto
open Rhm.Sweeps
open Rhm.ProofsTests.Refusals
open Rhm.ProofsTests.SweepFiles

[<Tests>]
let tests =
    testList "Sweeps / SweepFile" [
        testCase "every combination of the values is a cell" <| fun () ->
            let cells = read grid
            Expect.equal cells.Length 16 "2 grammars, 2 m, 2 P, 2 restarts"
            let found = set [ for c in runs cells -> c.Grammar, c.Shape.Multiplicity, c.Samples, string (c.ValueOf "restarts") ]
            let expected =
                set
                    [ for g in 1L .. 2L do
                          for m in [ 3; 4 ] do
                              for f in [ 0.1; 1.0 ] do
                                  for r in [ "2"; "10" ] -> g, m, int64 (round (f * 8.0 * float (m * m * m))), r ]
            Expect.equal found expected "P by the rule"

        testCase "what no reader of TOML or JSON says is one sentence with the line" <| fun () ->
            let toml value = $"[grid]\nL = 3\ns = 2\nv = 4\nm = 2\nP = {value}\n[[learner]]\nname = \"ilc\"\n"
            for value, expected in
                [ "\"1e-99999999999\"", "line 6: P = 0 must be at least 1"; "1e-99999999999", "line 6: P = 0"
                  "0e-99999999999", "line 6: P = 0"
                  "1e99999999999", "line 6"; "\"1e400\"", "line 6"; String.replicate 100 "[" + String.replicate 100 "]", "nested too deep"
                  "281474976710656e9", "line 6" ] do
                refuses expected (fun () -> read (toml value) |> ignore)
            let json name = "{\"grid\":{\"L\":3,\"s\":2,\"v\":4,\"m\":2,\"P\":100},\n\"learner\":{\"name\":" + name + "}}"
            refuses "line 2: a text has half of a surrogate pair" (fun () -> readAs "s.json" (json "\"\\ud800\"") |> ignore)
            refuses "line 2" (fun () -> readAs "s.json" (json (String.replicate 100 "[" + String.replicate 100 "]")) |> ignore)
            Rhm.ProofsTests.Folders.inFile (fun path ->
                for ending, text in [ ".json", json "\"il?c\""; ".toml", toml "1 # il?c" ] do
                    let bytes = [| for letter in text -> if letter = '?' then 0xffuy else byte letter |]
                    System.IO.File.WriteAllBytes(path + ending, bytes)
                    refuses "the text is not UTF-8" (fun () -> SweepFile.Read(path + ending) |> ignore))

        testCase "what where excludes is combined with nothing, and a long list of cells can be interrupted" <| fun () ->
            let huge where = $"grammars = 1000000\nseeds = 1000000\nwhere = \"{where}\"\nL = 3\ns = 2\nv = [4, 5]\nm = 2\nP = \"v^2\"\n"
            refuses "excludes every combination" (fun () -> read (huge "m > v" + "[[learner]]\nname = \"ilc\"\n") |> ignore)
            refuses "excludes every combination" (fun () -> read (huge "1 > 2" + "[[learner]]\nname = \"ilc\"\n") |> ignore)
            refuses "more than 10000000 combinations" (fun () -> read (huge "seed > grammar" + "[[learner]]\nname = \"ilc\"\n") |> ignore)
            Rhm.ProofsTests.Folders.inFolder (fun folder ->
                let file = SweepFile.Read(Rhm.ProofsTests.Folders.write folder "s.toml" (huge "m < v" + "[[learner]]\nname = \"ilc\"\n"))
                use stop = new System.Threading.CancellationTokenSource(50)
                Expect.throwsT<System.OperationCanceledException> (fun () -> file.Cells stop.Token |> ignore) "at once")

        testCase "a condition leaves out the same cells wherever what it asks for stands" <| fun () ->
            let rows where =
                let lines = [ "grammars = 2"; "v = [4, 8]"; "m = [2, 3, 4]"; "P = \"[1, 2] * v*m\""; "seeds = 2" ]
                let learner = "[[learner]]\nname = \"ilc\"\nrestarts = [1, 2]\n"
                let text = String.concat "\n" lines + $"\nL = 3\ns = 2\nwhere = \"{where}\"\n{learner}"
                [ for cell in runs (read text) ->
                      let restarts = string (cell.ValueOf "restarts")
                      cell.Shape.Vocabulary, cell.Shape.Multiplicity, cell.Samples, cell.Grammar, cell.Seed, restarts ]
            let all = rows "1 < 2"
            Expect.equal all.Length 96 "all"
            for where, holds in
                [ "m < v / 2", (fun (v, m, _, _, _, _) -> 2 * m < v); "P == v*m", (fun (v, m, p, _, _, _) -> p = int64 (v * m))
                  "seed == grammar", (fun (_, _, _, g, s, _) -> g = s)
                  "restarts == 2 and classes == 8", (fun (v, _, _, _, _, r) -> r = "2" && v = 8) ] do
                Expect.equal (rows where) (List.filter holds all) where

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
            Expect.notEqual
                (set (configurations (grid.Replace("restarts = [2, 10]", "restarts = [2, 11]"))))
                (set (configurations grid))
                "other cells"

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
            let show (c: RunCell) =
                c.Settings.Learner.Name,
                c.Shape.Vocabulary,
                c.Shape.Multiplicity,
                c.Samples,
                c.Seed,
                string (c.ValueOf "fail"),
                string (c.ValueOf "restarts")

            Expect.equal
                (set [ for c in runs cells -> show c ])
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

        testCase "a value of a learner goes before the one of a grid, and that before the one of the file" <| fun () ->
            let text = "L = 3\ns = 2\nv = 4\nm = 2\nP = 10\n[grid]\nm = 3\nP = 20\n[[learner]]\nname = \"null\"\nP = 30\n"
            Expect.equal [ for c in runs (read text) -> c.Shape.Vocabulary, c.Shape.Multiplicity, c.Samples ] [ 4, 3, 30L ] "v, m, P"

        testCase "equal cells are there once" <| fun () ->
            Expect.equal (read (grid.Replace("[0.1, 1]", "[1, 1, 1.0, 1.0001]"))).Length 8 "P = 512.05 is 512"

        let wrong (change: string) (replacement: string) line fragment =
            testCase $"line {line}: {replacement.Trim()}" <| fun () ->
                Expect.isTrue (grid.Contains change) "the text is there"
                refuses $"line {line}: " (fun () -> read (grid.Replace(change, replacement)) |> ignore)
                refuses fragment (fun () -> read (grid.Replace(change, replacement)) |> ignore)

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
        wrong "restarts = [2, 10]" "cousins = [\"al\"]" 10 "none of: element, tuple, all; did you mean all?"
        wrong "m = [3, 4]" "m = [3, 4]\nmultiplicity = 3" 7 "m is given twice"
        wrong "restarts = [2, 10]" "restarts = 0" 10 "restarts = 0 is outside 1..1000000"
        wrong "restarts = [2, 10]" "pool_grandparents = 2" 10 "neither true nor false"
        wrong "grammars = 2" "grammars = 0" 2 "outside 1.."
        wrong "grammars = 2" "grammars = 2\ngrammar = 1" 3 "say the same thing"
        wrong "grammars = 2" "seed = -1" 2 "seed = -1 must be at least 0"
        wrong "grammars = 2" "where = 1" 2 "condition in quotes"
        wrong "grammars = 2" "v = 8" 5 ""
        wrong "grammars = 2" "assemblies = [\"no.dll\"]" 2 "cannot load learners"
        wrong "L = 3" "L = {a = 1}" 3 "neither a number"
        wrong "[[learner]]" "[[lerner]]" 8 "no table [lerner]"

        testCase "a parameter and a choice are understood in every spelling, and the cells are the same" <| fun () ->
            let slc choice key =
                grid.Replace(
                    "name = \"ilc\"\nrestarts = [2, 10]",
                    $"name = \"slc\"\n{key} = \"{choice}\"\nwhere = \"P > 99 and gradients == 'end-to-end'\""
                )
            let stored = configurations (slc "end_to_end" "gradients")
            Expect.isNonEmpty stored "the condition holds"
            Expect.stringContains stored.Head "\"gradients\":\"end_to_end\"" "stored as before"
            for choice in [ "end-to-end"; "EndToEnd"; "END_TO_END" ] do
                Expect.equal (configurations (slc choice "gradients")) stored choice
            for old, today in [ "L = 3", "depth = 3"; "m = [3, 4]", "multiplicity = [3, 4]"; "v = 8", "vocabulary = 8" ] do
                Expect.equal (configurations (grid.Replace(old, today))) (configurations grid) today
            let pooled name = configurations (grid.Replace("restarts = [2, 10]", $"{name} = false"))
            Expect.equal (pooled "pool-grandparents") (pooled "pool_grandparents") "hyphens"

        testCase "JSON with the same names gives the same cells" <| fun () ->
            Expect.equal [ for c in readAs "s.json" jsonGrid -> c.Configuration ] (configurations grid) "in the same order"
            Expect.equal
                [ for c in readAs "S.JSON" ("\uFEFF" + jsonGrid) -> c.Configuration ]
                (configurations grid)
                "with a byte order mark"
            let grids = "\"where\": \"m < 5\", \"grid\": [{}, {\"v\": [9, 1e1], \"zipf\": 0.5}]"
            let learners = "\"learner\": [{\"name\": \"null\", \"fail\": true}, "
            let several = jsonGrid.Replace("\"learner\": ", grids + ", " + learners).Replace("}\n}", "}]\n}")
            let twin =
                grid.Replace(
                    "[[learner]]",
                    "where = \"m < 5\"\n[[grid]]\n[[grid]]\nv = [9, 10]\nzipf = 0.5\n[[learner]]\nname = \"null\"\nfail = true\n[[learner]]"
                )
            Expect.equal [ for c in readAs "s.json" several -> c.Configuration ] (configurations twin) "several grids and learners"
            Expect.equal (List.length (configurations twin)) 72 "all of them"

        let wrongJson (change: string) (replacement: string) line fragment =
            testCase $"JSON, line {line}: {replacement.Trim()}" <| fun () ->
                Expect.isTrue (jsonGrid.Contains change) "the text is there"
                refuses $"line {line}: " (fun () -> readAs "s.json" (jsonGrid.Replace(change, replacement)) |> ignore)
                refuses fragment (fun () -> readAs "s.json" (jsonGrid.Replace(change, replacement)) |> ignore)

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
        wrongJson "[2, 10]" "0" 9 "restarts = 0 is outside 1..1000000"
        wrongJson "\"name\": \"ilc\"," "" 8 "has no name"
        wrongJson "\"restarts\"" "\"restart\"" 9 "did you mean restarts?"
        wrongJson "\"grammars\": 2" "\"grid\": [1]" 2 "grid is a table or a list of tables"
        wrongJson "}\n}" "}" 10 "Expected"
        wrongJson "}\n}" "}\n}\n{" 11 "invalid"

        testCase "what no line can be blamed for is one sentence as well" <| fun () ->
            refuses "excludes every combination" (fun () -> read ("where = \"m > 9\"" + grid) |> ignore)
            refuses "names no learner" (fun () -> read "L = 3" |> ignore)
            refuses "is given no P" (fun () -> read (grid.Replace("P = \"[0.1, 1] * v*m^3\"", "")) |> ignore)
            refuses "cannot read" (fun () -> SweepFile.Read "no-such.toml" |> ignore)
            refuses "is a JSON object" (fun () -> readAs "s.json" "[]" |> ignore)
            refuses "line 1: " (fun () -> readAs "s.json" "" |> ignore)
            refuses "names no learner" (fun () -> readAs "s.json" "{}" |> ignore)
    ]
