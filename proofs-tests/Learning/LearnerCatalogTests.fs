module Rhm.ProofsTests.Learners.LearnerCatalogTests

open System
open System.Collections.Generic
open Expecto
open Rhm.Grammars
open Rhm.Learning
open Rhm.Levelwise
open Rhm.Networks.StackedLatentClustering
open Rhm.Randomness
open Rhm.Strings

/// A user's own learner: what plugs into sweeps by one registration.
[<CLIMutable>]
type GuessOptions = { Bias: float; Sign: bool; Seed: uint64 }

let guess =
    Learner.Define("guess", 3, { Bias = 0.25; Sign = true; Seed = 9UL }, fun problem options ->
        LearningResult [| for _ in 1 .. problem.Grammar.Shape.Depth - 1 -> options.Bias |])

let private values (pairs: (string * objnull) list) =
    Dictionary(dict [ for name, value in pairs -> name, nonNull value ]) :> IReadOnlyDictionary<_, _>

let private grammar = Grammar.Draw(GrammarShape(3, 2, 8, 3), 5UL)

/// Runs a learner and gives every bit of what came out.
let private bits (learner: Learner) settings seed threads =
    let result = learner.Learn(LearningProblem(grammar, 100L, Seed = seed, Threads = threads), learner.Options(values settings))
    [ for x in result.Accuracy -> BitConverter.DoubleToInt64Bits x ]

[<Tests>]
let catalog =
    testList "Learner catalog" [
        testCase "a learner by name is the learner itself, to the last bit" <| fun () ->
            let options = IlcOptions(Restarts = 3, Cousins = CousinTargets.Tuple, Seed = 7UL)
            let direct = IterativeLatentClustering.Learn(StringSampler(grammar, 7UL, 100L), 2, options)
            let expected = direct.Accuracy(StringSampler(grammar, 7UL, 2000L, RandomPurpose.HeldOut))
            let ilc = LearnerCatalog().Find "ilc"
            let named = bits ilc [ "restarts", box 3; "cousins", box CousinTargets.Tuple ] 7UL 2
            Expect.equal named [ for x in expected -> BitConverter.DoubleToInt64Bits x ] "same accuracies"
            Expect.notEqual (bits ilc [ "restarts", box 1; "cousins", box CousinTargets.Element ] 7UL 2) named "other options, other accuracies"

        for learner in LearnerCatalog().All do
            testCase $"{learner.Name} depends on the seed and not on the threads" <| fun () ->
                let settings: (string * objnull) list = if learner.Name = "slc" then [ "steps", box 60L; "probes", box false ] else []
                Expect.equal (bits learner settings 1UL 3) (bits learner settings 1UL 1) "threads"
                Expect.notEqual (bits learner settings 2UL 1) (bits learner settings 1UL 1) "seeds"

        testCase "parameters are the options' properties, but for seed and threads" <| fun () ->
            let names (learner: Learner) = [ for p in learner.Parameters -> p.Name, LearnerParameter.Format p.Default ]
            Expect.equal (names guess) [ "bias", "0.25"; "sign", "true" ] "an F# record"
            let ilc = names IterativeLatentClustering.Learner
            Expect.contains ilc ("pool_grandparents", "true") "words of a name"
            Expect.contains ilc ("cousins", "all") "names in lower case"
            Expect.isFalse (List.exists (fun (name, _) -> name = "seed" || name = "threads") ilc) "belong to the problem"

        testCase "options are typed, and the defaults stay" <| fun () ->
            let set = guess.Options(values [ "bias", box 0.5 ]) :?> GuessOptions
            Expect.equal set { Bias = 0.5; Sign = true; Seed = 9UL } "one is set"
            Expect.equal guess.Defaults.Bias 0.25 "the defaults"

            for parameters, fragment in [ [ "bais", box 0.5 ], "it has: bias, sign"; [ "bias", box 1 ], "type Double, not Int32" ] do
                let error = Expect.throwsC (fun () -> guess.Options(values parameters) |> ignore) id
                Expect.stringContains error.Message fragment "one sentence"

        testCase "a user's learner is added by hand or from its assembly, once" <| fun () ->
            let mine = LearnerCatalog()
            mine.AddAssembly(Reflection.Assembly.GetExecutingAssembly().Location)
            Expect.equal (mine.Find("guess").Version) 3 "found"

            for action, fragment in
                [ (fun () -> mine.Add guess), "two learners named guess"
                  (fun () -> LearnerCatalog().Find "gess" |> ignore), "there are: "
                  (fun () -> mine.AddAssembly "no.dll"), "cannot load"
                  (fun () -> mine.AddAssembly(typeof<FsCheck.Gen<int>>.Assembly.Location)), "has no learner" ] do
                let error = Expect.throwsC action id
                Expect.stringContains error.Message fragment "one sentence"
    ]

/// What each learner gave, to the last bit, when its version was last raised. (The network's logarithms and exponentials are those of a
/// library that promises the same bits on one machine only: its losses stand in StackedLatentClusteringTests, "SLC ten steps".)
let private golden =
    [ "ilc", 2, 1, [ "restarts", box 3 ], "d82cad4bcd5ca412"
      "own-latents", 1, 1, [], "3a0f87582957aff5"
      "spectral", 3, 1, [ "starts", box 2 ], "6fe892944d4946aa"
      "single-level", 1, 1, [], "cf268e2d5ea50b38"
      "null", 1, 1, [], "9d8a8b2185ef0f9f" ]

[<Tests>]
let versions =
    testList "Learner versions" [
        for name, version, model, settings, expected in golden do
            testCase $"{name} gives what its version {version} and model {model} gave" <| fun () ->
                let learner = LearnerCatalog().Find name
                Expect.equal (learner.Version, LearningProblem.ModelVersion) (version, model) "a raised version needs new golden values here"
                let text = String.Join(' ', [ for seed in 1UL .. 3UL do for x in bits learner settings seed 1 -> $"{x:x16}" ])
                let hash = Convert.ToHexStringLower(Security.Cryptography.SHA256.HashData(Text.Encoding.ASCII.GetBytes text))[..15]
                Expect.equal hash expected "other numbers for the same seeds: raise the learner's Version, or LearningProblem.ModelVersion if grammars, strings or scores changed"
    ]

[<Tests>]
let nested =
    testList "Learner options" [
        testCase "records within options add their parameters, and optional ones can be none" <| fun () ->
            let slc = SlcLearner.Learner
            let parameter name = slc.Parameters |> Seq.find (fun p -> p.Name = name)
            Expect.equal (parameter "margin").Default LearnerParameter.None "no margin by default"
            Expect.isFalse (slc.Parameters |> Seq.exists (fun p -> p.Name = "seed" || p.Name = "threads")) "belong to the problem"
            let set = slc.Options(values [ "margin", box 0.5; "batch_size", box 7; "width", box 20 ]) :?> SlcLearnerOptions
            Expect.equal (set.Objective.Margin, set.Training.BatchSize, set.Width) (Nullable 0.5, 7, 20) "set"
            Expect.equal (slc.Defaults.Objective.Margin.HasValue, slc.Defaults.Training.BatchSize) (false, 32) "the defaults stay"
            let unset = slc.Options(values [ "margin", LearnerParameter.None ]) :?> SlcLearnerOptions
            Expect.isFalse unset.Objective.Margin.HasValue "none"
    ]
