module Rhm.ProofsTests.Sweeps.LocalEngineTests

open System
open System.Collections.Generic
open System.IO
open System.Threading
open Expecto
open Rhm.Grammars
open Rhm.Learning
open Rhm.Parallelism
open Rhm.Sweeps
open Rhm.ProofsTests.Folders
open Rhm.ProofsTests.SweepFiles

/// Of a function that measures itself; the long one is begun first.
[<CLIMutable>]
type Probe = { Long: bool }

[<Tests>]
let tests =
    testList "Sweeps / LocalEngine" [
        testCase "a network that is the last cell uses every core, but none that another cell needs" <| fun () ->
            use shortRuns = new ManualResetEventSlim()
            use shortMayEnd = new ManualResetEventSlim()
            /// Threads that share a loop of three pieces.
            let sharing (context: CellContext) =
                let seen = System.Collections.Concurrent.ConcurrentDictionary<int, bool>()
                ParallelLoop.Ordered(context.Threads, 3, fun _ ->
                    seen[Environment.CurrentManagedThreadId] <- true
                    Thread.Sleep 3)
                float seen.Count
            let run (probe: Probe) (context: CellContext) =
                if not probe.Long then
                    shortRuns.Set()
                    Expect.isTrue (shortMayEnd.Wait 60_000) "the long one goes on"
                    LearningResult [||]
                else
                    Expect.isTrue (shortRuns.Wait 60_000) "the short one runs"
                    let beside = List.max [ for _ in 1..5 -> sharing context ]
                    shortMayEnd.Set()
                    let clock = Diagnostics.Stopwatch.StartNew()
                    let mutable alone = 1.0
                    // Other tests may use the threads of loops just now.
                    while alone < 2.0 && clock.Elapsed.TotalSeconds < 60.0 do alone <- sharing context
                    let measures = dict [ "threads", float context.Threads; "beside", beside; "alone", alone ]
                    LearningResult([||], Measures = Dictionary measures)
            let probe =
                CellFunction.Define("probe", 1, { Long = false }, run, seconds = (fun options -> if options.Long then 10.0 else 1.0))
            let cell (long: bool) = FunctionCell.Of(probe, Map.ofList [ "long", nonNull (box long) ], 1L) :> Cell
            let found = List<CellOutcome>()
            LocalEngine.Run([| cell true; cell false |], 0, 2, 1, 1e12, ignore, (fun one -> found.Add one), CancellationToken.None)
            let last = Seq.last found
            Expect.isNull last.Error "no failure"
            let measures = nonNull last.Measures
            Expect.equal (measures["threads"], measures["beside"], measures["alone"]) (2.0, 1.0, 2.0) "threads"
            Expect.isFalse last.CpuSeconds.HasValue "others spent some of the process's time"
            Expect.isTrue found[0].CpuSeconds.HasValue "the short one's is its thread's"

        testCase "results are the same for any number of threads" <| fun () ->
            inFolder (fun folder ->
                let file = SweepFile.Read(write folder "s.toml" grid)
                let one, three = Path.Combine(folder, "1.sqlite"), Path.Combine(folder, "3.sqlite")
                run 1 one file |> ignore
                run 3 three file |> ignore
                Expect.equal (results three) (results one) "to the last bit"
                Expect.notEqual (results one) [] "there are some")

        testCase "time and memory are the cell's own, or are not said" <| fun () ->
            let spend = 40_000_000
            let probe threads =
                Learner.Define("probe", 1, NullOptions(), (fun (problem: LearningProblem) (_: NullOptions) ->
                    let work () =
                        let clock = Diagnostics.Stopwatch.StartNew()
                        let kept = (Array.zeroCreate<byte> spend).Length
                        while clock.ElapsedMilliseconds < 60L do ()
                        kept
                    let others = [ for _ in 2..threads -> Thread((fun () -> work () |> ignore)) ]
                    for thread in others do thread.Start()
                    let kept = work ()
                    for thread in others do thread.Join()
                    LearningResult [| float kept |]))
            let run cellThreads together =
                let settings = LearnerSettings.Of(probe cellThreads, Dictionary())
                let cells =
                    [| for seed in 1L .. 2L -> RunCell(GrammarShape(2, 2, 2, 1), 0.0, 1L, 1L, seed, 1L, settings) :> Cell |]
                let found = List<CellOutcome>()
                LocalEngine.Run(
                    cells,
                    0,
                    cellThreads * (if together then 2 else 1),
                    cellThreads,
                    1e12,
                    ignore,
                    (fun outcome -> found.Add outcome),
                    CancellationToken.None
                )
                List.ofSeq found
            for together in [ false; true ] do
                for outcome in run 1 together do
                    Expect.isLessThanOrEqual outcome.CpuSeconds.Value (outcome.WallSeconds + 0.02) "one thread"
                    Expect.isTrue
                        (outcome.AllocatedBytes.Value >= int64 spend && outcome.AllocatedBytes.Value < int64 spend + 10_000_000L)
                        "its own array and no other"
                    Expect.isGreaterThan outcome.ProcessPeakBytes.Value (int64 spend) "of the process"
            for outcome in run 2 false do
                Expect.isTrue (outcome.AllocatedBytes.Value >= 2L * int64 spend) "both threads"
            for outcome in run 2 true do
                Expect.equal (outcome.CpuSeconds, outcome.AllocatedBytes) (Nullable(), Nullable()) "whose they are nobody knows"

        testCase "cells run together only as far as their memory goes" <| fun () ->
            inFolder (fun folder ->
                let file = SweepFile.Read(write folder "s.toml" ("seeds = 6\n" + empty + "gibibytes = 1\nmilliseconds = 20\n"))
                let most suspects limit =
                    let mutable running, most = 0, 0
                    let probe =
                        Learner.Define("probe", 1, NullOptions(), (fun _ _ ->
                            most <- max most (Interlocked.Increment &running)
                            Thread.Sleep 20
                            Interlocked.Decrement &running |> ignore
                            LearningResult [| 0.0 |]), memoryBytes = (fun _ _ _ -> 1e9))
                    let settings = LearnerSettings.Of(probe, Dictionary())
                    let cells =
                        [| for cell in runs (file.Cells()) -> RunCell(cell.Shape, 0.0, 1L, 1L, cell.Seed, 1L, settings) :> Cell |]
                    LocalEngine.Run(cells, suspects, 3, 1, limit, ignore, ignore, CancellationToken.None)
                    most
                Expect.equal (most 0 0.5e9) 1 "one that is too large runs alone"
                Expect.equal (most 0 2.5e9) 2 "two fit"
                Expect.equal (most 6 2.5e9) 1 "nothing runs beside one that may kill the process")

        testCase "an interrupted run abandons its cells and says so; the next goes on" <| fun () ->
            inFolder (fun folder ->
                let path = Path.Combine(folder, "s.sqlite")
                let file = SweepFile.Read(write folder "s.toml" ("seeds = 40\n" + empty + "milliseconds = 20\n"))
                let finished =
                    use store = ResultStore.OpenToWrite path
                    let plan = plan store file
                    store.Register(file.Name, file.Fingerprint, plan.All)
                    use stop = new CancellationTokenSource()
                    let mutable count = 0
                    Expect.throwsT<OperationCanceledException> (fun () ->
                        LocalEngine.Run(plan.ToRun, 0, 2, 1, 1e12, (fun cell -> store.Begin cell.Key), (fun outcome ->
                            store.Finish outcome |> ignore
                            count <- count + 1
                            if count = 10 then stop.Cancel()), stop.Token)) "stops"
                    (sweepOf store).Done
                Expect.isLessThan finished 14L "soon"
                Expect.equal (run 2 path file) (40 - int finished) "the rest")
    ]
