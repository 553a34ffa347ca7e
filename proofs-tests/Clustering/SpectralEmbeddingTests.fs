module Rhm.ProofsTests.Clustering.SpectralEmbeddingTests

open System
open Expecto
open MathNet.Numerics.LinearAlgebra
open Rhm.Clustering
open Rhm.Grammars
open Rhm.Levelwise
open Rhm.Levelwise.Counting
open Rhm.Population
open Rhm.Randomness
open Rhm.Strings

let private random seed = RandomStream(seed, RandomPurpose.Experiment)

/// A matrix of counts, as the sparse type and as a plain one.
let private counts n density seed =
    let random = random seed
    let dense = Array2D.init n n (fun _ _ -> if random.NextDouble() < density then float (1UL + random.NextBelow 5UL) else 0.0)
    let entries = [| for i in 0 .. n - 1 do for j in 0 .. n - 1 do if dense[i, j] > 0.0 then i, j, dense[i, j] |]
    SparseMatrix.FromEntries(
        n,
        n,
        Array.map (fun (i, _, _) -> i) entries,
        Array.map (fun (_, j, _) -> j) entries,
        Array.map (fun (_, _, x) -> x) entries
    ),
    dense

/// D^(-1/2) (A - d e^T / N) E^(-1/2), written out.
let private normalised (dense: float[,]) =
    let n = Array2D.length1 dense
    let d = [| for i in 0 .. n - 1 -> Seq.sum dense[i, *] |]
    let e = [| for j in 0 .. n - 1 -> Seq.sum dense[*, j] |]
    let total = Array.sum d
    let regular x = x + total / float n
    Matrix<float>.Build.Dense(n, n, fun i j -> (dense[i, j] - d[i] * e[j] / total) / sqrt (regular d[i] * regular e[j]))

let private matrixOf n k (rows: float[]) = Matrix<float>.Build.Dense(n, k, fun i a -> rows[i * k + a])

/// How much of a k-dimensional subspace lies in another, 0..1.
let private overlap (u: Matrix<float>) (w: Matrix<float>) = (u.TransposeThisAndMultiply w).FrobeniusNorm() ** 2.0 / float u.ColumnCount

