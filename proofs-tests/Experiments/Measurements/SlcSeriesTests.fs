module Rhm.ProofsTests.Experiments.Measurements.SlcSeriesTests

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
    testList "Experiments / Measurements / SlcSeries" [
        testCase "networks see 4 v m^3 strings at least, in 50 L m steps at least, beyond L=5 in 10 L^2 m" <| fun () ->
            let steps depth v m = SlcSeries("", GrammarShape(depth, 3, v, m), SlcObjective(), Nullable()).Steps
            Expect.equal [ steps 4 10 7; steps 4 10 12; steps 4 10 15 ] [ 1400L; 2400L; 4219L ] "50 L m, 50 L m, 4 v m^3 / 32"
            Expect.equal [ steps 5 16 8; steps 6 16 8; steps 7 16 8 ] [ 2000L; 2880L; 3920L ] "50 L m, 10 L^2 m"
    ]
