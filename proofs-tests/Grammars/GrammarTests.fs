module Rhm.ProofsTests.Grammars.GrammarTests

open System
open Expecto
open Rhm.Grammars
open Rhm.ProofsTests.Generators
open Rhm.ProofsTests.Refusals

[<Tests>]
let tests =
    testList "Grammars / Grammar" [
        property "has exactly v m different tuples a level, each with its one parent" <| fun (DrawnGrammar(grammar, _)) ->
            List.forall
                (fun level ->
                    let rules = int (grammar.Shape.RuleCount level)
                    let tuples = Set.ofList [ for r in 0 .. rules - 1 -> grammar.Rule(level, r).ToArray() |> Array.toList ]
                    tuples.Count = rules
                    &&
                        List.forall
                            (fun r -> grammar.FindParent(level, grammar.Rule(level, r)) = r / grammar.Shape.Multiplicity)
                            [ 0 .. rules - 1 ])
                [ 0 .. grammar.Shape.Depth - 1 ]

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

        testCase "every level has rules of its own" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(3, 2, 16, 4), 1UL)
            let levels = [ for level in 0..2 -> grammar.Rules(level).ToArray() ]
            Expect.hasLength (List.distinct levels) 3 "of three levels"

        testCase "rules of weight 1/k: 6/11, 3/11, 2/11 of three, also without the lowest level" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(3, 2, 8, 3), 1UL, 1.0)

            for found in [ grammar; grammar.WithoutLowest 1 ] do
                for p, expected in Seq.zip found.RuleProbabilities [ 6.0 / 11.0; 3.0 / 11.0; 2.0 / 11.0 ] do
                    Expect.floatClose Accuracy.high p expected "probability"

        testCase "symbols beyond the vocabulary and rules written twice are refused, at a root of many classes too" <| fun () ->
            let refused fragment (shape: GrammarShape) (rules: uint16[] list) =
                Rhm.ProofsTests.Refusals.refuses fragment (fun () -> Grammar.FromRules(shape, ResizeArray rules) |> ignore)

            refused "symbol 2, outside the vocabulary 0..1" (GrammarShape(1, 2, 2, 1)) [ [| 0us; 2us; 1us; 0us |] ]
            // Two levels; the root has three classes of one rule each, of which two are the same.
            let shape = GrammarShape(2, 2, 2, 1, 3)
            let lower = [| 0us; 1us; 1us; 0us |]
            Grammar.FromRules(shape, ResizeArray [ lower; [| 0us; 0us; 0us; 1us; 1us; 1us |] ]) |> ignore
            refused "unambiguous" shape [ lower; [| 0us; 0us; 0us; 1us; 0us; 1us |] ]

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
    ]
