/// Beyond the paper: spectral latent clustering learns the whole hierarchy from about v m^2 strings, a factor m below the theorem. P* is
/// measured adaptively in random grammars, the same ones for both learners; measurements are made once and shared by the claims.
module Rhm.Claims.SpectralClaims

open Rhm.Running
open System.Collections.Concurrent
open System.Collections.Generic
open Rhm.Grammars
open Rhm.Learning
open Rhm.Levelwise
open Rhm.Population
open Rhm.Randomness
open Rhm.Statistics
open Rhm.Strings
open Rhm.Thresholds

let private claim id statement =
    Measure.claim "Spectral latent clustering" id statement "beyond the paper; compare the recovery theorem"

/// A learner by the P at which a search for its threshold starts.
type private Method =
    | Spectral
    /// All cousins, 50 runs of k-means: the strongest form.
    | Ilc
    /// The theorem's contexts, of one cousin tuple.
    | IlcOneCousin
    /// Token targets, all else as in Ilc.
    | Token

let private measured = ConcurrentDictionary<struct (uint64 * Method * GrammarShape * int), IReadOnlyList<float>>()

/// Natural logarithms of the top level's P*, one for each grammar.
let private logarithms (setting: RunContext) learner grammars (shapes: GrammarShape list) =
    let measurement (shape: GrammarShape) =
        let v, m = float shape.Vocabulary, float shape.Multiplicity

        match learner with
        | Spectral -> ThresholdMeasurement(SpectralLatentClustering.Learner, SpectralOptions(), shape, Start = 0.5 * v * m ** 2.0)
        | Ilc -> ThresholdMeasurement(IterativeLatentClustering.Learner, IlcOptions(), shape, Start = 0.25 * v * m ** 3.0)
        | IlcOneCousin -> ThresholdMeasurement(IterativeLatentClustering.Learner, IlcOptions(Cousins = CousinTargets.Tuple), shape, Start = v * m ** 3.0)
        | Token -> ThresholdMeasurement(IterativeLatentClustering.Learner, IlcOptions(Target = Target.Token), shape, Start = 0.25 * v * m ** float (shape.Depth + 1))
        |> fun basic -> ThresholdMeasurement(basic.Learner, basic.Options, shape, Start = basic.Start, Grammars = grammars, Seed = setting.Seed)

    lock measured (fun () ->
        let key shape = struct (setting.Seed, learner, shape, grammars)
        let missing = shapes |> List.filter (fun shape -> not (measured.ContainsKey(key shape)))

        if not missing.IsEmpty then
            let results =
                ThresholdMeasurement.Measure(ResizeArray(List.map measurement missing), setting.Threads, 0.05, (fun part -> setting.Progress.Invoke part), setting.Cancellation)

            for shape, result in Seq.zip missing results do
                measured[key shape] <- result[0].Logarithms

        [ for shape in shapes -> measured[key shape] ])

let private power (shapes: GrammarShape list) (groups: IReadOnlyList<float> list) =
    ScalingLaw.Power(ResizeArray [ for shape, group in List.zip shapes groups -> struct (float shape.Multiplicity, group) ], Measure.Alpha)

/// The measurement that is furthest outside of what is allowed, or else from what is predicted.
let private worst measurements =
    measurements |> List.maxBy (fun m -> max 0.0 (max (m.AcceptLow - m.High) (m.Low - m.AcceptHigh)), abs (log m.Measured - log m.Predicted))

let private topAccuracy (grammar: Grammar) seed (learned: LearnedHierarchy) =
    learned.Accuracy(StringSampler(grammar, seed, 1000L, RandomPurpose.HeldOut)) |> Array.last

let private grammars (setting: RunContext) = setting.Pick(20, 60)

let private shapes (setting: RunContext) = [ for m in setting.Pick([ 4; 8; 16; 32 ], [ 4; 6; 8; 12; 16; 24; 32 ]) -> GrammarShape(2, 3, 8, m) ]

