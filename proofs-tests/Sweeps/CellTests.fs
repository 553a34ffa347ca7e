module Rhm.ProofsTests.Sweeps.CellTests

open System
open System.Collections.Generic
open System.IO
open System.Threading
open Expecto
open Rhm.Clustering
open Rhm.Experiments.Plotting
open Rhm.Grammars
open Rhm.Learning
open Rhm.Levelwise
open Rhm.Networks.Probes
open Rhm.Randomness
open Rhm.Strings
open Rhm.Sweeps
open Rhm.Sweeps.Expressions
open Rhm.ProofsTests.Folders
open Rhm.ProofsTests.Refusals
open Rhm.ProofsTests.SweepFiles

[<Tests>]
let tests =
    testList "Sweeps / Cell" [
        testCase "a configuration is canonical and complete" <| fun () ->
            let text = """{"L":3,"P":22,"classes":8,"cousins":"all","grammar":1,"held_out":2000,"learner":"ilc","learner_version":2,"m":3,"model_version":1,"pool_grandparents":true,"restarts":2,"s":2,"seed":1,"target":"latent","v":8,"zipf":0.0}"""
            let cell = (read grid)[0]
            Expect.equal cell.Configuration text "names in order, defaults included"
            // SHA-256 of the text, from sha256sum.
            Expect.equal (string cell.Key) "60670debebaf840c51aa78b025f7822d" "key"
            Expect.equal (Cell.Parse(text, LearnerCatalog()).Key) cell.Key "and back"
            refuses "another version" (fun () -> Cell.Parse(text.Replace("\"learner_version\":2", "\"learner_version\":0"), LearnerCatalog()) |> ignore)

        testCase "a cell is the command line's run of the same numbers" <| fun () ->
            let cell = (read grid)[0]
            let grammar = Grammar.Draw(cell.Shape, 1UL)
            let learned = IterativeLatentClustering.Learn(Rhm.Strings.StringSampler(grammar, 1UL, cell.Samples), 2, IlcOptions(Restarts = 2, Seed = 1UL))
            let expected = learned.Accuracy(Rhm.Strings.StringSampler(grammar, 1UL, 2000L, Rhm.Randomness.RandomPurpose.HeldOut))
            Expect.equal (List.ofSeq (cell.Run(1, CancellationToken.None)).Accuracy) (List.ofArray expected) "accuracy"
    ]
