/// How the sample complexity P* scales with m, L and f when everything but the target is equal: the message of the paper as exponents.
/// P* is measured adaptively in each of some random grammars; a claim and its control may share measurements, which are made once.
module Rhm.Claims.ScalingClaims

open System.Collections.Concurrent
open Rhm.Grammars
open Rhm.Learners
open Rhm.Population
open Rhm.Statistics

let private section = "Scaling"

/// What is measured: a learner with some options, the accuracy that counts as learned (0: half of the way from chance), the setting.
type private Case =
    { Options: IlcOptions
      Level: float
      Start: float
      Shape: GrammarShape }

let private crossings = ConcurrentDictionary<struct (uint64 * Case * int), Crossing list>()

/// The crossing of every level 1..L-1 in grammars 0..count-1.
let private measure (setting: Setting) (cases: (Case * int) list) =
    lock crossings (fun () ->
        let measurement (case, count) =
            let keep = System.Collections.Generic.List<int>()

            for g in 0 .. count - 1 do
                if not (crossings.ContainsKey(struct (setting.Seed, case, g))) then keep.Add g

            let last = if keep.Count = 0 then 0 else keep[keep.Count - 1] + 1

            last,
            case,
            ThresholdMeasurement(
                IterativeLatentClustering.Learner,
                case.Options,
                case.Shape,
                Grammars = max 1 last,
                Seed = setting.Seed,
                Start = case.Start,
                Level = case.Level,
                Levels = [ 1 .. case.Shape.Depth - 1 ]
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

/// Natural logarithms of P* of a level, one for each grammar.
let private logarithms level (grammars: Crossing list list) =
    ResizeArray [ for levels in grammars -> log levels[level - 1].Samples ] :> System.Collections.Generic.IReadOnlyList<float>

let private controlled target cousins (shape: GrammarShape) =
    let learner = ControlledLearner(target, cousins)

    { Options = learner.Options
      Level = 0
      Start = learner.LeadingOrder shape * (if cousins = CousinTargets.All then 0.25 else 1.0)
      Shape = shape }

/// Formula H for recovering levels 1..level: the largest of theirs.
let private resolution target level (shape: GrammarShape) =
    List.max [ for l in 0 .. level - 1 -> AnnealedLaws(shape).Resolution(target, l) ]

/// What a law allows: anything between its leading order and formula H over the same settings, and some drift of the constant of k-means.
let private between leading exact drift = min leading exact - drift, max leading exact + drift

let private claim id statement source formula tolerance control measure =
    { Id = id
      Section = section
      Statement = statement
      Source = source
      Formula = formula
      Tolerance = tolerance
      FalseAlarm = Measure.Alpha
      Control = control
      Measure = measure }

/// One cousin element, token or node, the theorem's single Z, at s=3, where legal tuples are rare. The constant of k-means drifts with m: means
/// over m synonyms know their centre better, which favours large m the more, the larger v. At v=12 that balances the finite-m growth of
/// formula H (exponent of latents over m=4..16: 3.2 at v=8, 3.0 at v=12, 2.9 at v=16, 2.6 at v=32).
let private shapes depth multiplicities = [ for m in multiplicities -> GrammarShape(depth, 3, 12, m) ]

/// Exponent of P* in m at a level, beside its leading order and that of formula H over the same m.
let private exponentAt (setting: Setting) alpha level target used (shapes: GrammarShape list) grammars leading =
    let results = measure setting [ for shape in shapes -> controlled used CousinTargets.Element shape, grammars ]
    let m = [ for shape in shapes -> float shape.Multiplicity ]
    let law = ScalingLaw.Power(ResizeArray [ for x, result in List.zip m results -> struct (x, logarithms level result) ], alpha)
    let exact = ScalingLaw.ExponentOf(m, [ for shape in shapes -> resolution target level shape ])

    Measure.interval $"exponent of m, level {level}; formula H over the same m: {exact:F2}" leading law.Exponent law.Interval (between leading exact 0.1)

let private tolerance =
    "between the leading order and formula H over the same m, +-0.1 for the drift of the constant of k-means with m; Student's interval over grammars"

let private middle = [ 4; 6; 12 ], [ 4; 6; 8; 12; 16 ]

let private low = [ 3; 4; 6; 8 ], [ 3; 4; 6; 8; 10 ]

let private grammars (setting: Setting) = setting.Pick(48, 100)

/// Token targets at L=4: levels 1, 2 and 3.
let private tokensAtDepth4 (setting: Setting) alpha level target used leading =
    exponentAt setting alpha level target used (shapes 4 (setting.Pick low)) (setting.Pick(24, 48)) leading

let latentExponent =
    claim "thm-ilc-exponent" "P* from latent targets grows as m^3 at the top level, not as the m^5 of token targets (L=4, s=3, v=12)." "recovery theorem; figures 3 left and 11"
        "d log P*/d log m = 3 (token targets: L+1 = 5)" tolerance "token targets instead of latents" (fun setting planted ->
            if planted then
                { tokensAtDepth4 setting Measure.Alpha 3 Target.Latent Target.Token 3 with Quantity = "exponent of m, level 3" }
            else
                exponentAt setting Measure.Alpha 3 Target.Latent Target.Latent (shapes 4 (setting.Pick([ 4; 6; 8; 12 ], [ 4; 6; 8; 12; 16 ]))) (setting.Pick(24, 60)) 3)

let tokenExponent =
    claim "thm-token-exponent" "P* from token targets grows as m^(L+1) at the top level: m^4 at L=3 (s=3, v=12)." "section 3, token-level self-supervision"
        "d log P*/d log m = L+1 = 4" tolerance "latent targets instead of tokens" (fun setting planted ->
            exponentAt setting Measure.Alpha 2 Target.Token (if planted then Target.Latent else Target.Token) (shapes 3 (setting.Pick middle)) (grammars setting) 4)

let labelExponent =
    claim "thm-label-exponent" "P* from labels grows as m^L at the top level: m^3 at L=3 (s=3, v=12)." "section 3, supervised classification"
        "d log P*/d log m = L = 3" tolerance "token targets instead of labels" (fun setting planted ->
            exponentAt setting Measure.Alpha 2 Target.Root (if planted then Target.Token else Target.Root) (shapes 3 (setting.Pick middle)) (grammars setting) 3)

/// The top level of L=4 shows m^5, and each level below it what it shows at the top of a lower tree.
let tokenLevels =
    claim "thm-token-levels" "P* of level l from token targets grows as m^(l+2): m^3, m^4 and m^5 at levels 1, 2 and 3 (L=4, s=3, v=12)." "section 3, token-level self-supervision"
        "d log P*_l/d log m = l+2" (tolerance + "; shown is the level furthest from its prediction") "latent targets instead of tokens" (fun setting planted ->
            [ for level in 1..3 ->
                  tokensAtDepth4 setting (Measure.Alpha / 3.0) level Target.Token (if planted then Target.Latent else Target.Token) (float level + 2.0) ]
            |> List.maxBy (fun m -> max 0.0 (max (m.AcceptLow - m.High) (m.Low - m.AcceptHigh)), abs (m.Measured - m.Predicted)))

/// Growth of log P* per level of depth at m = 4. From L = 3 on: at L = 2 a single level has to be learned, from exact tokens. At v=32, because the
/// distances of context vectors over k levels spread like chi-square of (v-1)/(k+2) degrees: few close pairs at large v only.
let private rate (setting: Setting) used target predicted =
    let settings = [ for depth, quick, paper in [ 3, 24, 48; 4, 16, 32; 5, 10, 24 ] -> GrammarShape(depth, 3, 32, 4), setting.Pick(quick, paper) ]
    let results = measure setting [ for shape, count in settings -> controlled used CousinTargets.Element shape, count ]
    let depths = [ for shape, _ in settings -> float shape.Depth ]

    let law =
        ScalingLaw.Exponential(ResizeArray [ for depth, (shape, _), result in List.zip3 depths settings results -> struct (depth, logarithms (shape.Depth - 1) result) ], Measure.Alpha)

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
                ResizeArray [ for y in logarithms 1 result -> y - log (unit shape) ] :> System.Collections.Generic.IReadOnlyList<float>

            let law =
                ScalingLaw.Power(ResizeArray [ for x, shape, result in List.zip3 x shapes results -> struct (x, relative shape result) ], Measure.Alpha)

            let exact = ScalingLaw.ExponentOf(x, [ for shape in shapes -> resolution Target.Latent 1 shape / unit shape ])
            Measure.interval $"power of 1/(1-f); formula H: {exact:F2}" 1 law.Exponent law.Interval (between 1.0 exact 0.1))

let figure3Left =
    claim "fig3-ilc-thresholds" "P* of iterative latent clustering with k-means lies within a factor 2 of each published point of figure 3 left (L=5, s=3, v=8; one cousin tuple, better of 2 runs)."
        "figure 3 left, lower right inset" "1/2 <= P*/published <= 2" "a factor 2 (the points were read off to +-15%); Student's interval over grammars; shown is the furthest point" "all cousins, best of 50 runs: the stronger learner that is our default" (fun setting planted ->
            let points = setting.Pick([ 6; 8; 12; 16 ], [ 6; 8; 12; 16; 22; 32 ])

            let case m =
                { Options = (if planted then IlcOptions() else IlcOptions(Cousins = CousinTargets.Tuple, Restarts = 2))
                  Level = 0.5
                  Start = 4.0 * float m ** 3.0
                  Shape = GrammarShape(5, 3, 8, m) }

            let results = measure setting [ for m in points -> case m, setting.Pick(24, 24) ]

            [ for m, result in List.zip points results ->
                  let ratios = ResizeArray [ for y in logarithms 4 result -> y - log Published.Figure3Left[m] ]
                  let interval = Interval.Student(ratios, Measure.Alpha / float points.Length)
                  Measure.interval $"P*/published at m={m}" 1 (exp (Seq.average ratios)) (Interval(exp interval.Low, exp interval.High)) (0.5, 2.0) ]
            |> List.maxBy (fun m -> max 0.0 (max (m.AcceptLow - m.High) (m.Low - m.AcceptHigh)), abs (log m.Measured)))

let all = [ latentExponent; tokenExponent; labelExponent; tokenLevels; latentDepth; tokenDepth; fraction; figure3Left ]
