module Rhm.ProofsTests.Files.NumpyFileTests

open System
open System.IO
open Expecto
open Rhm.Files
open Rhm.Grammars
open Rhm.Strings
open Rhm.ProofsTests
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
                Rhm.ProofsTests.Refusals.refuses "has no array \"tokens\"" (fun () -> NumpyArchive.Open(path "two.zip", "tokens") |> ignore)
                NumpyArchive.Open(path "one.zip", "tokens").Dispose()
                use found = NumpyArchive.Open(path "two.zip", "level1")
                let struct (values, _) = NumpyFile.Read found
                Expect.equal values [| 10L |] "the array of that name")

        testCase "integers of every size, and names in double quotes" <| fun () ->
            for kind, size in [ "|u1", 1; "|i1", 1; "<u2", 2; "<i2", 2; "<u4", 4; "<i4", 4; "<i8", 8; "<u8", 8 ] do
                for quote in [ "'"; "\"" ] do
                    let text = $"{{'descr': '{kind}', 'fortran_order': False, 'shape': (2,), }}\n".Replace("'", quote)
                    let number = Array.zeroCreate<byte> (2 * size)
                    number[0] <- 7uy
                    for i in size .. 2 * size - 1 do number[i] <- 0xffuy
                    let start = [| 0x93uy; yield! "NUMPY"B; 1uy; 0uy; byte text.Length; 0uy |]
                    use stream = new MemoryStream(Array.concat [ start; Text.Encoding.ASCII.GetBytes text; number ])
                    let struct (found, _) = NumpyFile.Read stream
                    let largest = if kind[1] = 'u' && size < 8 then (1L <<< (8 * size)) - 1L else -1L
                    Expect.equal found [| 7L; largest |] kind

        testCase "an array of an archive that is damaged or encrypted is refused" <| fun () ->
            Folders.inFolder (fun folder ->
                let path = Path.Combine(folder, "x.npz")
                let strings = StringSampler(Grammar.Draw(GrammarShape(3, 2, 4, 2), 1UL), 1UL, 64L)
                DatasetFile.Write(strings, path) |> ignore
                let sound = File.ReadAllBytes path
                let refused fragment places =
                    let damaged = Array.copy sound
                    for place, value in places do damaged[place] <- value
                    File.WriteAllBytes(path, damaged)
                    Refusals.refuses fragment (fun () -> (new StoredStrings(path, 4)).Dispose())
                // The directory at the end has flags at byte 8 and the checksum at byte 16 of each entry.
                let directory = Seq.findBack (fun i -> sound[i .. i + 3] = [| 0x50uy; 0x4buy; 1uy; 2uy |]) [ 0 .. sound.Length - 4 ]
                refused "checksum" [ directory + 16, sound[directory + 16] ^^^ 1uy ]
                refused "encrypted" [ directory + 8, 1uy; 6, 1uy ]
                File.WriteAllBytes(path, sound)
                let before = Directory.GetFiles(Path.GetTempPath(), "tmp*.tmp").Length
                use open' = new StoredStrings(path, 4)
                Expect.equal open'.Count 64L "strings"
                Expect.equal (Directory.GetFiles(Path.GetTempPath(), "tmp*.tmp").Length) before "no temporary file has a name")
    ]
