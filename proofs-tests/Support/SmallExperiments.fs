/// Runs of experiments with small parameters.
module Rhm.ProofsTests.SmallExperiments

open System
open System.Threading
open Rhm.Experiments
open Rhm.Experiments.Measurements
open Rhm.Running

let setting threads =
    RunContext(Scale.Quick, 3UL, threads, Action<_>(ignore), CancellationToken.None)

let find name = ExperimentTable.All |> Seq.find (fun experiment -> experiment.Name = name)

let run (experiment: Experiment) folder threads parameters =
    let folder = ExperimentFolder(folder, experiment.Command(setting threads, parameters))
    folder, experiment.Run.Invoke(folder, setting threads, parameters)

/// Small parameters of every experiment; others than these are refused or take long.
let small name =
    match name with
    | "fig1-correlations" ->
        ExperimentParameters(Depths = [| 3 |], Vocabulary = Nullable 4, Multiplicities = [| 2 |], Grammars = Nullable 3)
    | "fig3-left"
    | "fig11-left" ->
        ExperimentParameters(
            Depths = [| 2 |],
            Branching = Nullable 2,
            Vocabulary = Nullable 8,
            Multiplicities = [| 3; 4 |],
            Grammars = Nullable 2
        )
    | "own-latents" ->
        ExperimentParameters(
            Depths = [| 2 |],
            Branching = Nullable 2,
            Vocabulary = Nullable 6,
            Multiplicities = [| 2 |],
            Grammars = Nullable 2
        )
    | "targets" ->
        ExperimentParameters(
            Depths = [| 2; 3 |],
            Branching = Nullable 2,
            Vocabulary = Nullable 8,
            Multiplicities = [| 3; 4 |],
            Grammars = Nullable 2
        )
    | "fraction" -> ExperimentParameters(Multiplicities = [| 3 |], Grammars = Nullable 2)
    | _ -> ExperimentParameters(Grammars = Nullable 2)

/// The shape of the small encoders.
let shape = Rhm.Grammars.GrammarShape(2, 2, 6, 2)

let cell name budget =
    EncoderCell(EncoderObjective.All |> Seq.find (fun (objective: EncoderObjective) -> objective.Name = name), shape, 0, 0L, budget)

let encoders folder threads (cells: EncoderCell[]) : EncoderPoint list =
    use runs = new EncoderRuns(folder, setting threads, 8)
    runs.Measure cells |> List.ofSeq
