module Rhm.ProofsTests.Experiments.Figure3RightTests

open System
open System.IO
open Expecto
open Rhm.Experiments
open Rhm.Experiments.Cells
open Rhm.Sweeps
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

                let all () =
                    use store = ResultStore.OpenToRead(Path.Combine(folder, "results.sqlite"))
                    let catalog = CellCatalog ExperimentFunctions.All
                    [ for stored in store.Cells() ->
                          let cell = Cell.Parse(stored.Outcome.Configuration, catalog)
                          let value name = (string (cell.ValueOf name)).Trim '\''
                          (value "margin", value "weight_cap"), int64 (value "P"), int64 (value "steps"), stored.Outcome ]

                let none: Nullable<float> = Nullable()
                networks none none none none
                networks (Nullable 0.95) none none none
                networks none (Nullable 1.0) none none
                networks none none (Nullable 40.0) (Nullable 2.0)
                let found = all ()
                networks none none none none
                let finished = [ for _, _, _, outcome in found -> outcome.Finished ]
                Expect.equal [ for _, _, _, outcome in all () -> outcome.Finished ] finished "nothing trained twice"
                let usual = "none", "0.2"
                let accuracies settings passes =
                    Map.ofList
                        [ for own, samples, steps, outcome in found do
                              if own = settings && samples > 0L && (steps <> 300L) = passes then
                                  samples, (nonNull outcome.Measures)["accuracy"] ]

                for settings, passes in [ ("0.95", "0.2"), false; ("none", "1"), false; usual, true ] do
                    let own = accuracies usual false
                    let other = accuracies settings passes
                    Expect.isNonEmpty other $"{settings}, epochs {passes}"
                    Expect.isFalse (other |> Map.forall (fun samples accuracy -> own[samples] = accuracy)) $"{settings}: other networks"

                let passes = [ for own, samples, steps, _ in found do if own = usual && samples > 0L && steps <> 300L then samples, steps ]
                for samples, steps in passes do Expect.equal steps (40L * (samples / 32L)) "40 passes in batches of 32"
                Expect.equal
                    (set (List.map fst passes))
                    (accuracies usual false |> Map.keys |> Seq.filter (fun samples -> samples <= 2L * 64L) |> set)
                    "P up to 2 v m^3"
                for epochs, most in [ 0.0, 4.0; nan, 4.0; infinity, 4.0; 40.0, 0.1; 40.0, nan ] do
                    Expect.throwsT<ArgumentException>
                        (fun () -> networks none none (Nullable epochs) (Nullable most) |> ignore)
                        $"{epochs} epochs, most {most}")
    ]
