/// The seeds of grammars, on which published results stand.
module Rhm.ProofsTests.Randomness.GrammarSeedsTests

open System
open Expecto
open Rhm.Randomness

[<Tests>]
let tests =
    testList "Randomness / GrammarSeeds" [
        testCase "seeds of grammars are those of the published results" <| fun () ->
            let derived (parts: int64[]) = RandomStream.DeriveSeed(3UL, ReadOnlySpan parts)
            Expect.equal (GrammarSeeds.OfShape(3UL, 4, 2, 8, 5, 1)) (derived [| 4L; 2L; 8L; 5L; 1L |]) "L, s, v, m, number"
            Expect.equal (GrammarSeeds.OfDepthAndMultiplicity(3UL, 4, 5, 1)) (derived [| 4L; 5L; 1L |]) "L, m, number"
            Expect.equal (GrammarSeeds.OfUnknownVocabulary(3UL, 2, 8, 5, 1)) (derived [| 2L; 8L; 5L; 1L |]) "s, v, m, number"
            Expect.equal (GrammarSeeds.OfAverage(3UL, 8, 2, 5, 1)) (derived [| 8L; 2L; 5L; 1L |]) "v, s, m, number"
            Expect.equal (GrammarSeeds.OfScan(3UL, 8, 1)) (derived [| 8L; 1L |]) "value, number"
            Expect.equal (GrammarSeeds.OfDepth(3UL, 4)) (derived [| 4L |]) "L"
            Expect.equal (GrammarSeeds.OfNumber(3UL, 1L)) (derived [| 1L |]) "number"
            Expect.equal (GrammarSeeds.OfShape(1UL, 5, 3, 8, 8, 0)) 4147944731916823465UL "to the last bit"


        testCase "every part of a seed counts, and so does their order" <| fun () ->
            let distinct seeds = Expect.hasLength (List.distinct seeds) (List.length seeds) "all different"
            let shapes = [ 2, 3, 4, 5, 0; 3, 2, 4, 5, 0; 2, 3, 5, 4, 0; 2, 3, 4, 5, 1; 2, 3, 4, 6, 0 ]
            distinct [ for l, s, v, m, n in shapes -> GrammarSeeds.OfShape(1UL, l, s, v, m, n) ]
            let settings = [ 2, 3, 4, 0; 3, 2, 4, 0; 2, 3, 4, 1; 2, 3, 5, 0 ]
            distinct [ for value, number in [ 1, 2; 2, 1; 1, 3 ] -> GrammarSeeds.OfScan(1UL, value, number) ]
            distinct [ for l, m, n in [ 2, 3, 0; 3, 2, 0; 2, 3, 1 ] -> GrammarSeeds.OfDepthAndMultiplicity(1UL, l, m, n) ]
            distinct [ for s, v, m, n in settings -> GrammarSeeds.OfUnknownVocabulary(1UL, s, v, m, n) ]
            distinct [ for v, s, m, n in settings -> GrammarSeeds.OfAverage(1UL, v, s, m, n) ]
    ]
