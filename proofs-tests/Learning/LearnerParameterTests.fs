module Rhm.ProofsTests.Learning.LearnerParameterTests

open System
open Expecto
open Rhm.Learning
open Rhm.Levelwise
open Rhm.Networks.StackedLatentClustering

let private boxed value : obj = nonNull (box value)

[<Tests>]
let parameter =
    testList "Learning / LearnerParameter" [
        testCase "a choice is read in every spelling and stored as before" <| fun () ->
            let gradients = SlcLearner.Learner.Parameters |> Seq.find (fun one -> one.Name = "gradients")
            for text in [ "end-to-end"; "end_to_end"; "EndToEnd"; "END-TO-END" ] do
                Expect.equal (gradients.Parse text) (boxed SlcGradients.EndToEnd) text
            Expect.equal (LearnerParameter.Format SlcGradients.EndToEnd) "end_to_end" "in stores"
            Expect.equal (LearnerParameter.Written SlcGradients.EndToEnd) "end-to-end" "for people"
            Expect.equal (List.ofSeq gradients.Choices) [ "local"; "module"; "end-to-end" ] "choices"

        testCase "every parameter of a learner of the levelwise kind says what it means" <| fun () ->
            let learners: Learner list =
                [ IterativeLatentClustering.Learner; SpectralLatentClustering.Learner; SingleLevelClustering.Learner ]
            for learner in learners do
                for parameter in learner.Parameters do
                    Expect.isNotEmpty parameter.Meaning $"{learner.Name} {parameter.Name}"

        testCase "a value in a record within the options is found" <| fun () ->
            let margin = SlcLearner.Learner.Parameters |> Seq.find (fun one -> one.Name = "margin")
            let options = SlcLearnerOptions(Objective = SlcObjective(Margin = Nullable 0.7))
            Expect.equal (margin.ValueOf options) (boxed 0.7) "margin"
            Expect.equal (margin.ValueOf(SlcLearnerOptions())) LearnerParameter.None "none"

        testProperty "a whole number is read exactly, with or without an exponent" <| fun (value: int64) (zeros: byte) ->
            let power = int zeros % 12
            let whole = Numerics.BigInteger value % Numerics.BigInteger 1_000_000
            let expected = whole * Numerics.BigInteger.Pow(10I, power)
            Expect.equal
                (ProblemParameters.Seed.Parse($"{Numerics.BigInteger.Abs whole}e{power}"))
                (boxed (int64 (Numerics.BigInteger.Abs expected)))
                "exponent"
            Expect.equal ((ProblemParameters.Samples.Parse(string (abs (value % 1000L) + 1L)))) (boxed (abs (value % 1000L) + 1L)) "plain"
    ]
