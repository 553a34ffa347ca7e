module Rhm.ProofsTests.Files.SafetensorsFileTests

open System
open System.IO
open Expecto
open FsCheck
open FsCheck.FSharp
open Rhm.Experiments
open Rhm.Files
open Rhm.Grammars
open Rhm.Learning
open Rhm.Networks.Probes
open Rhm.Networks.StackedLatentClustering
open Rhm.Networks.Training
open Rhm.Numerics
open Rhm.Randomness
open Rhm.Strings
open Rhm.ProofsTests.Folders
open Rhm.ProofsTests.Generators
open Rhm.ProofsTests.Refusals
open Rhm.ProofsTests.SlcNetworks

[<Tests>]
let tests =
    testList "Files / SafetensorsFile" [
        testCase "arrays of a file lie one after the other: none overlaps another, and nothing lies between" <| fun () ->
            inFile (fun path ->
                let write second (bytes: int) =
                    let header = $"""{{"a":{{"dtype":"F32","shape":[2],"data_offsets":[0,8]}},"b":{{"dtype":"F32","shape":[1],"data_offsets":[{second},{second + 4}]}}}}"""
                    File.WriteAllBytes(path, Array.concat [ BitConverter.GetBytes(int64 header.Length); Text.Encoding.UTF8.GetBytes header; Array.create bytes 1uy ])

                write 8 12
                let struct (arrays, _) = SafetensorsFile.Read path
                Expect.equal arrays["a"].Values.Length 2 "read"

                for second, bytes, reason in [ 4, 12, "right after"; 12, 16, "right after"; 8, 16, "4 of the 16 bytes of data belong to no array" ] do
                    write second bytes
                    refuses reason (fun () -> SafetensorsFile.Read path |> ignore))
    ]
