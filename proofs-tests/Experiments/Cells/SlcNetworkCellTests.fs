module Rhm.ProofsTests.Experiments.Cells.SlcNetworkCellTests

open System
open System.Threading
open Expecto
open Rhm.Experiments
open Rhm.Running
open Rhm.ProofsTests.SmallExperiments

[<Tests>]
let tests =
    testList "Experiments / Cells / SlcNetworkCell" [
        testCase "networks see 4 v m^3 strings at least, in 50 L m steps at least, beyond L=5 in 10 L^2 m" <| fun () ->
            let paper = RunContext(Scale.Paper, 1UL, 1, Action<_>(ignore), CancellationToken.None)
            let steps name parameter =
                let cells = (nonNull (find name).Sweep).Invoke(paper, ExperimentParameters()).Cells()
                let value name (cell: Rhm.Sweeps.Cell) = string (cell.ValueOf name)
                [ for cell in cells do if value "P" cell <> "0" then value parameter cell, value "steps" cell ] |> List.distinct

            let byMultiplicity = [ "7", "1400"; "8", "1600"; "10", "2000"; "12", "2400"; "15", "4219" ]
            Expect.equal (steps "fig3-right" "m") byMultiplicity "50 L m, at m=15 4 v m^3 / 32"
            let byDepth = [ "3", "1200"; "4", "1600"; "5", "2000"; "6", "2880"; "7", "3920" ]
            Expect.equal (steps "fig12-depth" "L") byDepth "50 L m, 10 L^2 m"
    ]
