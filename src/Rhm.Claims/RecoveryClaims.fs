/// Section 4 of the paper: iterative latent clustering recovers the latents from v m^3 strings. How P* scales: ScalingClaims.
module Rhm.Claims.RecoveryClaims

open Rhm.Running
open Rhm.Grammars
open Rhm.Levelwise
open Rhm.Randomness
open Rhm.Statistics
open Rhm.Strings

let private section = "Sample complexity"

let private heldOut = 1000L

/// Accuracy of every non-root level after learning from P strings.
let private learn (setting: RunContext) cousins (grammar: Grammar) seed count =
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
      Least = Scale.Quick
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

let all = [ recovery ]
