module Rhm.ProofsTests.Experiments.Figure3RightTests

open System
open System.IO
open Expecto
open Rhm.Experiments
open Rhm.ProofsTests.Folders
open Rhm.ProofsTests.SmallExperiments

[<Tests>]
let tests =
    testList "Experiments / Figure3Right" [
        testCase "networks with another margin, weight cap or number of epochs are others, and not taken for those of the default"
        <| fun () ->
            inFolder (fun folder ->
                let networks margin cap epochs most =
                    let parameters =
                        ExperimentParameters(
                            Multiplicities = [| 2 |],
                            Grammars = Nullable 1,
                            Margin = margin,
                            WeightCap = cap,
                            Epochs = epochs,
                            Most = most
                        )
                    run (find "fig3-right") folder 1 parameters |> ignore
                    [ for line in File.ReadAllLines(Path.Combine(folder, "networks.csv"))[2..] -> line.Split ',' ]
                    |> List.groupBy Array.head
                    |> Map.ofList

                let none: Nullable<float> = Nullable()
                networks none none none none |> ignore
                networks (Nullable 0.95) none none none |> ignore
                networks none (Nullable 1.0) none none |> ignore
                let all = networks none none (Nullable 40.0) (Nullable 2.0)
                Expect.equal (networks none none none none) all "nothing trained twice"
                let series = "m = 2 weight cap 0.2"
                let accuracies series = Map.ofList [ for cells in all[series] -> cells[6], cells[8] ]

                for other in [ "m = 2 margin 0.95 weight cap 0.2"; "m = 2"; series + " epochs 40" ] do
                    let own = accuracies series
                    Expect.isFalse
                        (accuracies other |> Map.forall (fun samples accuracy -> own[samples] = accuracy))
                        $"{other}: other networks from as many strings"

                let trained (series: string) = [ for cells in all[series] do if cells[6] <> "0" then int64 cells[6], int64 cells[7] ]
                let passes = trained (series + " epochs 40")
                for samples, steps in passes do Expect.equal steps (40L * (samples / 32L)) "40 passes in batches of 32"
                Expect.equal
                    (set (List.map fst passes))
                    (set (trained series |> List.map fst |> List.filter (fun samples -> samples <= 2L * 64L)))
                    "P up to 2 v m^3"
                for epochs, most in [ 0.0, 4.0; nan, 4.0; infinity, 4.0; 40.0, 0.1; 40.0, nan ] do
                    Expect.throwsT<ArgumentException>
                        (fun () -> networks none none (Nullable epochs) (Nullable most) |> ignore)
                        $"{epochs} epochs, most {most}")
    ]
