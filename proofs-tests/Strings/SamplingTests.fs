module Rhm.ProofsTests.Sampling.SamplingTests

open System
open System.IO
open Expecto
open Rhm.Experiments
open Rhm.Files
open Rhm.Grammars
open Rhm.Randomness
open Rhm.Statistics
open Rhm.Strings
open Rhm.Sweeps.Expressions
open Rhm.Claims
open Rhm.ProofsTests.Generators

let private inFolder (test: string -> unit) =
    let folder = Directory.CreateTempSubdirectory("rhm").FullName

    try
        test folder
    finally
        Directory.Delete(folder, true)

let private read path =
    use file = File.OpenRead path
    let struct (data, shape) = NumpyFile.Read file
    data, Seq.toList shape

[<Tests>]
let randomness =
    testList "RandomStream" [
        testCase "xoshiro256++ follows the reference implementation" <| fun () ->
            // Output of the authors' C code (prng.di.unimi.it/xoshiro256plusplus.c) from the state 1, 2, 3, 4.
            let stream = RandomStream(1UL, 2UL, 3UL, 4UL)

            let expected =
                [ 41943041UL; 58720359UL; 3588806011781223UL; 3591011842654386UL; 9228616714210784205UL
                  9973669472204895162UL; 14011001112246962877UL; 12406186145184390807UL; 15849039046786891736UL; 10450023813501588000UL ]

            Expect.equal [ for _ in expected -> stream.NextUInt64() ] expected "first outputs"

        testCase "SplitMix64 follows the reference implementation" <| fun () ->
            let mutable state = 1234567UL

            let expected =
                [ 6457827717110365317UL; 3203168211198807973UL; 9817491932198370423UL; 4593380528125082431UL; 16408922859458223821UL ]

            Expect.equal [ for _ in expected -> RandomStream.SplitMix64(&state) ] expected "first outputs"

        testCase "NextBelow is uniform where a remainder would not be (false alarm at most 1e-9)" <| fun () ->
            // bound = 3 * 2^62: the remainder of 64 bits would hit the lowest third twice as often.
            let bound = 3UL <<< 62
            let stream = RandomStream(1UL, RandomPurpose.Experiment)
            let n = 100_000
            let low = Seq.length (Seq.filter (fun _ -> stream.NextBelow bound < (1UL <<< 62)) (seq { 1..n }))
            let interval = Interval.ClopperPearson(low, n, 1e-9)
            Expect.isTrue (interval.Low <= 1.0 / 3.0 && 1.0 / 3.0 <= interval.High) "a third lies below a third"
            Expect.isFalse (interval.Low <= 0.5 && 0.5 <= interval.High) "and the biased share, a half, is excluded"
    ]

