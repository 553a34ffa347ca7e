module Rhm.ProofsTests.Thresholds.ThresholdMeasurementTests

open System.Threading
open Expecto
open Rhm.Grammars
open Rhm.Levelwise
open Rhm.Population
open Rhm.Thresholds

[<Tests>]
let tests =
    testList "Thresholds / ThresholdMeasurement" [
        testCase "P* of a learner does not depend on the threads, and a stored accuracy is not measured again" <| fun () ->
            let learner = ControlledLearner(Target.Latent, CousinTargets.All)
            let shape = GrammarShape(2, 2, 8, 4)
            let stored =
                System.Collections.Concurrent.ConcurrentDictionary<struct (int * int64), System.Collections.Generic.IReadOnlyList<float>>()
            let mutable measured = 0

            let keep g p (measure: System.Func<System.Collections.Generic.IReadOnlyList<float>>) =
                stored.GetOrAdd(struct (g, p), fun _ ->
                    Interlocked.Increment(&measured) |> ignore
                    measure.Invoke())

            let measurement =
                ThresholdMeasurement(IterativeLatentClustering.Learner, learner.Options, shape, Grammars = 5, Start = 300.0, Levels = [ 1 ])

            let values threads (m: ThresholdMeasurement) =
                let measured = ThresholdMeasurement.Measure([ m ], threads)
                [ for c in (Seq.head (Seq.head measured)).Crossings -> c.Samples ]

            let first = values 1 measurement
            Expect.equal (values 3 measurement) first "threads"
            let kept =
                ThresholdMeasurement(
                    IterativeLatentClustering.Learner,
                    learner.Options,
                    shape,
                    Grammars = 5,
                    Start = 300.0,
                    Levels = [ 1 ],
                    Store = keep
                )
            Expect.equal (values 2 kept) first "stored"
            let count = measured
            Expect.equal (values 2 kept) first "again"
            Expect.equal measured count "nothing measured"

        testCase "a measurement refuses m = 1 and levels that do not exist" <| fun () ->
            let refused shape levels fragment =
                let measurement = ThresholdMeasurement(IterativeLatentClustering.Learner, IlcOptions(), shape, Levels = levels)
                let error = Expect.throwsC (fun () -> ThresholdMeasurement.Measure([ measurement ], 1) |> ignore) id
                Expect.stringContains error.Message fragment "one sentence"

            refused (GrammarShape(3, 2, 8, 1)) [ 1 ] "m = 1"
            refused (GrammarShape(3, 2, 8, 4)) [ 3 ] "1..2"
            refused (GrammarShape(3, 2, 8, 4)) [ 0 ] "1..2"


        testCase "every grammar is one of its own, and every option reaches the problem or the search" <| fun () ->
            let shape = GrammarShape(4, 2, 8, 3)
            let problems = System.Collections.Concurrent.ConcurrentBag<Rhm.Learning.LearningProblem>()

            // Level l reaches one half at 10^(l+1), straight lines in log P.
            let learner =
                Rhm.Learning.Learner.Define("lines", 1, Rhm.ProofsTests.Guess.guess.Defaults, fun problem _ ->
                    problems.Add problem
                    Rhm.Learning.LearningResult [| for level in 1.0 .. 3.0 -> log10 (float problem.Samples) / (2.0 * (level + 1.0)) |])

            let measurement =
                ThresholdMeasurement(
                    learner,
                    learner.Defaults,
                    shape,
                    Grammars = 3,
                    Seed = 9UL,
                    Start = 500.0,
                    HeldOut = 77L,
                    Zipf = 0.75,
                    Stride = 1,
                    Level = 0.4,
                    Levels = [ 2; 3 ]
                )

            let found = (ThresholdMeasurement.Measure([ measurement ], 2, 0.2))[0]
            // 0.4 of level l at 10^(0.8 (l+1)).
            for complexity, expected in Seq.zip found [ 10.0 ** 2.4; 10.0 ** 3.2 ] do
                Expect.isLessThan (abs (log (complexity.Value / expected))) 0.05 "P* of the levels that were asked for"
                Expect.equal complexity.Interval (Rhm.Statistics.SampleComplexity.Of(complexity.Crossings, 0.2)).Interval "at its own alpha"

            Expect.allEqual [ for problem in problems -> problem.HeldOut ] 77L "held-out strings"
            Expect.allEqual [ for problem in problems -> problem.Grammar.ZipfExponent ] 0.75 "weighted rules"
            let seeds = [ for number in 0..2 -> Rhm.Randomness.GrammarSeeds.OfShape(9UL, 4, 2, 8, 3, number) ]
            let rules (grammar: Grammar) = grammar.Rules(0).ToArray()
            let expected = set [ for seed in seeds -> rules (Grammar.Draw(shape, seed)) ]
            Expect.equal (set [ for problem in problems -> rules problem.Grammar ]) expected "three grammars"
            Expect.equal (set [ for problem in problems -> problem.Seed ]) (set seeds) "three seeds"
            let above (problem: Rhm.Learning.LearningProblem) = log (float problem.Samples / 500.0)
            // The first P of a search is at most a step, a factor sqrt 2, above where it starts.
            let near = [ for problem in problems do if above problem > -0.001 && above problem < 0.346 then problem.Samples ]
            Expect.hasLength (List.distinct near) 3 "each search starts near 500, at a phase of its own"

            // With a stride of one step the points lie next to each other: a factor sqrt 2, and rounding.
            for _, own in List.groupBy (fun (problem: Rhm.Learning.LearningProblem) -> problem.Seed) (List.ofSeq problems) do
                let samples = List.sort (List.distinct [ for problem in own -> float problem.Samples ])
                Expect.all (List.pairwise samples) (fun (low, high) -> high / low < 1.43) "step by step"

        testCase "a search begins where it is told to, and at v m^3 where it is not" <| fun () ->
            for start, expected in [ 0.0, 216.0; 5000.0, 5000.0 ] do
                let asked = ResizeArray<int64>()
                let learner =
                    Rhm.Learning.Learner.Define("first", 1, Rhm.ProofsTests.Guess.guess.Defaults, fun problem _ ->
                        asked.Add problem.Samples
                        Rhm.Learning.LearningResult [| min 1.0 (float problem.Samples / 2000.0) |])
                let measurement = ThresholdMeasurement(learner, learner.Defaults, GrammarShape(2, 2, 8, 3), Start = start)
                measurement.Cross 0 |> ignore
                // At most a step of a factor sqrt 2 above it.
                Expect.isTrue (float asked[0] >= 0.99 * expected && float asked[0] <= 1.43 * expected) $"{asked[0]}, told {start}"

        testCase "published P* are those of figures 3, 4 and 14" <| fun () ->
            let expected = [ 6, 3500.0; 8, 7300.0; 12, 11900.0; 16, 40500.0; 22, 226000.0; 32, 560000.0 ]
            Expect.equal [ for m, _ in expected -> m, Published.Figure3Left[m] ] expected "figure 3 left"
            Expect.equal Published.Figure3Left.Count expected.Length "and no other"
            let teacher = [ 3, 5.4e6; 4, 1.26e7; 5, 1.85e7; 6, 3.64e7; 7, 6.1e7 ]
            Expect.equal [ for m, _ in teacher -> m, Published.Figure4Data2Vec[m] ] teacher "figure 4"
            Expect.equal Published.Figure14Offline (struct (30.0, 50.0)) "figure 14"
    ]
