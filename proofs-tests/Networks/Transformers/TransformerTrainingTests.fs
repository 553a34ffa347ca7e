module Rhm.ProofsTests.Networks.Transformers.TransformerTrainingTests

open System
open System.IO
open Expecto
open FsCheck
open FsCheck.FSharp
open Rhm.Experiments
open Rhm.Grammars
open Rhm.Networks.Training
open Rhm.Networks.Transformers
open Rhm.Numerics
open Rhm.Population
open Rhm.Randomness
open Rhm.Strings
open Rhm.Sweeps.Expressions
open Rhm.ProofsTests.Folders
open Rhm.ProofsTests.Generators
open Rhm.ProofsTests.Refusals
open Rhm.ProofsTests.SmallEncoders

[<Tests>]
let tests =
    testList "Networks / Transformers / TransformerTraining" [
        testCase "the rate rises linearly over the warm-up and stays" <| fun () ->
            let training = TransformerTraining(LearningRate = 0.5, WarmUpSteps = 10, Steps = 100L)
            Expect.equal [ for step in [ 1L; 5L; 10L; 11L; 100L ] -> training.RateOf step ] [ 0.05; 0.25; 0.5; 0.5; 0.5 ] "rates"
            Expect.equal (TransformerTraining(LearningRate = 0.5).RateOf 1L) 0.5 "none by default"
    ]