[<Tests>]
let sampler =
    testList "StringSampler" [
        property "derives every string by the rules" <| fun (DrawnGrammar(grammar, seed)) ->
            let strings = StringSampler(grammar, seed, 70)
            let shape = grammar.Shape
            let group = strings.CreateGroup()
            use reader = strings.OpenReader()

            [ 0L; 1L ]
            |> List.forall (fun g ->
                reader.Read(g, group)

                [ for level in 0 .. shape.Depth - 1 do
                      for node in 0 .. shape.NodeCount(level + 1) - 1 do
                          for lane in 0 .. group.Count - 1 do
                              let children = (group.Level level).ToArray()
                              let tuple = [| for i in 0 .. shape.Branching - 1 -> children[(node * shape.Branching + i) * 64 + lane] |]
                              let parents = (group.Level(level + 1)).ToArray()
                              grammar.FindParent(level, ReadOnlySpan tuple) = int parents[node * 64 + lane] ]
                |> List.forall id)

        property "reads any group alone as it reads them in order" <| fun (DrawnGrammar(grammar, seed)) ->
            let strings = StringSampler(grammar, seed, 3000)
            let first, second = strings.CreateGroup(), strings.CreateGroup()
            use inOrder = strings.OpenReader()
            use alone = strings.OpenReader()

            [ 0L .. 46L ]
            |> List.forall (fun g ->
                inOrder.Read(g, first)
                g % 9L <> 4L
                || (alone.Read(g, second)
                    first.Count = second.Count && first.Level(0).SequenceEqual(second.Level 0)))

        property "the vectorised expansion is its plain twin, for any sizes and weights" <| fun (seed: uint16) ->
            let random = RandomStream(uint64 seed, RandomPurpose.Experiment)
            let draw (values: int list) = values[int (random.NextBelow(uint64 values.Length))]
            let v, s = draw [ 2; 3; 5; 8; 16; 17; 32; 100; 255; 256; 257; 300 ], draw [ 2; 3; 4; 5 ]
            let m = int (min (int64 (draw [ 1; 2; 3; 8; 22; 32; 64; 127; 250; 256; 257 ])) (pown (int64 v) (s - 1)))
            let classes = min (draw [ v; 1; 3; 256; 300 ]) (int (min 65536L (pown (int64 v) s / int64 m)))
            let shape = GrammarShape(draw [ 1; 2; 3 ], s, v, m, classes)
            let strings = StringSampler(Grammar.Draw(shape, uint64 seed, float (draw [ 0; 0; 1 ]) * 0.7), uint64 seed, 200)
            use fast = strings.OpenReader()
            use plain = strings.OpenScalarReader()
            let first, second = strings.CreateGroup(), strings.CreateGroup()

            [ 0L .. 3L ]
            |> List.forall (fun g ->
                fast.Read(g, first)
                plain.Read(g, second)
                first.Count = second.Count && List.forall (fun level -> (first.Level level).SequenceEqual(second.Level level)) [ 0 .. shape.Depth ])

        property "the leftmost subtree is the same when only it is expanded" <| fun (DrawnGrammar(grammar, seed)) ->
            let strings = StringSampler(grammar, seed, 100)
            use reader = strings.OpenReader()
            let whole = strings.CreateGroup()
            reader.Read(1L, whole)

            [ 0 .. grammar.Shape.Depth ]
            |> List.forall (fun height ->
                let part = StringGroup(grammar.Shape.Depth + 1, pown grammar.Shape.Branching height, grammar.Shape.Branching)
                reader.Read(1L, part)

                [ 0 .. grammar.Shape.Depth ]
                |> List.forall (fun level -> (part.Level level).SequenceEqual((whole.Level level).Slice(0, 64 * part.NodeCount level))))

        property "planes become rows as their plain twin makes them" <| fun (seed: uint16) ->
            let random = RandomStream(uint64 seed, RandomPurpose.Experiment)
            let nodes = 1 + int (random.NextBelow 300UL)
            let planes = Array.init (64 * nodes) (fun _ -> byte (random.NextBelow 256UL))
            let fast, plain = Array.zeroCreate<byte> (64 * nodes + 64), Array.zeroCreate<byte> (64 * nodes + 64)
            Lanewise.Transpose(ReadOnlySpan planes, Span fast)
            Lanewise.TransposeScalar(ReadOnlySpan planes, Span plain)
            let from, length = int (random.NextBelow 70UL), int (random.NextBelow(uint64 (64 * nodes)))
            let target = Array.zeroCreate<byte> (64 * nodes + 70)
            Lanewise.StreamTo(ReadOnlySpan(fast, 0, length), Span(target).Slice from)

            fast[.. 64 * nodes - 1] = plain[.. 64 * nodes - 1]
            && target = Array.concat [ Array.zeroCreate from; fast[.. length - 1]; Array.zeroCreate (64 * nodes + 70 - from - length) ]

        testCase "strings written to memory are those that are read, on any number of threads" <| fun () ->
            for shape in [ GrammarShape(4, 2, 16, 4); GrammarShape(3, 3, 8, 6); GrammarShape(5, 3, 8, 22) ] do
                let strings = StringSampler(Grammar.Draw(shape, 1UL), 1UL, 3333)
                let tokens = Array.zeroCreate<byte> (3333 * shape.TokenCount)
                strings.CopyTo(Memory tokens, 2)
                use reader = strings.OpenReader()
                let group = strings.CreateGroup false

                for g in 0L .. strings.GroupCount() - 1L do
                    reader.Read(g, group)
                    let planes = (group.Level 0).ToArray()

                    for lane in 0 .. group.Count - 1 do
                        for t in 0 .. shape.TokenCount - 1 do
                            if uint16 tokens[(int g * 64 + lane) * shape.TokenCount + t] <> planes[t * 64 + lane] then
                                failtest $"{shape}: string {int g * 64 + lane}, token {t}"

        testCase "what is written to a group in one form is read in the other" <| fun () ->
            let group = StringGroup(1, 4, 2)
            (group.Level 0)[77] <- 9us
            Expect.equal ((group.Bytes 0)[77]) 9uy "bytes"
            (group.Bytes 0)[5] <- 200uy
            Expect.equal [ (group.Level 0)[5]; (group.Level 0)[77] ] [ 200us; 9us ] "16 bits"
            (group.Level 0)[5] <- 65535us
            Expect.equal [ (group.Bytes 0)[5]; (group.Bytes 0)[77] ] [ 255uy; 9uy ] "bytes again"

        testCase "numbers of different lanes, nodes and groups are independent (false alarm at most 1e-9)" <| fun () ->
            // One level of rules that spell out the choice: v = m = 16, s = 2. Pairs of choices must be uniform over 256 cells.
            let rules = [| for a in 0..15 do for k in 0..15 do uint16 k; uint16 a |]
            let grammar = Grammar.FromRules(GrammarShape(2, 2, 16, 16), [| rules; rules |])
            let strings = StringSampler(grammar, 3UL, 64L * 4096L)
            use reader = strings.OpenReader()
            let groups = [| for g in 0L .. 4095L do
                                let group = strings.CreateGroup false
                                reader.Read(g, group)
                                (group.Level 0).ToArray() |]

            let chiSquare (pairs: seq<int * int>) =
                let counts = Array.zeroCreate<int> 256
                for a, b in pairs do counts[16 * a + b] <- counts[16 * a + b] + 1
                let expected = float (Array.sum counts) / 256.0
                Array.sumBy (fun n -> (float n - expected) ** 2.0 / expected) counts

            // Tokens 0 and 2 are the choices of the two nodes of level 1.
            let node n lane (tokens: uint16[]) = int tokens[2 * n * 64 + lane]
            let bound = Interval.ChiSquareBound(255, 1e-9 / 200.0)

            for lane in 0..63 do
                let next = (lane + 1) % 64
                Expect.isLessThan (chiSquare (Seq.map (fun x -> node 0 lane x, node 0 next x) groups)) bound $"lanes {lane} and {next}"
                Expect.isLessThan (chiSquare (Seq.map (fun x -> node 0 lane x, node 1 lane x) groups)) bound $"nodes of lane {lane}"
                Expect.isLessThan (chiSquare (Seq.map (fun (x, y) -> node 1 lane x, node 1 lane y) (Seq.pairwise groups))) bound $"groups at lane {lane}"

            Expect.isGreaterThan (chiSquare (Seq.map (fun x -> node 0 5 x, node 0 5 x) groups)) bound "and equal numbers are not independent"

        testCase "a seed means the same strings on every machine" <| fun () ->
            let digest (shape: GrammarShape) zipf =
                let strings = StringSampler(Grammar.Draw(shape, 1UL, zipf), 1UL, 1000)
                use reader = strings.OpenReader()
                let group = strings.CreateGroup()
                use hash = Security.Cryptography.IncrementalHash.CreateHash Security.Cryptography.HashAlgorithmName.SHA256

                for g in 0L .. strings.GroupCount() - 1L do
                    reader.Read(g, group)
                    for level in 0 .. shape.Depth do
                        hash.AppendData(Runtime.InteropServices.MemoryMarshal.AsBytes(group.Level(level)).ToArray())

                Convert.ToHexStringLower(hash.GetHashAndReset()).Substring(0, 16)

            Expect.equal
                [ digest (GrammarShape(3, 3, 8, 6)) 0.0; digest (GrammarShape(3, 2, 300, 22)) 0.0; digest (GrammarShape(3, 2, 16, 8, 5)) 1.0 ]
                [ "603aa93e4a61a0fe"; "3f228f22904103db"; "d04c6747ce934608" ]
                "first 64 bits of SHA-256"

        testCase "equal seeds give equal bytes, others do not, whatever the threads" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(4, 3, 8, 6), 1UL)

            let digest (seed: uint64) threads =
                let strings = StringSampler(grammar, seed, 10_000)

                strings.VisitGroups(
                    threads,
                    Func<_>(fun () -> ref 0UL),
                    Action<_, _>(fun (sum: uint64 ref) (group: StringGroup) ->
                        let tokens = (group.Level 0).ToArray()
                        let mutable hash = 0UL

                        for symbol in tokens do
                            hash <- (hash ^^^ uint64 symbol) * 0x9E3779B97F4A7C15UL + (hash >>> 29)

                        sum.Value <- sum.Value + hash),
                    Func<_>(fun () -> strings.CreateGroup false)
                )
                |> Seq.fold (fun sum r -> sum + r.Value) 0UL

            Expect.equal (digest 7UL 3) (digest 7UL 1) "threads do not matter"
            Expect.notEqual (digest 8UL 1) (digest 7UL 1) "seeds do"

        testCase "strings of a small grammar are equally likely (false alarm at most 1e-9)" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(2, 2, 3, 2), 3UL)
            let legal = Derivations.all grammar |> Seq.map (fun d -> Array.toList d[0]) |> Derivations.count
            let count = 100_000
            let strings = StringSampler(grammar, 5UL, count)
            let group = strings.CreateGroup false
            use reader = strings.OpenReader()

            let seen =
                Derivations.count
                    [ for g in 0L .. strings.GroupCount() - 1L do
                          reader.Read(g, group)

                          for lane in 0 .. group.Count - 1 do
                              let tokens = (group.Level 0).ToArray()
                              [ for t in 0..3 -> int tokens[t * 64 + lane] ] ]

            Expect.isTrue (Seq.forall legal.ContainsKey seen.Keys) "only legal strings"
            let expected = float count / float legal.Count
            let chiSquare = legal.Keys |> Seq.sumBy (fun key -> (float (Derivations.times seen key) - expected) ** 2.0 / expected)
            Expect.isLessThan chiSquare (Interval.ChiSquareBound(float (legal.Count - 1), 1e-9)) "Pearson's chi-square"

        testCase "Zipf weights are followed (false alarm at most 1e-9), and differ from uniform ones" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(1, 2, 4, 4, 1), 3UL, 1.0)
            let count = 50_000
            let strings = StringSampler(grammar, 5UL, count)
            let group = strings.CreateGroup false
            use reader = strings.OpenReader()

            let seen =
                Derivations.count
                    [ for g in 0L .. strings.GroupCount() - 1L do
                          reader.Read(g, group)

                          for lane in 0 .. group.Count - 1 do
                              let tokens = (group.Level 0).ToArray()
                              grammar.FindRule(0, ReadOnlySpan [| tokens[lane]; tokens[64 + lane] |]) ]

            let chiSquare (p: int -> float) =
                Seq.sum [ for r in 0..3 -> (float (Derivations.times seen r) - float count * p r) ** 2.0 / (float count * p r) ]

            let bound = Interval.ChiSquareBound(3, 1e-9)
            Expect.isLessThan (chiSquare (fun r -> grammar.RuleProbabilities[r])) bound "proportional to 1/k"
            Expect.isGreaterThan (chiSquare (fun _ -> 0.25)) bound "not uniform"
    ]

