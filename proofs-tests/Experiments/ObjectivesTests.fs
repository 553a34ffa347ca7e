module Rhm.ProofsTests.Experiments.ObjectivesTests

open System
open System.IO
open Expecto
open Rhm.Experiments
open Rhm.Experiments.Measurements
open Rhm.Grammars
open Rhm.ProofsTests.Folders
open Rhm.ProofsTests.SmallExperiments

[<Tests>]
let tests =
    testList "Experiments / Objectives" [
        testCase "published P* of data2vec stand beside grammars of the published shape alone" <| fun () ->
            let published =
                Objectives.PublishedRoot
                    [ GrammarShape(4, 2, 16, 3)
                      GrammarShape(4, 2, 16, 2)
                      GrammarShape(4, 2, 8, 4)
                      GrammarShape(3, 2, 16, 5)
                      GrammarShape(4, 3, 16, 6) ]
            Expect.equal (List.ofSeq published) [ struct (3, 5.4e6) ] "figure 4, m=3"

        testCase "all objectives of a comparison cost as many passes" <| fun () ->
            let cells = Objectives.EqualCompute([ cell "data2vec" 4096L ], EncoderObjective.All) |> List.ofSeq
            Expect.equal [ for c in cells -> c.Objective.Name ] [ for objective in EncoderObjective.All -> objective.Name ] "each objective"

            for c in cells do
                Expect.equal (int64 c.Objective.Passes * c.Budget) (3L * 4096L) c.Objective.Name

        for offline in [ false; true ] do
            let strings = if offline then "P strings again and again" else "fresh strings"

            testCase
                $"objectives, {strings}: P* of each level, nothing trained twice, another budget refused only if it makes no sense"
            <| fun () ->
                inFolder (fun folder ->
                    let parameters =
                        ExperimentParameters(
                            Depths = [| 2 |],
                            Multiplicities = [| 2; 3 |],
                            Vocabulary = Nullable 6,
                            Grammars = Nullable 2,
                            Budget = Nullable 40.0,
                            Offline = offline,
                            Objectives = [| "masked-latents" |]
                        )
                    let output, report = run (find "objectives") folder 2 parameters
                    Expect.equal
                        [ for row in report.Table.Rows -> string row[0], row[1] :?> int, row[2] :?> int ]
                        ([ for level in 1..2 do
                               for m in 2..3 -> "masked latents", level, m ]
                         @ [ for m in 2..3 -> "convolution", 2, m ])
                        "rows"
                    let most =
                        report.Table.Rows
                        |> Seq.filter (fun row -> string row[0] = "masked latents")
                        |> Seq.map (fun row -> row[5] :?> float)
                        |> Seq.max
                    // m = 3: v m^3 = 162, of which 32 are the most different strings, and 40, raised to 8192, the most read
                    Expect.isLessThanOrEqual most (if offline then 32.0 * 162.0 else 8192.0) "in the range"
                    Expect.stringContains
                        (File.ReadAllText(Seq.head output.Files))
                        (if offline then
                             "--budget 40 --offline --objectives masked-latents"
                         else
                             "--budget 40 --objectives masked-latents")
                        "the command"
                    let rows = File.ReadAllText(Path.Combine(folder, "encoders.csv"))
                    // objective, L, s, v, m, grammar, unique, read, ..
                    let column i = [ for line in rows.Split('\n') do if line.StartsWith "masked" then int64 (line.Split(',')[i]) ]
                    Expect.equal (List.max (column 7)) 8192L "read"
                    Expect.equal (column 6 |> List.distinct |> List.sort |> List.last) (if offline then 5184L else 0L) "different strings"
                    let _, again = run (find "objectives") folder 1 parameters
                    Expect.equal (File.ReadAllText(Path.Combine(folder, "encoders.csv"))) rows "nothing trained twice"
                    Expect.equal
                        [ for row in again.Table.Rows -> List.ofSeq row |> List.map string ]
                        [ for row in report.Table.Rows -> List.ofSeq row |> List.map string ]
                        "the same table"
                    let error =
                        Expect.throwsC
                            (fun () -> run (find "objectives") folder 1 (ExperimentParameters(Budget = Nullable -1.0)) |> ignore)
                            id
                    Expect.stringContains error.Message "budget -1 v m^3: an encoder" "refused"
                    let error =
                        Expect.throwsC
                            (fun () ->
                                run (find "objectives") folder 1 (ExperimentParameters(Budget = Nullable 2.0, Offline = true)) |> ignore)
                            id
                    Expect.stringContains error.Message "cannot read P =" "refused")

        testCase "objectives with tokens masked together: rows and laws of their own, refused before any work if strings do not divide"
        <| fun () ->
            inFolder (fun folder ->
                let parameters span =
                    ExperimentParameters(
                        Depths = [| 2 |],
                        Multiplicities = [| 2 |],
                        Vocabulary = Nullable 6,
                        Budget = Nullable 20.0,
                        MaskSpan = Nullable span,
                        Objectives = [| "masked-latents"; "next-token" |]
                    )

                let error = Expect.throwsC (fun () -> run (find "objectives") folder 2 (parameters 3) |> ignore) id
                Expect.stringContains error.Message "3 tokens masked together do not divide strings of T = 4" "refused"
                Expect.isEmpty (Directory.GetFiles folder) "before any work"
                let output, report = run (find "objectives") folder 2 (parameters 2)
                Expect.equal
                    ([ for row in report.Table.Rows -> string row[0] ] |> List.distinct)
                    [ "masked latents span 2"; "next token"; "convolution" ]
                    "only what masks"
                Expect.stringContains
                    (File.ReadAllText(Seq.head output.Files))
                    "--mask-span 2 --objectives masked-latents,next-token"
                    "the command"
                let _, single = run (find "objectives") folder 2 (parameters 1)
                let rank (report: ExperimentReport) = (Seq.head report.Table.Rows)[13]
                Expect.equal (single.Table.Rows |> Seq.head |> Seq.head |> string) "masked latents" "one by one"
                Expect.notEqual (rank single) (rank report) "another training")
    ]
