module Rhm.ProofsTests.Learning.LearnerCatalogTests

open System
open Expecto
open Rhm.Learning
open Rhm.Levelwise
open Rhm.Randomness
open Rhm.Strings
open Rhm.ProofsTests.Guess

[<Tests>]
let tests =
    testList "Learning / LearnerCatalog" [
        testCase "a learner by name is the learner itself, to the last bit" <| fun () ->
            let options = IlcOptions(Restarts = 3, Cousins = CousinTargets.Tuple, Seed = 7UL)
            let direct = IterativeLatentClustering.Learn(StringSampler(grammar, 7UL, 100L), 2, options)
            let expected = direct.Accuracy(StringSampler(grammar, 7UL, 2000L, RandomPurpose.HeldOut))
            let ilc = LearnerCatalog().Find "ilc"
            let named = bits ilc [ "restarts", box 3; "cousins", box CousinTargets.Tuple ] 7UL 2
            Expect.equal named [ for x in expected -> BitConverter.DoubleToInt64Bits x ] "same accuracies"
            Expect.notEqual
                (bits ilc [ "restarts", box 1; "cousins", box CousinTargets.Element ] 7UL 2)
                named
                "other options, other accuracies"

        for learner in LearnerCatalog().All do
            testCase $"{learner.Name} depends on the seed and not on the threads" <| fun () ->
                let settings: (string * objnull) list = if learner.Name = "slc" then [ "steps", box 60L; "probes", box false ] else []
                Expect.equal (bits learner settings 1UL 3) (bits learner settings 1UL 1) "threads"
                Expect.notEqual (bits learner settings 2UL 1) (bits learner settings 1UL 1) "seeds"

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
