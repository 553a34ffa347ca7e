module Rhm.ProofsTests.Levelwise.SingleLevelClusteringTests

open Expecto
open Rhm.Clustering
open Rhm.Grammars
open Rhm.Learning
open Rhm.Levelwise
open Rhm.Population
open Rhm.Statistics
open Rhm.Strings

/// Accuracy of level 1 in the exact law of the leftmost node, as the learner under test scores itself.
let private exactAccuracy (grammar: Grammar) (learned: LearnedHierarchy) =
    let level, m = learned.Levels[0], grammar.Shape.Multiplicity
    let prior = PopulationLaws.Of(grammar).Law(Site.Symbol(1, 0))
    let weights = Array2D.zeroCreate<int64> grammar.Shape.Vocabulary level.SymbolCount

    for tuple in 0 .. level.Tuples.Count - 1 do
        let parent = grammar.FindRule(0, level.Tuples[tuple]) / m
        let label = int level.Labels[tuple]
        weights[parent, label] <- weights[parent, label] + int64 (1e12 * prior[parent] / float m)

    let struct (_, total) = LabelMatching.BestOneToOne weights
    float total / 1e12

/// Accuracy of level 1 from strings, minus that from counts drawn for a number of strings, in some grammars.
let private differences target factor =
    let shape = GrammarShape(3, 3, 8, 6)
    let samples = int64 (1.5 * AnnealedLaws(shape).Resolution(target, 0))

    [| for g in 1UL .. 200UL ->
           let grammar = Grammar.Draw(shape, g)
           let options = IlcOptions(Target = target, Cousins = CousinTargets.Element, PoolGrandparents = false, Restarts = 10, Seed = g)
           let counted = exactAccuracy grammar (IterativeLatentClustering.Learn(StringSampler(grammar, g, samples), 3, options))
           let problem = LearningProblem(grammar, int64 (factor * float samples), Seed = g)
           let drawn = SingleLevelClustering.Learner.Learn(problem, SingleLevelOptions(Target = target, Level = 1)).Accuracy[0]
           counted - drawn |]

[<Tests>]
let tests =
    testList "Levelwise / SingleLevelClustering" [
        for target in [ Target.Latent; Target.Token; Target.Root ] do
            testCase $"counts drawn from their law teach as much as counted ones, no more and no less ({target})" <| fun () ->
                // Student's interval, which misses the truth with probability 1e-9.
                let interval = Interval.Student(differences target 1.0, 1e-9)
                Expect.isTrue (interval.Low < 0.0 && interval.High > 0.0) $"{interval}"
                let more = Interval.Student(differences target 2.0, 1e-9)
                Expect.isLessThan more.High 0.0 "twice as many strings teach more"

        testCase "every level is learned where P is large, and only those asked for" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(4, 3, 8, 8), 1UL)
            let accuracy options = SingleLevelClustering.Learner.Learn(LearningProblem(grammar, 1L <<< 32), options).Accuracy
            for target in [ Target.Latent; Target.Token; Target.Root ] do
                Expect.all (accuracy (SingleLevelOptions(Target = target))) (fun x -> x > 0.999) $"{target}"
            let one = accuracy (SingleLevelOptions(Level = 2))
            Expect.equal [ for x in one -> x > 0.0 ] [ false; true; false ] "one level"

        testCase "nothing is learned at f = 1 without labels" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(3, 2, 8, 8), 1UL)
            let accuracy target =
                SingleLevelClustering.Learner
                    .Learn(LearningProblem(grammar, 1L <<< 36), SingleLevelOptions(Target = target, Level = 1))
                    .Accuracy[0]
            Expect.isLessThan (accuracy Target.Latent) 0.4 "chance"
            Expect.isGreaterThan (accuracy Target.Root) 0.999 "labels"

        testCase "bad settings are refused in one sentence" <| fun () ->
            let learner = SingleLevelClustering.Learner
            for shape, samples, options, fragment in
                [ GrammarShape(1, 2, 8, 4), 10L, SingleLevelOptions(), "nothing to learn"
                  GrammarShape(3, 2, 8, 4), 10L, SingleLevelOptions(Level = 3), "outside 1..2"
                  GrammarShape(3, 2, 8, 4), 0L, SingleLevelOptions(), "at least 1"
                  GrammarShape(3, 2, 8, 4), 10L, SingleLevelOptions(Restarts = 0), "restarts" ] do
                let error = Expect.throwsC (fun () -> learner.Require(shape, samples, options)) id
                Expect.stringContains error.Message fragment "one sentence"

            let grammar = Grammar.Draw(GrammarShape(3, 2, 8, 4), 1UL)
            let error = Expect.throwsC (fun () -> learner.Learn(LearningProblem(grammar, 1L <<< 50), SingleLevelOptions()) |> ignore) id
            Expect.stringContains error.Message "too many" "counts beyond an int"
    ]
