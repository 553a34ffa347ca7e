module Rhm.ProofsTests.Networks.Probes.SynonymStringsTests

open System
open Expecto
open Rhm.Networks.Probes
open Rhm.Statistics
open Rhm.ProofsTests.FrozenNetworks
open Rhm.ProofsTests.Generators

let private alpha = 1e-9

[<Tests>]
let tests =
    testList "Networks / Probes / SynonymStrings" [
        property "x_syn has another production of the same symbol, x_gen one of another, and nothing else changes"
        <| fun (DrawnGrammar(grammar, seed)) ->
            let shape = grammar.Shape

            if shape.Multiplicity > 1 then
                for level in 1 .. shape.Depth do
                    let strings = SynonymStrings(grammar, level, seed, 6)
                    let width = shape.TokenCount / shape.NodeCount level

                    for i in 0..5 do
                        let part (all: uint16[]) = Array.sub all (i * shape.TokenCount) shape.TokenCount
                        let x, syn, gen =
                            parse grammar (part strings.Original), parse grammar (part strings.Synonym), parse grammar (part strings.Other)
                        let node = strings.NodeOf[i]
                        let tuple (symbols: int[] list) = symbols[level - 1][node * shape.Branching .. (node + 1) * shape.Branching - 1]
                        Expect.equal (syn[level]) (x[level]) "the same symbols above"
                        Expect.notEqual (tuple syn) (tuple x) "another production"
                        Expect.isTrue (gen[level][node] >= 0 && gen[level][node] <> x[level][node]) "another symbol"
                        let outside (symbols: int[] list) = symbols[0] |> Array.indexed |> Array.filter (fun (t, _) -> t / width <> node)
                        Expect.equal (outside syn) (outside x) "outside x_syn"
                        Expect.equal (outside gen) (outside x) "outside x_gen"

        testCase "productions and other symbols are uniform" <| fun () ->
            let strings = SynonymStrings(grammar, 2, 5UL, 4000)
            let counts = Array.zeroCreate 6
            let others = Array.zeroCreate 8

            for i in 0..3999 do
                let part (all: uint16[]) = parse grammar (Array.sub all (i * 8) 8)
                let rule (symbols: int[] list) =
                    let level1 = symbols[1]
                    let node = strings.NodeOf[i]
                    grammar.FindRule(1, ReadOnlySpan(Array.map uint16 level1[node * 2 .. node * 2 + 1])) % 3

                let x, syn = rule (part strings.Original), rule (part strings.Synonym)
                counts[x * 2 + (if syn > x then syn - 1 else syn)] <- counts[x * 2 + (if syn > x then syn - 1 else syn)] + 1
                let before, after = part strings.Original, part strings.Other
                let a, b = before[2][strings.NodeOf[i]], after[2][strings.NodeOf[i]]
                others[(b - a + 8) % 8] <- others[(b - a + 8) % 8] + 1

            let chiSquare (observed: int[]) =
                let expected = float (Array.sum observed) / float observed.Length
                observed |> Array.sumBy (fun n -> (float n - expected) ** 2.0 / expected)

            // asymptotic, with 500 or more expected counts
            Expect.isLessThan (chiSquare counts) (Interval.ChiSquareBound(5.0, alpha)) "pairs of productions"
            Expect.equal others[0] 0 "never the same symbol"
            // b - a mod 8 is uniform over 1..7 only if b is uniform over the others, whatever the law of a
            Expect.isLessThan (chiSquare others[1..]) (Interval.ChiSquareBound(6.0, alpha)) "other symbols"

        testCase "productions of weighted rules follow their weights (false alarm at most 1e-9)" <| fun () ->
            let weighted = Rhm.Grammars.Grammar.Draw(Rhm.Grammars.GrammarShape(2, 2, 8, 3), 1UL, 2.0)
            let count = 4000
            let strings = SynonymStrings(weighted, 1, 5UL, count)

            let first =
                [ for i in 0 .. count - 1 ->
                      let at = i * 4 + strings.NodeOf[i] * 2
                      weighted.FindRule(0, ReadOnlySpan strings.Other[at .. at + 1]) % 3 ]
                |> List.filter ((=) 0)
                |> List.length

            // 1 / (1 + 1/4 + 1/9); Hoeffding.
            let expected = 36.0 / 49.0
            Expect.isLessThan (abs (float first / float count - expected)) (sqrt (log 2e9 / (2.0 * float count))) "share of the first rule"
    ]
