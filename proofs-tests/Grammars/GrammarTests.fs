module Rhm.ProofsTests.Grammars.GrammarTests

open System
open System.Numerics
open Expecto
open Rhm.Grammars
open Rhm.Statistics
open Rhm.Claims
open Rhm.ProofsTests.Generators

let private refuses (fragment: string) (action: unit -> unit) =
    let error = Expect.throwsC action id
    Expect.isTrue (error :? ArgumentException) $"an ArgumentException, not {error.GetType().Name}: {error.Message}"
    Expect.stringContains error.Message fragment "the message names the reason"

let private shape l s v m = GrammarShape(l, s, v, m) |> ignore

[<Tests>]
let shapes =
    testList "GrammarShape" [
        testCase "refuses what no grammar can have, with a reason" <| fun () ->
            refuses "exceeds v^(s-1) = 8: only 64 tuples exist for 72 rules" (fun () -> shape 3 2 8 9)
            refuses "depth L = 0" (fun () -> shape 0 2 8 2)
            refuses "depth L = 21" (fun () -> shape 21 2 8 2)
            refuses "branching factor s = 1" (fun () -> shape 3 1 8 2)
            refuses "vocabulary v = -5" (fun () -> shape 3 2 -5 2)
            refuses "multiplicity m = 0" (fun () -> shape 3 2 8 0)
            refuses "n_c" (fun () -> GrammarShape(3, 2, 8, 2, 0) |> ignore)
            refuses "only v^s = 4 tuples" (fun () -> GrammarShape(3, 2, 2, 2, 3) |> ignore)

        testCase "counts strings without overflow" <| fun () ->
            Expect.equal (GrammarShape(5, 2, 8, 4).StringsPerClass) (BigInteger.Pow(BigInteger 4, 31)) "m^((s^L-1)/(s-1))"
            Expect.equal (GrammarShape(20, 16, 8, 2).StringLength) (BigInteger.Pow(BigInteger 16, 20)) "s^L"
            refuses "does not fit in memory" (fun () -> GrammarShape(20, 16, 8, 2).TokenCount |> ignore)

        property "the logarithm of the number of strings is that of the exact number" <| fun (FeasibleShape shape) ->
            abs (BigInteger.Log shape.StringsPerClass - shape.LogStringsPerClass) <= 1e-9 * (1.0 + shape.LogStringsPerClass)
    ]

[<Tests>]
let grammars =
    testList "Grammar" [
        property "has exactly v m different tuples a level, each with its one parent" <| fun (DrawnGrammar(grammar, _)) ->
            List.forall
                (fun level ->
                    let rules = int (grammar.Shape.RuleCount level)
                    let tuples = Set.ofList [ for r in 0 .. rules - 1 -> grammar.Rule(level, r).ToArray() |> Array.toList ]
                    tuples.Count = rules
                    && List.forall (fun r -> grammar.FindParent(level, grammar.Rule(level, r)) = r / grammar.Shape.Multiplicity) [ 0 .. rules - 1 ])
                [ 0 .. grammar.Shape.Depth - 1 ]

        property "survives its file to the last byte" <| fun (DrawnGrammar(grammar, _)) ->
            let text = GrammarFile.ToJson grammar
            GrammarFile.ToJson(GrammarFile.FromJson text) = text

        property "is a function of its seed" <| fun (DrawnGrammar(grammar, seed)) ->
            GrammarFile.ToJson(Grammar.Draw(grammar.Shape, seed)) = GrammarFile.ToJson grammar

        property "without its lowest level keeps the rules above" <| fun (DrawnGrammar(grammar, _)) ->
            grammar.Shape.Depth = 1
            || (let upper = grammar.WithoutLowest 1
                List.forall
                    (fun level -> upper.Rules(level).SequenceEqual(grammar.Rules(level + 1)))
                    [ 0 .. upper.Shape.Depth - 1 ])

        testCase "is drawn where v^s is astronomically large" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(2, 16, 65536, 3), 1UL)
            Expect.equal (grammar.FindRule(1, grammar.Rule(1, 100_000))) 100_000 "its tuples are found"

        testCase "is refused when its tables do not fit, and the message says how large" <| fun () ->
            refuses "GiB" (fun () -> Grammar.Draw(GrammarShape(20, 16, 65536, 1_000_000), 1UL) |> ignore)

        testCase "draws every tuple equally often (false alarm at most 1e-9)" <| fun () ->
            // 64 tuples, 8 of them rules of symbol 0 of a level with v=8, s=2, m=1: pooled over 20000 grammars of one level.
            let counts = Array.zeroCreate<int> 64
            let grammars = 20000

            for seed in 1..grammars do
                let tuple = Grammar.Draw(GrammarShape(1, 2, 8, 1), uint64 seed).Rule(0, 3)
                counts[8 * int tuple[0] + int tuple[1]] <- counts[8 * int tuple[0] + int tuple[1]] + 1

            let expected = float grammars / 64.0
            let chiSquare = counts |> Array.sumBy (fun c -> (float c - expected) ** 2.0 / expected)
            Expect.isLessThan chiSquare (Rhm.Statistics.Interval.ChiSquareBound(63, 1e-9)) "Pearson's chi-square"

        testCase "an ambiguous grammar is refused" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(2, 2, 4, 2), 1UL)
            let planted = PlantedErrors.ambiguous grammar
            refuses "unambiguous" (fun () -> GrammarFile.FromJson(GrammarFile.ToJson planted) |> ignore)

        testCase "damaged files are refused in one sentence" <| fun () ->
            let text = GrammarFile.ToJson(Grammar.Draw(GrammarShape(2, 2, 4, 2), 1UL))
            refuses "damaged" (fun () -> GrammarFile.FromJson(text.Substring(0, text.Length / 2)) |> ignore)
            refuses "version 9" (fun () -> GrammarFile.FromJson(text.Replace("\"version\": 1", "\"version\": 9")) |> ignore)
            refuses "not a grammar file" (fun () -> GrammarFile.FromJson "{}" |> ignore)
            refuses "not a grammar file" (fun () -> GrammarFile.FromJson "[1]" |> ignore)
            refuses "m = 3" (fun () -> GrammarFile.FromJson(text.Replace("\"multiplicity\": 2", "\"multiplicity\": 3")) |> ignore)
    ]
