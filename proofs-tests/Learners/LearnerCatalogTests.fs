module Rhm.ProofsTests.Learners.LearnerCatalogTests

open System
open System.Collections.Generic
open Expecto
open Rhm.Grammars
open Rhm.Learners
open Rhm.Sampling

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
                Expect.equal (bits learner [] 1UL 3) (bits learner [] 1UL 1) "threads"
                Expect.notEqual (bits learner [] 2UL 1) (bits learner [] 1UL 1) "seeds"

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
