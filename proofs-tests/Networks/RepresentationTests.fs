module Rhm.ProofsTests.Learners.RepresentationTests

open System
open Expecto
open Rhm.Experiments
open Rhm.Grammars
open Rhm.Networks.Probes
open Rhm.Randomness
open Rhm.Statistics
open Rhm.Sweeps.Expressions
open Rhm.ProofsTests.Generators

let private alpha = 1e-9

let private grammar = Grammar.Draw(GrammarShape(3, 2, 8, 3), 11UL)

/// The symbols of all levels of one string, tokens first; -1 where a tuple is not legal.
let private parse (grammar: Grammar) (tokens: uint16[]) =
    let s = grammar.Shape.Branching

    List.scan
        (fun (below: int[]) level ->
            below
            |> Array.chunkBySize s
            |> Array.map (fun tuple -> if Array.contains -1 tuple then -1 else grammar.FindParent(level, ReadOnlySpan(Array.map uint16 tuple))))
        (Array.map int tokens)
        [ 0 .. grammar.Shape.Depth - 1 ]

/// Features of one layer, position by position, from the string.
let private network (length: int) columns (features: uint16[] -> int -> float32[] -> unit) =
    FrozenNetwork(fun tokens ->
        let tokens = tokens.ToArray()
        let values = Array.zeroCreate (tokens.Length * columns)

        tokens
        |> Array.chunkBySize length
        |> Array.iteri (fun i text ->
            for position in 0 .. length - 1 do
                let row = Array.zeroCreate columns
                features text position row
                row.CopyTo(values, (i * length + position) * columns))

        [| LayerStates(values, length, columns) |])

/// One-hot latents of some levels at every position, side by side.
let private latents (grammar: Grammar) levels =
    let shape = grammar.Shape

    network shape.TokenCount (List.length levels * shape.Vocabulary) (fun text position row ->
        let symbols = parse grammar text

        levels
        |> List.iteri (fun i level ->
            let symbol = symbols[level][position / (shape.TokenCount / shape.NodeCount level)]
            if symbol >= 0 then row[i * shape.Vocabulary + symbol] <- 1.0f))

let private random columns (seed: uint64) =
    let stream = RandomStream(seed, RandomPurpose.Experiment)
    network grammar.Shape.TokenCount columns (fun _ _ row -> for j in 0 .. columns - 1 do row[j] <- float32 (stream.NextGaussian()))

let private measure = RepresentationMeasure(Strings = 600, SynonymStrings = 200)

let private rows (values: float32[][]) (labels: int[]) =
    LabelledFeatures(Array.concat values, values[0].Length, Array.map uint16 labels)

