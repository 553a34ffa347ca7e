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
    ]
