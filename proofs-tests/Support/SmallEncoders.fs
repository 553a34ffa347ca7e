/// Small transformer encoders, their trainings and their states, for the tests of their parts.
module Rhm.ProofsTests.SmallEncoders

open Rhm.Grammars
open Rhm.Networks.Transformers

let objectives =
    [ TransformerObjective.Data2Vec
      TransformerObjective.WhitenedData2Vec
      TransformerObjective.MaskedTokens
      TransformerObjective.MaskedLatents
      TransformerObjective.NextToken
      TransformerObjective.BlockEmbedding
      TransformerObjective.Supervised ]

let grammar = Grammar.Draw(GrammarShape(3, 2, 5, 3), 1UL)

let smallShape = TransformerShape(5, 8, 12, 3, 2, 20)

let training objective strings rate =
    TransformerTraining(
        Objective = objective,
        Strings = strings,
        BatchSize = 100,
        Steps = 14L,
        Dropout = 0.1,
        LearningRate = rate,
        Seed = 5UL
    )

let trainer objective strings = TransformerTrainer(grammar, smallShape, training objective strings 1e-3)

/// Weights, teacher and moments: what a resumed training has to give back.
let state (trainer: TransformerTrainer) =
    [ trainer.Encoder.Parameters
      (match trainer.Teacher with
       | null -> [||]
       | teacher -> teacher.Parameters)
      trainer.Moments.First
      trainer.Moments.Second ]
