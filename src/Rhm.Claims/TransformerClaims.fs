/// What networks learn from labels and from tokens: the baselines beside which the paper's latent prediction stands.
module Rhm.Claims.TransformerClaims

open Rhm.Running
open System
open Rhm.Grammars
open Rhm.Networks.Convolution
open Rhm.Networks.Probes
open Rhm.Networks.Transformers
open Rhm.Randomness
open Rhm.Statistics
open Rhm.Strings
open Rhm.Claims.Measure
open Rhm.Population

let private template =
    { Measure.statistical Kind.Experiment Chapter.Transformers with
        FalseAlarm = Measure.Alpha
        Expected = Measure.expecting Verdict.Established Verdict.Established }

/// A transformer of 3 layers of width 64 on next tokens; the probe must name latents of subtrees that it was not fitted to, so that
/// features which merely list the strings do not pass.
let level2 =
    { template with
        Id = "transformer-learns-level-2"
        Statement =
            "Next-token training teaches a small transformer the latents of level 2: a linear probe of the last layer names \
             those of unseen subtrees better than before training (L=3, s=2, v=8, m=3)."
        Formula = "accuracy after 80 000 strings - accuracy of the untrained encoder at least 0.1"
        Latex = @"\text{accuracy}_{\ell=2}(80\,000 \text{ strings}) - \text{accuracy}_{\ell=2}(0) \ge 0.1"
        Source = "section on token prediction; figure 4, on the same kind of encoder"
        Premises = [ "thm-context-separation" ]
        Figures = [ "objectives" ]
        Tolerance =
            "0.1 is what clearly better is taken to mean; mean over the grammars; Hoeffding interval over the held-out \
             strings of the given encoders"
        Rival = "no gain"
        Design = "Hoeffding's interval over 20 000 held-out strings and more: 0.06 on each side"
        Control = "trained on the strings of another grammar"
        Place = Place.Here()
        Measure =
            fun setting planted ->
                let shape = GrammarShape(3, 2, 8, 3)
                let steps = 1250L

                let training seed =
                    TransformerTraining(
                        Objective = TransformerObjective.NextToken,
                        LearningRate = 2e-3,
                        BatchSize = 64,
                        Steps = steps,
                        Seed = seed
                    )

                let results =
                    setting.EachInParallel (setting.Seeds(4, 12)) (fun seed ->
                        let grammar = Grammar.Draw(shape, seed)
                        let other = GrammarSeeds.OfNumber(seed, 1L)
                        let source = if planted then Grammar.Draw(shape, other) else grammar
                        let training = training seed
                        let trainer = TransformerTrainer(source, TransformerShape(8, 8, 64, 4, 3), training)
                        let measure = RepresentationMeasure(Strings = 4000, SynonymStrings = 0, LastLayerOnly = true, Seed = seed)

                        let knowledge () =
                            EncoderKnowledge.Measure(trainer.Encoder, grammar, measure).Layers[0].Levels[1]

                        let before = knowledge ()
                        trainer.Run(cancellation = setting.Cancellation) |> ignore
                        knowledge().NewSubtrees - before.NewSubtrees, int64 before.NewSubtreeStrings)

                let gain = results |> List.averageBy fst
                // Two means of as many independent values in 0..1 each; the smallest set bounds the width of both.
                let strings = (results |> List.map snd |> List.min) * int64 results.Length
                Measure.compare "gain of accuracy" 0.1 (Measure.bounded gain strings 2.0) (0.1, 1) (-1, 0) }

/// P = 4 n_c m^L labelled strings, against 1/2 n_c m^L in the control.
let labels =
    { template with
        Id = "convolution-label-samples"
        Statement =
            "From 4 n_c m^L labelled strings a convolution with the shape of the tree names the roots of others, and half a \
             string for each (root, choice of rules on a path) is too few (s=2, v=8, L=2, 3)."
        Formula = "P = 4 n_c m^L: accuracy of the root at least 0.9"
        Latex = @"P = 4\, n_c m^L \;\Rightarrow\; \text{accuracy of the root} \ge 0.9"
        Source = "P* about n_c m^L for labels; arXiv:2307.02129, figure 4"
        Premises = [ "thm-label-exponent"; "ann-e-root-separation" ]
        Tolerance = "mean over settings and grammars; Hoeffding interval over the held-out strings of the given networks"
        Rival = "half of the roots or fewer"
        Design = "Hoeffding's interval over 8000 held-out strings and more: 0.04 on each side"
        Learners = [ ConvolutionalLearner.Learner ]
        Control = "P = n_c m^L / 2"
        Place = Place.Here()
        Measure =
            fun setting planted ->
                let work =
                    [ for depth, m in [ 2, 4; 2, 6; 3, 2; 3, 3 ] @ setting.Pick([], [ 3, 4; 4, 2; 4, 3 ]) do
                          for i in 0 .. 1 -> depth, m, GrammarSeeds.OfDepthAndMultiplicity(setting.Seed, depth, m, i) ]

                let heldOut = 1000L

                let results =
                    setting.Each work (fun (depth, m, seed) ->
                        let grammar = Grammar.Draw(GrammarShape(depth, 2, 8, m), seed)
                        let unit = int64 (SampleScales.Labels grammar.Shape)
                        let training = ConvolutionalTraining(Seed = seed, Threads = setting.Threads, Epochs = 400)
                        let count = if planted then unit / 2L else 4L * unit
                        let trainer = ConvolutionalTrainer(StringSampler(grammar, seed, count), training)
                        trainer.Run(cancellation = setting.Cancellation) |> ignore
                        trainer.Accuracy(StringSampler(grammar, seed, heldOut, RandomPurpose.HeldOut)))

                let mean = List.average results
                let estimate = Measure.bounded mean (heldOut * int64 results.Length) 1.0
                Measure.compare "share of roots" 1 estimate (0.9, infinity) (0, 0.5) }

let all = [ level2; labels ]
