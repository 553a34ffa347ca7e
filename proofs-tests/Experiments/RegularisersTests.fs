module Rhm.ProofsTests.Experiments.RegularisersTests

open System
open System.IO
open System.Threading
open Expecto
open Rhm.Experiments
open Rhm.Networks.JointEmbedding
open Rhm.Running
open Rhm.Sweeps
open Rhm.ProofsTests.Folders
open Rhm.ProofsTests.SmallExperiments

let private embedding (cell: LearnerCell) =
    (cell.Settings.Options :?> JointEmbeddingLearnerOptions).Embedding

[<Tests>]
let tests =
    testList "Experiments / Regularisers" [
        for scale in [ Scale.Quick; Scale.Paper ] do
            testCase $"the grid of {scale} scale has every objective with its best settings" <| fun () ->
                let setting = RunContext(scale, 1UL, 1, Action<_>(ignore), CancellationToken.None)
                let file = (nonNull (find "regularisers").Sweep).Invoke(setting, ExperimentParameters())
                let cells = file.SeriesCells() |> List.ofSeq
                let thresholds = cells |> List.choose (function :? ThresholdCell as cell -> Some cell | _ -> None)
                let runs = cells |> List.choose (function :? RunCell as cell -> Some cell | _ -> None)
                let objectives = Enum.GetValues<JointEmbeddingObjective>() |> Set.ofArray
                Expect.equal (set [ for cell in thresholds -> (embedding cell).Objective ]) objectives "thresholds"
                Expect.equal (set [ for cell in runs -> (embedding cell).Objective ]) objectives "trainings"
                for cell in thresholds do
                    Expect.equal (embedding cell) (JointEmbeddingOptions.Tuned (embedding cell).Objective) cell.Title
                let most = thresholds |> List.map _.Shape.Multiplicity |> List.max
                let others (cell: LearnerCell) = [ for pair in cell.Settings.Values do if pair.Key <> "steps" then pair.Key, pair.Value ]
                for cell in runs do
                    let shape = cell.Shape
                    let threshold = thresholds |> List.find (fun one -> one.Series = cell.Series)
                    Expect.equal (others cell) (others threshold) "all but the steps"
                    Expect.equal (shape.Multiplicity, cell.Samples) (most, int64 (2 * shape.Vocabulary * most * most)) cell.Title

        testCase "every training is a cell, table and steps come from them, and nothing is trained twice" <| fun () ->
            inFolder (fun folder ->
                let parameters =
                    ExperimentParameters(
                        Branching = Nullable 2,
                        Vocabulary = Nullable 4,
                        Multiplicities = [| 2 |],
                        Grammars = Nullable 1
                    )
                let _, report = run (find "regularisers") folder 2 parameters
                let read name = File.ReadAllLines(Path.Combine(folder, name))
                let before = read "results.csv"
                let names = before[1].Split ','
                let column name (row: string) = (row.Split ',')[Array.IndexOf(names, name)]
                let trainings = [ for row in before[2..] do if column "kind" row = "run" then row ]
                Expect.equal trainings.Length (8 * 5) "an objective and a number of steps each"
                let steps = read "steps.csv"
                let mean name of_ = steps[2..] |> Seq.pick (fun row ->
                    match row.Split ',' with
                    | [| objective; steps; accuracy; rank |] when objective = name && steps = of_ -> Some(float accuracy, float rank)
                    | _ -> None)
                for row in trainings do
                    if column "objective" row = "vamp" then
                        let accuracy, rank = mean "VAMP-2" (column "steps" row)
                        Expect.floatClose Accuracy.low accuracy (float (column "accuracy_top" row)) "accuracy"
                        Expect.floatClose Accuracy.low rank (float (column "rank_level1" row)) "effective rank"
                run (find "regularisers") folder 1 parameters |> ignore
                Expect.equal (read "results.csv") before "nothing trained twice"
                Expect.equal report.Table.Rows.Count 8 "a row for each objective"
                Expect.isGreaterThan (FileInfo(Path.Combine(folder, "figure.svg")).Length) 1000L "figure")
    ]
