module Rhm.ProofsTests.Claims.RecordTests

open System
open System.IO
open Expecto
open Rhm.Claims
open Rhm.Experiments
open Rhm.ProofsTests

/// Whether a graph, given by what each node rests on, has no cycle: nodes whose premises are all gone are taken away until none is.
let private acyclic (edges: (string * string list) list) =
    let rec strip rest =
        match rest |> List.partition (fun (_, premises) -> premises |> List.exists (fun p -> List.exists (fst >> (=) p) rest)) with
        | [], _ -> true
        | _, [] -> false
        | blocked, _ -> strip blocked

    strip edges

[<Tests>]
let records =
    testList "Claims / Claim" [
        testCase "every field is filled in" <| fun () ->
            for claim in Ledger.claims do
                let words = [ claim.Id; claim.Statement; claim.Formula; claim.Latex; claim.Source ]

                for text in words @ [ claim.Tolerance; claim.Rival; claim.Control; claim.Place.File ] do
                    Expect.isFalse (String.IsNullOrWhiteSpace text) claim.Id

                Expect.isTrue (List.contains claim.Chapter Chapter.All) $"{claim.Id}: a chapter of the appendix"

        testCase "premises are claims, and none rests on itself" <| fun () ->
            let identifiers = Ledger.claims |> List.map (fun claim -> claim.Id) |> Set.ofList

            for claim in Ledger.claims do
                for premise in claim.Premises do
                    Expect.isTrue (identifiers.Contains premise) $"{claim.Id} rests on {premise}, which is no claim"

            Expect.isTrue (acyclic [ for claim in Ledger.claims -> claim.Id, claim.Premises ]) "a cycle"

        testCase "a cycle is found" <| fun () ->
            Expect.isFalse (acyclic [ "a", [ "b" ]; "b", [ "c" ]; "c", [ "b" ] ]) "b and c"
            Expect.isTrue (acyclic [ "a", [ "b"; "c" ]; "b", [ "c" ]; "c", [] ]) "a diamond"

        testCase "figures are experiments of rhm reproduce" <| fun () ->
            let known = [ for experiment in ExperimentTable.All -> experiment.Name ]

            for claim in Ledger.claims do
                for figure in claim.Figures do
                    Expect.contains known figure claim.Id

        testCase "a claim knows its place" <| fun () ->
            for claim in Ledger.claims do
                let value = Array.last (claim.Place.Value.Split '.')
                let lines = File.ReadAllLines(Path.Combine(Folders.solution, claim.Place.File))
                Expect.stringContains lines[claim.Place.Line - 1] "Place.Here()" $"{claim.Place.File}, line {claim.Place.Line}"
                // The last value before that line that is not indented, and the identifier between the two.
                let start = Array.FindLastIndex(lines, claim.Place.Line - 1, fun line -> line.StartsWith "let ")
                Expect.equal lines[start] $"let {value} =" claim.Id
                Expect.exists lines[start .. claim.Place.Line - 1] (fun line -> line.Contains $"\"{claim.Id}\"") claim.Id

        testCase "only definitions rest on nothing" <| fun () ->
            for claim in Ledger.claims do
                if claim.Premises.IsEmpty then Expect.equal claim.Kind Kind.Definition claim.Id
    ]
