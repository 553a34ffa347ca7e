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
        testCase "one that diverges stops at the step, and leaves no checkpoint from which it would diverge again" <| fun () ->
            inFile (fun path ->
                let hot () = TransformerTrainer(grammar, smallShape, training TransformerObjective.MaskedTokens (Nullable()) 1e30)
                let trainer = hot ()
                let error = Expect.throwsC (fun () -> TransformerRun.Train(trainer, 14, path) |> ignore) id
                Expect.isTrue (error :? TrainingDivergedException) $"{error}"
                Expect.stringContains error.Message $"step {trainer.Step + 1L}" "the step"
                Expect.isFalse (System.IO.File.Exists path) "no checkpoint whose next step diverges")
    ]
