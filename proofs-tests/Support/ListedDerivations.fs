/// Small grammars with all their derivations, against which exact laws are checked.
module Rhm.ProofsTests.ListedDerivations

open System
open Rhm.Claims
open Rhm.Grammars
open Rhm.Population

/// Small grammars of several shapes, uniform and weighted, with fewer and with more classes than symbols.
let grammars =
    [ for seed in 1UL .. 3UL do
          for shape, zipf in
              [ GrammarShape(3, 2, 3, 2), 0.0
                GrammarShape(2, 3, 3, 3), 0.0
                GrammarShape(2, 2, 4, 3, 2), 0.0
                GrammarShape(2, 2, 3, 2, 4), 0.0
                GrammarShape(3, 2, 3, 2), 1.0
                GrammarShape(2, 3, 2, 3), 0.7 ] -> $"{shape} zipf={zipf} seed={seed}", Grammar.Draw(shape, seed, zipf) ]

/// Every derivation with its probability.
let derivations (grammar: Grammar) =
    let shape = grammar.Shape
    let weights = PopulationLaws.Exact(grammar).RuleProbabilities

    [ for d in Derivations.all grammar ->
          d,
          Seq.fold
              (fun (p: Rational) (level, node) ->
                  let tuple = Derivations.tuple shape.Branching level node d |> List.map uint16 |> List.toArray
                  p * weights[grammar.FindRule(level, ReadOnlySpan tuple) % shape.Multiplicity])
              (Rational(1I, bigint shape.Classes))
              [ for level in 0 .. shape.Depth - 1 do
                    for node in 0 .. shape.NodeCount(level + 1) - 1 -> level, node ] ]

let value (grammar: Grammar) (site: Site) (d: int[][]) =
    if site.IsTuple then
        let tuple = Derivations.tuple grammar.Shape.Branching site.Level site.Node d |> List.map uint16 |> List.toArray
        grammar.FindRule(site.Level, ReadOnlySpan tuple)
    else
        d[site.Level][site.Node]

let total (ps: Rational seq) = Seq.fold (fun (a: Rational) b -> a + b) Rational.AdditiveIdentity ps
