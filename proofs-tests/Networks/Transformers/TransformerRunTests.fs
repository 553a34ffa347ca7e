module Rhm.ProofsTests.Networks.Transformers.TransformerRunTests

open System
open Expecto
open Rhm.Networks.Training
open Rhm.Networks.Transformers
open Rhm.ProofsTests.Folders
open Rhm.ProofsTests.SmallEncoders

[<Tests>]
let tests =
    testList "Networks / Transformers / TransformerRun" [
        testCase "one that diverges stops at the step, and the last checkpoint stays" <| fun () ->
            inFile (fun path ->
                let hot () = TransformerTrainer(grammar, smallShape, training TransformerObjective.MaskedTokens (Nullable()) 1e30)
                let trainer = hot ()
                let error = Expect.throwsC (fun () -> TransformerRun.Train(trainer, 14, path) |> ignore) id
                Expect.isTrue (error :? TrainingDivergedException) $"{error}"
                Expect.stringContains error.Message $"step {trainer.Step + 1L}" "the step"
                let again = hot ()
                TransformerCheckpoint.Load(path, again)
                Expect.equal again.Step trainer.Step "the last good step"
                Expect.isTrue (again.Encoder.Parameters |> Array.forall Single.IsFinite) "finite")
    ]
