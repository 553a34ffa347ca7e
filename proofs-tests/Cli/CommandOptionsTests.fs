/// Options of commands reach what does the work.
module Rhm.ProofsTests.Cli.CommandOptionsTests

open System
open System.IO
open System.Text.Json
open System.Threading
open Expecto
open Rhm.Cli
open Rhm.Experiments
open Rhm.Grammars
open Rhm.Running
open Rhm.ProofsTests.Folders

let private run (words: string list) =
    Expect.equal (CommandLine.RunAsync(List.toArray words, CancellationToken.None).Result) ExitCode.Success (String.concat " " words)

[<Tests>]
let tests =
    testSequenced <| testList "Cli / Options" [
        testCase "rhm theory draws the strings of its floor with the seed" <| fun () ->
            inFolder (fun folder ->
                let file name = Path.Combine(folder, name)
                let grammar = Grammar.Draw(GrammarShape(2, 2, 6, 3), 1UL)
                GrammarFile.Write(grammar, file "g.json")

                let floor (seed: int) =
                    run [ "theory"; "--grammar"; file "g.json"; "--seed"; string seed; "--json"; file "t.json"; "--out"; file "figure" ]
                    use document = JsonDocument.Parse(File.ReadAllText(file "t.json"))
                    document.RootElement.GetProperty("maskedTokenFloor").GetProperty("mean").GetDouble()

                for seed in [ 1; 2 ] do
                    let expected = (Theory.Predict(grammar.Shape, grammar, uint64 seed)).MaskedTokenFloor.Value.Mean
                    Expect.equal (floor seed) expected $"seed {seed}"

                Expect.notEqual (floor 1) (floor 2) "which differ")

        for option, value in
            [ "level", "1"
              "accuracy", "0.2"
              "start", "3"
              "most", "64"
              "held-out", "50"
              "grammars", "3"
              "seed", "5" ] do
            testCase $"rhm threshold --{option} is the library's" <| fun () ->
                inFolder (fun folder ->
                    let file name = Path.Combine(folder, name)
                    let shape = GrammarShape(3, 2, 8, 3)
                    let given = "threshold --learner ilc -L 3 -s 2 -v 8 -m 3 --threads 2".Split ' ' |> List.ofArray
                    let defaults = [ "grammars", "2"; "most", "1024" ] |> List.filter (fst >> (<>) option)
                    let options = [ for name, text in (option, value) :: defaults do yield! [ $"--{name}"; text ] ]
                    run (given @ options @ [ "--out"; file "tool" ])

                    let number name otherwise = if option = name then Int64.Parse value else otherwise

                    let thresholds =
                        LearnerThresholds(
                            "ilc",
                            Collections.Generic.Dictionary(),
                            [| shape |],
                            Grammars = int (number "grammars" 2L),
                            HeldOut = number "held-out" 1000L,
                            Accuracy = (if option = "accuracy" then 0.2 else 0.0),
                            Level = int (number "level" 0L),
                            Start = float (number "start" 0L),
                            Most = number "most" 1024L
                        )

                    let context =
                        RunContext(Scale.Paper, uint64 (number "seed" 1L), 2, Action<_>(ignore), CancellationToken.None)

                    thresholds.Run(ExperimentFolder(file "library", "command"), context) |> ignore
                    let rows name = Array.tail (File.ReadAllLines(Path.Combine(file name, "thresholds.csv")))
                    Expect.equal (rows "tool") (rows "library") "the same table")
    ]
