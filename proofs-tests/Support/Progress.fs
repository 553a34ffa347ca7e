/// What a run of tests says while it runs: a line for each list that is done, and one when nothing was said for ten seconds.
module Rhm.ProofsTests.Progress

open System
open System.Collections.Generic
open System.Diagnostics
open System.Threading
open Expecto
open Expecto.Impl

/// How much of one list is still to be run.
type private Open =
    { mutable Left: int
      mutable Failed: int
      mutable Seconds: float
      Tests: int }

let private silence = TimeSpan.FromSeconds 10.0

/// The printer of Expecto, which also says how far the run of the chosen ones of all tests has come. Expecto joins the names of a test
/// with "/".
let printer (all: Test) (chosen: Test) =
    let full (test: FlatTest) = String.concat "/" test.name
    let names = [ for test in Test.toTestCodeList chosen -> full test ]
    let listOf = Dictionary(dict [ for test in Test.toTestCodeList all -> full test, List.head test.name ])

    let lists =
        dict
            [ for list, tests in List.countBy (fun name -> listOf[name]) names ->
                  list, { Left = tests; Failed = 0; Seconds = 0.0; Tests = tests } ]

    let clock = Stopwatch()
    let running = HashSet<string>()
    let mutable finished, said = 0, TimeSpan.Zero
    let guard = obj ()

    let say (text: string) =
        said <- clock.Elapsed
        Console.Out.WriteLine $"[{finished, 4} of {names.Length} tests, {clock.Elapsed.TotalSeconds, 5:F0} s] {text}"

    let wait _ =
        lock guard (fun () ->
            if clock.IsRunning && clock.Elapsed - said >= silence then
                let shown (name: string) = if name.Length > 100 then name[..99] + ".." else name
                say $"""running: {String.Join("; ", running |> Seq.truncate 3 |> Seq.map shown)}""")

    let timer = new Timer(wait)

    let finish (name: string) (failed: bool) (time: TimeSpan) =
        lock guard (fun () ->
            finished <- finished + 1
            running.Remove name |> ignore

            match listOf.TryGetValue name with
            | true, listName ->
                let list = lists[listName]
                list.Left <- list.Left - 1
                list.Seconds <- list.Seconds + time.TotalSeconds
                if failed then list.Failed <- list.Failed + 1

                if list.Left = 0 then
                    let outcome = if list.Failed = 0 then $"{list.Tests} passed" else $"{list.Failed} OF {list.Tests} FAILED"
                    say $"{listName}: {outcome} ({list.Seconds:F1} s)"
            | _ -> ())

    let standard = TestPrinters.defaultPrinter

    { standard with
        beforeRun =
            fun tests ->
                async {
                    do! standard.beforeRun tests
                    clock.Start()
                    timer.Change(silence, TimeSpan.FromSeconds 1.0) |> ignore
                }
        beforeEach =
            fun name skipped ->
                async {
                    lock guard (fun () -> running.Add name |> ignore)
                    do! standard.beforeEach name skipped
                }
        passed =
            fun name time ->
                async {
                    do! standard.passed name time
                    finish name false time
                }
        ignored =
            fun name reason ->
                async {
                    do! standard.ignored name reason
                    finish name false TimeSpan.Zero
                }
        failed =
            fun name message time ->
                async {
                    do! standard.failed name message time
                    finish name true time
                }
        exn =
            fun name error time ->
                async {
                    do! standard.exn name error time
                    finish name true time
                }
        summary =
            fun config results ->
                async {
                    timer.Dispose()
                    clock.Stop()
                    do! standard.summary config results
                } }