[<Tests>]
let tests =
    testList "Clustering / SpectralEmbedding" [
        for matrices, n, k in [ 1, 30, 5; 3, 40, 7; 6, 25, 3 ] do
            testCase $"singular values and subspace are those of the dense matrix ({matrices} matrices of {n})" <| fun () ->
                let pairs = [ for b in 1..matrices -> counts n 0.3 (uint64 (100 * n + b)) ]
                let spectrum = SpectralEmbedding(ResizeArray(List.map fst pairs), 2).Stacked(k, 5UL, 1e-14, 3000)
                let dense = [ for _, a in pairs do let x = normalised a in yield x; yield x.Transpose() ]
                let stacked = dense |> List.reduce (fun a b -> a.Append b)
                let svd = stacked.Svd()

                for i in 0 .. k - 1 do
                    Expect.floatClose Accuracy.high spectrum.Values[i] svd.S[i] $"singular value {i}"

                let u = matrixOf n k spectrum.Vectors
                Expect.isLessThan ((u.TransposeThisAndMultiply u - Matrix<float>.Build.DenseIdentity k).FrobeniusNorm()) 1e-12 "orthonormal"
                Expect.floatClose Accuracy.medium (overlap u (svd.U.SubMatrix(0, n, 0, k))) 1.0 "subspace"
                // Negative control: the next k directions are others.
                Expect.isLessThan (overlap u (svd.U.SubMatrix(0, n, k, k))) 0.01 "another subspace"

        testCase "the projected subspace is stationary: it is the leading subspace of its own images" <| fun () ->
            let n, k = 40, 4
            let pairs = [ for b in 1..3 -> counts n 0.5 (uint64 b) ]
            let embedding = SpectralEmbedding(ResizeArray(List.map fst pairs), 1)
            let found = embedding.Projected(embedding.Stacked(k, 1UL), 1e-15, 20000)
            let u = matrixOf n k found.Vectors
            let images =
                [ for _, a in pairs do
                      let x = normalised a in
                      yield x * u
                      yield x.TransposeThisAndMultiply u ]
                |> List.reduce (fun a b -> a.Append b)
            let svd = images.Svd()
            Expect.floatClose Accuracy.medium (overlap u (svd.U.SubMatrix(0, n, 0, k))) 1.0 "subspace"
            for i in 0 .. k - 1 do Expect.floatClose Accuracy.medium found.Values[i] svd.S[i] "singular values"

        testCase "rows of the embedding are vectors times singular values over the root of the regularised degree" <| fun () ->
            let n, k = 12, 3
            let pairs = [ for b in 1..2 -> counts n 0.6 (uint64 (40 + b)) ]
            let embedding = SpectralEmbedding(ResizeArray(List.map fst pairs), 1)
            let spectrum = embedding.Stacked(k, 1UL, 1e-12, 3000)
            let degrees = [| for i in 0 .. n - 1 -> Seq.sum [ for _, a in pairs do yield Seq.sum a[i, *] + Seq.sum a[*, i] ] |]
            let regular i = degrees[i] + Array.average degrees
            let entry i a = spectrum.Vectors[i * k + a] * spectrum.Values[a] / sqrt (regular i)
            let expected = [| for i in 0 .. n - 1 do for a in 0 .. k - 1 -> entry i a |]
            for found, right in Array.zip (embedding.Embed spectrum) expected do Expect.floatClose Accuracy.high found right "entry"
            Expect.isGreaterThan (spectrum.Values[0] / spectrum.Values[k - 1]) 1.1 "singular values that differ"

        testCase "it finds more of the true subspace than stacking does, where both are noisy" <| fun () ->
            // v=8 groups of 32 points, three kinds of pairs, P = v m^2: theory section 6 (prototype: 0.29 and 0.45).
            let results =
                [ for seed in 1UL .. 20UL ->
                      let grammar = Grammar.Draw(GrammarShape(2, 3, 8, 32), seed)
                      let counts =
                          LevelCounts.Collect(
                              StringSampler(grammar, seed, 8192L),
                              ResizeArray(),
                              2,
                              3,
                              Target.Latent,
                              CousinTargets.All,
                              true,
                              1,
                              Threading.CancellationToken.None
                          )
                      let n = counts.Tuples.Count
                      let matrices =
                          [| for i in 0..2 do
                                 for j in i + 1 .. 2 ->
                                     let p = counts.Pairs(i, j) in
                                     SparseMatrix.FromEntries(n, n, p.First, p.Second, Array.map float p.Counts) |]
                      let embedding = SpectralEmbedding(matrices, 1)
                      let stacked = embedding.Stacked(7, seed)
                      let indicator =
                          Matrix<float>.Build.Dense(n, 8, fun t a -> if grammar.FindParent(0, counts.Tuples[t]) = a then 1.0 else 0.0)
                      let centred = indicator - Matrix<float>.Build.Dense(n, 8, fun _ a -> indicator.Column(a).Sum() / float n)
                      let truth = centred.Svd().U.SubMatrix(0, n, 0, 7)
                      let part (s: Spectrum) = overlap (matrixOf n 7 s.Vectors) truth
                      part stacked, part (embedding.Projected stacked) ]

            let better = results |> List.filter (fun (stacked, projected) -> projected > stacked) |> List.length
            // If projection did not help, more than 18 of 20 would be better with probability below 21/2^20 = 2e-5; seeds are fixed.
            Expect.isGreaterThan better 18 $"%A{results}"

        testCase "the edge of the noise is where random-matrix theory puts it" <| fun () ->
            // n x rn, r = 6, entries of variance 1/N, shrunk to a half by the regularisation: (1 + sqrt 6) sqrt(n/N) / 2.
            let n, total = 400, 160_000
            let random = random 3UL
            let independent () =
                let table = Array2D.zeroCreate n n
                for _ in 1..total do
                    let i, j = int (random.NextBelow(uint64 n)), int (random.NextBelow(uint64 n))
                    table[i, j] <- table[i, j] + 1.0
                let entries = [| for i in 0 .. n - 1 do for j in 0 .. n - 1 do if table[i, j] > 0.0 then i, j, table[i, j] |]
                SparseMatrix.FromEntries(
                    n,
                    n,
                    Array.map (fun (i, _, _) -> i) entries,
                    Array.map (fun (_, j, _) -> j) entries,
                    Array.map (fun (_, _, x) -> x) entries
                )
            let spectrum = SpectralEmbedding([| independent (); independent (); independent () |], 2).Stacked(1, 1UL, 1e-6, 500)
            let edge = (1.0 + sqrt 6.0) * sqrt (float n / float total) / 2.0
            // 3 n^(-2/3) is five standard deviations of Tracy-Widom for matrices of this size.
            Expect.isLessThan (abs (spectrum.Values[0] / edge - 1.0)) (3.0 * float n ** (-2.0 / 3.0)) $"{spectrum.Values[0]} against {edge}"
    ]
