module Rhm.ProofsTests.Learners.LearnerTests

open System
open Expecto
open Rhm.Clustering
open Rhm.Experiments
open Rhm.Grammars
open Rhm.Learning
open Rhm.Levelwise
open Rhm.Levelwise.Counting
open Rhm.Population
open Rhm.Randomness
open Rhm.Strings
open Rhm.Sweeps.Expressions
open Rhm.ProofsTests.Generators

let private permutations n =
    let rec insert x list =
        match list with
        | [] -> [ [ x ] ]
        | head :: tail -> (x :: list) :: List.map (fun rest -> head :: rest) (insert x tail)

    List.fold (fun all x -> List.collect (insert x) all) [ [] ] [ 0 .. n - 1 ]

[<Tests>]
let clustering =
    testList "Clustering" [
        property "the Hungarian method finds the best of all matchings" <| fun (seed: int) (size: FsCheck.PositiveInt) ->
            let n = 1 + size.Get % 5
            let random = RandomStream(uint64 (uint32 seed), RandomPurpose.Experiment)
            let weights = Array2D.init n n (fun _ _ -> int64 (random.NextBelow 50UL))
            let struct (columns, total) = LabelMatching.BestOneToOne weights
            let value (choice: seq<int>) = choice |> Seq.mapi (fun r c -> weights[r, c]) |> Seq.sum
            total = value columns && total = (permutations n |> List.map value |> List.max)

        testCase "k-means finds clusters that are far apart, and its inertia is that of its labels" <| fun () ->
            let random = RandomStream(1UL, RandomPurpose.Experiment)
            let n, d, k = 200, 5, 8
            let points = [| for i in 0 .. n - 1 do for a in 0 .. d - 1 -> (if a = i % k % d then 10.0 * float (1 + i % k / d) else 0.0) + 0.1 * random.NextGaussian() |]
            let found = KMeans.Cluster(points, d, k, 10, 1UL)
            Expect.equal (Seq.length (Seq.distinct [ for i in 0 .. n - 1 -> i % k, found.Labels[i] ])) k "one label a cluster"

            let direct =
                Seq.sum
                    [ for c in 0 .. k - 1 ->
                          let members = [ for i in 0 .. n - 1 do if found.Labels[i] = c then points[i * d .. i * d + d - 1] ]
                          let mean = [| for a in 0 .. d - 1 -> members |> List.averageBy (fun x -> x[a]) |]
                          members |> List.sumBy (fun x -> Array.sum (Array.map2 (fun p q -> (p - q) * (p - q)) x mean)) ]

            // Inertia is formed from inner products of size |x|^2 n: rounding 2^-53 |x|^2 n^2 at most.
            Expect.isLessThan (abs (found.Inertia - direct)) (400.0 * float (n * n) * 1.2e-16) "the same sum"

        testCase "equal points leave no cluster empty and threads change nothing" <| fun () ->
            let points = [| for i in 0..99 -> float (i % 3) |]
            let one = KMeans.Cluster(points, 1, 5, 20, 1UL, 1)
            Expect.equal (Seq.length (Seq.distinct one.Labels)) 5 "five clusters of three values"
            Expect.equal (KMeans.Cluster(points, 1, 5, 20, 1UL, 3).Labels) one.Labels "any number of threads"

        property "k-means labels and inertia are those of the plain twin, bit by bit" <| fun (seed: uint16) ->
            let random = RandomStream(uint64 seed, RandomPurpose.Experiment)
            let below n = int (random.NextBelow(uint64 n))
            let k, d = 1 + below 20, 1 + below 12
            let n = k + 1 + below 70
            // Whole numbers have ties, equal points and empty clusters; others need every rounding to be the same.
            let whole = below 2 = 0
            let points = Array.init (n * d) (fun _ -> if whole then float (below 3) else random.NextGaussian())
            let restarts, iterations, largestGram = 1 + below 4, 1 + below 30, (if below 3 = 0 then 0 else n)
            let plain = KMeans.Plain.Cluster(points, d, k, restarts, uint64 seed, iterations, largestGram)
            let fast = KMeans.Cluster(points, d, k, restarts, uint64 seed, 1 + below 3, iterations, largestGram)
            fast.Labels = plain.Labels && BitConverter.DoubleToInt64Bits fast.Inertia = BitConverter.DoubleToInt64Bits plain.Inertia

        testCase "fewer points than clusters: each is its own" <| fun () ->
            Expect.equal (KMeans.Cluster([| 1.0; 2.0; 3.0 |], 1, 5, 3, 1UL).Labels) [| 0; 1; 2 |] "three clusters"
    ]

