/// What the files of claims share, against values by hand.
module Rhm.ProofsTests.Claims.MeasureTests

open System
open System.Threading
open Expecto
open Rhm.Claims
open Rhm.Grammars
open Rhm.Levelwise
open Rhm.Population
open Rhm.Running
open Rhm.Statistics

/// Allowed is 0..4; the 95% interval has the given half length.
let private measured quantity value half (rivalLow, rivalHigh) =
    let estimate: Measure.Estimate =
        { Value = value
          Reading = Interval(value - half, value + half)
          Bound = Interval(value - 2.0 * half, value + 2.0 * half) }

    Measure.compare quantity 2.0 estimate (0.0, 4.0) (rivalLow, rivalHigh)

let private setting =
    RunContext(Scale.Quick, 5UL, 2, Action<_>(ignore), CancellationToken.None)

[<Tests>]
let tests =
    testList "Claims / Measure" [
        testCase "a hierarchy is recovered from an accuracy of 0.99 on" <| fun () ->
            Expect.equal (List.map Measure.isRecovered [ 0.5; 0.8; 0.98; 0.99; 1.0 ]) [ false; false; false; true; true ] "accuracies"

        testCase "shares are balanced within a factor 4, on either side" <| fun () ->
            let of' large = Array.append [| large |] (Array.create 9 ((1.0 - large) / 9.0))
            let found = [ for large in [ 0.02; 0.03; 0.1; 0.39; 0.41 ] -> ConditionClaims.isBalanced (of' large) ]
            Expect.equal found [ false; true; true; true; false ] "of ten, a tenth each when all are equal"

        testCase "what a token loses of the information of its latent is a difference" <| fun () ->
            let laws = PopulationLaws.Of(Grammar.Draw(GrammarShape(4, 2, 8, 4), 1UL))
            let about site = Information.MutualInformation(laws.Joint(Site.Tuple(1, 0), site))
            let expected = [ for token in 0..1 -> about (Site.Symbol(1, 2)) - about (Site.Symbol(0, 4 + token)) ]
            let losses = CorrelationClaims.informationLosses laws 1 2
            for loss, right in List.zip losses expected do Expect.floatClose Accuracy.high loss right "nats"
            Expect.isGreaterThan (List.min losses) 0.0 "something is lost"

        testCase "several intervals at once divide the false-alarm probability" <| fun () ->
            let values = [ 1.0; 2.0; 4.0; 7.0 ]
            let estimate = Measure.mean 4 values
            Expect.equal estimate.Bound (Interval.Student(ResizeArray values, Measure.NominalAlpha / 4.0)) "the one that decides"
            Expect.equal estimate.Reading (Interval.Student(ResizeArray values, 0.05 / 4.0)) "for reading"
            Expect.equal estimate.Value 3.5 "the mean"

        testCase "the interval of a share is Clopper and Pearson's: 9 of 10" <| fun () ->
            let estimate = Measure.proportion (false :: List.replicate 9 true)
            Expect.equal estimate.Value 0.9 "share"
            // R, binom.test(9, 10): 0.5549839 to 0.9974714.
            Expect.floatClose Accuracy.medium estimate.Reading.Low 0.5549839 "low"
            Expect.floatClose Accuracy.medium estimate.Reading.High 0.9974714 "high"
            Expect.equal estimate.Bound (Interval.ClopperPearson(9L, 10L, 1e-9)) "the one that decides"

        testCase "the weakest of several places is the one with the fewest standard errors to its bound" <| fun () ->
            let near, noisy = measured "near" 3.5 0.01 (9, 9), measured "noisy" 3.0 2.0 (9, 9)
            Expect.equal (Measure.weakest [ near; noisy ]).Quantity "noisy" "half a unit is 100 standard errors, one unit is one"

        testCase "a rival law is tested where it is furthest from what is measured" <| fun () ->
            let easy, hard = measured "easy" 2.0 0.1 (9, 9), measured "hard" 2.0 0.1 (2.5, 2.5)
            let worst = Measure.worst [ hard; easy ]
            Expect.equal worst.Rival.At "easy" "the place of the rival"
            Expect.equal worst.Rival.Low 9.0 "its prediction there"

        testCase "which verdict of a control tells it from the claim" <| fun () ->
            let claim paper =
                { Ledger.claims.Head with
                    Expected = { Quick = Verdict.Undecided; Paper = paper } }

            let all = [ Verdict.Contradicted; Verdict.Undecided; Verdict.Compatible; Verdict.Established ]
            let serving paper = all |> List.filter (claim paper).IsServedBy
            Expect.equal (serving Verdict.Established) [ Verdict.Contradicted; Verdict.Undecided ] "established"
            Expect.equal (serving Verdict.Compatible) [ Verdict.Contradicted; Verdict.Undecided ] "compatible"
            Expect.equal (serving Verdict.Undecided) [ Verdict.Contradicted ] "undecided"
            Expect.equal (serving Verdict.Contradicted) (List.tail all) "contradicted"

        testCase "mutual information of a list, by hand" <| fun () ->
            // Pairs (0,0) twice, (0,1), (1,1): 1/2 log(4/3) + 1/4 log(2/3) + 1/4 log 2.
            let items = [ 0, 0; 0, 0; 0, 1; 1, 1 ]
            let expected = 0.5 * log (4.0 / 3.0) + 0.25 * log (2.0 / 3.0) + 0.25 * log 2.0
            Expect.floatClose Accuracy.high (Derivations.mutualInformation fst snd items) expected "nats"
            Expect.floatClose Accuracy.high (Derivations.mutualInformation snd fst items) expected "and the other way about"

        testCase "grammars of a shape: 9!/(2!^3 3!) ways to give three symbols two of nine tuples each" <| fun () ->
            // 9 choose 6 tuples, in order of the symbols: 9 8 7 6 5 4 / (2 2 2).
            let shape = GrammarShape(1, 2, 3, 2)
            Expect.equal (SmallGrammars.count shape) 7560 "number"
            let grammars = [ for grammar in SmallGrammars.all shape -> grammar.Rules(0).ToArray() ]
            Expect.hasLength (List.distinct grammars) 7560 "all different"

        testCase "every grammar of a case has its own P*" <| fun () ->
            let case = Crossings.controlled Target.Latent CousinTargets.All (GrammarShape(2, 2, 8, 3))
            let logarithms = (Crossings.logarithms setting [ case, 4 ]).Head
            Expect.hasLength (Seq.distinct logarithms) 4 "of four grammars"
            Expect.equal (Seq.toList (Crossings.logarithms setting [ case, 2 ]).Head) (Seq.toList (Seq.take 2 logarithms)) "the first two"
    ]
