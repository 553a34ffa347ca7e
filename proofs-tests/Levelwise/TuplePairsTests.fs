module Rhm.ProofsTests.Levelwise.TuplePairsTests

open System.Threading
open Expecto
open Rhm.Clustering
open Rhm.Grammars
open Rhm.Levelwise
open Rhm.Population
open Rhm.Strings

[<Tests>]
let tests =
    testList "Levelwise / TuplePairs" [
        testCase "at s = 3 there is a matrix for each of three pairs of positions, and for both directions" <| fun () ->
            let strings = StringSampler(Grammar.Draw(GrammarShape(2, 3, 6, 4), 1UL), 1UL, 500L)

            let counts =
                LevelCounts.Collect(strings, ResizeArray(), 2, 3, Target.Latent, CousinTargets.All, true, 1, CancellationToken.None)

            let pairs = TuplePairs.Of(counts, 1)
            Expect.hasLength pairs.Matrices 3 "(0, 1), (0, 2), (1, 2)"

            for matrix, (i, j) in List.zip (List.ofArray pairs.Matrices) [ 0, 1; 0, 2; 1, 2 ] do
                Expect.equal (Array.sum matrix.Value) 500.0 $"every string counts at ({i}, {j})"
                Expect.equal matrix.Value [| for count in counts.Pairs(i, j).Counts -> float count |] $"the counts of ({i}, {j})"

            for k in 0..2 do
                let matrix, other = pairs.Ordered[2 * k], pairs.Ordered[2 * k + 1]
                Expect.equal (other.RowSums()) (matrix.Transposed().RowSums()) "the other direction"
                Expect.notEqual (other.RowSums()) (matrix.RowSums()) "which is another matrix"

        testCase "the share of tuples not seen is that of pairs with tuples seen in one string (Good and Turing)" <| fun () ->
            // Tuples 0 and 1 once, tuple 2 ten times, tuple 3 twice, of 14 places.
            let matrix = SparseMatrix.FromEntries(4, 4, [| 0; 2; 3 |], [| 1; 2; 3 |], [| 1.0; 5.0; 1.0 |])
            Expect.floatClose Accuracy.high (TuplePairs([| matrix |], 1).UnseenShare 2) (2.0 / 14.0) "of one pair a tuple"
            // Of three children each tuple has two cousins in a string.
            Expect.floatClose Accuracy.high (TuplePairs([| matrix |], 1).UnseenShare 3) (3.0 * 2.0 / 14.0) "of two pairs a tuple"
    ]
