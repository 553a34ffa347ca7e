/// How the sample complexity P* scales with m, L and f when everything but the target is equal: the message of the paper as exponents.
/// P* is measured adaptively in each of some random grammars; a claim and its control may share measurements, which are made once.
module Rhm.Claims.ScalingClaims

open Rhm.Running
open System.Collections.Concurrent
open Rhm.Grammars
open Rhm.Learning
open Rhm.Levelwise
open Rhm.Population
open Rhm.Statistics
open Rhm.Thresholds

let private section = "Scaling"

/// What is measured: a learner with some options, the accuracy that counts as learned (0: half of the way from chance), the setting.
[<CustomEquality; NoComparison>]
type internal Case =
    { Learner: Learner
      Options: obj
      Level: float
      Start: float
      Levels: int list
      Shape: GrammarShape }

    member private this.Identity = struct (this.Learner.Name, this.Options, this.Level, this.Start, this.Levels, this.Shape)

    override this.Equals other =
        match other with
        | :? Case as case -> case.Identity = this.Identity
        | _ -> false

    override this.GetHashCode() = hash this.Identity

let private crossings = ConcurrentDictionary<struct (uint64 * Case * int), Crossing list>()

/// The crossing of each measured level in grammars 0..count-1.
let internal measure (setting: RunContext) (cases: (Case * int) list) =
    lock crossings (fun () ->
        let measurement (case, count) =
            let keep = System.Collections.Generic.List<int>()

            for g in 0 .. count - 1 do
                if not (crossings.ContainsKey(struct (setting.Seed, case, g))) then keep.Add g

            let last = if keep.Count = 0 then 0 else keep[keep.Count - 1] + 1

            last,
            case,
            ThresholdMeasurement(
                case.Learner,
                case.Options,
                case.Shape,
                Grammars = max 1 last,
                Seed = setting.Seed,
                Start = case.Start,
                Most = (1L <<< 44),
                Level = case.Level,
                Levels = case.Levels
            )

        let missing = cases |> List.map measurement |> List.filter (fun (last, _, _) -> last > 0)

        if not missing.IsEmpty then
            let results =
                ThresholdMeasurement.Measure(
                    [ for _, _, m in missing -> m ],
                    setting.Threads,
                    0.05,
                    (fun part -> setting.Progress.Invoke part),
                    setting.Cancellation
                )

            for (last, case, _), levels in Seq.zip missing results do
                for g in 0 .. last - 1 do
                    crossings[struct (setting.Seed, case, g)] <- [ for level in levels -> level.Crossings[g] ]

        [ for case, count in cases -> [ for g in 0 .. count - 1 -> crossings[struct (setting.Seed, case, g)] ] ])

/// Natural logarithms of P* of the i-th measured level, one for each grammar.
let internal logarithms i (grammars: Crossing list list) =
    ResizeArray [ for levels in grammars -> log (List.item i levels).Samples ] :> System.Collections.Generic.IReadOnlyList<float>

/// The whole hierarchy from strings; P* of its top level.
let internal controlled target cousins (shape: GrammarShape) =
    let learner = ControlledLearner(target, cousins)

    { Learner = IterativeLatentClustering.Learner
      Options = learner.Options
      Level = 0
      Start = learner.LeadingOrder shape * (if cousins = CousinTargets.All then 0.25 else 1.0)
      Levels = [ shape.Depth - 1 ]
      Shape = shape }

/// A level by itself, given the levels below.
let private single target level (shape: GrammarShape) =
    { Learner = SingleLevelClustering.Learner
      Options = SingleLevelOptions(Target = target, Level = level)
      Level = 0
      Start = 2.0 * AnnealedLaws(shape).Resolution(target, level - 1)
      Levels = [ level ]
      Shape = shape }

/// Formula H for recovering levels 1..level: the largest of theirs.
let internal resolution target level (shape: GrammarShape) =
    List.max [ for l in 0 .. level - 1 -> AnnealedLaws(shape).Resolution(target, l) ]

/// What a law allows: anything between its leading order and formula H over the same settings, and some drift of the constant of k-means.
let internal between leading exact drift = min leading exact - drift, max leading exact + drift

let private claim = Measure.claim section

