/// The formal checks: identities 1 to 14 (docs/formulas.md), exactly in every grammar of small shapes, in doubles in random ones.
module Rhm.ProofsTests.Claims.IdentitiesTests

open System.Threading.Tasks
open Expecto
open Rhm.Claims
open Rhm.Grammars
open Rhm.Population
open Rhm.Randomness
open Rhm.Strings
open Rhm.ProofsTests.Generators

let private firstViolation (plant: Identities.Identity -> Grammar -> (Grammar * Grammar) option) identities (grammars: Grammar seq) =
    let found = System.Collections.Concurrent.ConcurrentBag<string>()
    let mutable checkedGrammars = 0

    Parallel.ForEach(
        grammars,
        fun (grammar: Grammar) (state: ParallelLoopState) ->
            for identity: Identities.Identity in identities do
                match plant identity grammar with
                | Some(left, right) ->
                    match Identities.violation identity left right with
                    | Some relation ->
                        found.Add $"identity {identity.Number}: {relation} in\n{GrammarFile.ToJson grammar}"
                        state.Stop()
                    | None -> ()
                | None -> ()

            System.Threading.Interlocked.Increment &checkedGrammars |> ignore
    )
    |> ignore

    Seq.tryHead found, checkedGrammars

let private honest (identity: Identities.Identity) (grammar: Grammar) = Some(grammar, identity.Partner grammar)

let private smallShapes =
    [ for m in 1..2 do
          for depth in 1..3 do
              GrammarShape(depth, 2, 2, m)
      for depth in 1..2 do
          GrammarShape(depth, 2, 3, 1)
      GrammarShape(1, 2, 3, 2)
      GrammarShape(1, 2, 3, 3)
      for m in 1..4 do
          GrammarShape(1, 3, 2, m)
      GrammarShape(2, 3, 2, 1) ]

[<Tests>]
let exhaustive =
    testList "Claims / Identities, exactly" [
        for shape in smallShapes do
            testCase $"1 to 14 hold in all {SmallGrammars.count shape} grammars of {shape}" <| fun () ->
                let violated, count = firstViolation honest Identities.all (SmallGrammars.all shape)
                Expect.isNone violated "no violation"
                Expect.equal count (SmallGrammars.count shape) "every grammar was checked"

        for identity in Identities.all do
            testCase $"{identity.Number} fails when planted" <| fun () ->
                let grammars =
                    [ GrammarShape(2, 2, 2, 1); GrammarShape(2, 2, 2, 2); GrammarShape(2, 2, 3, 2) ]
                    |> List.map (fun shape -> Grammar.Draw(shape, 1UL))
                let violated, _ = firstViolation (fun identity -> identity.Planted) [ identity ] grammars
                Expect.isSome violated "the negative control must fail"
    ]

/// Some places of a tree that may be large, a function of the seed.
let private someProbes (grammar: Grammar) seed =
    let shape = grammar.Shape
    let random = RandomStream(seed, RandomPurpose.Experiment)
    let node level = int (random.NextBelow(uint64 (shape.NodeCount level)))

    let strings =
        let sampler = StringSampler(grammar, seed, 3L)
        let group = sampler.CreateGroup()
        use reader = sampler.OpenReader()
        reader.Read(0L, group)

        [ for lane in 0..2 ->
              [| for i in 0 .. shape.TokenCount - 1 -> int (group.Level(0)[i * StringGroup.Lanes + lane]) |],
              int (group.Level(shape.Depth)[lane]) ]

    { Identities.Tuples = [ for level in 0 .. shape.Depth - 1 -> Site.Tuple(level, node (level + 1)) ]
      Identities.Symbols = [ for level in 0 .. shape.Depth do for _ in 1..2 -> Site.Symbol(level, node level) ] |> List.distinct
      Identities.Strings = strings
      Identities.AllStrings = false }

let private inDouble (identity: Identities.Identity) (grammar: Grammar) (partner: Grammar) probes =
    Identities.relations identity (PopulationLaws.Of grammar) (PopulationLaws.Of partner) probes
    |> Seq.tryFind (Identities.holdsInDouble grammar.Shape >> not)

[<Tests>]
let random =
    testList "Claims / Identities, in doubles" [
        for identity in Identities.all do
            property $"{identity.Number} holds in random grammars" <| fun (DrawnGrammar(grammar, seed)) ->
                match inDouble identity grammar (identity.Partner grammar) (someProbes grammar seed) with
                | None -> ()
                | Some relation -> failtestf "%A" relation

            testCase $"{identity.Number} fails in doubles when planted" <| fun () ->
                let violated =
                    [ for seed in 1UL .. 5UL do
                          let grammar = Grammar.Draw(GrammarShape(3, 2, 4, 2), seed)
                          match identity.Planted grammar with
                          | Some(left, right) -> inDouble identity left right (someProbes left seed)
                          | None -> None ]

                Expect.exists violated Option.isSome "the negative control must fail"
    ]
