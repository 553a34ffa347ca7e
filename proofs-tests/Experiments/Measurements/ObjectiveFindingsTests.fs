module Rhm.ProofsTests.Experiments.Measurements.ObjectiveFindingsTests

open Expecto
open Rhm.Experiments.Measurements
open Rhm.Grammars
open Rhm.Statistics

[<Tests>]
let tests =
    testList "Experiments / Measurements / ObjectiveFindings" [
        testCase "a comparison of objectives agrees, contradicts, or confirms nothing and says why" <| fun () ->
            let objective name = EncoderObjective.All |> Seq.find (fun (objective: EncoderObjective) -> objective.Name = name)

            // P* = kappa^-power, which is proportional to m^power, in three grammars that differ by a few per cent
            let rowOn untrained name level (power: float) side m =
                let shape = GrammarShape(3, 2, 64, m)
                LevelThreshold(
                    objective name,
                    level,
                    shape,
                    SampleComplexity.Of
                        [| for g in 0..2 ->
                               Crossing(
                                   (Rhm.Population.AnnealedLaws(shape).Kappa ** -power)
                                   * (10.0 ** float level)
                                   * (1.0 + 0.01 * float (g * name.Length)),
                                   side
                               ) |],
                    untrained
                )

            let row = rowOn 0.3

            let verdicts rows =
                [ for row in ObjectiveFindings.Of(List.toArray rows, 3) -> (row.Objective, row.Quantity, row.Level), row.Verdict ]
                |> Map.ofList

            let all name powers = [ for level, power in powers do for m in [ 3; 4; 5 ] -> row name level power CrossingSide.Found m ]
            let latents =
                verdicts (
                    all "masked latents" [ 1, 2.0; 2, 3.0 ] @ all "masked tokens" [ 1, 3.0; 2, 4.0 ] @ all "data2vec" [ 1, 3.0; 2, 3.0 ]
                )
            Expect.allEqual latents.Values "agrees" "true latents save a factor m at every level"
            Expect.equal latents.Count (3 * 3 + 2 * 2 * 3) "levels and order of three objectives, three pairs"
            let theory =
                verdicts (
                    all "data2vec" [ 1, 3.0; 2, 3.0 ] @ all "masked tokens" [ 1, 3.0; 2, 4.0 ] @ all "supervised" [ 1, 1.0; 2, 2.0; 3, 3.0 ]
                )
            Expect.equal theory.Count 12 "two levels of two objectives, of their ratio and its power, the root, three orders"
            Expect.allEqual theory.Values "agrees" "as predicted"
            let other = verdicts (all "data2vec" [ 1, 3.0; 2, 4.0 ] @ all "masked tokens" [ 1, 3.0; 2, 3.0 ])
            Expect.equal other[("data2vec", "power of m of P*", 2)] "contradicts" "4 for 3"
            Expect.equal other[("masked tokens", "power of m of P*", 2)] "contradicts" "3 for 4"
            Expect.equal other[("masked tokens", "power of m of P*/P* of data2vec", 2)] "contradicts" "ahead instead of behind"
            Expect.equal other[("masked tokens", "P*/P* of data2vec", 1)] "agrees" "as many at level 1"
            Expect.equal other[("masked tokens", "P*/P* of data2vec", 2)] "contradicts" "fewer where there should be more"
            // grammar g of tokens at (1 + 0.13 g), of latents at (1 + 0.14 g), at one m
            let ratio =
                ObjectiveFindings.Of(
                    [| row "masked latents" 2 3.0 CrossingSide.Found 3; row "masked tokens" 2 4.0 CrossingSide.Found 3 |],
                    3
                )
                |> Seq.find (fun row -> row.Quantity = "P*/P* of masked latents" && row.Level = 2)

            let logarithms =
                [| for g in 0.0 .. 2.0 ->
                       -log(Rhm.Population.AnnealedLaws(GrammarShape(3, 2, 64, 3)).Kappa) + log ((1.0 + 0.13 * g) / (1.0 + 0.14 * g)) |]
            let interval = Interval.Student(logarithms, 0.05)

            for value, expected in
                [ ratio.Measured, exp (Array.average logarithms)
                  ratio.Interval.Low, exp interval.Low
                  ratio.Interval.High, exp interval.High ] do
                Expect.floatClose Accuracy.high value expected "mean and interval"

            Expect.equal ratio.Verdict "agrees" "one multiplicity is enough for a ratio"
            let late = verdicts (all "data2vec" [ 1, 3.0 ] @ [ for m in [ 3; 4; 5 ] -> row "data2vec" 2 3.0 CrossingSide.Beyond m ])
            Expect.stringStarts
                late[("data2vec", "power of m of P*", 2)]
                "not confirmed at this size: P* was found in every grammar for 0 of 3"
                "out of reach"
            Expect.equal late[("data2vec", "share of neighbouring levels of which the lower comes first", 2)] "agrees" "a bound can decide"
            let trivial =
                verdicts
                    [ rowOn 0.95 "data2vec" 1 3.0 CrossingSide.Found 3
                      row "data2vec" 1 3.0 CrossingSide.Found 4
                      row "data2vec" 1 3.0 CrossingSide.Found 5 ]
            Expect.equal trivial[("data2vec", "power of m of P*", 1)] "agrees" "two multiplicities are left"
            let trivial = verdicts [ for m in [ 3; 4 ] -> rowOn 0.95 "data2vec" 1 9.0 CrossingSide.Found m ]
            Expect.stringContains
                trivial[("data2vec", "power of m of P*", 1)]
                "0 of 2 multiplicities (2 not counted"
                "an untrained encoder knows the level: no verdict"
            let turned =
                verdicts
                    [ for m in [ 3; 4 ] do
                          row "data2vec" 1 9.0 CrossingSide.Found m
                          row "data2vec" 2 3.0 CrossingSide.Found m ]
            Expect.equal
                turned[("data2vec", "share of neighbouring levels of which the lower comes first", 2)]
                "contradicts"
                "the upper level first"
    ]