[<Tests>]
let probes =
    testList "Representation probes" [
        testCase "one-hot latents are read with accuracy 1 at every level, also in new subtrees" <| fun () ->
            let score = RepresentationScore.Measure(latents grammar [ 1; 2; 3 ], grammar, measure)
            for level in score.Layers[0].Levels do
                Expect.equal (level.Span, level.NewSubtrees) (1.0, 1.0) $"level {level.Level}"
            Expect.equal (score.Best 2) 1.0 "best"
            Expect.equal score.Layers[0].Levels[2].Whole 1.0 "the root is the same everywhere"

        testCase "latents of one level alone do not tell the levels above" <| fun () ->
            let score = RepresentationScore.Measure(latents grammar [ 1 ], grammar, measure)
            Expect.equal score.Layers[0].Levels[0].Span 1.0 "level 1"
            Expect.isLessThan score.Layers[0].Levels[2].Span 0.9 "a sum of one-hot latents of level 1 is no root"

        testCase "random features are read at chance" <| fun () ->
            let n = 2000
            let score = RepresentationScore.Measure(random 20 1UL, grammar, RepresentationMeasure(Strings = n, SynonymStrings = 0))
            // The prediction does not depend on the root, which is uniform: each is right with probability 1/8.
            let interval = Interval.Hoeffding(score.Layers[0].Levels[2].Span, int64 n, 1.0, alpha)
            Expect.isTrue (interval.Low <= 0.125 && interval.High >= 0.125) $"%A{interval}"

        testCase "a table of the tuples passes a probe of strings and fails one of new subtrees" <| fun () ->
            let table =
                network 8 64 (fun text position row ->
                    let first = position / 2 * 2
                    row[int text[first] * 8 + int text[first + 1]] <- 1.0f)

            let score = RepresentationScore.Measure(table, grammar, measure)
            let level1 = score.Layers[0].Levels[0]
            Expect.equal level1.Span 1.0 "every tuple was seen"
            // For a tuple never seen the scores are the shares of the symbols: one symbol wins, and is right for its tuples alone.
            Expect.isLessThan level1.NewSubtrees 0.5 "synonyms are not together"

        testCase "one subtree in m is new, at every level; without synonyms none is" <| fun () ->
            for level in (RepresentationScore.Measure(latents grammar [ 1; 2; 3 ], grammar, measure)).Layers[0].Levels do
                let total = 2L * int64 measure.Strings
                let interval = Interval.ClopperPearson(int64 level.NewSubtreeStrings, total, alpha)
                Expect.isTrue (interval.Low <= 1.0 / 3.0 && interval.High >= 1.0 / 3.0) $"level {level.Level}: {interval}"
                Expect.isTrue (interval.High < 0.5) "the check would see one in two"

            let m1 = Grammar.Draw(GrammarShape(2, 2, 4, 1), 1UL)
            let score = RepresentationScore.Measure(latents m1 [ 1; 2 ], m1, measure)
            Expect.isTrue (Double.IsNaN score.Layers[0].Levels[0].NewSubtrees) "no synonyms, no new subtrees"
            Expect.isTrue (Double.IsNaN score.Layers[0].Levels[0].Synonyms.Value) "no score either"

        testCase "layers of a convolution are read at their own positions" <| fun () ->
            let stacked =
                FrozenNetwork(fun tokens ->
                    let texts = tokens.ToArray() |> Array.chunkBySize 8 |> Array.map (parse grammar)

                    [| for level in 1..2 ->
                           let values =
                               [| for symbols in texts do
                                      for symbol in symbols[level] do
                                          yield! Array.init 8 (fun a -> if a = symbol then 1.0f else 0.0f) |]

                           LayerStates(values, (if level = 1 then 4 else 2), 8) |])

            let score = RepresentationScore.Measure(stacked, grammar, measure)
            Expect.equal [ for layer in score.Layers -> layer.Levels[layer.Layer].Span ] [ 1.0; 1.0 ] "each its level"
            let wrong = FrozenNetwork(fun _ -> [| LayerStates(Array.zeroCreate 3000, 3, 1) |])
            let error = Expect.throwsC (fun () -> RepresentationScore.Measure(wrong, grammar, measure) |> ignore) id
            Expect.stringContains error.Message "do not divide" "3 positions"

        testCase "a hidden layer separates what no line does" <| fun () ->
            let stream = RandomStream(4UL, RandomPurpose.Experiment)

            let set count =
                let points = Array.init count (fun _ -> Array.init 10 (fun j -> if j < 2 then float32 (stream.NextGaussian()) else 0.0f))
                rows points (points |> Array.map (fun p -> if (p[0] > 0.0f) = (p[1] > 0.0f) then 1 else 0))

            let train, held = set 1500, set 1500
            Expect.isGreaterThan (MlpProbe.Accuracy(train, held, 2, 1UL)) 0.9 "two quadrants each"
            Expect.isLessThan (RidgeProbe.Accuracy(train, held, 2)) 0.65 "a line"
            let shuffled = LabelledFeatures(held.Values, 10, Array.rev held.Labels)
            let interval = Interval.Hoeffding(MlpProbe.Accuracy(train, shuffled, 2, 1UL), 1500L, 1.0, alpha)
            Expect.isTrue (interval.Low <= 0.5 && interval.High >= 0.5) $"other labels: %A{interval}"
            Expect.equal (MlpProbe.Accuracy(train, held, 2, 1UL, 100, 3)) (MlpProbe.Accuracy(train, held, 2, 1UL, 100, 1)) "threads"

        testCase "a probe of features in a plane of many dimensions is solved" <| fun () ->
            // rank 1 of 300 columns, large numbers: rounding must not make the system indefinite
            let set = rows (Array.init 400 (fun i -> Array.create 300 (if i % 2 = 0 then 1e4f else -1e4f))) (Array.init 400 (fun i -> i % 2))
            Expect.equal (RidgeProbe.Accuracy(set, set, 2)) 1.0 "two points"
    ]

