module Rhm.ProofsTests.Clustering.LabelMatchingTests

open Expecto
open Rhm.Clustering
open Rhm.Randomness
open Rhm.ProofsTests.Generators

let private permutations n =
    let rec insert x list =
        match list with
        | [] -> [ [ x ] ]
        | head :: tail -> (x :: list) :: List.map (fun rest -> head :: rest) (insert x tail)

    List.fold (fun all x -> List.collect (insert x) all) [ [] ] [ 0 .. n - 1 ]

[<Tests>]
let tests =
    testList "Clustering / LabelMatching" [
        property "the Hungarian method finds the best of all matchings" <| fun (seed: int) (size: FsCheck.PositiveInt) ->
            let n = 1 + size.Get % 5
            let random = RandomStream(uint64 (uint32 seed), RandomPurpose.Experiment)
            let weights = Array2D.init n n (fun _ _ -> int64 (random.NextBelow 50UL))
            let struct (columns, total) = LabelMatching.BestOneToOne weights
            let value (choice: seq<int>) = choice |> Seq.mapi (fun r c -> weights[r, c]) |> Seq.sum
            total = value columns && total = (permutations n |> List.map value |> List.max)

        testCase "with more labels than symbols, or fewer, every one of the smaller side is matched" <| fun () ->
            // By hand: rows 0, 1 take columns 2, 1 (9 + 7), not 2 and 0.
            let wide = array2D [ [ 1L; 8L; 9L ]; [ 2L; 7L; 6L ] ]
            let struct (columns, total) = LabelMatching.BestOneToOne wide
            Expect.equal (columns, total) ([| 2; 1 |], 16L) "two rows, three columns"
            let tall = Array2D.init 3 2 (fun r c -> wide[c, r])
            let struct (columns, total) = LabelMatching.BestOneToOne tall
            Expect.equal (columns, total) ([| -1; 1; 0 |], 16L) "three rows, two columns"
    ]
