module Rhm.ProofsTests.Report.Settings.SettingCheckTests

open System.IO
open System.Text.Json
open Expecto
open Rhm.Claims
open Rhm.Experiments
open Rhm.Grammars
open Rhm.Levelwise
open Rhm.Population
open Rhm.Report
open Rhm.Report.Settings
open Rhm.Statistics
open Rhm.ProofsTests.Folders
open Rhm.ProofsTests.KnownThresholds

let private shape = GrammarShape(3, 3, 16, 8, 10)

let private setting = SettingThresholds(shape, Zipf = 0.5, Grammars = 12, Seed = 6UL)

/// Learners that need twice what their theory says; tokens of the deeper setting were not found.
let private check =
    let shapes = [ shape; nonNull setting.OtherMultiplicity; nonNull setting.OtherDepth ]
    let random = stream 3

    let points =
        [ for learner in ComparedLearner.All do
              for at in shapes do
                  let laws = AnnealedLaws(at, Zipf = 0.5)
                  let side = if learner = ComparedLearner.Tokens && at.Depth = 4 then CrossingSide.Beyond else CrossingSide.Found
                  let strings = 2.0 * learner.Annealed laws
                  let crossings = [ for _ in 1..12 -> Crossing(strings * exp (0.3 * random.NextGaussian()), side) ]
                  let threshold = SampleComplexity.Of(ResizeArray crossings)
                  SettingThreshold(learner, at, threshold, learner.LeadingOrder laws, learner.Annealed laws) ]

    SettingCheck(setting, points)

[<Tests>]
let tests =
    testList "Report / Settings / SettingCheck" [
        testCase "the page is one page, and says of every statement what the table says" <| fun () ->
            let page = check.Page "rhm check -L 3"
            let lines = page.Split '\n'
            Expect.isLessThan lines.Length 62 "lines"
            Expect.isLessThanOrEqual (Array.max [| for line in lines -> line.Length |]) 140 "columns"
            Expect.equal lines[0] "rhm check -L 3" "the command"
            Expect.stringContains lines[1] "L=3 s=3 v=16 m=8 n_c=10, Zipf exponent 0.5: f = 0.03125" "the setting"
            Expect.stringContains lines[1] "12 random grammars a setting, seed 6" "how much was measured"
            Expect.isNonEmpty check.Statements "statements"

            for one in check.Statements do
                let line = lines |> Array.find (fun line -> line.EndsWith one.Sentence)
                Expect.stringStarts line (one.Measurement.Verdict.ToString().ToLowerInvariant()) one.Name
                let interval = Numbers.WithInterval(one.Measurement.Measured, one.Measurement.ReadingLow, one.Measurement.ReadingHigh)
                Expect.stringContains line interval one.Name

            let tokens = check.Measured |> Seq.find (fun point -> point.P.Side = CrossingSide.Beyond)
            Expect.stringContains page $"more than {Numbers.Plain tokens.P.Value}" "a bound is one"
            Expect.stringContains page $"probability 0.05/{check.Statements.Count}" "the level that decides"

        testCase "table and JSON hold every number of every statement" <| fun () ->
            inFolder (fun folder ->
                let table = check.Table()
                let column name = Seq.findIndex ((=) name) table.Columns
                let path = Path.Combine(folder, "check.json")
                check.WriteJson path
                use document = JsonDocument.Parse(File.ReadAllText path)
                let root = document.RootElement
                let whole (name: string) = root.GetProperty(name).GetInt32()
                Expect.equal (whole "depth", whole "classes", whole "grammars", whole "seed") (3, 10, 12, 6) "setting"
                Expect.equal (root.GetProperty("zipf").GetDouble()) 0.5 "weights of rules"
                let statements = [ for one in root.GetProperty("statements").EnumerateArray() -> one ]
                Expect.hasLength statements check.Statements.Count "statements"

                for row, json, one in Seq.zip3 table.Rows statements check.Statements do
                    let m = one.Measurement
                    let text (name: string) = json.GetProperty(name).GetString()
                    Expect.equal (string row[column "statement"], text "name") (one.Name, one.Name) "name"
                    Expect.equal (text "sentence", text "rivalTheory", text "tolerance") (one.Sentence, one.Rival, one.Tolerance) one.Name
                    let verdict = m.Verdict.ToString().ToLowerInvariant()
                    Expect.equal (string row[column "verdict"], text "verdict") (verdict, verdict) one.Name

                    for name, key, value in
                        [ "predicted", "predicted", m.Predicted
                          "measured", "measured", m.Measured
                          "95% low", "readingLow", m.ReadingLow
                          "95% high", "readingHigh", m.ReadingHigh
                          "deciding low", "low", m.Low
                          "deciding high", "high", m.High
                          "allowed low", "acceptLow", m.AcceptLow
                          "allowed high", "acceptHigh", m.AcceptHigh ] do
                        let stored = json.GetProperty("measurement").GetProperty key
                        let number =
                            if stored.ValueKind = JsonValueKind.Number then stored.GetDouble()
                            elif stored.GetString() = "Infinity" then infinity
                            elif stored.GetString() = "-Infinity" then -infinity
                            else nan
                        Expect.isTrue (number.Equals value && (row[column name] :?> float).Equals value) $"{one.Name}: {name}"

                let thresholds = [ for one in root.GetProperty("thresholds").EnumerateArray() -> one ]

                for json, point in Seq.zip thresholds check.Measured do
                    Expect.equal (json.GetProperty("learner").GetString()) point.Learner.Name "learner"
                    let constant = json.GetProperty("overAnnealed").GetDouble()
                    Expect.floatClose Accuracy.high constant (point.P.Value / point.Annealed) "its constant")

        testCase "statements are judged with the setting's weights" <| fun () ->
            let judged zipf =
                SettingStatements.judge shape zipf [ for point in check.Measured -> struct (point.Learner, point.Shape, point.P) ]
            let predicted statements = [ for one: SettingStatement in statements -> one.Measurement.Predicted ]
            Expect.equal (predicted check.Statements) (predicted (judged 0.5)) "Zipf"
            let first = (judged 0.0).Head.Measurement.Predicted
            Expect.notEqual check.Statements[0].Measurement.Predicted first "uniform rules have another power"
    ]
