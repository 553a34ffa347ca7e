module Rhm.ProofsTests.Experiments.Measurements.SlcSeriesTests

open System
open Expecto
open Rhm.Experiments.Measurements
open Rhm.Grammars
open Rhm.Networks.StackedLatentClustering

[<Tests>]
let tests =
    testList "Experiments / Measurements / SlcSeries" [
        testCase "networks see 4 v m^3 strings at least, in 50 L m steps at least, beyond L=5 in 10 L^2 m" <| fun () ->
            let steps depth v m = SlcSeries("", GrammarShape(depth, 3, v, m), SlcObjective(), Nullable()).Steps
            Expect.equal [ steps 4 10 7; steps 4 10 12; steps 4 10 15 ] [ 1400L; 2400L; 4219L ] "50 L m, 50 L m, 4 v m^3 / 32"
            Expect.equal [ steps 5 16 8; steps 6 16 8; steps 7 16 8 ] [ 2000L; 2880L; 3920L ] "50 L m, 10 L^2 m"
    ]
