module Rhm.ProofsTests.Experiments.Plotting.FiguresTests

open Expecto
open Rhm.Experiments.Measurements
open Rhm.Experiments.Plotting

[<Tests>]
let tests =
    testList "Experiments / Plotting / Figures" [
        testCase "all objectives have colours of their own" <| fun () ->
            Expect.isGreaterThanOrEqual Figures.Palette.Length EncoderObjective.All.Count "colours"
    ]
