module Rhm.ProofsTests.Files.NumpyFileTests

open System
open System.IO
open Expecto
open Rhm.Claims
open Rhm.Experiments
open Rhm.Files
open Rhm.Grammars
open Rhm.Randomness
open Rhm.Statistics
open Rhm.Strings
open Rhm.Sweeps.Expressions
open Rhm.ProofsTests.Folders
open Rhm.ProofsTests.Generators
open Rhm.ProofsTests.Refusals

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