[<Tests>]
let ranks =
    testList "Effective rank" [
        testCase "equidistant points, a plane, a constant" <| fun () ->
            let simplex = rows (Array.init 80 (fun i -> Array.init 8 (fun j -> if i % 8 = j then 1.0f else 0.0f))) (Array.create 80 0)
            Expect.floatClose Accuracy.medium (EffectiveRank.Of simplex) 7.0 "v - 1"
            let line = rows (Array.init 50 (fun i -> Array.init 5 (fun j -> float32 (i * (j + 1))))) (Array.create 50 0)
            Expect.floatClose Accuracy.medium (EffectiveRank.Of line) 1.0 "a line"
            // eigenvalues 1, 1, 4: 36 / 18
            let axes = [| for axis, length in [ 0, 1.0f; 1, 1.0f; 2, 2.0f ] do for sign in [ -1.0f; 1.0f ] -> Array.init 4 (fun j -> if j = axis then 3.0f + sign * length else 3.0f) |]
            Expect.floatClose Accuracy.medium (EffectiveRank.Of(rows axes (Array.create 6 0))) 2.0 "1, 1, 4"
            Expect.equal (EffectiveRank.Of(rows (Array.create 10 [| 2.0f; 3.0f |]) (Array.create 10 0))) 0.0 "a constant"

        testCase "targets: latents are there, and a collapse is seen" <| fun () ->
            let good = RepresentationScore.MeasureTargets(latents grammar [ 1; 2; 3 ], grammar, measure)
            Expect.equal (List.ofSeq good.Levels) [ 1.0; 1.0; 1.0 ] "probes"
            Expect.isFalse good.Collapsed $"rank {good.EffectiveRank}"

            // all latents are there, but one direction has nearly all of the variance
            let flat =
                network 8 25 (fun text position row ->
                    let symbols = parse grammar text
                    for level in 1..3 do row[level * 8 - 8 + symbols[level][position >>> level]] <- 1.0f
                    row[24] <- 10.0f * float32 text[position])

            let bad = RepresentationScore.MeasureTargets(flat, grammar, measure)
            Expect.isTrue bad.Collapsed $"rank {bad.EffectiveRank}"
            Expect.isLessThan bad.EffectiveRank 1.1 "one direction"
    ]

