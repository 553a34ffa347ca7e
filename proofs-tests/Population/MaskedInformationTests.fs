/// What revealed tokens tell of a symbol: against tables of whole joint laws, and by the rules that information obeys.
module Rhm.ProofsTests.Population.MaskedInformationTests

open System
open Expecto
open Rhm.Grammars
open Rhm.Population
open Rhm.Strings
open Rhm.ProofsTests.Refusals

/// All derivations with their probabilities: the symbols of each level, tokens first.
let private derivations (grammar: Grammar) =
    let shape = grammar.Shape
    let m = shape.Multiplicity

    let rec below level (symbols: int list) : (int list list * float) list =
        if level < 0 then
            [ [], 1.0 ]
        else
            let rec write rest =
                match rest with
                | [] -> [ [], 1.0 ]
                | symbol :: others ->
                    [ for k in 0 .. m - 1 do
                          let tuple = [ for x in grammar.Rule(level, symbol * m + k).ToArray() -> int x ]
                          for written, p in write others -> tuple @ written, p * grammar.RuleProbabilities[k] ]

            [ for written, p in write symbols do
                  for deeper, q in below (level - 1) written -> deeper @ [ written ], p * q ]

    [ for root in 0 .. shape.Classes - 1 do
          for levels, p in below (shape.Depth - 1) [ root ] -> levels @ [ [ root ] ], p / float shape.Classes ]

/// I(X; Y | S) from the table of P[x, y, s].
let private ofTable (rows: ((int * int list * int list) * float) list) =
    let sums key = rows |> List.groupBy (fst >> key) |> List.map (fun (value, all) -> value, List.sumBy snd all) |> dict
    let xys, xs, ys, s = sums id, sums (fun (x, _, s) -> x, s), sums (fun (_, y, s) -> y, s), sums (fun (_, _, s) -> s)

    Seq.sum
        [ for KeyValue((x, y, known), p) in xys -> p * log (p * s[known] / (xs[(x, known)] * ys[(y, known)])) ]

let private information all level node (revealed: int list) (seen: int list) =
    ofTable
        [ for levels: int list list, p in all ->
              let at positions = [ for i in positions -> levels[0][i] ]
              (levels[level][node], at revealed, at seen), p ]

[<Tests>]
let tests =
    testList "Population / MaskedInformation" [
        for zipf in [ 0.0; 1.0 ] do
            testCase $"is that of the table of all strings (Zipf exponent {zipf})" <| fun () ->
                let grammar = Grammar.Draw(GrammarShape(3, 2, 4, 2), 5UL, zipf)
                let all = derivations grammar
                Expect.floatClose Accuracy.high (List.sumBy snd all) 1.0 "probabilities"

                for level, node, revealed, seen in
                    [ 0, 0, [ 4; 5; 6; 7 ], [ 2; 3 ]
                      0, 1, [ 2; 3 ], []
                      1, 0, [ 2; 3 ], [ 4; 5 ]
                      1, 0, [ 0 ], [ 2; 3; 4; 5; 6; 7 ]
                      2, 1, [ 0 ], [ 1; 4 ]
                      3, 0, [ 0; 1; 7 ], [ 3 ] ] do
                    let exact = MaskedInformation.Exact(grammar, Site.Symbol(level, node), revealed, seen, 2)
                    let expected = information all level node revealed seen
                    Expect.isLessThan (abs (exact - expected)) 1e-9 $"level {level}, node {node}, {revealed} given {seen}"

        testCase "adds up along the chain rule; what is seen tells no more; all tokens below tell everything" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(2, 3, 5, 4), 3UL)
            let symbol = Site.Symbol(2, 0)
            let of' (revealed: int list) (seen: int list) = MaskedInformation.Exact(grammar, symbol, revealed, seen)
            Expect.floatClose Accuracy.high (of' [ 0; 4 ] [ 8 ]) (of' [ 0 ] [ 8 ] + of' [ 4 ] [ 0; 8 ]) "chain rule"
            Expect.equal (of' [ 4 ] [ 4; 5 ]) 0.0 "seen before"
            Expect.floatClose Accuracy.high (of' [ 0..8 ] []) (log 5.0) "the root is one of five"
            Expect.equal (List.ofSeq (MaskedInformation.TokensBelow(grammar.Shape, Site.Symbol(1, 2)))) [ 6; 7; 8 ] "tokens of a latent"
            Expect.equal (List.ofSeq (MaskedInformation.TokensBelow(grammar.Shape, Site.Symbol(0, 2)))) [ 2 ] "of a token"

        testCase "sampled strings give it within their error" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(3, 2, 4, 2), 5UL)
            let symbol, revealed, seen = Site.Symbol(1, 0), [ 4; 5 ], [ 2; 3 ]
            let exact = MaskedInformation.Exact(grammar, symbol, revealed, seen)
            let sampled threads = MaskedInformation.Sampled(StringSampler(grammar, 2UL, 20_000L), symbol, revealed, seen, threads)
            let one = sampled 1
            Expect.equal one (sampled 3) "at any number of threads"
            Expect.equal one.Strings 20_000L "strings"
            // A normal variable is further off than 6.2 standard errors with probability 6e-10.
            Expect.isLessThan (abs (one.Mean - exact)) (6.2 * one.StandardError) "mean"
            // The entropies lie in 0 .. log v, so the difference of two has a standard deviation of at most log v.
            Expect.isLessThan one.StandardError (log 4.0 / sqrt 20_000.0) "error"
            Expect.isTrue
                (Double.IsNaN(MaskedInformation.Sampled(StringSampler(grammar, 2UL, 1L), symbol, revealed, seen).StandardError))
                "one string has no error"

        testCase "what makes no sense is refused" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(3, 2, 4, 2), 5UL)
            let exact (grammar: Grammar) site (revealed: int list) () = MaskedInformation.Exact(grammar, site, revealed, []) |> ignore
            refuses "token 8 is outside" (exact grammar (Site.Symbol(0, 0)) [ 8 ])
            refuses "is a tuple" (exact grammar (Site.Tuple(0, 0)) [ 0 ])
            refuses "outside the tree" (exact grammar (Site.Symbol(1, 4)) [ 0 ])
            refuses "sample them" (exact (Grammar.Draw(GrammarShape(4, 2, 16, 4), 1UL)) (Site.Symbol(0, 0)) [ 1 ])
    ]
