/// Section 4 of the paper: iterative latent clustering recovers the latents from v m^3 strings, whatever the depth.
module Rhm.Claims.RecoveryClaims

open Rhm.Grammars
open Rhm.Learners
open Rhm.Sampling
open Rhm.Statistics

let private section = "Sample complexity"

let private heldOut = 1000L

/// Accuracy of every non-root level after learning from P strings.
let private learn (setting: Setting) cousins (grammar: Grammar) seed count =
    let options = IlcOptions(Cousins = cousins, Seed = seed, Threads = setting.Threads)

    let learned =
        IterativeLatentClustering.Learn(StringSampler(grammar, seed, count), grammar.Shape.Branching, options, setting.Cancellation)

    learned.Accuracy(StringSampler(grammar, seed, heldOut, RandomPurpose.HeldOut), setting.Threads)

let recovery =
    { Id = "thm-ilc-recovery"
      Section = section
      Statement = "From 10 v m^3 strings iterative latent clustering recovers every non-root level (L=5, s=3, v=8)."
      Source = "recovery theorem; figure 3 left"
      Formula = "P = 10 v m^3: accuracy of levels 1..L-1 at least 0.99"
      Tolerance = "in at least 90% of grammars: rarely two parents share a context vector; Clopper-Pearson interval"
      FalseAlarm = Measure.Alpha
      Control = "P = 0.05 v m^3"
      Measure =
        fun setting planted ->
            let work =
                [ for m in setting.Pick([ 6; 8; 12 ], [ 6; 8; 12; 16; 22 ]) do
                      for i in 0L .. int64 (setting.Pick(10, 6)) - 1L -> m, setting.SeedOf [ int64 m; i ] ]

            let results =
                setting.Each work (fun (m, seed) ->
                    let grammar = Grammar.Draw(GrammarShape(5, 3, 8, m), seed)
                    let unit = 8L * pown (int64 m) 3
                    learn setting CousinTargets.All grammar seed (if planted then unit / 20L else 10L * unit) |> Array.min)

            let recovered = results |> List.filter (fun a -> a >= 0.99) |> List.length
            let interval = Interval.ClopperPearson(int64 recovered, int64 results.Length, Measure.Alpha)
            Measure.interval "share of grammars" 1 (float recovered / float results.Length) interval (0.9, 1) }

/// P* of one grammar: the first P on the grid v m^3 2^(j/2) at which the top non-root accuracy is at least 1/2, by bisection,
/// moved half a grid step back. `skew` plants a wrong law: the learner sees only that fraction of the strings.
let private threshold setting cousins (shape: GrammarShape) seed skew =
    let grammar = Grammar.Draw(shape, seed)
    let unit = float shape.Vocabulary * float shape.Multiplicity ** 3.0
    let samples j = unit * 2.0 ** (float j / 2.0)

    let rec bisect failing passing =
        if passing - failing = 1 then
            unit * 2.0 ** ((float passing - 0.5) / 2.0)
        else
            let middle = (failing + passing) / 2
            let accuracy = learn setting cousins grammar seed (max 1L (int64 (skew * samples middle)))

            if Array.last accuracy >= 0.5 then bisect failing middle else bisect middle passing

    bisect -10 (if skew < 1.0 then 30 else 8)

/// Per-seed least-squares slope of log P* over the given settings.
let private slopes (setting: Setting) cousins quick paper points slope =
    let seeds = [ for i in 0L .. int64 (setting.Pick(quick, paper)) - 1L -> setting.SeedOf [ i ] ]
    setting.Each seeds (fun seed -> slope (points |> List.map (fun (x, shape, skew) -> x, threshold setting cousins shape seed skew)))

/// Contexts of one cousin tuple, as in the theorem. With all cousins P* at small m lies below the law: its exponent over
/// m = 4..16 is about 2.3, and only beyond about 3.
let exponent =
    { Id = "thm-ilc-exponent"
      Section = section
      Statement = "P* of iterative latent clustering (one cousin tuple) grows as m^3, not as the m^(L+1) of token-level learning (L=4, s=3, v=8)."
      Source = "recovery theorem; figures 3 left and 11"
      Formula = "d log P* / d log m = 3 (token-level: L+1 = 5)"
      Tolerance = "+-0.4: finite m (kappa, and (1-f)^-1 in P*); Student's interval over independent seeds"
      FalseAlarm = Measure.Alpha
      Control = "a learner whose strings are diluted by a factor (m/4)^2: exponent 5"
      Measure =
        fun setting planted ->
            let points =
                [ for m in setting.Pick([ 4; 8; 16 ], [ 4; 6; 8; 12; 16 ]) ->
                      float m, GrammarShape(4, 3, 8, m), (if planted then (4.0 / float m) ** 2.0 else 1.0) ]

            let results =
                slopes setting CousinTargets.Tuple 40 80 points (fun pairs ->
                    ScalingLaw.ExponentOf(ResizeArray(List.map fst pairs), ResizeArray(List.map snd pairs)))

            Measure.interval "exponent" 3 (List.average results) (Interval.Student(ResizeArray results, Measure.Alpha)) (2.6, 3.4) }

let depth =
    { Id = "thm-ilc-depth"
      Section = section
      Statement = "P* of iterative latent clustering (all cousins) does not grow with the depth (s=3, v=8, m=6, L=2..5)."
      Source = "recovery theorem: L enters through logarithms only; compare figure 12"
      Formula = "d log P* / dL = 0 (token-level: log m = 1.79)"
      Tolerance = "+-0.35, a factor 2.9 from L=2 to L=5: the logarithms of the theorem; Student's interval over seeds"
      FalseAlarm = Measure.Alpha
      Control = "a learner whose strings are diluted by m per level"
      Measure =
        fun setting planted ->
            let points =
                [ for depth in 2..5 ->
                      float depth, GrammarShape(depth, 3, 8, 6), (if planted then 6.0 ** float (2 - depth) else 1.0) ]

            let slope (pairs: (float * float) list) =
                ScalingLaw.ExponentOf(ResizeArray(pairs |> List.map (fun (x, _) -> exp x)), ResizeArray(List.map snd pairs))

            let results = slopes setting CousinTargets.All 32 96 points slope
            Measure.interval "d log P*/dL" 0 (List.average results) (Interval.Student(ResizeArray results, Measure.Alpha)) (-0.35, 0.35) }

let all = [ recovery; exponent; depth ]
