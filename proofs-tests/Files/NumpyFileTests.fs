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
    ]
