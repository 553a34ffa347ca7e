/// The two parallel loops: every piece once, errors and cancellation as promised.
module Rhm.ProofsTests.Parallelism.ParallelLoopTests

open System
open System.Collections.Concurrent
open System.Threading
open Expecto
open Rhm.Parallelism

let private numbersOf (shared: SharedNumbers) =
    let mutable thread = shared.GetEnumerator()
    [ while thread.MoveNext() do thread.Current ]

exception private Failed of int

/// Does the same at once on so many threads.
let private together count (work: int -> unit) =
    let threads = [ for i in 0 .. count - 1 -> Thread(fun () -> work i) ]
    for thread in threads do thread.Start()
    for thread in threads do thread.Join()

[<Tests>]
let tests =
    testList "Parallelism / ParallelLoop" [
        testCase "every number is handed out once, whatever the threads" <| fun () ->
            for count, workers in List.allPairs [ 0; 1; 2; 7; 64; 1000 ] [ 1; 2; 3; 5 ] do
                let shared = SharedNumbers(int64 count, workers)
                let taken = ConcurrentBag<int64>()
                together workers (fun _ -> numbersOf shared |> List.iter taken.Add)
                Expect.equal (Seq.sort taken |> List.ofSeq) [ 0L .. int64 count - 1L ] "each once"
                let alone = numbersOf (SharedNumbers(int64 count, workers))
                Expect.equal alone [ 0L .. int64 count - 1L ] "one thread alone meets all, in ascending order"

        testCase "both loops do every piece once" <| fun () ->
            for count, threads in List.allPairs [ 0; 1; 2; 7; 1000 ] [ 0; 1; 2; 5 ] do
                let unordered, ordered = ConcurrentBag<int64>(), ConcurrentBag<int64>()
                let calls = ref 0

                ParallelLoop.Unordered(
                    threads,
                    int64 count,
                    fun numbers ->
                        Interlocked.Increment &calls.contents |> ignore
                        numbersOf numbers |> List.iter unordered.Add
                )

                ParallelLoop.Ordered(threads, count, fun number -> ordered.Add(int64 number))
                Expect.equal (Seq.sort unordered |> List.ofSeq) [ 0L .. int64 count - 1L ] "unordered"
                Expect.equal (Seq.sort ordered |> List.ofSeq) [ 0L .. int64 count - 1L ] "ordered"
                Expect.equal calls.Value (max 1 (min threads count)) "the work is called once on each thread, and at least once"

        testCase "an ordered loop within a loop, and two loops at once, do every piece once" <| fun () ->
            let sums = Array.zeroCreate<int64> 2

            let outer i =
                ParallelLoop.Ordered(2, 8, fun _ -> ParallelLoop.Ordered(2, 50, fun j -> Interlocked.Add(&sums[i], int64 j) |> ignore))

            together 2 outer
            Expect.equal sums [| 8L * 1225L; 8L * 1225L |] "8 times 0 + ... + 49"

        testCase "an ordered loop ends with the failure of its lowest number, whatever the threads" <| fun () ->
            for threads in [ 1; 2; 3 ] do
                for _ in 1..200 do
                    let begun = ConcurrentBag<int>()

                    let failure =
                        Expect.throwsC
                            (fun () ->
                                ParallelLoop.Ordered(
                                    threads,
                                    100,
                                    fun number ->
                                        begun.Add number
                                        // The first to fail in time need not be the lowest.
                                        if number = 40 then Thread.SpinWait 200
                                        if number >= 40 && number % 2 = 0 then raise (Failed number)
                                ))
                            id

                    Expect.equal failure (Failed 40) "as with one thread"
                    Expect.isLessThan begun.Count 100 "the rest is not begun"

        testCase "a failure ends an unordered loop" <| fun () ->
            for threads in [ 1; 2; 3 ] do
                let finished = ConcurrentBag<int64>()

                let failure =
                    Expect.throwsC
                        (fun () ->
                            ParallelLoop.Unordered(
                                threads,
                                10_000_000L,
                                fun numbers ->
                                    let mutable thread = numbers.GetEnumerator()

                                    while thread.MoveNext() do
                                        if thread.Current = 3L then raise (Failed 3)
                                        finished.Add thread.Current
                            ))
                        id

                Expect.equal failure (Failed 3) "rethrown as it was thrown"
                Expect.isLessThan finished.Count 10_000_000 "the rest is not done"

        testCase "cancelled loops stop and say so" <| fun () ->
            for threads in [ 1; 2 ] do
                use stop = new CancellationTokenSource()
                let doneOf = ref 0

                let count () =
                    if Interlocked.Increment &doneOf.contents = 10 then stop.Cancel()

                let unordered () =
                    ParallelLoop.Unordered(
                        threads,
                        10_000_000L,
                        (fun numbers ->
                            let mutable thread = numbers.GetEnumerator()
                            while thread.MoveNext() do count ()),
                        stop.Token
                    )

                let ordered () = ParallelLoop.Ordered(threads, 10_000_000, (fun _ -> count ()), stop.Token)
                Expect.throwsT<OperationCanceledException> unordered "unordered"
                Expect.throwsT<OperationCanceledException> ordered "ordered, from the beginning"
                Expect.isLessThan doneOf.Value 10_000_000 "the rest is not done"

        testCase "a loop whose pieces are all done is not cancelled" <| fun () ->
            for threads in [ 1; 2 ] do
                use stop = new CancellationTokenSource()
                let sum = ref 0

                let work number =
                    Interlocked.Add(&sum.contents, number) |> ignore
                    if number = 1 then stop.Cancel()

                ParallelLoop.Ordered(threads, 2, work, stop.Token)
                Expect.equal sum.Value 1 "0 + 1"
    ]
