/// The table of random streams.
module Rhm.ProofsTests.Randomness.StreamOffsetsTests

open System
open System.IO
open System.Reflection
open Expecto
open Rhm.Randomness

let private overlaps (ranges: StreamRange list) =
    [ for i, a in List.indexed ranges do
          for b in List.skip (i + 1) ranges do
              if a.Overlaps b then a.Use, b.Use ]
    |> Set.ofList

let private known =
    Set.ofList
        [ for struct (a, b) in StreamOffsets.KnownOverlaps ->
              let order = [ for range in StreamOffsets.All -> range.Use ]
              if List.findIndex ((=) a.Use) order < List.findIndex ((=) b.Use) order then a.Use, b.Use else b.Use, a.Use ]

/// All words of the library's sources.
let private sources =
    let folder = Path.Combine(Rhm.ProofsTests.Folders.solution, "src")

    [ for file in Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories) do
          let path = Path.GetRelativePath(folder, file).Replace('\\', '/')

          if not (path.Split('/') |> Array.contains "obj" || path.StartsWith "Rhm/Randomness/") then
              path, File.ReadAllText file ]

[<Tests>]
let tests =
    testList "Randomness / StreamOffsets" [
        testCase "no two uses share numbers, but for the known ones" <| fun () ->
            let all = List.ofSeq StreamOffsets.All
            Expect.equal (overlaps all) known "mend the table, or what is known of it"

        testCase "every row is in the list, once" <| fun () ->
            let rows =
                [ for property in typeof<StreamOffsets>.GetProperties(BindingFlags.Static ||| BindingFlags.Public) do
                      match property.GetValue null with
                      | :? StreamRange as range -> range
                      | _ -> () ]

            Expect.equal (List.ofSeq StreamOffsets.All |> List.map _.Use |> List.sort) (rows |> List.map _.Use |> List.sort) "the same rows"
            Expect.equal (rows |> List.distinctBy _.Use).Length rows.Length "each use has one name"

        testCase "control: a row moved onto another is noticed, and one that was mended too" <| fun () ->
            let withRow (row: StreamRange) changed = [ for range in StreamOffsets.All -> if range = row then changed else range ]
            let masks, batches = StreamOffsets.Masks, StreamOffsets.ProbeBatches
            let moved = withRow masks (StreamRange(masks.Use, masks.Purpose, 0UL, masks.Count, Of = masks.Of))
            Expect.notEqual (overlaps moved) known "masks on weights"
            let mended = withRow batches (StreamRange(batches.Use, batches.Purpose, 1UL <<< 63, 1UL))
            Expect.notEqual (overlaps mended) known "a known overlap that is none"

        testCase "what the table calls an overlap gives the same numbers, and nothing else does" <| fun () ->
            let first (range: StreamRange) block = range.Open(7UL, block).NextUInt64()

            for struct (a, b) in StreamOffsets.KnownOverlaps do
                Expect.equal (first a 0UL) (first b 0UL) $"{a.Use}, {b.Use}"

            let beside = [ for range in StreamOffsets.All do if isNull range.Of && isNull range.SeedOf then first range 0UL ]
            Expect.equal (List.distinct beside).Length (beside.Length - 1) "all but the order of epochs and the batches of a probe"

        testCase "a range does not reach into its neighbour" <| fun () ->
            for range in StreamOffsets.All do
                range.Open(1UL, range.Count - 1UL) |> ignore
                Expect.throwsT<ArgumentOutOfRangeException> (fun () -> range.Open(1UL, range.Count) |> ignore) range.Use
                Expect.throwsT<ArgumentOutOfRangeException> (fun () -> range.Key(1UL, range.Count) |> ignore) range.Use

        testCase "no other file of the sources opens a stream, or derives the seed of a grammar" <| fun () ->
            Expect.isGreaterThan sources.Length 200 "the sources are there"

            for path, text in sources do
                for word in [ "new RandomStream("; "RandomStream.Key(" ] do
                    Expect.isFalse (text.Contains word) $"{path}: {word} ... stands in the table of streams"

                if text.Contains "DeriveSeed(" then
                    Expect.isTrue (path.StartsWith "Rhm/") $"{path}: seeds of grammars stand in GrammarSeeds"

        testCase "strings are drawn for strings" <| fun () ->
            for purpose in Enum.GetValues<RandomPurpose>() do
                match purpose with
                | RandomPurpose.Strings
                | RandomPurpose.HeldOut
                | RandomPurpose.Probe -> Expect.equal (StreamOffsets.StringsFor purpose).Purpose purpose "its own"
                | _ -> Expect.throwsT<ArgumentException> (fun () -> StreamOffsets.StringsFor purpose |> ignore) $"{purpose}"
    ]