/// Exponent of P* in m, beside its leading order and that of formula H over the same m.
let private exponentOf (setting: RunContext) alpha quantity (points: (Case * int) list) (formula: GrammarShape -> float) leading =
    let results = measure setting points
    let m = [ for case, _ in points -> float case.Shape.Multiplicity ]
    let law = ScalingLaw.Power(ResizeArray [ for x, result in List.zip m results -> struct (x, logarithms 0 result) ], alpha)
    let exact = ScalingLaw.ExponentOf(m, [ for case, _ in points -> formula case.Shape ])
    Measure.interval $"{quantity}; formula H over the same m: {exact:F2}" leading law.Exponent law.Interval (between leading exact 0.1)

/// The measurement that is furthest outside of what is allowed, or else from what is predicted.
let private worst measurements =
    measurements |> List.maxBy (fun m -> max 0.0 (max (m.AcceptLow - m.High) (m.Low - m.AcceptHigh)), abs (m.Measured - m.Predicted))

/// The whole hierarchy from strings, one cousin element, token or node, the theorem's single Z, at s=3, where legal tuples are rare. The constant
/// of k-means drifts with m: means over m synonyms know their centre better, which favours large m the more, the larger v. At v=12 that
/// balances the finite-m growth of formula H (exponent of latents over m=4..16: 3.2 at v=8, 3.0 at v=12, 2.9 at v=16, 2.6 at v=32).
let private fromStrings (setting: RunContext) depth target used (multiplicities: (int * int) list) leading =
    let points = [ for m, grammars in multiplicities -> controlled used CousinTargets.Element (GrammarShape(depth, 3, 12, m)), grammars ]
    exponentOf setting Measure.Alpha $"exponent of m, level {depth - 1}" points (resolution target (depth - 1)) leading

let private tolerance =
    "between the leading order and formula H over the same m, +-0.1 for the drift of the constant of k-means with m; Student's interval over grammars"

/// m and the number of grammars: the ends of the range decide about the exponent, and small m cost nothing.
let private depth3 (setting: RunContext) =
    setting.Pick([ 4, 96; 8, 64; 16, 64 ], [ 4, 200; 6, 150; 8, 100; 12, 100; 16, 100; 24, 60 ])

let latentExponent =
    claim "thm-ilc-exponent" "P* from latent targets grows as m^3 at the top level, not as the m^5 of token targets (L=4, s=3, v=12)." "recovery theorem; figures 3 left and 11"
        "d log P*/d log m = 3 (token targets: L+1 = 5)" tolerance "token targets instead of latents" (fun setting planted ->
            if planted then
                fromStrings setting 4 Target.Latent Target.Token [ for m in setting.Pick([ 3; 4; 6; 8 ], [ 3; 4; 6; 8; 10 ]) -> m, 24 ] 3
            else
                fromStrings setting 4 Target.Latent Target.Latent (setting.Pick([ 4, 64; 8, 32; 16, 32 ], [ for m in [ 4; 6; 8; 12; 16; 24 ] -> m, 80 ])) 3)

let tokenExponent =
    claim "thm-token-exponent" "P* from token targets grows as m^(L+1) at the top level: m^4 at L=3 (s=3, v=12)." "section 3, token-level self-supervision"
        "d log P*/d log m = L+1 = 4" tolerance "latent targets instead of tokens" (fun setting planted ->
            fromStrings setting 3 Target.Token (if planted then Target.Latent else Target.Token) (depth3 setting) 4)

let labelExponent =
    claim "thm-label-exponent" "P* from labels grows as m^L at the top level: m^3 at L=3 (s=3, v=12)." "section 3, supervised classification"
        "d log P*/d log m = L = 3" tolerance "token targets instead of labels" (fun setting planted ->
            fromStrings setting 3 Target.Root (if planted then Target.Token else Target.Root) (depth3 setting) 3)

/// Exponents of levels 1, 2 and 3, each by itself, where m is large enough for the leading order: counts drawn from their exact law cost the same at
/// any P. v < m, so that the constant of k-means has settled; s=4, so that f stays small.
let private levelByLevel (setting: RunContext) target used (power: int -> float) =
    [ for level in 1..3 ->
          let points =
              [ for m in setting.Pick([ 8; 20; 48 ], [ 8; 12; 16; 24; 32; 48; 64 ]) -> single used level (GrammarShape(4, 4, 8, m)), setting.Pick(64, 200) ]

          exponentOf setting (Measure.Alpha / 3.0) $"exponent of m, level {level}" points (fun shape -> AnnealedLaws(shape).Resolution(target, level - 1)) (power level) ]
    |> worst

