module Rhm.ProofsTests.Experiments.TheoryTests

open System.IO
open Expecto
open Rhm.Experiments
open Rhm.Grammars
open Rhm.Levelwise
open Rhm.Population
open Rhm.ProofsTests.Folders

let private targets (of': Theory.ByTarget) =
    [ Target.Latent, of'.Latent; Target.Token, of'.Token; Target.Root, of'.Root; Target.OwnLatent, of'.OwnLatent ]

[<Tests>]
let tests =
    testList "Experiments / Theory" [
        testCase "no fewer strings are predicted than show every tuple" <| fun () ->
            let shape = GrammarShape(3, 2, 16, 4)
            let laws, coverage = AnnealedLaws shape, SampleScales.Coverage shape
            let rows = (Theory.Predict shape).Rows |> Seq.filter (fun row -> row.TupleLevel <= 1)

            let predicted =
                [ for row in rows do
                      for target, samples in targets row.Samples -> samples, laws.Resolution(target, row.TupleLevel) ]

            for samples, resolution in predicted do Expect.equal samples (max coverage resolution) "coverage or resolution"
            Expect.exists predicted (fun (_, resolution) -> resolution < coverage) "coverage is more for some"
            Expect.exists predicted (fun (_, resolution) -> resolution > coverage) "resolution is more for some"

        testCase "exact laws are those of the cousin's element, of the token below it, of the root and of the cousin itself" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(3, 2, 6, 3, 4), 7UL)
            let laws, rows = PopulationLaws.Of grammar, (Theory.Predict(grammar.Shape, grammar)).Rows

            for level, latent, token, own in
                [ 0, Site.Symbol(0, 2), Site.Symbol(0, 2), Site.Symbol(1, 1)
                  1, Site.Symbol(1, 2), Site.Symbol(0, 4), Site.Symbol(2, 1) ] do
                let exact = Option.get (Option.ofObj rows[level].ExactSquaredCorrelation)
                let separation = Option.get (Option.ofObj rows[level].ExactSeparation)
                let least = Option.get (Option.ofObj rows[level].ExactLeastSeparation)
                let sites = [ latent; token; Site.Symbol(3, 0); own ]

                for (target, found), site in List.zip (targets exact) sites do
                    let expected = laws.Joint(Site.Tuple(level, 0), site).SquaredCorrelation()
                    Expect.floatClose Accuracy.high found expected $"{target}, level {level}"

                let parent = Site.Symbol(level + 1, 0)
                let separations = [ for site in sites -> laws.ContextVectors(parent, System.ReadOnlySpan [| site |]).Separation() ]

                for (target, mean), (_, least), struct (expectedLeast, expectedMean) in
                    List.zip3 (targets separation) (targets least) separations do
                    Expect.floatClose Accuracy.high mean expectedMean $"mean separation, {target}"
                    Expect.floatClose Accuracy.high least expectedLeast $"least separation, {target}"

        testCase "a grammar of weighted rules has averages of its own, and is warned of" <| fun () ->
            let predicted zipf =
                let grammar = Grammar.Draw(GrammarShape(3, 2, 8, 3), 1UL, zipf)
                Theory.Predict(grammar.Shape, grammar)

            let warnings zipf = String.concat "; " (predicted zipf).Warnings
            Expect.stringContains (warnings 1.0) "rules are weighted" "weighted"
            Expect.isFalse ((warnings 0.0).Contains "rules are weighted") "uniform"

            for zipf in [ 0.0; 1.0 ] do
                let laws = AnnealedLaws(GrammarShape(3, 2, 8, 3), Zipf = zipf)
                let found = predicted zipf
                Expect.equal (found.Kappa, found.KestenStigum) (laws.Kappa, laws.KestenStigumThreshold) "kappa, threshold"
                for row in found.Rows do
                    Expect.equal row.Separation.Root (laws.Separation(Target.Root, row.TupleLevel)) "formula E"

        testCase "the table holds what its columns are called" <| fun () ->
            inFolder (fun folder ->
                let grammar = Grammar.Draw(GrammarShape(2, 2, 6, 3), 2UL)
                let result = Theory.Predict(grammar.Shape, grammar)
                Theory.Write(folder, result) |> ignore
                let lines = File.ReadAllLines(Path.Combine(folder, "theory.csv"))
                let names = lines[0].Split ','
                let latent = lines[1].Split ','
                let value name = float latent[System.Array.IndexOf(names, name)]
                let row = result.Rows[0]
                Expect.equal latent[1] "latent" "the first target"

                for name, of' in
                    [ "squared_correlation", row.SquaredCorrelation
                      "separation", row.Separation
                      "samples", row.Samples
                      "exact_squared_correlation", nonNull row.ExactSquaredCorrelation
                      "exact_separation", nonNull row.ExactSeparation
                      "exact_least_separation", nonNull row.ExactLeastSeparation ] do
                    Expect.equal (value name) of'.Latent name

                Expect.notEqual (value "exact_separation") (value "exact_least_separation") "which differ")
    ]