let recovery =
    claim "spectral-recovery" "From 2 v m^2 strings spectral latent clustering recovers the top latents (L=5, s=3, v=8, m=32), where ILC needs v m^3."
        "P = 2 v m^2 = 16384: accuracy of level L-1 at least 0.99" "in at least 95% of grammars; Clopper-Pearson interval" "ILC (all cousins, 50 runs of k-means) from as many strings" (fun setting planted ->
            let count = setting.Pick(10, 60)

            let recovered =
                setting.EachInParallel [ 0L .. int64 count - 1L ] (fun i ->
                    let seed = setting.SeedOf [ 32L; i ]
                    let grammar = Grammar.Draw(GrammarShape(5, 3, 8, 32), seed)
                    let strings = StringSampler(grammar, seed, 16384L)

                    if planted then
                        IterativeLatentClustering.Learn(strings, 3, IlcOptions(Seed = seed), setting.Cancellation)
                    else
                        SpectralLatentClustering.Learn(strings, 3, SpectralOptions(Seed = seed), setting.Cancellation)
                    |> topAccuracy grammar seed)
                |> List.filter (fun accuracy -> accuracy >= 0.99)
                |> List.length

            Measure.interval "share of grammars" 1 (float recovered / float count) (Interval.ClopperPearson(int64 recovered, int64 count, Measure.Alpha)) (0.95, 1))

let exponent =
    claim "spectral-exponent" "P* of spectral latent clustering grows as m^2 (L=2, s=3, v=8)." "d log P*/d log m = 2 (theorem for ILC: 3)"
        "+-0.25: the factor 1/(1-f) raises it by up to 0.3 at these m, finite v m lowers it; Student's interval over grammars" "ILC with contexts of one cousin tuple, as in the theorem" (fun setting planted ->
            let shapes = shapes setting
            let law = power shapes (logarithms setting (if planted then IlcOneCousin else Spectral) (grammars setting) shapes)
            let exact = ScalingLaw.ExponentOf(ResizeArray [ for shape in shapes -> float shape.Multiplicity ], ResizeArray [ for shape in shapes -> AnnealedLaws(shape).KestenStigumThreshold ])
            Measure.interval $"exponent of m; Kesten-Stigum threshold over the same m: {exact:F2}" 2 law.Exponent law.Interval (1.75, 2.25))

let threshold =
    claim "spectral-threshold" "P* lies between the Kesten-Stigum threshold and three times it (s=2: v=16, m=4, 8; s=3: v=8, m=4, 16; f = 0.06 to 0.5)."
        "P_KS = v m/(s(s-1) tau^2), about v m^2/((1-f) s(s-1)); 1 <= P*/P_KS <= 3"
        "the singular subspace of the stacked counts rises at sqrt(s(s-1)) P_KS = 2.4 P_KS for s=3; Student's interval; shown is the setting furthest from sqrt(s(s-1))" "ILC (all cousins)" (fun setting planted ->
            let points = [ GrammarShape(2, 3, 8, 4), grammars setting; GrammarShape(2, 3, 8, 16), grammars setting; GrammarShape(2, 2, 16, 4), 12; GrammarShape(2, 2, 16, 8), 12 ]

            [ for shape, count in points ->
                  let law = AnnealedLaws shape
                  let ratios = ResizeArray [ for y in List.head (logarithms setting (if planted then Ilc else Spectral) count [ shape ]) -> y - log law.KestenStigumThreshold ]
                  let interval = Interval.Student(ratios, Measure.Alpha / float points.Length)
                  Measure.interval $"P*/P_KS at {shape}" (law.SpectralThreshold / law.KestenStigumThreshold) (exp (Seq.average ratios)) (Interval(exp interval.Low, exp interval.High)) (1, 3) ]
            |> worst)

