module Rhm.ProofsTests.Experiments.Measurements.LearningRunsTests

open System
open System.IO
open System.Threading
open Expecto
open Rhm.Experiments.Measurements
open Rhm.Grammars
open Rhm.Learning
open Rhm.Levelwise
open Rhm.Population
open Rhm.Running
open Rhm.Thresholds
open Rhm.ProofsTests.Folders
open Rhm.ProofsTests.SmallExperiments

let private dictionary (pairs: (string * obj) list) =
    System.Collections.Generic.Dictionary(dict pairs) :> System.Collections.Generic.IReadOnlyDictionary<_, _>

let private boxed value : obj = nonNull (box value)

/// Another value of a parameter than its default.
let private other (parameter: LearnerParameter) : obj =
    match parameter.Default with
    | :? bool as value -> boxed (not value)
    | :? int as value -> boxed (value + 1)
    | :? int64 as value -> boxed (value + 1L)
    | :? float as value -> boxed (value + 0.125)
    | _ when parameter.Type.IsEnum ->
        Enum.GetValues parameter.Type |> Seq.cast<obj> |> Seq.find (fun value -> not (value.Equals parameter.Default))
    | _ when parameter.Type = typeof<float> -> boxed 0.5
    | _ when parameter.Type = typeof<int> -> boxed 3
    | _ when parameter.Type = typeof<int64> -> boxed 3L
    | value -> failtest $"{parameter.Name} is of type {parameter.Type}, with default {value}"

let private inFolderOf (work: string -> 'a) =
    let mutable result = None
    inFolder (fun folder -> result <- Some(work folder))
    result.Value

[<Tests>]
let tests =
    testList "Experiments / Measurements / LearningRuns" [
        testCase "runs of another version of a learner are not taken for its own" <| fun () ->
            inFolder (fun folder ->
                let mutable measured = 0
                let learner version =
                    Learner.Define("mine", version, IlcOptions(), fun _ _ ->
                        measured <- measured + 1
                        LearningResult [| float version / 10.0 |])
                let accuracy version =
                    use runs = new LearningRuns(folder, setting 1)
                    runs.Keep(ThresholdMeasurement(learner version, IlcOptions(), GrammarShape(2, 2, 8, 3))).Accuracy(0, 100L)[0]
                Expect.equal
                    ([ for version in [ 1; 2; 1; 2 ] -> accuracy version ], measured)
                    ([ 0.1; 0.2; 0.1; 0.2 ], 2)
                    "each version once, its own number"
                // Files whose rows do not name the learner name it in their first line.
                let title version = "networks, " + CsvStore.Versions(System.ReadOnlySpan [| learner version :> Learner |])
                let path = Path.Combine(folder, "networks.csv")
                let format =
                    CsvFormat<struct (int * int)>(
                        (fun row -> struct (row.Int "a", row.Int "b")),
                        struct ("a", Func<_, _>(fun (struct (a, _)) -> nonNull (box a))),
                        struct ("b", Func<_, _>(fun (struct (_, b)) -> nonNull (box b)))
                    )

                let openStore version = (new CsvStore<_>(path, title version, format)).Dispose()
                openStore 1
                let before = File.ReadAllText path
                openStore 1
                let error = Expect.throwsC (fun () -> openStore 2) id
                Expect.stringContains error.Message "learner mine version 2" "refused"
                Expect.equal (File.ReadAllText path) before "untouched"
                // A byte-order mark that an editor put there is no reason to cut the last line.
                File.WriteAllBytes(path, Array.append [| 0xEFuy; 0xBBuy; 0xBFuy |] (File.ReadAllBytes path))
                let marked = File.ReadAllBytes path
                for _ in 1 .. 3 do openStore 1
                Expect.equal (File.ReadAllBytes path) marked "as it was"
                let running = new CsvStore<_>(path, title 1, format)
                let error = Expect.throwsC (fun () -> openStore 1) id
                Expect.stringContains error.Message "another process holds it" "two runs into one folder"
                running.Append(struct (1, 2))
                running.Dispose()
                openStore 1
                Expect.equal (File.ReadAllText path) (before + "1,2\n") "the first run's rows, each once")

        testCase "runs of another seed are refused and left alone" <| fun () ->
            inFolder (fun folder ->
                do
                    use runs = new LearningRuns(folder, setting 1)
                    let shape = GrammarShape(2, 2, 8, 3)
                    runs.Keep(ThresholdMeasurement(IterativeLatentClustering.Learner, IlcOptions(), shape)).Accuracy(0, 100L) |> ignore
                let cells = File.ReadAllText(Path.Combine(folder, "cells.csv"))
                let error =
                    Expect.throwsC
                        (fun () ->
                            new LearningRuns(folder, (RunContext(Scale.Quick, 4UL, 1, Action<_>(ignore), CancellationToken.None)))
                            |> ignore)
                        id
                Expect.stringContains error.Message "other results" "refused"
                Expect.equal (File.ReadAllText(Path.Combine(folder, "cells.csv"))) cells "untouched")

        for learner in LearnerCatalog().All do
            testCase $"runs of {learner.Name} have another key for another value of any parameter" <| fun () ->
                let key settings = LearningRuns.KeyOf(learner, learner.Options(dictionary settings))
                let changed = [ for parameter in learner.Parameters -> key [ parameter.Name, other parameter ] ]
                let keys = key [] :: changed
                Expect.equal (List.distinct keys) keys "all different"

                for parameter, key in Seq.zip learner.Parameters changed do
                    Expect.stringContains key $"{parameter.Name}=" "names what differs"

        testCase "runs from latents, tokens and labels are kept apart, each as measured alone" <| fun () ->
            let accuracies folder targets =
                use runs = new LearningRuns(folder, setting 1)

                [ for target in targets ->
                      let options = IlcOptions(Target = target, Restarts = 2)
                      let measurement = ThresholdMeasurement(IterativeLatentClustering.Learner, options, GrammarShape(3, 2, 8, 4))
                      List.ofSeq (runs.Keep(measurement).Accuracy(0, 2000L)) ]

            let targets = [ Target.Latent; Target.Token; Target.Root ]
            let alone = [ for target in targets do inFolderOf (fun folder -> accuracies folder [ target ]) |> List.exactlyOne ]
            Expect.equal (List.distinct alone) alone "they differ"
            Expect.equal (inFolderOf (fun folder -> accuracies folder targets)) alone "measured together"

            inFolder (fun folder ->
                Expect.equal (accuracies folder targets) alone "measured"
                Expect.equal (accuracies folder targets) alone "and read back")
    ]
