/// A learner of a user, and a learner's results bit by bit, for the tests of what plugs learners into sweeps.
module Rhm.ProofsTests.Guess

open System
open System.Collections.Generic
open Rhm.Grammars
open Rhm.Learning

/// A user's own learner: what plugs into sweeps by one registration.
[<CLIMutable>]
type GuessOptions = { Bias: float; Sign: bool; Seed: uint64 }

let guess =
    Learner.Define("guess", 3, { Bias = 0.25; Sign = true; Seed = 9UL }, fun problem options ->
        LearningResult [| for _ in 1 .. problem.Grammar.Shape.Depth - 1 -> options.Bias |])

let values (pairs: (string * objnull) list) =
    Dictionary(dict [ for name, value in pairs -> name, nonNull value ]) :> IReadOnlyDictionary<_, _>

let grammar = Grammar.Draw(GrammarShape(3, 2, 8, 3), 5UL)

/// Runs a learner and gives every bit of what came out.
let bits (learner: Learner) settings seed threads =
    let result = learner.Learn(LearningProblem(grammar, 100L, Seed = seed, Threads = threads), learner.Options(values settings))
    [ for x in result.Accuracy -> BitConverter.DoubleToInt64Bits x ]
