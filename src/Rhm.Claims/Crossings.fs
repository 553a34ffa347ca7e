/// P* of a learner in random grammars, found adaptively. What claims and their controls share is measured once.
module internal Rhm.Claims.Crossings

open System.Collections.Concurrent
open System.Collections.Generic
open Rhm.Running
open Rhm.Grammars
open Rhm.Learning
open Rhm.Levelwise
open Rhm.Population
open Rhm.Statistics
open Rhm.Thresholds

/// What is measured: a learner with some options, the accuracy that counts as learned (0: half of the way from chance), the P at which
/// the search starts, the level whose P* is wanted, the setting.
[<CustomEquality; NoComparison>]
type Case =
    { Learner: Learner
      Options: obj
      Accuracy: float
      Start: float
      Level: int
      Shape: GrammarShape }

    member private this.Identity = struct (this.Learner.Name, this.Options, this.Accuracy, this.Start, this.Level, this.Shape)

    override this.Equals other =
        match other with
        | :? Case as case -> case.Identity = this.Identity
        | _ -> false

    override this.GetHashCode() = hash this.Identity

/// The top level of a hierarchy learned from strings.
let top (learner: Learner) (options: obj) start (shape: GrammarShape) =
    { Learner = learner
      Options = options
      Accuracy = 0
      Start = start
      Level = shape.Depth - 1
      Shape = shape }

/// Iterative latent clustering with a target; 10 starts of k-means.
let controlled target cousins (shape: GrammarShape) =
    let learner = ControlledLearner(target, cousins)
    let start = learner.LeadingOrder shape * (if cousins = CousinTargets.All then 0.25 else 1.0)
    top IterativeLatentClustering.Learner learner.Options start shape

/// Iterative latent clustering of elements of all cousins, 50 starts of k-means: its strongest form.
let elements (shape: GrammarShape) =
    top IterativeLatentClustering.Learner (IlcOptions()) (0.25 * SampleScales.Latents shape) shape

/// Token targets, all else as for elements.
let tokens (shape: GrammarShape) =
    top IterativeLatentClustering.Learner (IlcOptions(Target = Target.Token)) (0.25 * SampleScales.Tokens shape) shape

/// Spectral latent clustering.
let spectral (shape: GrammarShape) =
    top SpectralLatentClustering.Learner (SpectralOptions()) (0.5 * SampleScales.Spectral shape) shape

/// A level by itself, given the levels below.
let single target level (shape: GrammarShape) =
    { top SingleLevelClustering.Learner (SingleLevelOptions(Target = target, Level = level)) 0 shape with
        Start = 2.0 * AnnealedLaws(shape).Resolution(target, level - 1)
        Level = level }

let private known = ConcurrentDictionary<struct (uint64 * Rhm.Running.Scale * Case * int), float>()

let private measurement (setting: RunContext) case grammars =
    ThresholdMeasurement(
        case.Learner,
        case.Options,
        case.Shape,
        Grammars = grammars,
        Seed = setting.Seed,
        Start = case.Start,
        Most = (1L <<< 44),
        Stride = setting.Pick(2, 4),
        Level = case.Accuracy,
        Levels = [ case.Level ]
    )

/// The natural logarithm of a P*; infinite where it was not found, so that nothing can be concluded from it.
let internal logarithm (crossing: Crossing) =
    match crossing.Side with
    | CrossingSide.Beyond -> infinity
    | CrossingSide.Below -> -infinity
    | _ -> log crossing.Samples

/// Natural logarithms of P* in grammars 0..count-1 of each case.
let logarithms (setting: RunContext) (cases: (Case * int) list) : IReadOnlyList<float> list =
    lock known (fun () ->
        let isKnown case number = known.ContainsKey(struct (setting.Seed, setting.Scale, case, number))

        let missing =
            [ for case, count in cases do
                  if not (List.forall (isKnown case) [ 0 .. count - 1 ]) then case, count ]

        if not missing.IsEmpty then
            let measurements = ResizeArray [ for case, count in missing -> measurement setting case count ]
            let progress = System.Action<float>(setting.Progress.Invoke)
            let results = ThresholdMeasurement.Measure(measurements, setting.Threads, 0.05, progress, setting.Cancellation)

            for (case, _), levels in Seq.zip missing results do
                levels[0].Crossings
                |> Seq.iteri (fun number crossing -> known[struct (setting.Seed, setting.Scale, case, number)] <- logarithm crossing)

        [ for case, count in cases -> ResizeArray [ for g in 0 .. count - 1 -> known[struct (setting.Seed, setting.Scale, case, g)] ] ])

/// The same for one learner at several shapes, in so many grammars each.
let ofShapes setting learner grammars shapes =
    logarithms setting [ for shape in shapes -> learner shape, grammars ]
