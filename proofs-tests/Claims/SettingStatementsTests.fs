/// What is said of a setting, from P* that are known.
module Rhm.ProofsTests.Claims.SettingStatementsTests

open System
open Expecto
open Rhm.Claims
open Rhm.Grammars
open Rhm.Levelwise
open Rhm.Population
open Rhm.Statistics
open Rhm.ProofsTests.KnownThresholds

let private setting = GrammarShape(4, 3, 16, 8, 10)

/// The setting and its neighbours.
let private shapes = [ setting; GrammarShape(4, 3, 16, 4, 10); GrammarShape(3, 3, 16, 8, 10) ]

/// P* of twelve grammars, spread by a factor around some number of strings, the same grammars' factors for every learner.
let private around spread (strings: float) =
    let random = stream 7
    SampleComplexity.Of [ for _ in 1..12 -> Crossing(strings * exp (spread * random.NextGaussian()), CrossingSide.Found) ]

/// Every learner needs twice what its own theory says, or what that of another says.
let private measured spread zipf (theoryOf: ComparedLearner -> ComparedLearner) =
    [ for learner in ComparedLearner.All do
          for shape in shapes do
              let laws = AnnealedLaws(shape, Zipf = zipf)
              struct (learner, shape, around spread (2.0 * (theoryOf learner).Annealed laws)) ]

let private verdicts zipf points = [ for one in SettingStatements.judge setting zipf points -> one.Name, one.Measurement.Verdict ]

let private verdictOf name points = verdicts 0.0 points |> List.find (fst >> (=) name) |> snd

