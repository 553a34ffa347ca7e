module Rhm.ProofsTests.Strings.LanewiseTests

open System
open Expecto
open Rhm.Randomness
open Rhm.Strings
open Rhm.ProofsTests.Generators

[<Tests>]
let tests =
    testList "Strings / Lanewise" [
        testCase "planes of every number of nodes become rows" <| fun () ->
            for nodes in 1..140 do
                let planes = Array.init (64 * nodes) (fun i -> byte (i * 37 % 251))
                let rows = Array.zeroCreate<byte> (64 * nodes + 64)
                Lanewise.Transpose(ReadOnlySpan planes, Span rows)
                let expected = [| for lane in 0..63 do for node in 0 .. nodes - 1 -> planes[node * 64 + lane] |]
                Expect.isTrue (rows.AsSpan(0, 64 * nodes).SequenceEqual(ReadOnlySpan expected)) $"{nodes} nodes"

        property "planes become rows as their reference makes them" <| fun (seed: uint16) ->
            let random = RandomStream(uint64 seed, RandomPurpose.Experiment)
            let nodes = 1 + int (random.NextBelow 300UL)
            let planes = Array.init (64 * nodes) (fun _ -> byte (random.NextBelow 256UL))
            let fast, plain = Array.zeroCreate<byte> (64 * nodes + 64), Array.zeroCreate<byte> (64 * nodes + 64)
            Lanewise.Transpose(ReadOnlySpan planes, Span fast)
            Lanewise.TransposeScalar(ReadOnlySpan planes, Span plain)
            let from, length = int (random.NextBelow 70UL), int (random.NextBelow(uint64 (64 * nodes)))
            let target = Array.zeroCreate<byte> (64 * nodes + 70)
            Lanewise.StreamTo(ReadOnlySpan(fast, 0, length), Span(target).Slice from)

            fast[.. 64 * nodes - 1] = plain[.. 64 * nodes - 1]
            && target = Array.concat [ Array.zeroCreate from; fast[.. length - 1]; Array.zeroCreate (64 * nodes + 70 - from - length) ]
    ]
