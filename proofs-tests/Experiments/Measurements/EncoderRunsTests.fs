module Rhm.ProofsTests.Experiments.Measurements.EncoderRunsTests

open System
open System.IO
open Expecto
open Rhm.Experiments.Measurements
open Rhm.Statistics
open Rhm.ProofsTests.Folders
open Rhm.ProofsTests.SmallExperiments

[<Tests>]
let tests =
    testList "Experiments / Measurements / EncoderRuns" [
        testCase "encoders are kept, resumed, and do not depend on the threads" <| fun () ->
            inFolder (fun folder ->
                let cells = [| cell "data2vec" 2048L; cell "masked tokens" 2048L |]
                let points = encoders folder 2 cells
                let file = Path.Combine(folder, "encoders.csv")
                let rows = File.ReadAllText file
                // steps 0, 16 and 32 of 64 strings, two levels
                Expect.equal
                    [ for point in points -> point.Objective, point.Read, point.Level ]
                    [ for objective in [ "data2vec"; "masked tokens" ] do
                          for read in [ 0L; 1024L; 2048L ] do
                              for level in 1..2 -> objective, read, level ]
                    "points"
                Expect.isTrue
                    (points |> List.forall (fun point -> Double.IsNaN point.Trace = (point.Objective = "masked tokens")))
                    "targets need a teacher"
                Expect.equal
                    (points |> List.filter (fun point -> point.Objective = "data2vec"))
                    (encoders folder 1 cells[..0])
                    "found again"
                Expect.equal (File.ReadAllText file) rows "nothing is trained twice"
                File.Delete file
                Expect.equal (List.map string (encoders folder 1 cells)) (List.map string points) "one thread")

        testCase "the ends of each encoder are what it knows untrained and in the end" <| fun () ->
            let points =
                [ for unique, last in [ 20L, 300L; 40L, 200L ] do
                      for read in [ 0L; 100L; last ] ->
                          EncoderPoint("next token", shape, 0, unique, read, 1, 0.5, 0.5, 0.5, 0.5, 1.0, nan, nan) ]
            Expect.equal
                [ for point in EncoderCurves.Ends points -> point.Unique, point.Read ]
                [ 20L, 0L; 20L, 300L; 40L, 0L; 40L, 200L ]
                "ends"

        testCase "P* is half of the way from the untrained encoder to 1, or a bound" <| fun () ->
            let point grammar read span =
                EncoderPoint("masked tokens", shape, grammar, 0L, read, 1, span, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)

            let threshold (points: EncoderPoint list) = EncoderCurves.Threshold(points, Func<EncoderPoint, float>(fun point -> point.Span))
            let found = threshold [ point 0 0L 0.5; point 0 100L 0.6; point 0 400L 0.9 ]
            // 0.75 is half of the way, in log P, from 0.6 to 0.9
            Expect.floatClose Accuracy.high found.Value 200.0 "crossing"
            Expect.isTrue found.Complete "reached"
            let two =
                threshold
                    [ point 0 0L 0.5
                      point 0 100L 0.6
                      point 0 200L 0.7
                      point 0 400L 0.9
                      point 1 0L 0.6
                      point 1 100L 0.6
                      point 1 400L 0.9 ]
            // on average half of the way is 0.775, reached after 7/12 of the step from 0.6 to 0.9; 200 strings were looked at in one
            // grammar only
            Expect.floatClose Accuracy.high two.Value (100.0 * 4.0 ** (7.0 / 12.0)) "mean curve, over its own baselines"
            Expect.isTrue two.Complete "also found in each of them"
            let one = threshold [ point 0 0L 0.5; point 0 100L 0.6; point 0 400L 0.9; point 1 0L 0.5; point 1 100L 0.6; point 1 400L 0.7 ]
            Expect.equal one.Side CrossingSide.Found "0.8 on average"
            Expect.isFalse one.Complete "but not in both grammars: no interval"
            let bound = threshold [ point 0 0L 0.5; point 0 100L 0.6; point 0 400L 0.7 ]
            Expect.equal bound.Side CrossingSide.Beyond "not reached"
            Expect.equal bound.Value 400.0 "a bound from below"
            Expect.equal (threshold [ point 0 0L 0.5; point 0 100L 0.8 ]).Side CrossingSide.Below "at the first look"
    ]
