module Rhm.ProofsTests.Files.SafetensorsFileTests

open System
open System.IO
open Expecto
open Rhm.Files
open Rhm.ProofsTests.Folders
open Rhm.ProofsTests.Refusals

[<Tests>]
let tests =
    testList "Files / SafetensorsFile" [
        testCase "arrays of a file lie one after the other: none overlaps another, and nothing lies between" <| fun () ->
            inFile (fun path ->
                let write second (bytes: int) =
                    let array name length first =
                        $"""{name}:{{"dtype":"F32","shape":[{length}],"data_offsets":[{first},{first + 4 * length}]}}"""

                    let a, b = array "\"a\"" 2 0, array "\"b\"" 1 second
                    let header = $"{{{a},{b}}}"
                    File.WriteAllBytes(
                        path,
                        Array.concat
                            [ BitConverter.GetBytes(int64 header.Length); Text.Encoding.UTF8.GetBytes header; Array.create bytes 1uy ]
                    )

                write 8 12
                let struct (arrays, _) = SafetensorsFile.Read path
                Expect.equal arrays["a"].Values.Length 2 "read"

                for second, bytes, reason in
                    [ 4, 12, "right after"; 12, 16, "right after"; 8, 16, "4 of the 16 bytes of data belong to no array" ] do
                    write second bytes
                    refuses reason (fun () -> SafetensorsFile.Read path |> ignore))


        testCase "arrays and settings come back" <| fun () ->
            Rhm.ProofsTests.Folders.inFile (fun path ->
                let arrays =
                    dict
                        [ "w", SafetensorsArray([| 2L; 2L |], [| 1.0f; -2.0f; 0.5f; 4.0f |])
                          "b", SafetensorsArray([| 1L |], [| 9.0f |]) ]

                let settings = dict [ "format", "rhm 1"; "step", "40" ]

                SafetensorsFile.Write(
                    path,
                    System.Collections.Generic.Dictionary arrays,
                    System.Collections.Generic.Dictionary settings
                )

                let struct (found, metadata) = SafetensorsFile.Read path
                Expect.equal [ for pair in metadata -> pair.Key, pair.Value ] [ "format", "rhm 1"; "step", "40" ] "settings"
                for pair in arrays do Expect.equal found[pair.Key].Values pair.Value.Values pair.Key)
    ]
