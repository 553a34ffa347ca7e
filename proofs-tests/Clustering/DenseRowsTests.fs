module Rhm.ProofsTests.Clustering.DenseRowsTests

open Expecto
open Rhm.Clustering
open Rhm.Randomness

let private random seed = RandomStream(seed, RandomPurpose.Experiment)

[<Tests>]
let tests =
    testList "Clustering / DenseRows" [
        testCase "products of dense rows and sparse counts are those of plain loops, to the last bit, for any threads" <| fun () ->
            let random = random 41UL
            for n, a, b in [ 7, 3, 5; 131, 40, 61; 300, 33, 29; 5000, 19, 37 ] do
                let matrix rows columns = Array.init (rows * columns) (fun _ -> random.NextGaussian())
                let left, right, small, start = matrix n a, matrix n b, matrix a b, matrix n b
                let transposed =
                    Array.init (a * b) (fun p ->
                        Seq.fold (fun sum i -> sum + right[i * b + p % b] * left[i * a + p / b]) 0.0 (seq { 0 .. n - 1 }))
                let product =
                    Array.init (n * b) (fun p ->
                        Seq.fold (fun sum t -> sum + small[t * b + p % b] * left[p / b * a + t]) start[p] (seq { 0 .. a - 1 }))
                let sparse =
                    SparseMatrix.FromEntries(
                        n,
                        n,
                        [| for i in 0 .. n - 1 do
                               i
                               i |],
                        [| for i in 0 .. n - 1 do
                               i / 2
                               n / 2 + i / 2 |],
                        matrix n 2
                    )
                let times = Array.init (n * b) (fun p ->
                    Seq.fold
                        (fun sum e -> sum + right[sparse.Index[e] * b + p % b] * sparse.Value[e])
                        0.0
                        (seq { sparse.Start[p / b] .. sparse.Start[p / b + 1] - 1 }))
                for threads in [ 1; 2; 5 ] do
                    Expect.equal (DenseRows.TransposedTimes(left, a, right, b, threads)) transposed $"A^T B {n} {a} {b}"
                    let sum = Array.copy start
                    DenseRows.AddProduct(left, a, small, b, sum, threads)
                    Expect.equal sum product $"A B {n} {a} {b}"
                    Expect.equal (sparse.Times(right, b, threads)) times $"sparse {n} {b}"
    ]