let private levelTolerance = tolerance + "; shown is the level furthest from its prediction"

let tokenLevels =
    claim "thm-token-levels" "P* of level l from token targets, given the levels below, grows as m^(l+2): m^3, m^4 and m^5 at levels 1, 2 and 3 (L=4, s=4, v=8, m=8..64)."
        "section 3, token-level self-supervision" "d log P*_l/d log m = l+2" levelTolerance "latent targets instead of tokens" (fun setting planted ->
            levelByLevel setting Target.Token (if planted then Target.Latent else Target.Token) (fun level -> float level + 2.0))

let labelLevels =
    claim "thm-label-levels" "P* of level l from labels, given the levels below, grows as m^(L-l+1): m^4, m^3 and m^2 at levels 1, 2 and 3 (L=4, s=4, v=8, m=8..64)."
        "section 3, supervised classification" "d log P*_l/d log m = L-l+1" levelTolerance "token targets instead of labels" (fun setting planted ->
            levelByLevel setting Target.Root (if planted then Target.Token else Target.Root) (fun level -> 5.0 - float level))

let tokenBottleneck =
    claim "thm-token-bottleneck" "From tokens the top level needs all of P*: learning every level from strings takes as many as the top level given the others (s=3, v=12; L=3, m=16 and L=4, m=8)."
        "section 3, token-level self-supervision" "P* of the hierarchy = P*_(L-1)"
        "a factor 1.25: errors left at the levels below, and all nodes scored instead of the leftmost; Student's interval over grammars; shown is the setting furthest from 1"
        "the lowest level instead of the top one" (fun setting planted ->
            [ for shape in [ GrammarShape(3, 3, 12, 16); GrammarShape(4, 3, 12, 8) ] ->
                  let count = setting.Pick(48, 100)
                  let level = if planted then 1 else shape.Depth - 1

                  match measure setting [ controlled Target.Token CousinTargets.Element shape, count; single Target.Token level shape, count ] with
                  | [ hierarchy; alone ] ->
                      let ratios = ResizeArray(Seq.map2 (-) (logarithms 0 hierarchy) (logarithms 0 alone))
                      let interval = Interval.Student(ratios, Measure.Alpha / 2.0)
                      Measure.interval $"P*/P*_{level} at {shape}" 1 (exp (Seq.average ratios)) (Interval(exp interval.Low, exp interval.High)) (0.8, 1.25)
                  | _ -> failwith "two measurements" ]
            |> worst)

/// Growth of log P* per level of depth at m = 4. From L = 3 on: at L = 2 a single level has to be learned, from exact tokens. At v=32, because the
/// distances of context vectors over k levels spread like chi-square of (v-1)/(k+2) degrees: few close pairs at large v only.
let private rate (setting: RunContext) used target predicted =
    let settings = [ for depth, quick, paper in [ 3, 24, 48; 4, 16, 32; 5, 10, 24 ] -> GrammarShape(depth, 3, 32, 4), setting.Pick(quick, paper) ]
    let results = measure setting [ for shape, count in settings -> controlled used CousinTargets.Element shape, count ]
    let depths = [ for shape, _ in settings -> float shape.Depth ]

    let law =
        ScalingLaw.Exponential(ResizeArray [ for depth, result in List.zip depths results -> struct (depth, logarithms 0 result) ], Measure.Alpha)

    let exact = ScalingLaw.RateOf(depths, [ for shape, _ in settings -> resolution target (shape.Depth - 1) shape ])
    Measure.interval $"d log P*/dL; formula H: {exact:F2}" predicted law.Exponent law.Interval (between predicted exact 0.1)

let latentDepth =
    claim "thm-ilc-depth" "P* from latent targets does not grow with the depth (s=3, v=32, m=4, L=3..5)." "recovery theorem: L enters through logarithms only; figure 12"
        "d log P*/dL = 0 (token targets: log m = 1.39)" "+-0.1: the logarithms of the theorem; Student's interval over grammars" "token targets instead of latents" (fun setting planted ->
            rate setting (if planted then Target.Token else Target.Latent) Target.Latent 0)

