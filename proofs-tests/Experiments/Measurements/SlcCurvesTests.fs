module Rhm.ProofsTests.Experiments.Measurements.SlcCurvesTests

open System
open System.IO
open Expecto
open Rhm.Experiments
open Rhm.Experiments.Measurements
open Rhm.Grammars
open Rhm.Statistics
open Rhm.ProofsTests.Folders
open Rhm.ProofsTests.SmallExperiments

[<Tests>]
let tests =
    testList "Experiments / Measurements / SlcCurves" [
        for name, parameters in
            [ "fig3-right", ExperimentParameters(Multiplicities = [| 2 |], Grammars = Nullable 1)
              "fig12-depth", ExperimentParameters(Depths = [| 2 |], Grammars = Nullable 2) ] do
            testCase $"{name} trains each network once, resumes from a half-written table, and does not depend on the threads" <| fun () ->
                inFolder (fun folder ->
                    let networks, table = Path.Combine(folder, "results.csv"), Path.Combine(folder, "thresholds.csv")
                    let output, report = run (find name) folder 2 parameters
                    Expect.hasLength report.Table.Rows 1 "one series"
                    for file in output.Files do Expect.isGreaterThan (FileInfo(file).Length) 100L file
                    let rows, text = File.ReadAllText networks, File.ReadAllText table
                    Expect.isFalse (text.Contains "published") "no column for what is not published"
                    run (find name) folder 1 parameters |> ignore
                    Expect.equal (File.ReadAllText networks) rows "nothing trained twice"
                    let columns (file: string) (names: string list) =
                        let lines = file.Split('\n') |> Array.skip 1
                        let head = lines[0].Split ','
                        [ for line in lines[1..] do
                              if line <> "" then
                                  let fields = line.Split ','
                                  [ for name in names -> fields[Array.IndexOf(head, name)] ] ]
                    let samples = [ for row in columns rows [ "P" ] -> int64 row[0] ]
                    Expect.equal
                        (List.min samples, List.max samples)
                        (0L, 4L * 8L * (if name = "fig3-right" then 8L else 27L))
                        "untrained, and up to 4 v m^3 strings"
                    let lines = rows.Split('\n')
                    for file in Directory.GetFiles(folder, "results.sqlite*") do File.Delete file
                    File.WriteAllText(networks, String.Join('\n', lines[.. lines.Length / 2]) + "\nslc-network,,2")
                    run (find name) folder 1 parameters |> ignore
                    Expect.equal (File.ReadAllText table) text "the same table after an interruption"
                    let found (file: string) = set (columns file [ "key"; "accuracy"; "probe"; "root" ])
                    Expect.equal (found (File.ReadAllText networks)) (found rows) "the same networks")

        testCase "the laws of networks are the powers of m and the growth with L of their P*" <| fun () ->
            let crossings value = SampleComplexity.Of [| for g in 0..2 -> Crossing(value * (1.0 + 0.01 * float g), CrossingSide.Found) |]
            let laws shapes (probe: GrammarShape -> float) (strict: GrammarShape -> float) =
                let measured = [| for shape in shapes -> struct (shape, crossings (probe shape), crossings (strict shape)) |]

                [ for law in SlcCurves.Laws measured ->
                      law.Quantity, [ law.Measured; law.Interval.Low; law.Interval.High; law.Predicted; law.FromTokens ] ]

            let unit (shape: GrammarShape) = float shape.Multiplicity ** 3.0 / (1.0 - shape.LegalFraction)
            let cubic (shape: GrammarShape) = float shape.Multiplicity ** 3.0

            match laws [ for m in [ 3; 4; 6 ] -> GrammarShape(3, 3, 8, m) ] unit (fun shape -> float shape.Multiplicity * cubic shape) with
            | [ "d log P*/d log m", [ probe; low; high; predicted; tokens ]; _, [ strict; _; _; _; _ ] ] ->
                Expect.floatClose Accuracy.high probe predicted "m^3/(1-f)"
                Expect.floatClose Accuracy.high strict 4.0 "m^4"
                Expect.isTrue
                    (low < probe && probe < high && high < 4.0 && predicted > 3.0)
                    "an interval that knows 3 from 4, and the factor 1/(1-f)"
                Expect.equal tokens 4.0 "L + 1"
            | other -> failtest $"%A{other}"

            match laws [ for depth in 3..5 -> GrammarShape(depth, 3, 8, 3) ] (fun _ -> 70.0) (fun shape -> 3.0 ** float shape.Depth) with
            | [ "d log P*/dL", [ flat; _; _; predicted; tokens ]; _, [ growing; _; _; _; _ ] ] ->
                Expect.floatClose Accuracy.high flat predicted "no growth"
                Expect.floatClose Accuracy.high growing tokens "a factor m a level"
            | other -> failtest $"%A{other}"

            let missing =
                SlcCurves.Laws
                    [| for m in [ 3; 4 ] ->
                           struct (GrammarShape(3, 3, 8, m),
                                   SampleComplexity.Of [| for _ in 1..2 -> Crossing(10.0, CrossingSide.Beyond) |],
                                   crossings 10.0) |]
            Expect.isTrue (Double.IsNaN missing[0].Measured && missing[1].Measured = 0.0) "P* that was not found gives no law"
    ]