[<Tests>]
let tests =
    testList "Claims / SettingStatements" [
        for zipf in [ 0.0; 0.7 ] do
            testCase $"learners that need a constant times their theory establish every statement, Zipf {zipf}" <| fun () ->
                let found = Map.ofList (verdicts zipf (measured 0.02 zipf id))

                let growths =
                    [ for letter in [ "m"; "l" ] do
                          for learner in ComparedLearner.All -> $"{letter}-{learner.Name.Replace(' ', '-')}" ]

                let ratios =
                    [ "tokens-over-latents"
                      "tokens-over-latents-factor"
                      "all-cousins-over-own-latents"
                      "all-cousins-over-spectral"
                      "labels-over-latents"
                      "tokens-over-labels" ]

                // Neither constant is predicted for weighted rules.
                let constants = if zipf = 0.0 then [ "formula-k"; "spectral-constant" ] else []
                let missing = set (growths @ ratios @ constants) - set (Map.keys found)
                // With weights powers of m are nearer to each other.
                Expect.isTrue (missing.IsEmpty || zipf <> 0.0 && missing.IsSubsetOf(set [ "m-own-latents"; "m-spectral" ])) $"{missing}"
                for name in growths @ ratios do
                    if not (missing.Contains name) then Expect.equal found[name] Verdict.Established name
                if zipf = 0.0 then Expect.equal found["spectral-constant"] Verdict.Established "twice the threshold"

        testCase "numbers of the setting: powers, rates, factors, with n_c and its neighbours" <| fun () ->
            let found = SettingStatements.judge setting 0.0 (measured 0.02 0.0 id)
            let of' name = (found |> List.find (fun one -> one.Name = name)).Measurement
            // v m^3/(1-f) of levels below the top one: f = 8/256 and 4/256.
            let power = Math.Log2((8.0 ** 3.0 / (1.0 - 8.0 / 256.0)) / (4.0 ** 3.0 / (1.0 - 4.0 / 256.0)))
            Expect.floatClose Accuracy.high (of' "m-latents").Predicted power "m^3/(1-f)"
            Expect.floatClose Accuracy.high (of' "l-tokens").Predicted (log 8.0) "a factor m a level"
            Expect.floatClose Accuracy.high (of' "l-labels").Predicted (log 8.0) "n_c m^L"
            let rival, latents = (of' "m-tokens").Rival, of' "m-latents"
            Expect.floatClose Accuracy.high rival.Low (latents.AcceptLow + 0.1) "the rival of tokens is what latents need"
            Expect.floatClose Accuracy.high rival.High (latents.AcceptHigh - 0.1) "to leading order, and by formula H"
            let laws = AnnealedLaws setting
            let factor = laws.Resolution Target.Token / laws.Resolution Target.Latent
            Expect.floatClose Accuracy.high (of' "tokens-over-latents").Predicted factor "formula H"
            Expect.floatClose Accuracy.medium (of' "tokens-over-latents").Measured factor "the same grammars"
            let byFactor = of' "tokens-over-latents-factor"
            Expect.equal (byFactor.AcceptLow, byFactor.AcceptHigh) (factor / 2.0, 2.0 * factor) "a factor 2"

        testCase "a token learner in the latents' place is found out" <| fun () ->
            let impostor (learner: ComparedLearner) =
                if learner = ComparedLearner.Latents then ComparedLearner.Tokens else learner

            let planted = measured 0.02 0.0 impostor
            for name in [ "m-latents"; "l-latents"; "tokens-over-latents"; "tokens-over-latents-factor" ] do
                Expect.equal (verdictOf name planted) Verdict.Contradicted name
            Expect.equal (verdictOf "m-tokens" planted) Verdict.Established "tokens are as they were"

        testCase "where grammars spread too much, it is undecided, and said how many would decide" <| fun () ->
            let wide = SettingStatements.judge setting 0.0 (measured 1.5 0.0 id)
            let one = wide |> List.find (fun one -> one.Name = "m-latents")
            Expect.equal one.Measurement.Verdict Verdict.Undecided "wide"
            Expect.isGreaterThan one.Grammars 12 "more than there were"
            // A standard error of 1.5 sqrt(2/n)/log 2 has to be a 4.5th of the distance to the rival, about 1.
            Expect.isLessThan one.Grammars 600 "and not many more than a power of 1 needs"
            let narrow = SettingStatements.judge setting 0.0 (measured 0.02 0.0 id)
            Expect.all narrow (fun one -> one.Measurement.Verdict = Verdict.Undecided || one.Grammars = 0) "none where it is decided"

        testCase "statements share one probability of error: an interval is wider among many" <| fun () ->
            let all = SettingStatements.judge setting 0.0 (measured 0.3 0.0 id)
            let few = measured 0.3 0.0 id |> List.filter (fun (struct (learner, _, _)) -> learner = ComparedLearner.Latents)
            let width (statements: SettingStatement list) =
                let one = statements |> List.find (fun one -> one.Name = "m-latents")
                one.Measurement.High - one.Measurement.Low
            let alone = SettingStatements.judge setting 0.0 few
            Expect.equal [ for one in alone -> one.Name ] [ "m-latents"; "l-latents" ] "two statements"
            Expect.isGreaterThan (width all) (1.2 * width alone) "20 statements and 2"
            let one = alone.Head.Measurement
            let logarithms at = ResizeArray [ for struct (_, shape, threshold) in few do if shape = at then yield! threshold.Logarithms ]

            let groups =
                ResizeArray
                    [ for shape in [ shapes[1]; setting ] ->
                          struct (float shape.Multiplicity, logarithms shape :> Collections.Generic.IReadOnlyList<float>) ]

            let interval alpha = (ScalingLaw.Power(groups, alpha)).Interval
            Expect.equal (Interval(one.ReadingLow, one.ReadingHigh)) (interval 0.05) "95% for reading"
            Expect.equal (Interval(one.Low, one.High)) (interval 0.025) "5% over two statements decide"

        testCase "what was not found is no number, and what was measured once has no interval" <| fun () ->
            let lost (struct (learner, shape, threshold: SampleComplexity)) =
                let side i = if i = 3 && learner = ComparedLearner.Tokens then CrossingSide.Beyond else CrossingSide.Found
                let crossings = threshold.Crossings |> Seq.mapi (fun i one -> Crossing(one.Samples, side i))
                struct (learner, shape, SampleComplexity.Of(ResizeArray crossings))

            let points = List.map lost (measured 0.02 0.0 id)
            for name in [ "m-tokens"; "l-tokens"; "tokens-over-latents" ] do
                Expect.equal (verdictOf name points) Verdict.Undecided name

            let single =
                [ for struct (learner, shape, threshold) in measured 0.02 0.0 id ->
                      struct (learner, shape, SampleComplexity.Of [ threshold.Crossings[0] ]) ]

            Expect.isEmpty (verdicts 0.0 single) "one grammar"
            Expect.isEmpty (verdicts 0.0 []) "nothing"

        testCase "at L=2 no statement takes latents for the rival of tokens, which are the same" <| fun () ->
            let shallow = [ GrammarShape(2, 3, 16, 8); GrammarShape(2, 3, 16, 4) ]
            let points =
                [ for learner in ComparedLearner.All do
                      for shape in shallow -> struct (learner, shape, around 0.02 (2.0 * learner.Annealed(AnnealedLaws shape))) ]
            let names = [ for one in SettingStatements.judge shallow.Head 0.0 points -> one.Name ]
            Expect.isFalse (List.contains "m-tokens" names) "the same theory"
            Expect.isFalse (List.exists (fun (name: string) -> name.StartsWith "l-") names) "no other depth"
            Expect.contains names "m-labels" "labels: m^2 against m^3"
    ]
