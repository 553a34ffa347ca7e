module Rhm.ProofsTests.Networks.Transformers.TransformerTrainingTests

open Expecto
open Rhm.Networks.Transformers

[<Tests>]
let tests =
    testList "Networks / Transformers / TransformerTraining" [
        testCase "the rate rises linearly over the warm-up and stays" <| fun () ->
            let training = TransformerTraining(LearningRate = 0.5, WarmUpSteps = 10, Steps = 100L)
            Expect.equal [ for step in [ 1L; 5L; 10L; 11L; 100L ] -> training.RateOf step ] [ 0.05; 0.25; 0.5; 0.5; 0.5 ] "rates"
            Expect.equal (TransformerTraining(LearningRate = 0.5).RateOf 1L) 0.5 "none by default"
    ]