[<Tests>]
let counting =
    testList "Counting" [
        for side in [ 5; 200; 300; 3000; 10_000 ] do
            testCase $"pairs of numbers below {side} are counted as a dictionary counts them" <| fun () ->
                let random = RandomStream(1UL, RandomPurpose.Experiment, uint64 side)
                // Every other plane has unresolved lanes; the others are counted as bytes where they fit.
                let draw () =
                    let resolved = random.NextBelow 2UL = 0UL
                    Array.init 64 (fun _ -> if not resolved && random.NextBelow 20UL = 0UL then -1 else int (random.NextBelow(uint64 side)))
                let counters = [| PairCounter(); PairCounter() |]
                let expected = Collections.Generic.SortedDictionary<struct (int * int), int64>()
                // The second counter numbers everything the other way round.
                let common = [| Array.init side id; Array.init side (fun i -> side - 1 - i) |]

                for round in 0..99 do
                    let a, b = draw (), draw ()

                    if Array.forall (fun x -> x >= 0 && x < 256) (Array.append a b) then
                        counters[round % 2].Add(ReadOnlySpan(Array.map byte (Array.append a b)), 0, 64, 128, (if side <= 128 then 128 else 256))
                    else
                        counters[round % 2].Add(ReadOnlySpan a, ReadOnlySpan b)

                    for q in 0..63 do
                        if a[q] >= 0 && b[q] >= 0 then
                            let key = struct (common[round % 2][a[q]], common[round % 2][b[q]])
                            expected[key] <- 1L + (match expected.TryGetValue key with | true, n -> n | _ -> 0L)

                // More of one pair than 16 bits can count.
                for _ in 1..2000 do
                    counters[0].Add(ReadOnlySpan(Array.create 128 3uy), 0, 64, 128, 128)

                let key = struct (3, 3)
                expected[key] <- 128_000L + (match expected.TryGetValue key with | true, n -> n | _ -> 0L)
                for counter in counters do counter.AddSmallToTable()
                let merged = PairCounter.Merge([| for i in 0..1 -> struct (counters[i], common[i]) |], side)
                let found = [ for i in 0 .. merged.Counts.Length - 1 -> struct (merged.First[i], merged.Second[i]), merged.Counts[i] ]
                Expect.equal found [ for pair in expected -> pair.Key, pair.Value ] "the same pairs in ascending order"

        property "tuples of bytes are looked up as their plain twin does it" <| fun (seed: uint16) ->
            let random = RandomStream(uint64 seed, RandomPurpose.Experiment)
            let s = 2 + int (random.NextBelow 3UL)
            let v = 2 + int (random.NextBelow(match s with 2 -> 253UL | 3 -> 60UL | _ -> 20UL))
            let table = TupleLookup(s, v)
            for code in 0 .. pown v s - 1 do
                if random.NextBelow 3UL > 0UL then table.Set(code, byte (random.NextBelow 256UL))
            let nodes = 1 + int (random.NextBelow 5UL)
            let elements = Array.init (64 * s * nodes) (fun _ -> if random.NextBelow 20UL = 0UL then byte (v + int (random.NextBelow(uint64 (256 - v)))) else byte (random.NextBelow(uint64 v)))
            let fast, plain = Array.zeroCreate (64 * nodes), Array.zeroCreate (64 * nodes)
            table.Find(ReadOnlySpan elements, Span fast)
            table.FindScalar(ReadOnlySpan elements, Span plain)
            fast = plain

        property "counts are those of the plain twin, with unresolved tuples and on any number of threads" <| fun (seed: uint16) ->
            let random = RandomStream(uint64 seed, RandomPurpose.Experiment)
            let draw (values: int list) = values[int (random.NextBelow(uint64 values.Length))]
            let s, v = draw [ 2; 3 ], draw [ 3; 8; 16; 40 ]
            let m = min (draw [ 2; 6; 20; 40 ]) (pown v (s - 1))
            let grammar = Grammar.Draw(GrammarShape(3, s, v, m), uint64 seed)
            let target = if random.NextBelow 3UL = 0UL then Rhm.Population.Target.Token else Rhm.Population.Target.Latent
            let cousins = [| CousinTargets.All; CousinTargets.Tuple; CousinTargets.Element |][draw [ 0; 1; 2 ]]
            let pool = random.NextBelow 2UL = 0UL
            let collect count lower threads vectorised =
                LevelCounts.Collect(StringSampler(grammar, uint64 seed, count), lower, 3, s, target, cousins, pool, threads, Threading.CancellationToken.None, vectorised)

            // Learned from few strings, so that many tuples of the level above stay unresolved.
            let few = collect 20L (ResizeArray()) 1 true
            let labels = [| for _ in 1 .. few.Tuples.Count -> uint16 (random.NextBelow(uint64 v)) |]
            let lower = ResizeArray [ LearnedLevel(few.Tuples, labels, s, v, v) ]

            [ ResizeArray(); lower ]
            |> List.forall (fun lower ->
                let a, b = collect 3000L lower 2 true, collect 3000L lower 1 false
                let tuples (counts: LevelCounts) = [ for i in 0 .. counts.Tuples.Count - 1 -> counts.Tuples[i].ToArray() ]

                let all (counts: LevelCounts) =
                    if target = Rhm.Population.Target.Latent then
                        [ for i in 0 .. s - 2 do
                              for j in i + 1 .. s - 1 do
                                  if cousins = CousinTargets.All || i + j = 1 then
                                      let pairs = counts.Pairs(i, j)
                                      pairs.First, pairs.Second, pairs.Counts ]
                    else
                        [ for i in 0 .. counts.Tuples.Count - 1 -> [||], [||], counts.Targets.Of(i).ToArray() ]

                tuples a = tuples b && all a = all b)

        property "counts are those of the plain twin where labels are functions of the symbols, so that little is drawn" <| fun (seed: uint16) ->
            let random = RandomStream(uint64 seed, RandomPurpose.Experiment)
            let s, v, m = if random.NextBelow 2UL = 0UL then 2, 8, 5 else 3, 6, 8
            let grammar = Grammar.Draw(GrammarShape(4, s, v, m), uint64 seed)
            // The true parents under other names, two of them sometimes under one; and in half of the cases one rule of a level with a wrong
            // label, or absent, which ends the shortcut there.
            let rename = [| for _ in 1..2 -> let shift = int (random.NextBelow(uint64 v)) in fun symbol -> if symbol = 0 && shift = 1 then 1 else (symbol + shift) % v |]
            let odd, kind = int (random.NextBelow(uint64 (v * m))), random.NextBelow 6UL
            let level l =
                let tuples, labels = TupleIndex(s, v), ResizeArray<uint16>()
                for rule in 0 .. v * m - 1 do
                    let tuple = [| for symbol in grammar.Rule(l, rule).ToArray() -> if l = 0 then symbol else uint16 (rename[l - 1] (int symbol)) |]
                    let wrong = rule = odd && kind = uint64 l
                    if not (rule = odd && kind = uint64 (2 + l)) && tuples.Add(ReadOnlySpan tuple, ref 0) then
                        labels.Add(uint16 ((rename[l] (rule / m) + if wrong then 1 else 0) % v))
                LearnedLevel(tuples, labels.ToArray(), s, v, v)

            [ 0..2 ]
            |> List.forall (fun height ->
                let lower = ResizeArray [ for l in 0 .. height - 1 -> level l ]
                let pool = random.NextBelow 3UL > 0UL
                let cousins = if random.NextBelow 3UL > 0UL then CousinTargets.All else CousinTargets.Tuple
                let collect threads vectorised =
                    LevelCounts.Collect(StringSampler(grammar, uint64 seed, 1500L), lower, 4, s, Rhm.Population.Target.Latent, cousins, pool, threads, Threading.CancellationToken.None, vectorised)
                let fast, plain = collect 2 true, collect 1 false
                let all (counts: LevelCounts) =
                    [ for i in 0 .. s - 2 do
                          for j in i + 1 .. s - 1 do
                              if cousins = CousinTargets.All || i + j = 1 then
                                  let pairs = counts.Pairs(i, j)
                                  pairs.First, pairs.Second, pairs.Counts ]
                [ for i in 0 .. fast.Tuples.Count - 1 -> fast.Tuples[i].ToArray() ] = [ for i in 0 .. plain.Tuples.Count - 1 -> plain.Tuples[i].ToArray() ]
                && all fast = all plain
                && fast.UnseenShare(s - 1) = plain.UnseenShare(s - 1))

        property "codes of 64 tuples at once are those of the tuples one by one" <| fun (FeasibleShape shape) (seed: uint16) ->
            let v, s = shape.Vocabulary, shape.Branching
            let random = RandomStream(uint64 seed, RandomPurpose.Experiment)
            let elements = Array.init (64 * s) (fun _ -> if random.NextBelow 30UL = 0UL then 65535us else uint16 (random.NextBelow(uint64 v)))
            let codes = Array.zeroCreate<int> 64
            TupleIndex(s, v).Codes(ReadOnlySpan elements, Span codes)

            codes
            |> Seq.indexed
            |> Seq.forall (fun (q, code) ->
                let tuple = [ for i in 0 .. s - 1 -> int elements[64 * i + q] ]
                code = (if List.contains 65535 tuple then -1 else List.fold (fun c x -> c * v + x) 0 tuple))
    ]

