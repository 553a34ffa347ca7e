/// Small networks of stacked latent clustering, for the tests of its parts.
module Rhm.ProofsTests.SlcNetworks

open System
open Rhm.Grammars
open Rhm.Networks.StackedLatentClustering
open Rhm.Randomness
open Rhm.Strings

/// Random tokens, a function of the seed.
let tokensOf (shape: SlcShape) strings seed =
    let random = RandomStream(seed, RandomPurpose.Experiment)
    Array.init (strings * shape.TokenCount) (fun _ -> uint16 (random.NextBelow(uint64 shape.Vocabulary)))

/// A trainer of a small network with a teacher; two of the same steps and rate are alike.
let small steps (rate: float) =
    let grammar = Grammar.Draw(GrammarShape(3, 2, 6, 3), 1UL)
    let training = SlcTraining(Steps = steps, Seed = 5UL, LearningRate = rate)
    SlcTrainer(StringSampler(grammar, 1UL, 200L), SlcShape(3, 2, 6, 8, 20), SlcObjective(EmaRate = Nullable 0.02), training)
