module Rhm.ProofsTests.Networks.Transformers.TransformerCheckpointTests

open System
open System.IO
open Expecto
open Rhm.Grammars
open Rhm.Networks.Transformers
open Rhm.ProofsTests.Folders
open Rhm.ProofsTests.Refusals
open Rhm.ProofsTests.SmallEncoders

[<Tests>]
let tests =
    testList "Networks / Transformers / TransformerCheckpoint" [
        testCase "a checkpoint of other sizes, settings or strings is refused, and nothing is changed" <| fun () ->
            inFile (fun path ->
                let first = trainer TransformerObjective.Data2Vec (Nullable())
                first.Advance() |> ignore
                TransformerCheckpoint.Save(path, first)
                let before = state first |> List.map Array.copy
                let other grammar shape training =
                    fun () -> TransformerCheckpoint.Load(path, TransformerTrainer((grammar: Grammar), shape, training))
                let same = training TransformerObjective.Data2Vec (Nullable()) 1e-3
                refuses "shape" (other grammar (TransformerShape(5, 8, 12, 2, 2, 20)) same)
                refuses "training" (other grammar smallShape (training TransformerObjective.Data2Vec (Nullable()) 2e-3))
                refuses "training" (other grammar smallShape (training TransformerObjective.WhitenedData2Vec (Nullable()) 1e-3))
                refuses "strings" (other (Grammar.Draw(GrammarShape(3, 2, 5, 3), 2UL)) smallShape same)
                File.WriteAllBytes(path, (File.ReadAllBytes path)[..3000])
                refuses "safetensors" (fun () -> TransformerCheckpoint.Load(path, first))
                Expect.equal (state first) before "state")

        testCase "a checkpoint without a setting, saved before there was one, has the default" <| fun () ->
            inFile (fun path ->
                let trainer objective level =
                    TransformerTrainer(grammar, smallShape, TransformerTraining(Objective = objective, TargetLevel = level))

                for objective in [ TransformerObjective.Data2Vec; TransformerObjective.MaskedLatents ] do
                    let first = trainer objective 1
                    first.Advance() |> ignore
                    TransformerCheckpoint.Save(path, first)
                    let setting = "\\u0022TargetLevel\\u0022:1,"
                    let text = Text.Encoding.Latin1.GetString(File.ReadAllBytes path)
                    Expect.stringContains text setting "it is saved"
                    // as many characters: the header's length stands before it
                    File.WriteAllBytes(path, Text.Encoding.Latin1.GetBytes(text.Replace(setting, String(' ', setting.Length))))
                    let again = trainer objective 1
                    TransformerCheckpoint.Load(path, again)
                    Expect.equal (state again) (state first) "state"
                    refuses "TargetLevel" (fun () -> TransformerCheckpoint.Load(path, trainer objective 2)))
    ]