let depth =
    claim "spectral-depth" "P* of spectral latent clustering does not grow with the depth (s=3, v=8, m=4, L=2..4)." "d log P*/dL = 0 (token targets: log m = 1.39)"
        "+-0.25: every level must be right below the next; Student's interval over grammars" "token targets (k-means)" (fun setting planted ->
            let shapes = [ for depth in setting.Pick([ 2; 3; 4 ], [ 2; 3; 4; 5; 6 ]) -> GrammarShape(depth, 3, 8, 4) ]
            let shapes = if planted then List.truncate 3 shapes else shapes
            let groups = logarithms setting (if planted then Token else Spectral) (grammars setting) shapes
            let law = ScalingLaw.Exponential(ResizeArray [ for shape, group in List.zip shapes groups -> struct (float shape.Depth, group) ], Measure.Alpha)
            Measure.interval "d log P*/dL" 0 law.Exponent law.Interval (-0.25, 0.25))

/// log (P* of ILC / P* of spectral), grammar by grammar.
let private gains (setting: RunContext) planted =
    let shapes = shapes setting
    let spectral = logarithms setting Spectral (grammars setting) shapes
    let ilc = logarithms setting Ilc (grammars setting) shapes
    let better, worse = if planted then ilc, spectral else spectral, ilc
    shapes, [ for a, b in List.zip better worse -> ResizeArray(Seq.map2 (fun x y -> y - x) a b) :> IReadOnlyList<float> ]

let advantage =
    claim "spectral-beats-ilc" "Spectral latent clustering needs fewer strings than ILC (all cousins, 50 runs of k-means) at every m from 4 on (L=2, s=3, v=8)." "P*_ILC / P*_spectral > 1"
        "at least 1; Student's interval over grammars of the logarithm; shown is the smallest" "the two learners exchanged" (fun setting planted ->
            let shapes, gains = gains setting planted

            [ for shape, gain in List.zip shapes gains ->
                  let interval = Interval.Student(ResizeArray gain, Measure.Alpha / float shapes.Length)
                  Measure.interval $"P*_ILC/P*_spectral at m={shape.Multiplicity}" (float shape.Multiplicity) (exp (Seq.average gain)) (Interval(exp interval.Low, exp interval.High)) (1, infinity) ]
            |> List.minBy (fun m -> m.Measured))

let growth =
    claim "spectral-advantage-grows" "The factor by which spectral latent clustering needs fewer strings than ILC grows with m (L=2, s=3, v=8)." "d log(P*_ILC / P*_spectral) / d log m > 0; leading order 1"
        "above 0: ILC with all cousins averages over m synonyms and reaches its exponent 3 only at larger m; Student's interval over grammars" "the two learners exchanged" (fun setting planted ->
            let shapes, gains = gains setting planted
            let law = power shapes gains
            Measure.interval "growth of log(P*_ILC/P*_spectral) with log m" 1 law.Exponent law.Interval (0, infinity))

let unknown =
    claim "spectral-unknown-v" "The number of latents, v, is found at every level from 4 v m^2 strings (L=3, s=3, v=8 and 16, m=8)." "latents found = v at levels 1..L-1"
        "in at least 90% of grammars; Clopper-Pearson interval" "P = v m^2/4" (fun setting planted ->
            let count = setting.Pick(12, 60)

            let right =
                setting.EachInParallel [ 0L .. int64 count - 1L ] (fun i ->
                    let v = if i % 2L = 0L then 8 else 16
                    let seed = setting.SeedOf [ int64 v; i ]
                    let grammar = Grammar.Draw(GrammarShape(3, 3, v, 8), seed)
                    let strings = StringSampler(grammar, seed, int64 v * (if planted then 16L else 256L))
                    let learned = SpectralLatentClustering.Learn(strings, 3, SpectralOptions(EstimateLatents = true, Seed = seed), setting.Cancellation)
                    learned.Levels |> Seq.forall (fun level -> level.SymbolCount = v))
                |> List.filter id
                |> List.length

            Measure.interval "share of grammars" 1 (float right / float count) (Interval.ClopperPearson(int64 right, int64 count, Measure.Alpha)) (0.9, 1))

let all = [ recovery; exponent; threshold; depth; advantage; growth; unknown ]