let tokenDepth =
    claim "thm-token-depth" "P* from token targets grows by a factor m with each level (s=3, v=32, m=4, L=3..5)." "section 3, token-level self-supervision"
        "d log P*/dL = log m = 1.39" "between log m and formula H (about log 1/kappa), +-0.1 for the growing spread of distances; Student's interval over grammars" "latent targets instead of tokens" (fun setting planted ->
            rate setting (if planted then Target.Latent else Target.Token) Target.Token (log 4.0))

let fraction =
    claim "thm-illegal-fraction" "At fixed m, P*/(v m^3) from latent targets grows as 1/(1-f) when tuples become legal (s=2, L=2, m=8, v=9..40, f=0.2..0.89; all cousins)."
        "recovery theorem; the paper leaves f near 1 untested" "d log(P*/(v m^3)) / d log(1/(1-f)) = 1" "between 1 and formula H over the same f, +-0.1; Student's interval over grammars" "labels, whose signal has no factor 1-f" (fun setting planted ->
            let shapes = [ for v in setting.Pick([ 9; 10; 12; 16; 40 ], [ 9; 10; 12; 16; 24; 40; 80 ]) -> GrammarShape(2, 2, v, 8) ]
            let results = measure setting [ for shape in shapes -> controlled (if planted then Target.Root else Target.Latent) CousinTargets.All shape, setting.Pick(24, 40) ]
            let x = [ for shape in shapes -> 1.0 / (1.0 - shape.LegalFraction) ]
            let unit (shape: GrammarShape) = float shape.Vocabulary * float shape.Multiplicity ** 3.0

            let relative (shape: GrammarShape) result =
                ResizeArray [ for y in logarithms 0 result -> y - log (unit shape) ] :> System.Collections.Generic.IReadOnlyList<float>

            let law =
                ScalingLaw.Power(ResizeArray [ for x, shape, result in List.zip3 x shapes results -> struct (x, relative shape result) ], Measure.Alpha)

            let exact = ScalingLaw.ExponentOf(x, [ for shape in shapes -> resolution Target.Latent 1 shape / unit shape ])
            Measure.interval $"power of 1/(1-f); formula H: {exact:F2}" 1 law.Exponent law.Interval (between 1.0 exact 0.1))

let figure3Left =
    claim "fig3-ilc-thresholds" "P* of iterative latent clustering with k-means lies within a factor 2 of each published point of figure 3 left (L=5, s=3, v=8; one cousin tuple, better of 2 runs)."
        "figure 3 left, lower right inset" "1/2 <= P*/published <= 2" "a factor 2 (the points were read off to +-15%); Student's interval over grammars; shown is the furthest point" "all cousins, best of 50 runs: the stronger learner that is our default" (fun setting planted ->
            let points = setting.Pick([ 6; 8; 12; 16 ], [ 6; 8; 12; 16; 22; 32 ])

            let case m =
                { Learner = IterativeLatentClustering.Learner
                  Options = (if planted then IlcOptions() else IlcOptions(Cousins = CousinTargets.Tuple, Restarts = 2))
                  Level = 0.5
                  Start = 4.0 * float m ** 3.0
                  Levels = [ 4 ]
                  Shape = GrammarShape(5, 3, 8, m) }

            let results = measure setting [ for m in points -> case m, setting.Pick(24, 24) ]

            [ for m, result in List.zip points results ->
                  let ratios = ResizeArray [ for y in logarithms 0 result -> y - log Published.Figure3Left[m] ]
                  let interval = Interval.Student(ratios, Measure.Alpha / float points.Length)
                  Measure.interval $"P*/published at m={m}" 1 (exp (Seq.average ratios)) (Interval(exp interval.Low, exp interval.High)) (0.5, 2.0) ]
            |> List.maxBy (fun m -> max 0.0 (max (m.AcceptLow - m.High) (m.Low - m.AcceptHigh)), abs (log m.Measured)))

let all = [ latentExponent; tokenExponent; labelExponent; tokenLevels; labelLevels; tokenBottleneck; latentDepth; tokenDepth; fraction; figure3Left ]
