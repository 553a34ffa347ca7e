/// How long work takes, from its own reports.
module Rhm.ProofsTests.Cli.WorkPaceTests

open System
open Expecto
open Rhm.Cli

let private estimate = WorkEstimate("the work", 1048576.0, "less of it")

/// All that reports at so many seconds and fractions say, and what is left at the end.
let private told (expected: WorkEstimate) reports =
    let pace = WorkPace expected
    let said = [ for seconds: float, done': float in reports -> pace.Report(seconds, done') ]
    [ for one in said do if one.HasValue then one.Value ], pace.Left(reports |> List.last |> fst)

[<Tests>]
let tests =
    testList "Cli / WorkPace" [
        testCase "the pace is that of the work behind its slow start, and is told once" <| fun () ->
            // Half a second of start, then a hundredth every 0.5 s.
            let reports = [ for i in 1..8 -> 0.5 + 0.5 * float i, 0.01 * float i ]
            let said, left = told estimate reports
            Expect.equal said.Length 1 "once"
            Expect.floatClose Accuracy.medium said.Head (0.5 + 50.0) "all of it"
            Expect.floatClose Accuracy.medium left.Value (0.92 * 50.0) "what is left"

        testCase "a training that goes on from its middle has the pace of its new steps" <| fun () ->
            let said, left = told estimate [ for i in 0..6 -> 1.0 + float i, 0.6 + 0.01 * float i ]
            Expect.floatClose Accuracy.medium said.Head (1.0 + 40.0) "40 s for what was left"
            Expect.floatClose Accuracy.medium left.Value 34.0 "left"

        testCase "what follows the work counts; an estimate that is known is not replaced" <| fun () ->
            let reports = [ for i in 1..9 -> 0.5 * float i, 0.01 * float i ]
            let after = WorkEstimate("the work", 0.0, "", SecondsAfter = 100.0)
            Expect.floatClose Accuracy.medium (fst (told after reports)).Head 150.0 "with the rest"
            Expect.isEmpty (fst (told (WorkEstimate("the work", 0.0, "", Seconds = 7.0)) reports)) "said before"

        testCase "without a report the time left is what was expected, until that is over" <| fun () ->
            let pace = WorkPace(WorkEstimate("the work", 0.0, "", Seconds = 60.0))
            Expect.equal (pace.Left 20.0) (Nullable 40.0) "expected"
            Expect.isFalse (pace.Left(61.0).HasValue) "nothing is known any more"
            Expect.isFalse (WorkPace(null).Left(1.0).HasValue) "nothing was expected"
    ]
