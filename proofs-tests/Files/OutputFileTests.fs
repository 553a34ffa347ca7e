module Rhm.ProofsTests.Files.OutputFileTests

open System
open System.IO
open Expecto
open Rhm.Files
open Rhm.ProofsTests
open Rhm.ProofsTests.Refusals

let private text (words: string) = Action<Stream>(fun stream -> stream.Write(ReadOnlySpan(Text.Encoding.UTF8.GetBytes words)))

let private files folder = [ for path in Directory.GetFiles folder |> Array.sort -> nonNull (Path.GetFileName path) ]

[<Tests>]
let tests =
    testList "Files / OutputFile" [
        testCase "a file of somebody's that is named like ours once was stays" <| fun () ->
            Folders.inFolder (fun folder ->
                let path = Path.Combine(folder, "y.npy")
                for other in [ path + ".partial"; path + ".lock" ] do File.WriteAllText(other, "mine")
                OutputFile.RequireWritable path
                OutputFile.Write(path, text "ours")
                use held = OutputFile.Hold path
                nonNull(held).Dispose()
                Expect.equal (files folder) [ "y.npy"; "y.npy.lock"; "y.npy.partial" ] "nothing else is left"
                Expect.equal (File.ReadAllText(path + ".partial")) "mine" "untouched")

        testCase "of two runs with one output each writes its own file, and the last whole one stays" <| fun () ->
            Folders.inFolder (fun folder ->
                let path = Path.Combine(folder, "s.npy")
                OutputFile.Write(path, fun first ->
                    first.Write(ReadOnlySpan "first"B)
                    // Meanwhile another run probes, is refused, and writes.
                    OutputFile.RequireWritable path
                    Expect.throws (fun () -> OutputFile.Write(path, fun _ -> failwith "its input is missing")) "fails"
                    OutputFile.Write(path, text "second"))
                Expect.equal (File.ReadAllText path) "first" "whole"
                Expect.equal (files folder) [ "s.npy" ] "nothing else")

        testCase "files that belong together are written all or none" <| fun () ->
            Folders.inFolder (fun folder ->
                let path name = Path.Combine(folder, name)
                let write second = OutputFile.WriteAll [| struct (path "a", text "new a"); struct (path "b", second) |]
                for name in [ "a"; "b" ] do File.WriteAllText(path name, "old")
                Expect.throws (fun () -> write (Action<Stream>(fun _ -> raise (OperationCanceledException())))) "interrupted"
                Expect.equal [ for name in files folder -> File.ReadAllText(path name) ] [ "old"; "old" ] "none"
                write (text "new b")
                Expect.equal [ for name in files folder -> File.ReadAllText(path name) ] [ "new a"; "new b" ] "all")

        testCase "what a killed run left goes with the next; what another run writes stays" <| fun () ->
            Folders.inFolder (fun folder ->
                let path name = Path.Combine(folder, name)
                for name in [ ".rhm-0123456789ab.partial"; ".rhm-0123456789ac.partial"; ".rhm-0123456789ad.partial" ] do
                    File.WriteAllText(path name, "half")
                use running = new FileStream(path ".rhm-0123456789ac.partial", FileMode.Open, FileAccess.Write, FileShare.None)
                for name in [ ".rhm-0123456789ab.partial"; ".rhm-0123456789ac.partial" ] do
                    File.SetLastWriteTimeUtc(path name, DateTime.UtcNow.AddDays -1.0)
                OutputFile.Write(path "x", text "whole")
                Expect.equal (files folder) [ ".rhm-0123456789ac.partial"; ".rhm-0123456789ad.partial"; "x" ] "held, and new")

        testCase "no output is written over another or over what is read, also by another name of it" <| fun () ->
            Folders.inFolder (fun folder ->
                let path name = Path.Combine(folder, name)
                File.WriteAllText(path "grammar.json", "{}")
                File.CreateSymbolicLink(path "link", path "grammar.json") |> ignore
                let separate (outputs: string list) (inputs: string list) = OutputFile.RequireSeparate(outputs, inputs)
                separate [ path "a"; path "b" ] [ path "grammar.json" ]
                refuses "a would be written over" (fun () -> separate [ path "a"; path "a" ] [])
                refuses "a would be written over" (fun () -> separate [ path "a"; Path.Combine(folder, ".", "a") ] [])
                refuses "grammar.json would be" (fun () -> separate [ path "a"; path "grammar.json" ] [ path "grammar.json" ])
                refuses "link would be" (fun () -> separate [ path "link" ] [ path "grammar.json" ]))

        testCase "a file that is held is held once" <| fun () ->
            Folders.inFolder (fun folder ->
                let path = Path.Combine(folder, "curves.csv")
                use held = OutputFile.Hold path
                refuses "another run writes" (fun () -> OutputFile.Hold path |> ignore))
    ]