[<Tests>]
let synonyms =
    testList "Synonym score" [
        property "x_syn has another production of the same symbol, x_gen one of another, and nothing else changes" <| fun (DrawnGrammar(grammar, seed)) ->
            let shape = grammar.Shape

            if shape.Multiplicity > 1 then
                for level in 1 .. shape.Depth do
                    let strings = SynonymStrings(grammar, level, seed, 6)
                    let width = shape.TokenCount / shape.NodeCount level

                    for i in 0..5 do
                        let part (all: uint16[]) = Array.sub all (i * shape.TokenCount) shape.TokenCount
                        let x, syn, gen = parse grammar (part strings.Original), parse grammar (part strings.Synonym), parse grammar (part strings.Other)
                        let node = strings.NodeOf[i]
                        let tuple (symbols: int[] list) = symbols[level - 1][node * shape.Branching .. (node + 1) * shape.Branching - 1]
                        Expect.equal (syn[level]) (x[level]) "the same symbols above"
                        Expect.notEqual (tuple syn) (tuple x) "another production"
                        Expect.isTrue (gen[level][node] >= 0 && gen[level][node] <> x[level][node]) "another symbol"
                        let outside (symbols: int[] list) = symbols[0] |> Array.indexed |> Array.filter (fun (t, _) -> t / width <> node)
                        Expect.equal (outside syn) (outside x) "outside x_syn"
                        Expect.equal (outside gen) (outside x) "outside x_gen"

        testCase "productions and other symbols are uniform" <| fun () ->
            let strings = SynonymStrings(grammar, 2, 5UL, 4000)
            let counts = Array.zeroCreate 6
            let others = Array.zeroCreate 8

            for i in 0..3999 do
                let part (all: uint16[]) = parse grammar (Array.sub all (i * 8) 8)
                let rule (symbols: int[] list) =
                    let level1 = symbols[1]
                    let node = strings.NodeOf[i]
                    grammar.FindRule(1, ReadOnlySpan(Array.map uint16 level1[node * 2 .. node * 2 + 1])) % 3

                let x, syn = rule (part strings.Original), rule (part strings.Synonym)
                counts[x * 2 + (if syn > x then syn - 1 else syn)] <- counts[x * 2 + (if syn > x then syn - 1 else syn)] + 1
                let before, after = part strings.Original, part strings.Other
                let a, b = before[2][strings.NodeOf[i]], after[2][strings.NodeOf[i]]
                others[(b - a + 8) % 8] <- others[(b - a + 8) % 8] + 1

            let chiSquare (observed: int[]) =
                let expected = float (Array.sum observed) / float observed.Length
                observed |> Array.sumBy (fun n -> (float n - expected) ** 2.0 / expected)

            // asymptotic, with 500 or more expected counts
            Expect.isLessThan (chiSquare counts) (Interval.ChiSquareBound(5.0, alpha)) "pairs of productions"
            Expect.equal others[0] 0 "never the same symbol"
            // b - a mod 8 is uniform over 1..7 only if b is uniform over the others, whatever the law of a
            Expect.isLessThan (chiSquare others[1..]) (Interval.ChiSquareBound(6.0, alpha)) "other symbols"

        testCase "score and standard error of two strings, by hand" <| fun () ->
            // Squared distances 0 and 4 from synonyms, 4 and 4 from others: ratio r = 1/2; d - r D = -2 and 2 have variance 8.
            let score = SynonymScore.Of(ReadOnlySpan [| 0.0f; 0.0f |], ReadOnlySpan [| 0.0f; 2.0f |], ReadOnlySpan [| 2.0f; 2.0f |], 1)
            Expect.floatClose Accuracy.veryHigh score.Value 0.5 "1 - r"
            Expect.floatClose Accuracy.veryHigh score.StandardError (sqrt (8.0 / 2.0) / 4.0) "standard error"

        testCase "latents score 1, tokens do not, strings that are all alike far apart score 0" <| fun () ->
            let score (features: FrozenNetwork) = (RepresentationScore.Measure(features, grammar, measure)).Layers[0].Levels |> Seq.map (fun level -> level.Synonyms.Value) |> List.ofSeq
            for level in 1..3 do
                Expect.equal (List.item (level - 1) (score (latents grammar [ level ]))) 1.0 $"level {level}"

            let tokens = network 8 8 (fun text position row -> row[int text[position]] <- 1.0f)
            Expect.isLessThan (List.head (score tokens)) 0.6 "tokens of synonyms differ"
            let mutable number = 0

            let each =
                FrozenNetwork(fun tokens ->
                    let strings = tokens.Length / 8
                    let values = Array.zeroCreate (strings * 8000)

                    for i in 0 .. strings - 1 do
                        for position in 0..7 do
                            values[(i * 8 + position) * 1000 + number % 1000] <- 1.0f

                        number <- number + 1

                    [| LayerStates(values, 8, 1000) |])

            for value in score each do
                Expect.equal value 0.0 "every string is a unit vector of its own"

        testCase "by hand, with its error; pooling over neighbours; nothing to compare" <| fun () ->
            let s = SynonymScore.Of(ReadOnlySpan [| 0.0f; 0.0f; 1.0f; 1.0f |], ReadOnlySpan [| 1.0f; 0.0f; 1.0f; 2.0f |], ReadOnlySpan [| 2.0f; 0.0f; 1.0f; 3.0f |], 2)
            Expect.equal (s.Synonyms, s.Others, s.Value, s.StandardError) (1.0, 4.0, 0.75, 0.0) "1 - 1/4"
            let constant = network 8 2 (fun _ _ row -> row[0] <- 1.0f)
            let collapsed = (RepresentationScore.Measure(constant, grammar, measure)).Layers[0].Levels[0].Synonyms
            Expect.isTrue (Double.IsNaN collapsed.Value) "a constant has no score"
            // the siblings' own tokens do not change
            let tokens = network 8 8 (fun text position row -> row[int text[position]] <- 1.0f)
            let neighbours = RepresentationMeasure(Strings = 100, SynonymStrings = 50, SynonymPooling = Pooling.Neighbours)
            let level1 = (RepresentationScore.Measure(tokens, grammar, neighbours)).Layers[0].Levels[0].Synonyms
            Expect.equal (level1.Synonyms, level1.Others) (0.0, 0.0) "neighbours of a changed tuple"

        testCase "bad input is refused in a sentence" <| fun () ->
            for action, fragment in
                [ (fun () -> SynonymStrings(grammar, 4, 1UL, 10) |> ignore), "outside 1..3"
                  (fun () -> SynonymStrings(Grammar.Draw(GrammarShape(2, 2, 4, 1), 1UL), 1, 1UL, 10) |> ignore), "no synonyms"
                  (fun () -> RepresentationScore.Measure(latents grammar [ 1 ], grammar, RepresentationMeasure(Strings = 1)) |> ignore), "number of strings 1 is outside 2.."
                  (fun () -> LabelledFeatures([| 1.0f |], 2, [| 0us |]) |> ignore), "labelled rows" ] do
                let error = Expect.throwsC action id
                Expect.stringContains error.Message fragment "one sentence"
    ]
