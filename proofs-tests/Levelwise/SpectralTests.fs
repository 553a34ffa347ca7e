module Rhm.ProofsTests.Learners.SpectralTests

open System
open Expecto
open MathNet.Numerics.LinearAlgebra
open Rhm.Clustering
open Rhm.Experiments
open Rhm.Grammars
open Rhm.Learning
open Rhm.Levelwise
open Rhm.Levelwise.Counting
open Rhm.Population
open Rhm.Randomness
open Rhm.Statistics
open Rhm.Strings
open Rhm.Sweeps.Expressions

let private random seed = RandomStream(seed, RandomPurpose.Experiment)

/// A matrix of counts, as the sparse type and as a plain one.
let private counts n density seed =
    let random = random seed
    let dense = Array2D.init n n (fun _ _ -> if random.NextDouble() < density then float (1UL + random.NextBelow 5UL) else 0.0)
    let entries = [| for i in 0 .. n - 1 do for j in 0 .. n - 1 do if dense[i, j] > 0.0 then i, j, dense[i, j] |]
    SparseMatrix.FromEntries(n, n, Array.map (fun (i, _, _) -> i) entries, Array.map (fun (_, j, _) -> j) entries, Array.map (fun (_, _, x) -> x) entries), dense

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

let private learn options (grammar: Grammar) seed count =
    SpectralLatentClustering.Learn(StringSampler(grammar, seed, count), grammar.Shape.Branching, options)

let private accuracy (grammar: Grammar) seed (learned: LearnedHierarchy) =
    learned.Accuracy(StringSampler(grammar, seed, 500L, RandomPurpose.HeldOut))

/// Strings whose tokens stand at random places of random strings: no correlation between places is left.
type Shuffled(strings: StringSampler) =
    let tokens =
        let group = strings.CreateGroup false
        use reader = strings.OpenReader()

        let all =
            [| for g in 0L .. StringSources.GroupCount strings - 1L do
                   reader.Read(g, group)
                   for q in 0 .. group.Count - 1 -> [| for i in 0 .. strings.TokenCount / strings.Grammar.Shape.Branching - 1 -> [| for c in 0 .. strings.Grammar.Shape.Branching - 1 -> group.Level(0).[(i * strings.Grammar.Shape.Branching + c) * 64 + q] |] |] |]

        // Tuples stay whole; which string each comes from is permuted, node by node.
        let random = random 77UL
        for node in 0 .. all[0].Length - 1 do
            for q in all.Length - 1 .. -1 .. 1 do
                let other = int (random.NextBelow(uint64 q + 1UL))
                let kept = all[q][node]
                all[q][node] <- all[other][node]
                all[other][node] <- kept
        all |> Array.map Array.concat

    interface IStringSource with
        member _.Count = strings.Count
        member _.TokenCount = strings.TokenCount
        member _.Vocabulary = strings.Vocabulary
        member _.OpenReader() =
            { new IStringReader with
                member _.Read(g, destination) =
                    destination.Count <- int (min 64L (strings.Count - 64L * g))
                    for q in 0 .. destination.Count - 1 do
                        for i in 0 .. strings.TokenCount - 1 do
                            destination.Level(0).[i * 64 + q] <- tokens[int g * 64 + q][i]
              interface IDisposable with
                member _.Dispose() = () }

