module Rhm.ProofsTests.Experiments.ExperimentParametersTests

open System.Collections.Generic
open System.Threading
open Expecto
open Rhm.Experiments
open Rhm.Learning
open Rhm.Running

let private boxed value : obj = nonNull (box value)

[<Tests>]
let parameters =
    testList "Experiments / ExperimentParameters" [
        testCase "the command of an experiment names every parameter, and reads back as the same" <| fun () ->
            let values = dict [
                "Depths", boxed [| 3; 4 |]
                "Branching", boxed 3
                "Vocabulary", boxed 8
                "Multiplicities", boxed [| 2; 5 |]
                "Grammars", boxed 4
                "Margin", boxed 0.91
                "WeightCap", boxed 1.0
                "Epochs", boxed 30.0
                "Most", boxed 1.6
                "Budget", boxed 1000.0
                "Offline", boxed true
                "MaskSpan", boxed 2; "Objectives", boxed [| "masked-tokens"; "data2vec" |] ]
            let parameters = ExperimentParameters.Of(Dictionary values)
            let experiment = ExperimentTable.All |> Seq.find (fun one -> one.Name = "objectives")
            let setting = RunContext(Scale.Paper, 7UL, 1, ignore, CancellationToken.None)
            Expect.equal (experiment.Command(setting, parameters))
                ("rhm reproduce objectives --scale paper --seed 7 --depth 3,4 --branching 3 --vocabulary 8 --multiplicity 2,5 --grammars 4"
                 + " --margin 0.91 --weight-cap 1 --epochs 30 --most 1.6 --budget 1000 --offline --mask-span 2"
                 + " --objectives masked-tokens,data2vec") "command"
            for pair in ExperimentParameters.Described do
                let property = typeof<ExperimentParameters>.GetProperty pair.Key |> nonNull
                if pair.Key <> "Offline" then
                    let text = property.GetValue parameters |> nonNull |> LearnerParameter.Format
                    Expect.equal (LearnerParameter.Format(pair.Value.Parse text)) text pair.Key
    ]
