/// The annealed formulas against their exact fractions. How far they are from drawn grammars is measured by claims.
module Rhm.ProofsTests.Population.AnnealedLawsTests

open Expecto
open Rhm.Grammars
open Rhm.Population
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
