module Rhm.ProofsTests.Claims.SlcClaimsTests

open Expecto
open Rhm.Grammars
open Rhm.Strings

[<Tests>]
let tests =
    testList "Claims / SlcClaims" [
        testCase "shuffled cousins keep every tuple at its place and take its neighbours from other strings" <| fun () ->
            let sampler = StringSampler(Grammar.Draw(GrammarShape(3, 3, 8, 4), 4UL), 4UL, 100L)
            let tuples (source: IStringSource) =
                SymbolReader.ReadAll(source, 1)[0] |> Array.chunkBySize 3 |> Array.chunkBySize 9

            let before, after = tuples sampler, tuples (Rhm.Claims.SlcClaims.ShuffledCousins sampler)
            Expect.hasLength after 100 "as many strings"

            for place in 0..8 do
                // whole groups of 64, then the rest
                for strings in [ [ 0..63 ]; [ 64..99 ] ] do
                    let at (all: uint16[][][]) = [ for string in strings -> all[string][place] ] |> List.sort
                    Expect.equal (at after) (at before) $"the same tuples at place {place}"

            for string in [ 0; 70 ] do
                for place in 1..8 do
                    let size, start = (if string < 64 then 64 else 36), (if string < 64 then 0 else 64)
                    let source = start + (string - start + place) % size
                    Expect.equal (after[string][place]) (before[source][place]) "from the next strings"
    ]
