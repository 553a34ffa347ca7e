/// Section 4 of the paper: the stacked latent clustering network.
module Rhm.Claims.SlcClaims

open Rhm.Grammars
open Rhm.Learners
open Rhm.Sampling
open Rhm.Statistics

/// The local rule, which predicts its own latents without a teacher; 32 codes for 8 latents.
let recovery =
    { Id = "slc-recovery"
      Section = "Stacked latent clustering"
      Statement = "From 4 v m^3 strings the network with local learning recovers every non-root level, one code for each latent (L=3, s=3, v=8, m=4)."
      Source = "figure 3 right; figure 9, stop-gradient between modules and between clusterer and predictor"
      Formula = "P = 4 v m^3: one-to-one accuracy of levels 1..L-1 at least 0.98"
      Tolerance = "in at least 90% of grammars: now and then two codes share a latent at the end; Clopper-Pearson interval"
      FalseAlarm = Measure.Alpha
      Control = "P = 0.1 v m^3"
      Measure =
        fun setting planted ->
            let seeds = [ for i in 0L .. int64 (setting.Pick(10, 20)) - 1L -> setting.SeedOf [ i ] ]

            let results =
                setting.Each seeds (fun seed ->
                    let grammar = Grammar.Draw(GrammarShape(3, 3, 8, 4), seed)
                    let strings = StringSampler(grammar, seed, (if planted then 51L else 2048L))
                    let training = SlcTraining(Steps = 1200L, Seed = seed, Threads = setting.Threads)
                    let trainer = SlcTrainer(strings, SlcShape(3, 3, 8, 32), SlcObjective(), training)
                    trainer.Run(cancellation = setting.Cancellation)
                    let score = SlcEvaluation.Score(trainer.Network, grammar, seed, 500, false)
                    score.Levels |> Seq.map (fun level -> level.Accuracy) |> Seq.min)

            let recovered = results |> List.filter (fun accuracy -> accuracy >= 0.98) |> List.length
            let interval = Interval.ClopperPearson(int64 recovered, int64 results.Length, Measure.Alpha)
            Measure.interval "share of grammars" 1 (float recovered / float results.Length) interval (0.9, 1) }

let all = [ recovery ]
