module Rhm.ProofsTests.Running.RunContextTests

open System
open System.Threading
open Expecto
open Rhm.Running

let private at scale =
    RunContext(scale, 1UL, 3, Action<_>(ignore), CancellationToken.None)

[<Tests>]
let tests =
    testList "Running / RunContext" [
        testCase "a scale takes its own size" <| fun () ->
            Expect.equal ((at Scale.Quick).Pick(1, 2)) 1 "quick"
            Expect.equal ((at Scale.Paper).Pick(1, 2)) 2 "paper"

        testCase "every piece is worked on once" <| fun () ->
            let times = Array.zeroCreate<int> 1000
            (at Scale.Quick).ForEach([| 0..999 |], fun piece -> Interlocked.Increment(&times[piece]) |> ignore)
            Expect.allEqual times 1 "times"
    ]
