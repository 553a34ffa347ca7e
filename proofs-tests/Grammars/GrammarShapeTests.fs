module Rhm.ProofsTests.Grammars.GrammarShapeTests

open System.Numerics
open Expecto
open Rhm.Grammars
open Rhm.ProofsTests.Generators
open Rhm.ProofsTests.Refusals

let private shape l s v m = GrammarShape(l, s, v, m) |> ignore

[<Tests>]
let tests =
    testList "Grammars / GrammarShape" [
        testCase "refuses what no grammar can have, with a reason" <| fun () ->
            refuses "exceeds v^(s-1) = 8: only 64 tuples exist for 72 rules" (fun () -> shape 3 2 8 9)
            refuses "depth L = 0" (fun () -> shape 0 2 8 2)
            refuses "depth L = 21" (fun () -> shape 21 2 8 2)
            refuses "branching factor s = 1" (fun () -> shape 3 1 8 2)
            refuses "vocabulary v = -5" (fun () -> shape 3 2 -5 2)
            refuses "multiplicity m = 0" (fun () -> shape 3 2 8 0)
            refuses "n_c" (fun () -> GrammarShape(3, 2, 8, 2, 0) |> ignore)
            refuses "only v^s = 4 tuples" (fun () -> GrammarShape(3, 2, 2, 2, 3) |> ignore)

        testCase "with other classes than symbols: rules of the root, strings, legal tuples, and all tuples may be used" <| fun () ->
            let shape = GrammarShape(2, 2, 8, 3, 5)
            Expect.equal (shape.RuleCount 1, shape.RuleCount 0) (15L, 24L) "n_c m rules of the root, v m below"
            Expect.equal shape.StringCount (bigint (5 * 27)) "n_c m^3 strings"
            Expect.equal shape.LegalFraction 0.375 "m / v"
            Expect.equal (GrammarShape(2, 2, 2, 2).RuleCount 1) 4L "all four tuples"
            Expect.equal (GrammarShape(2, 2, 4, 2, 8).RuleCount 1) 16L "all sixteen tuples, by eight classes"

        testCase "counts strings without overflow" <| fun () ->
            Expect.equal (GrammarShape(5, 2, 8, 4).StringsPerClass) (BigInteger.Pow(BigInteger 4, 31)) "m^((s^L-1)/(s-1))"
            Expect.equal (GrammarShape(20, 16, 8, 2).StringLength) (BigInteger.Pow(BigInteger 16, 20)) "s^L"
            refuses "does not fit in memory" (fun () -> GrammarShape(20, 16, 8, 2).TokenCount |> ignore)

        property "the logarithm of the number of strings is that of the exact number" <| fun (FeasibleShape shape) ->
            abs (BigInteger.Log shape.StringsPerClass - shape.LogStringsPerClass) <= 1e-9 * (1.0 + shape.LogStringsPerClass)
    ]