[<Tests>]
let files =
    testList "NumPy files" [
        testCase "datasets round-trip, with their latents" <| fun () ->
            inFolder (fun folder ->
                for v in [ 8; 300 ] do
                    let grammar = Grammar.Draw(GrammarShape(3, 2, v, 2), 1UL)
                    let strings = StringSampler(grammar, 1UL, 130)
                    let path = Path.Combine(folder, $"v{v}.npy")
                    let written = DatasetFile.Write(strings, path, true)
                    Expect.equal written.Count 4 "one file a level"
                    let tokens, shape = read path
                    Expect.equal shape [ 130L; 8L ] "shape [P, s^L]"
                    let parents, upperShape = read written[1]
                    Expect.equal upperShape [ 130L; 4L ] "shape of level 1"

                    for node in 0 .. parents.Length - 1 do
                        Expect.equal (grammar.FindParent(0, ReadOnlySpan [| uint16 tokens[2 * node]; uint16 tokens[2 * node + 1] |])) (int parents[node]) "latents are the tokens' parents"

                    DatasetFile.Write(strings, Path.Combine(folder, "all.npz"), true) |> ignore
                    use stored = new StoredStrings(Path.Combine(folder, "all.npz"), v)
                    use original = strings.OpenReader()
                    use back = stored.OpenReader()
                    let first, second = strings.CreateGroup false, strings.CreateGroup false

                    for g in 0L .. 2L do
                        original.Read(g, first)
                        back.Read(g, second)

                        for t in 0..7 do
                            for lane in 0 .. first.Count - 1 do
                                Expect.equal ((second.Level 0)[t * 64 + lane]) ((first.Level 0)[t * 64 + lane]) "the same strings")

        testCase "threads may read one file at the same time" <| fun () ->
            inFolder (fun folder ->
                let strings = StringSampler(Grammar.Draw(GrammarShape(2, 2, 8, 3), 1UL), 1UL, 5000)
                let path = Path.Combine(folder, "x.npy")
                DatasetFile.Write(strings, path) |> ignore

                let sum (source: IStringSource) =
                    use reader = source.OpenReader()
                    let group = strings.CreateGroup false
                    let mutable total = 0L

                    for g in 0L .. (strings.Count - 1L) / 64L do
                        reader.Read(g, group)

                        for t in 0..3 do
                            for lane in 0 .. group.Count - 1 do
                                total <- total + int64 (t + 1) * int64 ((group.Level 0)[t * 64 + lane])

                    total

                let expected = sum strings

                for _ in 1..500 do
                    use stored = new StoredStrings(path, 8)
                    use barrier = new Threading.Barrier 4
                    let sums = Array.zeroCreate 4

                    // All threads start to read in the same moment.
                    let threads =
                        [ for i in 0..3 ->
                              Threading.Thread(fun () ->
                                  barrier.SignalAndWait()
                                  sums[i] <- sum stored) ]

                    for thread in threads do
                        thread.Start()

                    for thread in threads do
                        thread.Join()

                    Expect.allEqual sums expected "the same strings")

        property "arrays of every type round-trip" <| fun (values: int64[]) ->
            let roundTrip (convert: int64 -> 'T) (back: 'T -> int64) =
                let data = Array.map convert values
                use stream = new MemoryStream()
                NumpyFile.Write(stream, ReadOnlySpan data, ReadOnlySpan [| int64 data.Length |])
                stream.Position <- 0L
                let struct (found, _) = NumpyFile.Read stream
                found = Array.map back data

            roundTrip byte int64 && roundTrip uint16 int64 && roundTrip int32 int64 && roundTrip id id

        testCase "foreign, damaged and wrong files are refused with the reason" <| fun () ->
            inFolder (fun folder ->
                let path = Path.Combine(folder, "x.npy")

                let refused (fragment: string) (header: string) (bytes: byte[]) =
                    let text = header.PadRight(117) + "\n"
                    let start = [| 0x93uy; yield! "NUMPY"B; 1uy; 0uy; byte text.Length; 0uy |]
                    File.WriteAllBytes(path, Array.concat [ start; Text.Encoding.ASCII.GetBytes text; bytes ])

                    let error =
                        Expect.throwsC
                            (fun () ->
                                use strings = new StoredStrings(path, 8)
                                use reader = strings.OpenReader()
                                reader.Read(0L, StringGroup(1, strings.TokenCount, 2)))
                            id

                    Expect.isTrue (error :? ArgumentException) $"{error}"
                    Expect.stringContains error.Message fragment "names the reason"

                let header descr order shape = $"{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}"
                refused "'<f4'" (header "<f4" "False" "(2, 4)") (Array.zeroCreate 32)
                refused "'>i4'" (header ">i4" "False" "(2, 4)") (Array.zeroCreate 32)
                refused "Fortran" (header "|u1" "True" "(2, 4)") (Array.zeroCreate 8)
                refused "truncated" (header "|u1" "False" "(2, 4)") (Array.zeroCreate 7)
                refused "axes" (header "|u1" "False" "(8,)") (Array.zeroCreate 8)
                refused "outside the vocabulary" (header "|u1" "False" "(2, 4)") (Array.create 8 8uy)
                refused "outside the vocabulary" (header "<i4" "False" "(1, 2)") (Array.create 8 255uy)
                refused "not a size" (header "|u1" "False" "(99999999999999999999, 4)") (Array.zeroCreate 8)
                File.WriteAllText(path, "hello")
                Expect.throwsT<ArgumentException> (fun () -> new StoredStrings(path, 8) |> ignore) "not NumPy")

        testCase "an unwritable target is found out before the work and an old file survives" <| fun () ->
            inFolder (fun folder ->
                let path = Path.Combine(folder, "kept.npy")
                File.WriteAllText(path, "old")
                use stop = new Threading.CancellationTokenSource()
                stop.Cancel()
                let strings = StringSampler(Grammar.Draw(GrammarShape(3, 2, 8, 2), 1UL), 1UL, 10)
                Expect.throwsT<OperationCanceledException> (fun () -> DatasetFile.Write(strings, path, false, null, stop.Token) |> ignore) "interrupted"
                Expect.equal (File.ReadAllText path) "old" "the old file is there"
                Expect.equal (Directory.GetFiles(folder).Length) 1 "and nothing else"
                Expect.throwsT<ArgumentException> (fun () -> OutputFile.RequireWritable(Path.Combine(path, "below.npy"))) "a file is not a folder")
    ]
