module Rhm.ProofsTests.Networks.Probes.SynonymScoreTests

open System
open Expecto
open Rhm.Grammars
open Rhm.Networks.Probes
open Rhm.ProofsTests.FrozenNetworks

[<Tests>]
let tests =
    testList "Networks / Probes / SynonymScore" [
        testCase "score and standard error of two strings, by hand" <| fun () ->
            // Squared distances 0 and 4 from synonyms, 4 and 4 from others: ratio r = 1/2; d - r D = -2 and 2 have variance 8.
            let score = SynonymScore.Of(ReadOnlySpan [| 0.0f; 0.0f |], ReadOnlySpan [| 0.0f; 2.0f |], ReadOnlySpan [| 2.0f; 2.0f |], 1)
            Expect.floatClose Accuracy.veryHigh score.Value 0.5 "1 - r"
            Expect.floatClose Accuracy.veryHigh score.StandardError (sqrt (8.0 / 2.0) / 4.0) "standard error"

        testCase "by hand, with its error; pooling over neighbours; nothing to compare" <| fun () ->
            let s =
                SynonymScore.Of(
                    ReadOnlySpan [| 0.0f; 0.0f; 1.0f; 1.0f |],
                    ReadOnlySpan [| 1.0f; 0.0f; 1.0f; 2.0f |],
                    ReadOnlySpan [| 2.0f; 0.0f; 1.0f; 3.0f |],
                    2
                )
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
                  (fun () -> RepresentationScore.Measure(latents grammar [ 1 ], grammar, RepresentationMeasure(Strings = 1)) |> ignore),
                  "number of strings 1 is outside 2.."
                  (fun () -> LabelledFeatures([| 1.0f |], 2, [| 0us |]) |> ignore), "labelled rows" ] do
                let error = Expect.throwsC action id
                Expect.stringContains error.Message fragment "one sentence"
    ]
