module Rhm.ProofsTests.Report.Appendix.AppendixWriterTests

open System.IO
open Expecto
open Rhm.Claims
open Rhm.Report.Appendix
open Rhm.Report.Evidence
open Rhm.ProofsTests.StoredFolders

[<Tests>]
let tests =
    testList "Report / Appendix / AppendixWriter" [
        testCase "the same results give the same bytes, and nothing to change" <| fun () ->
            withResults (fun folder ->
                let results, target = StoredResults.Read folder, Path.Combine(folder, "generated")
                Expect.isNonEmpty (AppendixWriter.Write(results, target)) "written"
                Expect.isEmpty (AppendixWriter.Stale(results, target)) "not stale"
                Expect.isEmpty (AppendixWriter.Write(StoredResults.Read folder, target)) "nothing changed")

        testCase "one changed number changes the text that quotes it, and the folder is stale" <| fun () ->
            withResults (fun folder ->
                let target = Path.Combine(folder, "generated")
                AppendixWriter.Write(StoredResults.Read folder, target) |> ignore
                let macros () = File.ReadAllText(Path.Combine(target, "macros.tex"))
                Expect.stringContains (macros ()) @"rhm:thm-ilc-exponent:measured\endcsname{\ensuremath{2.812}}" "before"
                edit (pathOf folder "thm-ilc-exponent") "2.8125" "4.4375"
                let changed = StoredResults.Read folder
                Expect.contains (AppendixWriter.Stale(changed, target)) "macros.tex" "stale"
                AppendixWriter.Write(changed, target) |> ignore
                Expect.stringContains (macros ()) @"rhm:thm-ilc-exponent:measured\endcsname{\ensuremath{4.438}}" "after")

        testCase "the score of planted bugs is quoted number by number, where it was measured" <| fun () ->
            withResults (fun folder ->
                let target, score = Path.Combine(folder, "generated"), Path.Combine(folder, "mutants.json")
                let macros () =
                    AppendixWriter.Write(StoredResults.Read folder, target) |> ignore
                    File.ReadAllText(Path.Combine(target, "macros.tex"))
                Expect.isFalse ((macros ()).Contains "rhm:mutants") "nothing to quote"
                let counts = """"measured": 40, "killed": 30, "equivalent": 7, "percent": 75"""
                File.WriteAllText(score, $$"""{"commit": "abc", {{counts}}, "mutants": []}""")
                for field, value in [ "measured", 40; "killed", 30; "equivalent", 7; "percent", 75 ] do
                    Expect.stringContains (macros ()) $@"rhm:mutants:{field}\endcsname{{\ensuremath{{{value}}}}}" field
                File.WriteAllText(score, "{")
                Rhm.ProofsTests.Refusals.refuses "mutants.json is damaged" (fun () -> StoredResults.Read folder |> ignore))

        testCase "files of earlier results are stale, and go; those of others stay" <| fun () ->
            withResults (fun folder ->
                let results, target = StoredResults.Read folder, Path.Combine(folder, "generated")
                AppendixWriter.Write(results, target) |> ignore
                let file name = Path.Combine(target, name)
                let notice = Seq.head (File.ReadLines(file "ledger.tex"))
                File.WriteAllText(file "old.tex", notice + "\n")
                File.AppendAllText(file "macros.tex", @"\expandafter\def\csname rhm:old:x\endcsname{1}" + "\n")
                for name in [ "old.pdf"; "foreign.pdf"; "notes.tex"; "readme.md" ] do
                    File.WriteAllText(file name, "")
                Expect.equal (Seq.toList (AppendixWriter.Stale(results, target))) [ "macros.tex"; "old.pdf"; "old.tex" ] "stale"
                AppendixWriter.Write(results, target) |> ignore
                Expect.equal [ for name in [ "old.tex"; "old.pdf" ] -> File.Exists(file name) ] [ false; false ] "gone"
                for name in [ "foreign.pdf"; "notes.tex"; "readme.md" ] do
                    Expect.isTrue (File.Exists(file name)) name)

        testCase "a file that somebody wrote is not written over" <| fun () ->
            withResults (fun folder ->
                let results, target = StoredResults.Read folder, Path.Combine(folder, "docs")
                Directory.CreateDirectory target |> ignore
                File.WriteAllText(Path.Combine(target, "ledger.tex"), "mine")
                Rhm.ProofsTests.Refusals.refuses "is not of rhm paper" (fun () -> AppendixWriter.Write(results, target) |> ignore)
                Expect.equal (Directory.GetFiles target).Length 1 "nothing is written")

        testCase "the ledger has every claim once, under its verdict" <| fun () ->
            withResults (fun folder ->
                let target = Path.Combine(folder, "generated")
                let results = StoredResults.Read folder
                AppendixWriter.Write(results, target) |> ignore
                let groups = File.ReadAllText(Path.Combine(target, "ledger.tex")).Split @"\ledgergroup"

                for claim in results.Claims do
                    let row = $@"\hypertarget{{claim:{claim.Id}}}"
                    let holding = groups |> Array.filter (fun group -> group.Contains row)
                    Expect.hasLength holding 1 claim.Id
                    Expect.stringStarts holding[0] $"{{{claim.Verdict}}}" claim.Id)

        testCase "the table of claims has the stored numbers in their columns" <| fun () ->
            withResults (fun folder ->
                let target = Path.Combine(folder, "generated")
                let results = StoredResults.Read folder
                AppendixWriter.Write(results, target) |> ignore
                let lines = File.ReadAllLines(Path.Combine(target, "claims.csv"))
                let columns = lines[0].Split ','
                let at name = System.Array.IndexOf(columns, name)

                for claim, line in Seq.zip results.Claims (Array.tail lines) do
                    let cells = System.Text.RegularExpressions.Regex.Matches(line, "\"(?:[^\"]|\"\")*\"|[^,]+|(?<=,)(?=,|$)")
                    let number name = float cells[at name].Value
                    Expect.equal cells.Count columns.Length claim.Id
                    Expect.equal cells[0].Value claim.Id "claim"
                    let width = if claim.Stored.Measured.IsByWidthAlone then "yes" else "no"
                    Expect.equal cells[at "by_width_alone"].Value width claim.Id
                    let m = claim.Stored.Measured

                    for name, expected in
                        [ "predicted", m.Predicted
                          "measured", m.Measured
                          "95%_low", m.ReadingLow
                          "95%_high", m.ReadingHigh
                          "low", m.Low
                          "high", m.High
                          "allowed_low", m.AcceptLow
                          "allowed_high", m.AcceptHigh
                          "rival_low", m.Rival.Low
                          "rival_high", m.Rival.High ] do
                        Expect.isTrue ((number name).Equals expected) $"{claim.Id}: {name}")

        testCase "an experiment's table is quoted by names that TeX takes, one for each value" <| fun () ->
            withResults (fun folder ->
                let experiment = Path.Combine(folder, "fig11-left-paper")
                Directory.CreateDirectory experiment |> ignore
                for name in [ "figure.svg"; "figure.pdf" ] do File.WriteAllText(Path.Combine(experiment, name), "")
                File.WriteAllText(
                    Path.Combine(experiment, "thresholds.csv"),
                    "# rhm reproduce fig11-left\nunit,95%_low,sum_of_C^2\nv m^3,0.5,2\nv m^6,1.5,NaN\n"
                )
                File.WriteAllText(
                    Path.Combine(experiment, "laws.csv"),
                    "# rhm reproduce fig11-left\nlearner,quantity,measured,95%_low,95%_high,verdict\n"
                    + "mine,d log P*/d log m,51179.9,41645.8,62896.6,as predicted\n"
                )
                let target = Path.Combine(folder, "generated")
                AppendixWriter.Write(StoredResults.Read folder, target) |> ignore
                let lines =
                    File.ReadAllLines(Path.Combine(target, "macros.tex")) |> Array.filter (fun line -> line.Contains "fig11-left-paper")

                let expected =
                    [ "name", @"\texttt{fig11-\allowbreak{}left-\allowbreak{}paper}"
                      "command", @"\texttt{rhm reproduce fig11-\allowbreak{}left}"
                      "v-m-3:95-low", @"\ensuremath{0.5}"
                      "v-m-3:sum-of-C-2", @"\ensuremath{2}"
                      "v-m-6:95-low", @"\ensuremath{1.5}"
                      "v-m-6:sum-of-C-2", @"\ensuremath{\text{none}}"
                      "mine:d-log-P*/d-log-m:measured", @"\ensuremath{51\,180}"
                      "mine:d-log-P*/d-log-m:measured:value", @"\ensuremath{51\,000\ [42\,000, 63\,000]}"
                      "mine:d-log-P*/d-log-m:95-low", @"\ensuremath{41\,646}"
                      "mine:d-log-P*/d-log-m:95-high", @"\ensuremath{62\,897}"
                      "mine:d-log-P*/d-log-m:verdict", "as predicted" ]

                Expect.equal
                    (List.ofArray lines)
                    [ for field, text in expected ->
                          $@"\expandafter\def\csname rhm:fig11-left-paper:{field}\endcsname{{{text}}}" ]
                    "macros")
    ]
