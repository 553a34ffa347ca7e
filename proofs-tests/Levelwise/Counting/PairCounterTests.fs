module Rhm.ProofsTests.Levelwise.Counting.PairCounterTests

open System
open Expecto
open Rhm.Levelwise.Counting
open Rhm.Randomness

[<Tests>]
let tests =
    testList "Levelwise / Counting / PairCounter" [
        for side in [ 5; 200; 300; 3000; 10_000 ] do
            testCase $"pairs of numbers below {side} are counted as a dictionary counts them" <| fun () ->
                let random = RandomStream(1UL, RandomPurpose.Experiment, uint64 side)
                // Every other plane has unresolved lanes; the others are counted as bytes where they fit.
                let draw () =
                    let resolved = random.NextBelow 2UL = 0UL
                    Array.init 64 (fun _ -> if not resolved && random.NextBelow 20UL = 0UL then -1 else int (random.NextBelow(uint64 side)))
                let counters = [| PairCounter(); PairCounter() |]
                let expected = Collections.Generic.SortedDictionary<struct (int * int), int64>()
                // The second counter numbers everything the other way round.
                let common = [| Array.init side id; Array.init side (fun i -> side - 1 - i) |]

                for round in 0..99 do
                    let a, b = draw (), draw ()

                    if Array.forall (fun x -> x >= 0 && x < 256) (Array.append a b) then
                        counters[round % 2]
                            .Add(ReadOnlySpan(Array.map byte (Array.append a b)), 0, 64, 128, (if side <= 128 then 128 else 256))
                    else
                        counters[round % 2].Add(ReadOnlySpan a, ReadOnlySpan b)

                    for q in 0..63 do
                        if a[q] >= 0 && b[q] >= 0 then
                            let key = struct (common[round % 2][a[q]], common[round % 2][b[q]])
                            expected[key] <- 1L + (match expected.TryGetValue key with | true, n -> n | _ -> 0L)

                // More of one pair than 16 bits can count.
                for _ in 1..2000 do
                    counters[0].Add(ReadOnlySpan(Array.create 128 3uy), 0, 64, 128, 128)

                let key = struct (3, 3)
                expected[key] <- 128_000L + (match expected.TryGetValue key with | true, n -> n | _ -> 0L)
                for counter in counters do counter.AddSmallToTable()
                let merged = PairCounter.Merge([| for i in 0..1 -> struct (counters[i], common[i]) |], side)
                let found = [ for i in 0 .. merged.Counts.Length - 1 -> struct (merged.First[i], merged.Second[i]), merged.Counts[i] ]
                Expect.equal found [ for pair in expected -> pair.Key, pair.Value ] "the same pairs in ascending order"
    ]
