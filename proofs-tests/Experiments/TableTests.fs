/// What tables of experiments hold, against the numbers that their columns are called after.
module Rhm.ProofsTests.Experiments.TableTests

open System
open System.IO
open Expecto
open Rhm.Experiments
open Rhm.Experiments.Measurements
open Rhm.Grammars
open Rhm.Levelwise
open Rhm.Population
open Rhm.Randomness
open Rhm.Statistics
open Rhm.Strings
open Rhm.ProofsTests.Folders
open Rhm.ProofsTests.SmallExperiments

/// The value in a column of a row, by name.
let private value (table: ResultTable) (row: Collections.Generic.IReadOnlyList<obj>) name =
    row[Seq.findIndex ((=) name) table.Columns]

let private number table row name =
    Convert.ToDouble(value table row name, Globalization.CultureInfo.InvariantCulture)

let private estimates =
    ExperimentParameters(Branching = Nullable 2, Vocabulary = Nullable 8, Multiplicities = [| 2 |], Grammars = Nullable 2)

[<Tests>]
let tests =
    testList "Experiments / ResultTable" [
        testCase "fraction: P* is multiplied by 1-f and divided by v m^3" <| fun () ->
            inFolder (fun folder ->
                let table = (run (find "fraction") folder 2 (small "fraction") |> snd).Table

                for row in table.Rows do
                    let number = number table row
                    let relative = number "P*" / (number "v" * number "m" ** 3.0)
                    Expect.floatClose Accuracy.high (number "P*/(v m^3)") relative "without"
                    Expect.floatClose Accuracy.high (number "P*(1-f)/(v m^3)") (relative * (1.0 - number "f")) "with the factor")

        testCase "fig1-correlations: rules between a tuple's parent and its target" <| fun () ->
            inFolder (fun folder ->
                let table = (run (find "fig1-correlations") folder 2 (small "fig1-correlations") |> snd).Table

                for row in table.Rows do
                    let level = int (number table row "tuple level")

                    let expected =
                        match string (value table row "target") with
                        | "latent" -> 2
                        | "token" -> 2 + level
                        // From the parent, of level l+1, to the root, of level 3.
                        | _ -> 2 - level

                    Expect.equal (int (number table row "rules between")) expected $"level {level}")

        testCase "unknown-v: accuracies are those of held-out strings, and only the right number is right" <| fun () ->
            inFolder (fun folder ->
                let experiment = find "unknown-v"
                let table = (run experiment folder 2 estimates |> snd).Table
                let lines = File.ReadAllLines(Path.Combine(folder, "results.csv"))
                let names = lines[1].Split ','
                let cell (line: string) name = (line.Split ',')[Array.IndexOf(names, name)]
                for line in lines[2..] do
                    let seed = GrammarSeeds.OfUnknownVocabulary(3UL, 2, 8, 2, int (cell line "grammar"))
                    let grammar, samples = Grammar.Draw(GrammarShape(3, 2, 8, 2), seed), int64 (cell line "P")
                    let learned = SpectralLatentClustering.Learn(StringSampler(grammar, seed, samples), 2, SpectralOptions(Seed = seed))
                    let accuracy = Array.last (learned.Accuracy(StringSampler(grammar, seed, 1000L, RandomPurpose.HeldOut)))
                    Expect.equal (float (cell line "accuracy_told")) accuracy $"held-out strings, P = {samples}"

                let shape = GrammarShape(3, 2, 8, 2)
                let share counts =
                    let grammars = [| for n in counts -> UnknownVocabulary.Estimate(shape, 0L, 9L, n, 1.0, 1.0) |]
                    UnknownVocabulary.Point(shape, 1.0, grammars).ShareRight
                Expect.equal (share [ 7.0; 8.0; 9.0; 8.0 ]) 0.5 "too few and too many are wrong"

                for row in table.Rows do
                    let here = lines[2..] |> Array.filter (fun line -> float (cell line "P") = number table row "P")
                    let right = here |> Array.filter (fun line -> cell line "latents" = "8")
                    Expect.equal (number table row "share right") (float right.Length / float here.Length) "those with v latents")

        testCase "a growth has its leading order and its exact prediction, each of its own" <| fun () ->
            let points =
                [| for m in [ 2.0; 4.0; 8.0 ] do
                       let crossings = [| for g in 0..2 -> Crossing(m ** 2.5 * (1.0 + 0.01 * float g), CrossingSide.Found) |]
                       struct (m, SampleComplexity.Of crossings, m ** 3.0, m ** 2.0) |]

            let law = nonNull (GrowthLaw.Of("ilc", "exponent", points, true, Nullable()))
            Expect.floatClose Accuracy.high law.Measured 2.5 "measured"
            Expect.floatClose Accuracy.high law.Leading 3.0 "leading order"
            Expect.floatClose Accuracy.high law.Exact 2.0 "exact"

        testCase "a law is of what was found in several grammars, and of at least two settings" <| fun () ->
            let found m grammars = [| for g in 1..grammars -> Crossing(m ** 2.5 * (1.0 + 0.01 * float g), CrossingSide.Found) |]
            let point m crossings = struct (m, SampleComplexity.Of(ResizeArray<Crossing>(crossings: Crossing[])), m ** 3.0, m ** 2.0)
            let law points = GrowthLaw.Of("ilc", "exponent", points, true, Nullable()) |> Option.ofObj
            let bound = [| Crossing(1e6, CrossingSide.Beyond); Crossing(20.0, CrossingSide.Found); Crossing(21.0, CrossingSide.Found) |]
            let two = [| point 2.0 (found 2.0 3); point 4.0 (found 4.0 3) |]
            let all = law (Array.append two [| point 8.0 bound; point 16.0 (found 3.0 1) |])
            Expect.floatClose Accuracy.high all.Value.Measured (law two).Value.Measured "a bound and a single grammar are left out"
            Expect.isNone (law [| point 2.0 (found 2.0 1); point 4.0 (found 4.0 1) |]) "no law of one grammar each"
            Expect.isNone (law [| point 2.0 (found 2.0 3); point 4.0 bound |]) "no law of one setting"
    ]
