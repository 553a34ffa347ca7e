module Rhm.ProofsTests.Experiments.Plotting.FiguresTests

open System
open System.IO
open System.Threading
open Expecto
open Rhm.Claims
open Rhm.Experiments
open Rhm.Experiments.Measurements
open Rhm.Experiments.Plotting
open Rhm.Grammars
open Rhm.Learning
open Rhm.Levelwise
open Rhm.Networks.StackedLatentClustering
open Rhm.Population
open Rhm.Running
open Rhm.Statistics
open Rhm.Sweeps.Expressions
open Rhm.Thresholds
open Rhm.ProofsTests.Folders
open Rhm.ProofsTests.Refusals
open Rhm.ProofsTests.SmallExperiments

[<Tests>]
let tests =
    testList "Experiments / Plotting / Figures" [
        testCase "all objectives have colours of their own" <| fun () ->
            Expect.isGreaterThanOrEqual Figures.Palette.Length EncoderObjective.All.Count "colours"
    ]
