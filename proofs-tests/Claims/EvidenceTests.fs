/// Predictions and bands of the claims about exponents, against theory that is computed here.
module Rhm.ProofsTests.Claims.EvidenceTests

open System
open System.Threading
open Expecto
open Rhm.Claims
open Rhm.Grammars
open Rhm.Population
open Rhm.Running
open Rhm.Statistics

/// That of the tests of the ledger, so that what both measure is measured once.
let private setting =
    RunContext(Scale.Quick, 2UL, 2, Action<_>(ignore), CancellationToken.None)

let private measured id = (Ledger.matching id |> List.exactlyOne).Run setting

let private isAllowed (m: Measurement) low high =
    Expect.floatClose Accuracy.high m.AcceptLow low "least value allowed"
    Expect.floatClose Accuracy.high m.AcceptHigh high "largest value allowed"

[<Tests>]
let tests =
    testList "Claims / Evidence" [
        testCase "thm-ilc-exponent: m^3 and formula H over the same m, +-0.1, against m^2" <| fun () ->
            let m = measured "thm-ilc-exponent"

            let resolution multiplicity =
                let laws = AnnealedLaws(GrammarShape(4, 3, 12, multiplicity))
                Seq.max [ for level in 0..2 -> laws.Resolution(Target.Latent, level) ]

            let exact = ScalingLaw.ExponentOf([| 4.0; 8.0; 16.0 |], [| for multiplicity in [ 4; 8; 16 ] -> resolution multiplicity |])
            Expect.equal m.Predicted 3.0 "predicted"
            isAllowed m (min 3.0 exact - 0.1) (max 3.0 exact + 0.1)
            Expect.equal (m.Rival.Low, m.Rival.High) (2.0, 2.0) "the rival"

        testCase "spectral-exponent: m^2, +-0.25, against m^3" <| fun () ->
            let m = measured "spectral-exponent"
            Expect.equal m.Predicted 2.0 "predicted"
            isAllowed m 1.75 2.25
            Expect.equal (m.Rival.Low, m.Rival.High) (3.0, 3.0) "the rival"

        testCase "fig3-ilc-thresholds: a factor 2, against a factor 4 or more" <| fun () ->
            let m = measured "fig3-ilc-thresholds"
            Expect.equal m.Predicted 1.0 "predicted"
            isAllowed m 0.5 2.0
            Expect.equal (m.Rival.Low, m.Rival.High) (4.0, infinity) "the rival"
    ]