let private learn (grammar: Grammar) seed count threads =
    IterativeLatentClustering.Learn(StringSampler(grammar, seed, count), grammar.Shape.Branching, IlcOptions(Seed = seed, Threads = threads))

[<Tests>]
let ilc =
    testList "Iterative latent clustering" [
        for l, s, v, m, factor in [ 2, 2, 8, 4, 30; 3, 2, 8, 3, 60; 3, 3, 8, 6, 10; 4, 3, 8, 4, 10; 5, 3, 8, 6, 10; 3, 3, 16, 8, 10; 3, 4, 6, 5, 10; 3, 2, 16, 8, 20 ] do
            testCase $"recovers L={l} s={s} v={v} m={m} at P = {factor} v m^3" <| fun () ->
                let grammar = Grammar.Draw(GrammarShape(l, s, v, m), 11UL)
                let learned = learn grammar 11UL (int64 (factor * v * m * m * m)) 2
                let accuracy = learned.Accuracy(StringSampler(grammar, 11UL, 500, RandomPurpose.HeldOut))
                Expect.isGreaterThan (Array.min accuracy) 0.99 $"all levels: %A{accuracy}"

        testCase "learns nothing when every string is legal (f = 1)" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(3, 2, 4, 4), 1UL)
            let accuracy = (learn grammar 1UL 20_000L 2).Accuracy(StringSampler(grammar, 1UL, 2000, RandomPurpose.HeldOut))
            Expect.isLessThan (Array.last accuracy) 0.7 "there is no correlation to learn from"

        testCase "is the same for any number of threads" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(4, 3, 8, 6), 2UL)
            let labels threads = [ for level in (learn grammar 2UL 3000L threads).Levels -> Seq.toList level.Labels ]
            Expect.equal (labels 3) (labels 1) "labels"

        for target in [ Rhm.Population.Target.Latent; Rhm.Population.Target.Token; Rhm.Population.Target.Root ] do
            for cousins in [ CousinTargets.Element; CousinTargets.All ] do
                testCase $"says where P is below its threshold, and nothing where it learns ({target}, {cousins})" <| fun () ->
                    let shape = GrammarShape(2, 3, 8, 16)
                    let learn factor =
                        let count = int64 (factor * Rhm.Population.AnnealedLaws(shape).Resolution(target, 0))
                        let options = IlcOptions(Target = target, Cousins = cousins, Restarts = 10)
                        let grammar = Grammar.Draw(shape, 3UL)
                        let learned = IterativeLatentClustering.Learn(StringSampler(grammar, 3UL, count), 3, options)
                        Array.last (learned.Accuracy(StringSampler(grammar, 3UL, 1000L, RandomPurpose.HeldOut))), learned.Warnings

                    let accuracy, warnings = learn 12.0
                    Expect.isGreaterThan accuracy 0.9 "learned"
                    Expect.isEmpty warnings "nothing to say"
                    let accuracy, warnings = learn 0.08
                    Expect.isLessThan accuracy 0.4 "chance"
                    Expect.exists warnings (fun warning -> warning.Contains "below the detection threshold") "said plainly"

        testCase "labels of strings that it cannot resolve are 65535, and it says so" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(3, 2, 8, 6), 2UL)
            let learned = learn grammar 2UL 1L 1
            Expect.isNonEmpty learned.Warnings "fewer tuples than clusters"
            let strings = StringSampler(grammar, 9UL, 64)
            let group, tokens = learned.CreateGroup(), strings.CreateGroup false
            use reader = strings.OpenReader()
            reader.Read(0L, tokens)
            tokens.Level(0).CopyTo(group.Level 0)
            learned.Decode group
            Expect.isTrue (Seq.exists (fun x -> x = LearnedHierarchy.Unresolved) (group.Level(1).ToArray())) "unseen tuples"

        for cousins in [ CousinTargets.Element; CousinTargets.Tuple; CousinTargets.All ] do
            for pool in [ true; false ] do
                testCase $"context vectors are distributions ({cousins}, pooled: {pool})" <| fun () ->
                    let grammar = Grammar.Draw(GrammarShape(4, 3, 8, 6), 2UL)
                    let strings = StringSampler(grammar, 2UL, 500)
                    let counts = LevelCounts.Collect(strings, ResizeArray(), 4, 3, Rhm.Population.Target.Latent, cousins, pool, 1, Threading.CancellationToken.None)
                    let struct (vectors, dimension) = IterativeLatentClustering.ContextVectors(counts, cousins)
                    Expect.equal dimension (8 * (match cousins with CousinTargets.Element -> 1 | CousinTargets.Tuple -> 3 | _ -> 18)) "slots"

                    for block in Array.chunkBySize 8 vectors do
                        Expect.floatClose Accuracy.high (Array.sum block) 1.0 "sums to one"

                    let options = IlcOptions(Cousins = cousins, PoolGrandparents = pool)
                    IterativeLatentClustering.Learn(strings, 3, options) |> ignore

        testCase "refuses data that it cannot learn from" <| fun () ->
            let strings = StringSampler(Grammar.Draw(GrammarShape(3, 2, 8, 2), 1UL), 1UL, 10)
            let refused branching (source: IStringSource) fragment =
                let error = Expect.throwsC (fun () -> IterativeLatentClustering.Learn(source, branching) |> ignore) id
                Expect.stringContains error.Message fragment "names the reason"

            refused 3 strings "not a power"
            refused 8 strings "nothing to learn"
            refused 2 (StringSampler(strings.Grammar, 1UL, 0)) "no strings"
    ]
