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

        testCase "a file that does not belong there is stale, and goes" <| fun () ->
            withResults (fun folder ->
                let results, target = StoredResults.Read folder, Path.Combine(folder, "generated")
                AppendixWriter.Write(results, target) |> ignore
                let stray = Path.Combine(target, "old.tex")
                File.WriteAllText(stray, "")
                Expect.equal (Seq.toList (AppendixWriter.Stale(results, target))) [ "old.tex" ] "stale"
                AppendixWriter.Write(results, target) |> ignore
                Expect.isFalse (File.Exists stray) "gone")

        testCase "every claim has its environment, every reference its label" <| fun () ->
            withResults (fun folder ->
                let target = Path.Combine(folder, "generated")
                AppendixWriter.Write(StoredResults.Read folder, target) |> ignore
                let text = Directory.GetFiles(target, "claims-*.tex") |> Array.map File.ReadAllText |> String.concat ""

                for claim in Ledger.claims do
                    Expect.equal (text.Split($@"\label{{claim:{claim.Id}}}").Length) 2 claim.Id)

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
                    "# rhm reproduce fig11-left\nlearner,quantity,measured,verdict\nmine,d log P*/d log m,3,as predicted\n"
                )
                let target = Path.Combine(folder, "generated")
                AppendixWriter.Write(StoredResults.Read folder, target) |> ignore
                let lines =
                    File.ReadAllLines(Path.Combine(target, "macros.tex")) |> Array.filter (fun line -> line.Contains "fig11-left-paper")

                Expect.equal
                    lines
                    [| @"\expandafter\def\csname rhm:fig11-left-paper:v-m-3:95-low\endcsname{\ensuremath{0.5}}"
                       @"\expandafter\def\csname rhm:fig11-left-paper:v-m-3:sum-of-C-2\endcsname{\ensuremath{2}}"
                       @"\expandafter\def\csname rhm:fig11-left-paper:v-m-6:95-low\endcsname{\ensuremath{1.5}}"
                       @"\expandafter\def\csname rhm:fig11-left-paper:v-m-6:sum-of-C-2\endcsname{\ensuremath{\text{none}}}"
                       @"\expandafter\def\csname rhm:fig11-left-paper:mine:d-log-P*/d-log-m:measured\endcsname{\ensuremath{3}}"
                       @"\expandafter\def\csname rhm:fig11-left-paper:mine:d-log-P*/d-log-m:verdict\endcsname{as predicted}" |]
                    "macros")

        testCase "a caption speaks of published values where the figure shows some" <| fun () ->
            for svg, expected in [ "<svg/>", false; "<svg><text>m = 7, published</text></svg>", true ] do
                withResults (fun folder ->
                    let experiment = Path.Combine(folder, "fig9-local-paper")
                    Directory.CreateDirectory experiment |> ignore
                    File.WriteAllText(Path.Combine(experiment, "figure.svg"), svg)
                    File.WriteAllText(Path.Combine(experiment, "figure.pdf"), "")
                    File.WriteAllText(Path.Combine(experiment, "thresholds.csv"), "# rhm reproduce fig9-local\nseries,P*\nno teacher,3\n")
                    let target = Path.Combine(folder, "generated")
                    AppendixWriter.Write(StoredResults.Read folder, target) |> ignore
                    let text = Directory.GetFiles(target, "figures-*.tex") |> Array.map File.ReadAllText |> String.concat ""
                    Expect.stringContains text "Figure 9 of the paper" "caption"
                    Expect.equal (text.Contains "Hollow squares") expected svg)
    ]
