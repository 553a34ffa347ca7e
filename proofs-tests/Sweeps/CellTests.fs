module Rhm.ProofsTests.Sweeps.CellTests

open System.Threading
open Expecto
open Rhm.Grammars
open Rhm.Learning
open Rhm.Levelwise
open Rhm.Strings
open Rhm.Randomness
open Rhm.Sweeps
open Rhm.ProofsTests.Refusals
open Rhm.ProofsTests.SweepFiles

[<Tests>]
let tests =
    testList "Sweeps / Cell" [
        testCase "a configuration is canonical and complete" <| fun () ->
            let text =
                """{"L":3,"P":22,"classes":8,"cousins":"all","grammar":1,"held_out":2000,"learner":"ilc","learner_version":2,"""
                + """"m":3,"model_version":1,"pool_grandparents":true,"restarts":2,"s":2,"seed":1,"target":"latent","v":8,"zipf":0.0}"""

            let cell = (runs (read grid))[0]
            Expect.equal cell.Configuration text "names in order, defaults included"
            // SHA-256 of the text, from sha256sum.
            Expect.equal (string cell.Key) "60670debebaf840c51aa78b025f7822d" "key"
            Expect.equal (Cell.Parse(text, CellCatalog()).Key) cell.Key "and back"
            refuses "another version" (fun () ->
                Cell.Parse(text.Replace("\"learner_version\":2", "\"learner_version\":0"), CellCatalog()) |> ignore)

        testCase "every number of a cell is part of its key" <| fun () ->
            let first text = List.head (runs (read text))
            let key (text: string) = string (first text).Key
            let one = grid.Replace("grammars = 2", "grammar = 3\nzipf = 0.8\nclasses = 5\nheld_out = 500\nseed = 7")
            let changes =
                [ "grammar = 3", "grammar = 4"; "zipf = 0.8", "zipf = 0.7"; "classes = 5", "classes = 6"; "held_out = 500", "held_out = 501"
                  "seed = 7", "seed = 8" ]
            let keys = key one :: [ for before, after in changes -> key (one.Replace(before, after)) ]
            Expect.equal (List.distinct keys).Length keys.Length "another key for each"
            Expect.stringContains (first one).Configuration "\"classes\":5," "the number of classes, not of symbols"

        testCase "a cell is the command line's run of the same numbers" <| fun () ->
            let cell = (runs (read grid))[0]
            let grammar = Grammar.Draw(cell.Shape, 1UL)
            let learned =
                IterativeLatentClustering.Learn(
                    Rhm.Strings.StringSampler(grammar, 1UL, cell.Samples),
                    2,
                    IlcOptions(Restarts = 2, Seed = 1UL)
                )
            let expected = learned.Accuracy(Rhm.Strings.StringSampler(grammar, 1UL, 2000L, Rhm.Randomness.RandomPurpose.HeldOut))
            Expect.equal (List.ofSeq (cell.Run(1, CancellationToken.None)).Accuracy) (List.ofArray expected) "accuracy"

        testCase "a cell of weighted rules and of other classes is the command line's run of the same numbers" <| fun () ->
            let text = grid.Replace("grammars = 2", "grammar = 3\nzipf = 0.8\nclasses = 5\nheld_out = 500\nseed = 7")
            let cell = (runs (read text))[0]
            let shape = GrammarShape(3, 2, 8, 3, 5)
            let accuracy zipf =
                let grammar = Grammar.Draw(shape, 3UL, zipf)
                let learned =
                    IterativeLatentClustering.Learn(StringSampler(grammar, 7UL, cell.Samples), 2, IlcOptions(Restarts = 2, Seed = 7UL))
                List.ofArray (learned.Accuracy(StringSampler(grammar, 7UL, 500L, RandomPurpose.HeldOut)))

            Expect.equal (List.ofSeq (cell.Run(1, CancellationToken.None)).Accuracy) (accuracy 0.8) "accuracy"
            Expect.notEqual (accuracy 0.0) (accuracy 0.8) "which is not that of rules without weights"
    ]
