module Rhm.ProofsTests.Learning.LearnerTests

open System
open Expecto
open Rhm.Learning
open Rhm.Levelwise
open Rhm.Networks.StackedLatentClustering
open Rhm.ProofsTests
open Rhm.ProofsTests.Guess

/// What a learner gave when its version was last raised.
type Version =
    { version: int
      model: int
      hash: string }

/// Learners whose results are the same to the last bit on every machine. (The network's logarithms and exponentials are those of a
/// library that promises the same bits on one machine only: its losses stand in golden/slc-ten-steps.json.)
let private learners: (string * (string * objnull) list) list =
    [ "ilc", [ "restarts", box 3 ]
      "own-latents", []
      "spectral", [ "starts", box 2 ]
      "single-level", []
      "null", [] ]

[<CLIMutable>]
type BoundedOptions =
    { [<System.ComponentModel.DataAnnotations.Range(0.0, 1.0)>]
      Share: float }

[<Tests>]
let tests =
    testList "Learning / Learner" [
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

        testCase "a parameter outside of its range is refused by its name, before anything is learned" <| fun () ->
            let shape = Rhm.Grammars.GrammarShape(3, 2, 4, 2)
            // A user's learner, whose ranges nobody else looks at.
            let bounded = Learner.Define("bounded", 1, { Share = 0.5 }, fun _ options -> LearningResult [| options.Share |])
            bounded.Require(shape, 10L, bounded.Options(values [ "share", box 1.0 ]))
            for share in [ -0.1; 1.5 ] do
                let options = bounded.Options(values [ "share", box share ])
                (fun () -> bounded.Require(shape, 10L, options)) |> Refusals.refuses "share ="
            (fun () -> guess.Require(shape, 0L, guess.Defaults)) |> Refusals.refuses "P = 0"

        testCase "the learner without learning gives other numbers for another P, seed or grammar" <| fun () ->
            let shape = Rhm.Grammars.GrammarShape(3, 2, 4, 2)
            let accuracy grammar seed samples =
                let problem = LearningProblem(Rhm.Grammars.Grammar.Draw(shape, grammar), samples, Seed = seed)
                List.ofSeq (NullLearner.Learner.Learn(problem, NullOptions())).Accuracy
            let all = [ accuracy 1UL 1UL 10L; accuracy 1UL 1UL 11L; accuracy 1UL 2UL 10L; accuracy 2UL 1UL 10L ]
            Expect.equal (List.distinct all).Length 4 $"{all}"
            Expect.equal (accuracy 1UL 1UL 10L) all[0] "the same again"

        testList "versions" [
            for name, settings in learners do
                let golden = Golden.read<Version> "learner-versions.json" name

                testCase $"{name} gives what its version {golden.version} and model {golden.model} gave" <| fun () ->
                    let learner = LearnerCatalog().Find name

                    Expect.equal
                        (learner.Version, LearningProblem.ModelVersion)
                        (golden.version, golden.model)
                        "a raised version needs new golden values in golden/learner-versions.json"

                    let text = String.Join(' ', [ for seed in 1UL .. 3UL do for x in bits learner settings seed 1 -> $"{x:x16}" ])
                    let hash = Convert.ToHexStringLower(Security.Cryptography.SHA256.HashData(Text.Encoding.ASCII.GetBytes text))[..15]

                    Expect.equal
                        hash
                        golden.hash
                        "other numbers for the same seeds: raise Version, or LearningProblem.ModelVersion if grammars or scores changed"
        ]
    ]
