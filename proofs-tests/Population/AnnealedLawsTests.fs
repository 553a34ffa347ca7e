/// The annealed formulas against their exact fractions. How far they are from drawn grammars is measured by claims.
module Rhm.ProofsTests.Population.AnnealedLawsTests

open System
open Expecto
open Rhm.Grammars
open Rhm.Population
open Rhm.Statistics
open Rhm.ProofsTests
open Rhm.ProofsTests.Refusals

type ByTarget =
    { latent: float list
      token: float list
      root: float list }

/// The values of one shape; those of a list are of the levels from the lowest on.
type Values =
    { L: int
      s: int
      v: int
      m: int
      kappa: float
      sibling: float list
      separation: ByTarget
      resolution: ByTarget
      coverage: float
      spectral_threshold: float
      kesten_stigum: float }

/// Fractions to double, and at most some hundred roundings.
let private close actual expected text =
    Expect.floatClose { absolute = 1e-300; relative = 1e-11 } actual expected text

let private levels (all: ByTarget) = [ Target.Latent, all.latent; Target.Token, all.token; Target.Root, all.root ]

[<Tests>]
let tests =
    testList "Population / AnnealedLaws" [
        for values in Golden.read<Values list> "annealed.json" "shapes" do
            let shape = GrammarShape(values.L, values.s, values.v, values.m)

            testCase $"the formulas at {shape} are their fractions" <| fun () ->
                let laws = AnnealedLaws shape
                close laws.Kappa values.kappa "kappa (A)"

                for i, expected in List.indexed values.sibling do
                    close (laws.SiblingSquaredCorrelation(i + 1)) expected $"siblings below level {i + 1} (F)"

                for target, expected in levels values.separation do
                    for level, expected in List.indexed expected do
                        close (laws.Separation(target, level)) expected $"separation of {target}, level {level} (C, E)"

                for target, expected in levels values.resolution do
                    for level, expected in List.indexed expected do
                        close (laws.Resolution(target, level)) expected $"strings for {target}, level {level} (H)"

                close (SampleScales.Coverage shape) values.coverage "coverage"
                close laws.SpectralThreshold values.spectral_threshold "spectral threshold"
                close laws.KestenStigumThreshold values.kesten_stigum "Kesten-Stigum threshold"

        // Averages over 1500 grammars whose root has 3 or 20 classes in the place of 8: intervals of Student's at 1e-6.
        for classes in [ 3; 20 ] do
            testCase $"with {classes} classes and 8 symbols the formulas are averages over grammars" <| fun () ->
                let shape = GrammarShape(3, 2, 8, 3, classes)
                let annealed = AnnealedLaws shape
                let root = Site.Symbol(3, 0)
                let laws = [ for seed in 1UL .. 1500UL -> PopulationLaws.Of(Grammar.Draw(shape, seed)) ]

                let check text predicted (value: PopulationLaws<float> -> float) =
                    let interval = Interval.Student(ResizeArray(Seq.map value laws), 1e-6)
                    let rounding = 1e-12 * predicted
                    let isInside = interval.Low - rounding <= predicted && predicted <= interval.High + rounding
                    Expect.isTrue isInside $"{text}: {predicted} in {interval}"
                    Expect.isLessThan (interval.High - interval.Low) (0.25 * predicted) $"{text} is known well enough"

                for level in 0..2 do
                    check $"squared correlation with the root, level {level} (E)" (annealed.SquaredCorrelation(Target.Root, level))
                    <| fun laws -> laws.Joint(Site.Tuple(level, 0), root).SquaredCorrelation()

                for level in 0..2 do
                    check $"prior of level {level} (B)" (1.0 + annealed.PriorVariation level)
                    <| fun laws -> 8.0 * Array.sumBy (fun p -> p * p) (laws.Law(Site.Symbol(level, 0)))

                // Every pair counts the same, whatever grammar it is of.
                let separation = annealed.Separation(Target.Root, 1)

                check "separation by the root of level 1 (E)" (28.0 * separation)
                <| fun laws ->
                    let pairs = laws.ContextVectors(Site.Symbol(2, 0), ReadOnlySpan [| root |]).Separations()
                    28.0 * separation + Seq.sum [ for struct (_, _, distance) in pairs -> distance - separation ]

                // Noise 1 - |phi|^2 over n_c values: P = v m [(1 - 1/n_c)/Delta - 1/2].
                close (annealed.Resolution(Target.Root, 1)) (24.0 * ((1.0 - 1.0 / float classes) / separation - 0.5)) "strings (H)"
                // At the top level n_c m tuples have the distance 2, and noise is no more than the signal from the first string on.
                close (annealed.Resolution(Target.Root, 2)) 0.0 "strings at the top (H)"

        // Rules of probabilities 1/k: what is exact lies in Student's interval at 1e-6, what is not is off by less than is said.
        for zipf, classes in [ 1.0, 8; 1.0, 5; 0.5, 8 ] do
            testCase $"with Zipf exponent {zipf} and {classes} classes the formulas are averages over grammars" <| fun () ->
                let shape = GrammarShape(3, 2, 8, 4, classes)
                let annealed = AnnealedLaws(shape, Zipf = zipf)
                let root = Site.Symbol(3, 0)
                let laws = [ for seed in 1UL .. 1500UL -> PopulationLaws.Of(Grammar.Draw(shape, seed, zipf)) ]

                let check text accuracy predicted (value: PopulationLaws<float> -> float) =
                    let interval = Interval.Student(ResizeArray(Seq.map value laws), 1e-6)
                    let off = (accuracy + 1e-12) * predicted
                    let isInside = interval.Low - off <= predicted && predicted <= interval.High + off
                    Expect.isTrue isInside $"{text}: {predicted} in {interval}"
                    Expect.isLessThan (interval.High - interval.Low) (0.3 * predicted) $"{text} is known well enough"

                for level in 0..2 do
                    check $"prior of level {level} (B)" 0.0 (1.0 + annealed.PriorVariation level)
                    <| fun laws -> 8.0 * Array.sumBy (fun p -> p * p) (laws.Law(Site.Symbol(level, 0)))

                    check $"squared correlation with the root, level {level} (E)" 0.0 (annealed.SquaredCorrelation(Target.Root, level))
                    <| fun laws -> laws.Joint(Site.Tuple(level, 0), root).SquaredCorrelation()

                let pairs level site expected (laws: PopulationLaws<float>) =
                    let pairs = laws.ContextVectors(Site.Symbol(level, 0), ReadOnlySpan [| site |]).Separations()
                    28.0 * expected + Seq.sum [ for struct (_, _, distance) in pairs -> distance - expected ]

                for text, target, level, site, accuracy in
                    [ "latent (C)", Target.Latent, 1, Site.Symbol(1, 2), 0.05
                      "token (C)", Target.Token, 1, Site.Symbol(0, 4), 0.05
                      "own latent (C)", Target.OwnLatent, 1, Site.Symbol(2, 1), 0.05
                      "lowest latent (C)", Target.Latent, 0, Site.Symbol(0, 2), 0.05
                      "root (E)", Target.Root, 1, root, 0.05
                      "root two levels below (E)", Target.Root, 0, root, 0.15 ] do
                    let separation = annealed.Separation(target, level)
                    check $"separation by {text} at level {level}" accuracy (28.0 * separation) (pairs (level + 1) site separation)

        testCase "leading orders count classes, legal tuples of the top level, and rules by their weight" <| fun () ->
            let leading shape zipf target = AnnealedLaws(shape, Zipf = zipf).LeadingOrder target
            let v, m = 16.0, 8.0
            let many = 40.0 / (1.0 - 320.0 / 4096.0)

            for classes, latent, token, own in
                [ 16, v * m ** 3.0 / (1.0 - 0.03125), v * m ** 4.0 / (1.0 - 0.03125), v * m ** 2.0 / (1.0 - 0.03125)
                  // The n_c m = 32 rules of the top level are 1/128 of all tuples; latents below need more.
                  4, v * m ** 3.0 / (1.0 - 0.03125), 4.0 * m ** 4.0 / (1.0 - 4.0 * m / 4096.0), v * m ** 2.0 / (1.0 - 0.03125)
                  40, many * m ** 3.0, many * m ** 4.0, many * m ** 2.0 ] do
                let shape = GrammarShape(3, 3, 16, 8, classes)
                close (leading shape 0.0 Target.Latent) latent $"latents, {classes} classes"
                close (leading shape 0.0 Target.Token) token $"tokens, {classes} classes"
                close (leading shape 0.0 Target.OwnLatent) own $"own latents, {classes} classes"
                close (leading shape 0.0 Target.Root) (float classes * m ** 3.0) $"labels, {classes} classes"

            // Probabilities 12/25, 6/25, 4/25, 3/25: the sum of squares is 205/625; half of what is written is written by the second.
            let synonyms, typical = 625.0 / 205.0, 25.0 / 6.0
            let shape = GrammarShape(3, 2, 16, 4)
            close (leading shape 1.0 Target.Latent) (16.0 * typical * synonyms ** 2.0 / (1.0 - synonyms / 16.0)) "latents, weighted"
            close (leading shape 1.0 Target.Root) (16.0 * typical * synonyms ** 2.0) "labels, weighted"
            close (AnnealedLaws(shape, Zipf = 1.0)).Kappa ((1.0 - 1.0 / 16.0) / (1.0 - 1.0 / 256.0) / synonyms) "kappa"
            close (AnnealedLaws(shape, Zipf = 1e-9)).KestenStigumThreshold (AnnealedLaws shape).KestenStigumThreshold "nearly uniform"
            for target in [ Target.Latent; Target.Token; Target.OwnLatent; Target.Root ] do
                let nearly = AnnealedLaws(shape, Zipf = 1e-9).Resolution target
                Expect.floatClose Accuracy.medium nearly ((AnnealedLaws shape).Resolution target) $"{target}, nearly uniform"
            Expect.equal (leading (GrammarShape(3, 2, 4, 4)) 0.0 Target.Latent) infinity "f = 1"
            refuses "Zipf exponent 1: formula K" (fun () -> AnnealedLaws(shape, Zipf = 1.0).ClusteringThreshold(Target.Latent, 0) |> ignore)
            refuses "Zipf exponent -1 must be" (fun () -> AnnealedLaws(shape, Zipf = -1.0) |> ignore)

        testCase "with few classes the levels below the top one have the larger Kesten-Stigum threshold" <| fun () ->
            let laws (classes: int) = AnnealedLaws(GrammarShape(3, 3, 16, 8, Nullable classes))
            Expect.isGreaterThan (laws 4).LargestKestenStigumThreshold (2.0 * (laws 4).KestenStigumThreshold) "below"
            Expect.equal (laws 40).LargestKestenStigumThreshold (laws 40).KestenStigumThreshold "at the top"

        // Computed by a plain Python program from the equations of formula K, with sums of 2000 terms for its integral.
        for (L, s, v, m, level, target, elements), expected in
            [ (3, 3, 12, 8, 1, Target.Latent, 1), 3757.20273697
              (3, 3, 12, 8, 1, Target.Latent, 18), 1225.06915733
              (3, 3, 16, 4, 1, Target.Token, 1), 3007.84392378
              (3, 2, 16, 8, 0, Target.Latent, 4), 3806.73041683 ] do
            testCase $"formula K of {elements} elements, {target}, at L={L}, s={s}, v={v}, m={m} is {expected}" <| fun () ->
                let found = AnnealedLaws(GrammarShape(L, s, v, m)).ClusteringThreshold(target, level, elements)
                Expect.floatClose { absolute = 0.0; relative = 1e-9 } found expected "strings"

        testCase "tokens correlate through two rules a level above their parents', roots to leading order through one" <| fun () ->
            // kappa = (1/m)(1 - 1/v)/(1 - v^-s) at L=4, s=2, v=8, m=4.
            let laws = AnnealedLaws(GrammarShape(4, 2, 8, 4))
            let kappa = 0.25 * (7.0 / 8.0) / (63.0 / 64.0)
            for level in 1..4 do
                let ratio = laws.TokenSquaredCorrelation level / laws.SiblingSquaredCorrelation level
                Expect.floatClose Accuracy.high ratio (kappa ** float (2 * (level - 1))) $"ancestor of level {level}"
            let root = Rhm.Population.Target.Root
            Expect.equal [ for level in 0..3 -> laws.LeadingSeparation(root, level) ] [ 2.0 / 64.0; 2.0 / 16.0; 0.5; 2.0 ] "root"

        testCase "formula K refuses the root, and knows no strings where there is no signal" <| fun () ->
            let laws = AnnealedLaws(GrammarShape(3, 2, 4, 4))
            Expect.equal (laws.ClusteringThreshold(Target.Latent, 0)) infinity "f = 1"
            refuses "not the root" (fun () -> laws.ClusteringThreshold(Target.Root, 0) |> ignore)
            refuses "a context of 0 elements" (fun () -> laws.ClusteringThreshold(Target.Latent, 0, 0) |> ignore)

        testCase "formula H is where the noise of a tuple's context vector equals the separation" <| fun () ->
            // noise (1 - |phi|^2)/N of N = P/(v m) draws; |phi|^2 is 1/v of the mean and half the separation of two vectors
            for target in [ Target.Latent; Target.Token; Target.Root ] do
                let shape = GrammarShape(4, 3, 8, 6)
                let laws = AnnealedLaws shape
                let separation = laws.Separation(target, 1)
                let noise = (1.0 - 1.0 / 8.0 - separation / 2.0) / (laws.Resolution(target, 1) / (8.0 * 6.0))
                Expect.floatClose Accuracy.high noise separation $"{target}"

        testCase "without illegal tuples (f = 1) no number of strings resolves latents or tokens" <| fun () ->
            let laws = AnnealedLaws(GrammarShape(3, 2, 4, 4))
            Expect.equal (laws.Resolution(Target.Latent, 0)) infinity "latents"
            Expect.equal (laws.Resolution(Target.Token, 1)) infinity "tokens"
            Expect.isTrue (System.Double.IsFinite(laws.Resolution(Target.Root, 1))) "labels"

        testCase "levels without a target are refused" <| fun () ->
            refuses "level 2 is outside 0..1" (fun () -> AnnealedLaws(GrammarShape(3, 2, 4, 2)).Separation(Target.Latent, 2) |> ignore)
    ]
