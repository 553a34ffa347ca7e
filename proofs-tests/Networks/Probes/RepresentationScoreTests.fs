module Rhm.ProofsTests.Networks.Probes.RepresentationScoreTests

open System
open Expecto
open Rhm.Grammars
open Rhm.Networks.Probes
open Rhm.Randomness
open Rhm.Statistics
open Rhm.ProofsTests.FrozenNetworks

let private alpha = 1e-9

[<Tests>]
let tests =
    testList "Networks / Probes / RepresentationScore" [
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

        testCase "a probe with more features than strings does not know strings that it was not fitted to" <| fun () ->
            // Features are random numbers, the same ones whenever a string comes again.
            let memory =
                network 8 300 (fun text _ row ->
                    let key = RandomStream.DeriveSeed(1UL, ReadOnlySpan(Array.map int64 text))
                    let stream = RandomStream(key, RandomPurpose.Experiment)
                    for a in 0..299 do row[a] <- float32 (stream.NextGaussian()))
            let score = RepresentationScore.Measure(memory, grammar, RepresentationMeasure(Strings = 100, SynonymStrings = 0))
            // 100 held-out strings, 8 equally frequent roots: 50 right have a probability below 1e-17.
            Expect.isLessThan score.Layers[0].Levels[2].Span 0.5 "the root"
            Expect.isLessThan score.Layers[0].Levels[2].Whole 0.5 "the root, of all features"

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

        testCase "latents score 1, tokens do not, strings that are all alike far apart score 0" <| fun () ->
            let score (features: FrozenNetwork) =
                (RepresentationScore.Measure(features, grammar, measure)).Layers[0].Levels
                |> Seq.map (fun level -> level.Synonyms.Value)
                |> List.ofSeq
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

        testCase "features that only tell strings apart are read at chance: probes are scored on strings that they have not seen"
        <| fun () ->
            let strings = 60
            let mutable number = 0

            // every string is a unit vector of its own: a probe can learn all labels of its strings and none of others
            let memory =
                FrozenNetwork(fun tokens ->
                    let count = tokens.Length / 8
                    let columns = 2 * strings
                    let values = Array.zeroCreate (count * 8 * columns)

                    for i in 0 .. count - 1 do
                        for position in 0..7 do
                            values[(i * 8 + position) * columns + number % columns] <- 1.0f

                        number <- number + 1

                    [| LayerStates(values, 8, columns) |])

            let measure = RepresentationMeasure(Strings = strings, SynonymStrings = 0)
            let score = RepresentationScore.Measure(memory, grammar, measure)

            for level in score.Layers[0].Levels do
                // one symbol is predicted for all strings: right with probability 1/8 each at the root, a little more below it
                let bound = 0.125 + 0.1 + sqrt (log 1e9 / (2.0 * float strings))
                Expect.isLessThan level.Span bound $"level {level.Level}, linear"
                Expect.isLessThan level.Whole bound $"level {level.Level}, of the whole string"

            number <- 0
            let targets = RepresentationScore.MeasureTargets(memory, grammar, RepresentationMeasure(Strings = strings))
            for accuracy in targets.Levels do Expect.isLessThan accuracy 0.65 "targets"
    ]
