module Rhm.ProofsTests.Report.AppendixTests

open Rhm.Running
open System
open System.IO
open System.Threading
open Expecto
open Rhm.Claims
open Rhm.Report
open Rhm.Report.Appendix
open Rhm.Report.Evidence

let private setting =
    RunContext(Scale.Quick, 1UL, 1, Action<_>(ignore), CancellationToken.None)

let private measurement value =
    { Quantity = "units"
      Predicted = 3
      Measured = value
      Low = value - 0.5
      High = value + 0.5
      AcceptLow = 2.6
      AcceptHigh = 3.4 }

/// A folder of results in which every claim of the ledger measured the same.
let internal withResults work =
    let folder = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName())

    try
        for claim in Ledger.claims do
            StoredClaims.Write(folder, claim, setting, measurement 2.8125, measurement 7.25) |> ignore

        work folder
    finally
        Directory.Delete(folder, true)

let private pathOf folder id = Path.Combine(folder, "claims", $"{id}.json")

let private edit path (before: string) (after: string) =
    let text = File.ReadAllText path
    Expect.stringContains text before "something to edit"
    File.WriteAllText(path, text.Replace(before, after))

let private refusal folder =
    try
        StoredResults.Read folder |> ignore
        failtest "accepted"
    with :? ArgumentException as error ->
        error.Message

[<Tests>]
let appendix =
    testList "Appendix" [
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
                File.WriteAllText(Path.Combine(experiment, "thresholds.csv"), "# rhm reproduce fig11-left\nunit,95%_low,sum_of_C^2\nv m^3,0.5,2\nv m^6,1.5,NaN\n")
                File.WriteAllText(Path.Combine(experiment, "laws.csv"), "# rhm reproduce fig11-left\nlearner,quantity,measured,verdict\nmine,d log P*/d log m,3,as predicted\n")
                let target = Path.Combine(folder, "generated")
                AppendixWriter.Write(StoredResults.Read folder, target) |> ignore
                let lines = File.ReadAllLines(Path.Combine(target, "macros.tex")) |> Array.filter (fun line -> line.Contains "fig11-left-paper")

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

        testCase "no results yet: the message says which command makes them" <| fun () ->
            Expect.stringContains (refusal (Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()))) "rhm verify" "command"

        testCase "results of another version are refused with the command to run" <| fun () ->
            withResults (fun folder ->
                let path = pathOf folder "def-entropy"
                let original = File.ReadAllText path

                for before, after, expected in
                    [ "\"version\": 1", "\"version\": 9", "version 9"
                      "The entropy of the tokens", "The enthalpy of the tokens", "another version"
                      "rhm-claim", "rhm-something", "no stored claim"
                      "{", "", "cannot be read" ] do
                    edit path before after
                    Expect.stringContains (refusal folder) expected after
                    File.WriteAllText(path, original)

                File.Move(path, pathOf folder "def-enthalpy")
                edit (pathOf folder "def-enthalpy") "\"id\": \"def-entropy\"" "\"id\": \"def-enthalpy\""
                Expect.stringContains (refusal folder) "rhm verify --controls" "one is missing"
                File.WriteAllText(path, original)
                Expect.stringContains (refusal folder) "def-enthalpy" "one is unknown"
                File.Delete(pathOf folder "def-enthalpy")
                File.Delete(pathOf folder "slc-depth")
                Expect.stringContains (refusal folder) "--scale paper --claims 'slc-depth'" "one that takes the paper's scale")

        testCase "measuring the same again leaves the file alone, another value replaces it" <| fun () ->
            withResults (fun folder ->
                let claim = Ledger.claims.Head
                edit (pathOf folder claim.Id) "\"commit\": " "\"commit\": \"first\", \"later\": "
                let stored = File.ReadAllText(pathOf folder claim.Id)
                StoredClaims.Write(folder, claim, setting, measurement 2.8125, null) |> ignore
                Expect.equal (File.ReadAllText(pathOf folder claim.Id)) stored "the same value, without its control"
                StoredClaims.Write(folder, claim, setting, measurement 2.5, null) |> ignore
                Expect.notEqual (File.ReadAllText(pathOf folder claim.Id)) stored "another value"
                let read = StoredClaims.ReadAll folder
                Expect.isNull read[0].Control "whose control is not known")

        testCase "a quick measurement does not replace one at paper scale" <| fun () ->
            withResults (fun folder ->
                let claim = Ledger.claims.Head
                Expect.isTrue (StoredClaims.Write(folder, claim, (RunContext(Scale.Paper, setting.Seed, setting.Threads, setting.Progress, setting.Cancellation)), measurement 3.0, null)) "paper for quick"
                let stored = File.ReadAllText(pathOf folder claim.Id)
                Expect.isFalse (StoredClaims.Write(folder, claim, setting, measurement 2.5, measurement 7.25)) "quick for paper"
                Expect.equal (File.ReadAllText(pathOf folder claim.Id)) stored "left alone"
                Expect.isTrue (StoredClaims.Write(folder, claim, (RunContext(Scale.Paper, setting.Seed, setting.Threads, setting.Progress, setting.Cancellation)), measurement 2.75, null)) "paper for paper"
                Expect.notEqual (File.ReadAllText(pathOf folder claim.Id)) stored "replaced")

        testCase "a citation names the claim, its number and its measurement" <| fun () ->
            withResults (fun folder ->
                let text = Citations.Claim("thm-ilc-recovery", folder)
                let number = StoredResults.Numbered |> Seq.find (fun struct (_, claim) -> claim.Id = "thm-ilc-recovery") |> fun struct (n, _) -> n
                Expect.stringContains text $"Claim {number} (thm-ilc-recovery)" "title"
                Expect.stringContains text "measured 2.812 in [2.312, 3.312]" "measurement"
                Expect.equal (Citations.Claim(string number, folder)) text "by number"
                Expect.throwsT<ArgumentException> (fun () -> Citations.Claim("nonsense", folder) |> ignore) "unknown")
    ]
