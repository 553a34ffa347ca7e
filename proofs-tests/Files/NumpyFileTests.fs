module Rhm.ProofsTests.Files.NumpyFileTests

open System
open System.IO
open Expecto
open Rhm.Files
open Rhm.ProofsTests.Generators

[<Tests>]
let tests =
    testList "Files / NumpyFile" [
        property "arrays of every type round-trip" <| fun (values: int64[]) ->
            let roundTrip (convert: int64 -> 'T) (back: 'T -> int64) =
                let data = Array.map convert values
                use stream = new MemoryStream()
                NumpyFile.Write(stream, ReadOnlySpan data, ReadOnlySpan [| int64 data.Length |])
                stream.Position <- 0L
                let struct (found, _) = NumpyFile.Read stream
                found = Array.map back data

            roundTrip byte int64 && roundTrip uint16 int64 && roundTrip int32 int64 && roundTrip id id


        testCase "formats 1.0, 2.0 and 3.0 are read: the length of the header has two bytes, then four" <| fun () ->
            for major in [ 1uy; 2uy; 3uy ] do
                let header = "{'descr': '<u2', 'fortran_order': False, 'shape': (3,), }\n"
                let size = uint32 header.Length
                let length = if major = 1uy then BitConverter.GetBytes(uint16 size) else BitConverter.GetBytes size
                let start = Array.concat [ [| 0x93uy |]; "NUMPY"B; [| major; 0uy |]; length ]
                let data = Array.collect (fun (x: uint16) -> BitConverter.GetBytes x) [| 7us; 0us; 40000us |]
                use stream = new MemoryStream(Array.concat [ start; Text.Encoding.ASCII.GetBytes header; data ])
                let struct (values, shape) = NumpyFile.Read stream
                Expect.equal values [| 7L; 0L; 40000L |] $"format {major}"
                Expect.equal (Seq.toList shape) [ 3L ] "one axis"

        testCase "the shape of one axis is a tuple of Python, with a comma" <| fun () ->
            use stream = new MemoryStream()
            NumpyFile.Write(stream, ReadOnlySpan [| 1uy; 2uy |], ReadOnlySpan [| 2L |])
            Expect.stringContains (Text.Encoding.ASCII.GetString(stream.ToArray())) "'shape': (2,)" "header"

        testCase "numbers in double precision are read as what they are" <| fun () ->
            let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 1), }\n"
            let start = Array.concat [ [| 0x93uy |]; "NUMPY"B; [| 1uy; 0uy |]; BitConverter.GetBytes(uint16 header.Length) ]
            let data = Array.collect (fun (x: float) -> BitConverter.GetBytes x) [| 0.5; -3.0 |]
            use stream = new MemoryStream(Array.concat [ start; Text.Encoding.ASCII.GetBytes header; data ])
            let struct (values, _) = NumpyFile.ReadFloats stream
            Expect.equal values [| 0.5f; -3.0f |] "values"

        testCase "an archive that lacks the array is refused, unless it holds a single one" <| fun () ->
            Rhm.ProofsTests.Folders.inFolder (fun folder ->
                let path name = Path.Combine(folder, name)

                let archive name (entries: string list) =
                    use file = IO.Compression.ZipFile.Open(path name, IO.Compression.ZipArchiveMode.Create)
                    for entry in entries do
                        use stream = file.CreateEntry(entry).Open()
                        NumpyFile.Write(stream, ReadOnlySpan [| byte entry.Length |], ReadOnlySpan [| 1L |])

                archive "two.zip" [ "a.npy"; "level1.npy" ]
                archive "one.zip" [ "arr_0.npy" ]
                Rhm.ProofsTests.Refusals.refuses "has no array \"tokens\"" (fun () -> NumpyFile.Extract(path "two.zip", "tokens", path "x"))
                NumpyFile.Extract(path "one.zip", "tokens", path "x")
                NumpyFile.Extract(path "two.zip", "level1", path "y")
                Expect.equal (Array.last (File.ReadAllBytes(path "y"))) 10uy "the array of that name")
    ]