[<Tests>]
let embedding =
    testList "Spectral embedding" [
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
            let images = [ for _, a in pairs do let x = normalised a in yield x * u; yield x.TransposeThisAndMultiply u ] |> List.reduce (fun a b -> a.Append b)
            let svd = images.Svd()
            Expect.floatClose Accuracy.medium (overlap u (svd.U.SubMatrix(0, n, 0, k))) 1.0 "subspace"
            for i in 0 .. k - 1 do Expect.floatClose Accuracy.medium found.Values[i] svd.S[i] "singular values"

        testCase "it finds more of the true subspace than stacking does, where both are noisy" <| fun () ->
            // v=8 groups of 32 points, three kinds of pairs, P = v m^2: theory section 6 (prototype: 0.29 and 0.45).
            let results =
                [ for seed in 1UL .. 20UL ->
                      let grammar = Grammar.Draw(GrammarShape(2, 3, 8, 32), seed)
                      let counts = LevelCounts.Collect(StringSampler(grammar, seed, 8192L), ResizeArray(), 2, 3, Target.Latent, CousinTargets.All, true, 1, Threading.CancellationToken.None)
                      let n = counts.Tuples.Count
                      let matrices = [| for i in 0..2 do for j in i + 1 .. 2 -> let p = counts.Pairs(i, j) in SparseMatrix.FromEntries(n, n, p.First, p.Second, Array.map float p.Counts) |]
                      let embedding = SpectralEmbedding(matrices, 1)
                      let stacked = embedding.Stacked(7, seed)
                      let indicator = Matrix<float>.Build.Dense(n, 8, fun t a -> if grammar.FindParent(0, counts.Tuples[t]) = a then 1.0 else 0.0)
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
                SparseMatrix.FromEntries(n, n, Array.map (fun (i, _, _) -> i) entries, Array.map (fun (_, j, _) -> j) entries, Array.map (fun (_, _, x) -> x) entries)
            let spectrum = SpectralEmbedding([| independent (); independent (); independent () |], 2).Stacked(1, 1UL, 1e-6, 500)
            let edge = (1.0 + sqrt 6.0) * sqrt (float n / float total) / 2.0
            // 3 n^(-2/3) is five standard deviations of Tracy-Widom for matrices of this size.
            Expect.isLessThan (abs (spectrum.Values[0] / edge - 1.0)) (3.0 * float n ** (-2.0 / 3.0)) $"{spectrum.Values[0]} against {edge}"
    ]

[<Tests>]
let kernels =
    testList "Spectral kernels" [
        testCase "products of dense rows and sparse counts are those of plain loops, to the last bit, for any threads" <| fun () ->
            let random = random 41UL
            for n, a, b in [ 7, 3, 5; 131, 40, 61; 300, 33, 29; 5000, 19, 37 ] do
                let matrix rows columns = Array.init (rows * columns) (fun _ -> random.NextGaussian())
                let left, right, small, start = matrix n a, matrix n b, matrix a b, matrix n b
                let transposed = Array.init (a * b) (fun p -> Seq.fold (fun sum i -> sum + right[i * b + p % b] * left[i * a + p / b]) 0.0 (seq { 0 .. n - 1 }))
                let product = Array.init (n * b) (fun p -> Seq.fold (fun sum t -> sum + small[t * b + p % b] * left[p / b * a + t]) start[p] (seq { 0 .. a - 1 }))
                let sparse = SparseMatrix.FromEntries(n, n, [| for i in 0 .. n - 1 do i; i |], [| for i in 0 .. n - 1 do i / 2; n / 2 + i / 2 |], matrix n 2)
                let times = Array.init (n * b) (fun p ->
                    Seq.fold (fun sum e -> sum + right[sparse.Index[e] * b + p % b] * sparse.Value[e]) 0.0 (seq { sparse.Start[p / b] .. sparse.Start[p / b + 1] - 1 }))
                for threads in [ 1; 2; 5 ] do
                    Expect.equal (DenseRows.TransposedTimes(left, a, right, b, threads)) transposed $"A^T B {n} {a} {b}"
                    let sum = Array.copy start
                    DenseRows.AddProduct(left, a, small, b, sum, threads)
                    Expect.equal sum product $"A B {n} {a} {b}"
                    Expect.equal (sparse.Times(right, b, threads)) times $"sparse {n} {b}"

        testCase "two groups in one cluster and one in two are put right, what is right stays" <| fun () ->
            let random = random 43UL
            let k, each, d = 9, 20, 12
            let points = [| for i in 0 .. k * each - 1 do for a in 0 .. d - 1 do (if a = i / each then 10.0 else 0.0) + random.NextGaussian() |]
            let right = Array.init (k * each) (fun i -> i / each)
            let wrong = right |> Array.mapi (fun i c -> if c = 1 then 0 elif c = 5 && i % 2 = 0 then 1 else c)
            let partition labels = labels |> Array.mapi (fun i c -> c, i) |> Array.groupBy fst |> Array.map (snd >> Array.map snd >> set) |> set
            Expect.notEqual (partition wrong) (partition right) "the start is wrong"
            Expect.equal (partition (SplitMerge.Improve(points, d, wrong, k))) (partition right) "repaired"
            Expect.equal (SplitMerge.Improve(points, d, right, k)) right "kept"
    ]

[<Tests>]
let learner =
    testList "Spectral latent clustering" [
        for l, s, v, m, factor in [ 2, 2, 8, 4, 40; 3, 2, 16, 8, 10; 5, 3, 8, 6, 4; 4, 3, 8, 4, 6; 3, 4, 6, 5, 6; 3, 3, 16, 16, 3; 3, 3, 32, 8, 4; 6, 2, 16, 6, 16; 7, 2, 8, 3, 60; 2, 5, 5, 4, 8 ] do
            testCase $"recovers L={l} s={s} v={v} m={m} at P = {factor} v m^2" <| fun () ->
                let grammar = Grammar.Draw(GrammarShape(l, s, v, m), 11UL)
                let learned = learn (SpectralOptions(Seed = 11UL, Threads = 2)) grammar 11UL (int64 (factor * v * m * m))
                let accuracy = accuracy grammar 11UL learned
                Expect.isGreaterThan (Array.min accuracy) 0.99 $"all levels: %A{accuracy}"
                Expect.isEmpty learned.Warnings "no doubts"

        testCase "rules of unequal weight (Zipf) are learned too" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(4, 3, 8, 6), 3UL, 1.0)
            let accuracy = accuracy grammar 3UL (learn (SpectralOptions()) grammar 3UL 4000L)
            Expect.isGreaterThan (Array.min accuracy) 0.99 $"all levels: %A{accuracy}"

        testCase "recovers L=5 s=3 v=8 m=32 from 2 v m^2 strings in most grammars, where ILC is at chance" <| fun () ->
            let count, grammars = 16384L, 12
            let top learner =
                [ for seed in 1001UL .. 1000UL + uint64 grammars ->
                      let grammar = Grammar.Draw(GrammarShape(5, 3, 8, 32), seed)
                      Array.last (accuracy grammar seed (learner grammar seed)) ]
            let spectral = top (fun grammar seed -> learn (SpectralOptions(Seed = seed, Threads = 2)) grammar seed count)
            let recovered = spectral |> List.filter (fun a -> a >= 0.99) |> List.length
            // If the learner recovered half of all grammars only, all 12 would be 2e-4.
            Expect.isGreaterThanOrEqual (Interval.ClopperPearson(int64 recovered, int64 grammars, 1e-3).Low) 0.5 $"%A{spectral}"

        // More tuples than k-means keeps the inner products of, more labels than a panel of vectors, and more of both than the cache holds.
        testCase "recovers the labels of v m = 4352 tuples, the same for any number of threads" <| fun () ->
            let shape = GrammarShape(2, 3, 32, 136)
            let grammar = Grammar.Draw(shape, 17UL)
            let learn threads = learn (SpectralOptions(Seed = 17UL, Threads = threads, Starts = 2)) grammar 17UL (int64 (AnnealedLaws(shape).SpectralScale))
            let learned = learn 2
            let accuracy = accuracy grammar 17UL learned
            Expect.isGreaterThan (Array.min accuracy) 0.99 $"%A{accuracy}"
            Expect.isEmpty learned.Warnings "no doubts"
            Expect.equal (Seq.toList (learn 1).Levels[0].Labels) (Seq.toList learned.Levels[0].Labels) "one thread"
            let other = learned.Accuracy(StringSampler(Grammar.Draw(shape, 18UL), 17UL, 500L, RandomPurpose.HeldOut))
            Expect.isLessThan (Array.min other) 0.5 "negative control: the latents of another grammar"

        testCase "is the same for any number of threads" <| fun () ->
            for shape, count in [ GrammarShape(4, 3, 8, 6), 400L; GrammarShape(3, 3, 16, 40), 20_000L ] do
                let grammar = Grammar.Draw(shape, 2UL)
                let labels threads = [ for level in (learn (SpectralOptions(Threads = threads)) grammar 2UL count).Levels -> Seq.toList level.Labels ]
                let one = labels 1
                Expect.equal (labels 2) one "two"
                Expect.equal (labels 5) one "five"

        testCase "finds the number of latents by itself" <| fun () ->
            for v, m, s, factor in [ 8, 16, 3, 8; 16, 8, 3, 8; 5, 6, 3, 20; 12, 10, 4, 4 ] do
                let grammar = Grammar.Draw(GrammarShape(3, s, v, m), 21UL)
                let learned = learn (SpectralOptions(EstimateLatents = true, Threads = 2)) grammar 21UL (int64 (factor * v * m * m))
                Expect.equal [ for level in learned.Levels -> level.SymbolCount ] [ v; v ] $"v={v}"
                let accuracy = accuracy grammar 21UL learned
                Expect.isGreaterThan (Array.min accuracy) 0.99 $"v={v}: %A{accuracy}"

        testCase "negative control: learns nothing from tuples that were shuffled among strings, and says so" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(3, 3, 8, 16), 5UL)
            let strings = StringSampler(grammar, 5UL, 8000L)
            let shuffled = SpectralLatentClustering.Learn(Shuffled strings, 3, SpectralOptions())
            let accuracy = accuracy grammar 5UL shuffled
            // Labels that carry nothing match one symbol in eight, and up to 0.35 by the choice of the best matching.
            Expect.isLessThan (Array.max accuracy) 0.4 $"%A{accuracy}"
            Expect.exists shuffled.Warnings (fun warning -> warning.Contains "no correlation above sampling noise") "said plainly"
            Expect.isEmpty (SpectralLatentClustering.Learn(strings, 3, SpectralOptions()).Warnings) "the strings themselves are learned"
            let estimated = SpectralLatentClustering.Learn(Shuffled strings, 3, SpectralOptions(EstimateLatents = true))
            Expect.equal [ for level in estimated.Levels -> level.SymbolCount ] [ 1; 1 ] "no directions above noise"

        testCase "says so where P is far below the threshold, whatever v" <| fun () ->
            for v, m, s, factor in [ 40, 64, 3, 0.04; 16, 16, 3, 0.1; 32, 8, 2, 0.2; 8, 32, 3, 0.1 ] do
                let grammar = Grammar.Draw(GrammarShape(2, s, v, m), 1UL)
                let learned = learn (SpectralOptions(Seed = 1UL)) grammar 1UL (int64 (factor * float (v * m * m)))
                Expect.isLessThan (Array.head (accuracy grammar 1UL learned)) 0.3 "chance"
                Expect.exists learned.Warnings (fun w -> w.Contains "below the detection threshold") $"v={v} m={m}: %A{learned.Warnings}"

        testCase "says what it cannot learn: f = 1, m = 1, P below coverage" <| fun () ->
            let warnings shape count = (learn (SpectralOptions()) (Grammar.Draw(shape, 4UL)) 4UL count).Warnings
            Expect.exists (warnings (GrammarShape(3, 2, 4, 4)) 20_000L) (fun w -> w.Contains "m = v^(s-1)") "f = 1"
            Expect.exists (warnings (GrammarShape(3, 2, 8, 1)) 1000L) (fun w -> w.Contains "m = 1") "m = 1"
            Expect.exists (warnings (GrammarShape(3, 3, 8, 16)) 20L) (fun w -> w.Contains "below coverage") "P = 20"
            Expect.isNonEmpty (warnings (GrammarShape(3, 2, 8, 6)) 1L) "a single string"

        testCase "refuses settings and data that it cannot use" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(3, 2, 8, 2), 1UL)
            let refused options count fragment =
                let error = Expect.throwsC (fun () -> learn options grammar 1UL count |> ignore) id
                Expect.stringContains error.Message fragment "names the reason"

            refused (SpectralOptions()) 0L "no strings"
            refused (SpectralOptions(Starts = 0)) 10L "starts 0"
            refused (SpectralOptions(Latents = -1)) 10L "latents -1"
            refused (SpectralOptions(Latents = 4, EstimateLatents = true)) 10L "not both"
            refused (SpectralOptions(MostLatents = 1)) 10L "outside 2.."
    ]
