module Rhm.ProofsTests.Strings.DatasetFileTests

open System
open System.IO
open Expecto
open Rhm.Files
open Rhm.Grammars
open Rhm.Strings
open Rhm.ProofsTests.Folders

let private read path =
    use file = File.OpenRead path
    let struct (data, shape) = NumpyFile.Read file
    data, Seq.toList shape

[<Tests>]
let tests =
    testList "Strings / DatasetFile" [
        testCase "datasets round-trip, with their latents" <| fun () ->
            inFolder (fun folder ->
                for v in [ 8; 300 ] do
                    let grammar = Grammar.Draw(GrammarShape(3, 2, v, 2), 1UL)
                    let strings = StringSampler(grammar, 1UL, 130)
                    let path = Path.Combine(folder, $"v{v}.npy")
                    let written = DatasetFile.Write(strings, path, true)
                    Expect.equal written.Count 4 "one file a level"
                    let bytes = File.ReadAllBytes path
                    let header = 10 + int bytes[8] + 256 * int bytes[9]
                    Expect.equal (bytes.Length - header) (130 * 8 * (if v > 256 then 2 else 1)) "130 strings, and nothing after them"
                    let tokens, shape = read path
                    Expect.equal shape [ 130L; 8L ] "shape [P, s^L]"
                    let parents, upperShape = read written[1]
                    Expect.equal upperShape [ 130L; 4L ] "shape of level 1"

                    for node in 0 .. parents.Length - 1 do
                        Expect.equal
                            (grammar.FindParent(0, ReadOnlySpan [| uint16 tokens[2 * node]; uint16 tokens[2 * node + 1] |]))
                            (int parents[node])
                            "latents are the tokens' parents"

                    DatasetFile.Write(strings, Path.Combine(folder, "all.npz"), true) |> ignore
                    use stored = new StoredStrings(Path.Combine(folder, "all.npz"), v)
                    use original = strings.OpenReader()
                    use back = stored.OpenReader()
                    let first, second = strings.CreateGroup false, strings.CreateGroup false

                    for g in 0L .. 2L do
                        original.Read(g, first)
                        back.Read(g, second)

                        for t in 0..7 do
                            for lane in 0 .. first.Count - 1 do
                                Expect.equal ((second.Level 0)[t * 64 + lane]) ((first.Level 0)[t * 64 + lane]) "the same strings")

        testCase "an unwritable target is found out before the work and an old file survives" <| fun () ->
            inFolder (fun folder ->
                let path = Path.Combine(folder, "kept.npy")
                File.WriteAllText(path, "old")
                use stop = new Threading.CancellationTokenSource()
                stop.Cancel()
                let strings = StringSampler(Grammar.Draw(GrammarShape(3, 2, 8, 2), 1UL), 1UL, 10)
                Expect.throwsT<OperationCanceledException>
                    (fun () -> DatasetFile.Write(strings, path, false, null, stop.Token) |> ignore)
                    "interrupted"
                Expect.equal (File.ReadAllText path) "old" "the old file is there"
                Expect.equal (Directory.GetFiles(folder).Length) 1 "and nothing else"
                Expect.throwsT<ArgumentException>
                    (fun () -> OutputFile.RequireWritable(Path.Combine(path, "below.npy")))
                    "a file is not a folder")

        testCase "an archive holds the tokens and every level of latents under its own name" <| fun () ->
            inFolder (fun folder ->
                for v in [ 8; 300 ] do
                    let strings = StringSampler(Grammar.Draw(GrammarShape(3, 2, v, 3), 1UL), 2UL, 100L)
                    let path = Path.Combine(folder, $"v{v}.npz")
                    DatasetFile.Write(strings, path, true) |> ignore
                    use archive = Compression.ZipFile.OpenRead path
                    let names = [ for entry in archive.Entries -> entry.Name ]
                    Expect.equal names [ "tokens.npy"; "level1.npy"; "level2.npy"; "level3.npy" ] "arrays"
                    use reader = strings.OpenReader()
                    let group = strings.CreateGroup()

                    for level in 0..3 do
                        use stream = archive.Entries[level].Open()
                        use copy = new MemoryStream()
                        stream.CopyTo copy
                        copy.Position <- 0L
                        let struct (found, shape) = NumpyFile.Read copy
                        let nodes = 8 >>> level
                        Expect.equal (List.ofSeq shape) [ 100L; int64 nodes ] $"shape of level {level}"

                        let expected =
                            [| for g in 0L .. 1L do
                                   reader.Read(g, group)
                                   for lane in 0 .. group.Count - 1 do
                                       for node in 0 .. nodes - 1 -> int64 (group.Level(level)[node * StringGroup.Lanes + lane]) |]

                        Expect.equal found expected $"level {level}")


        testCase "more than 256 classes over a small vocabulary are written in 16 bits" <| fun () ->
            inFolder (fun folder ->
                let strings = StringSampler(Grammar.Draw(GrammarShape(2, 2, 20, 1, 300), 1UL), 1UL, 500L)
                let written = DatasetFile.Write(strings, Path.Combine(folder, "x.npy"), true)
                let roots, _ = read written[2]
                use reader = strings.OpenReader()
                let group = strings.CreateGroup()

                let expected =
                    [ for g in 0L .. strings.GroupCount() - 1L do
                          reader.Read(g, group)
                          yield! (group.Level 2).ToArray()[.. group.Count - 1] |> Array.map int64 ]

                Expect.equal (Array.toList roots) expected "labels"
                Expect.isGreaterThan (Array.max roots) 256L "of more than 256 classes")
    ]
