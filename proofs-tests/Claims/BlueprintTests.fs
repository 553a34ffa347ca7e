module Rhm.ProofsTests.Claims.BlueprintTests

open System.IO
open Expecto
open Rhm.Claims

/// Whether a graph, given by what each node rests on, has no cycle: nodes whose premises are all gone are taken away until none is.
let private acyclic (edges: (string * string list) list) =
    let rec strip rest =
        match rest |> List.partition (fun (_, premises) -> premises |> List.exists (fun p -> List.exists (fst >> (=) p) rest)) with
        | [], _ -> true
        | _, [] -> false
        | blocked, _ -> strip blocked

    strip edges

/// The folder of the solution. The path compiled in does not help: a build in CI writes /_/ for it.
let internal root =
    let rec climb (folder: string) =
        if File.Exists(Path.Combine(folder, "Rhm.sln")) then
            folder
        else
            match Path.GetDirectoryName folder with
            | null -> failwith "no Rhm.sln above the tests"
            | parent -> climb parent

    climb System.AppContext.BaseDirectory

[<Tests>]
let blueprint =
    testList "Blueprint" [
        let entries = Seq.toList Blueprint.entries
        let identifiers = entries |> List.map (fun entry -> entry.Claim.Id) |> Set.ofList

        testCase "every claim has an entry, and every line of the table is a claim" <| fun () ->
            Expect.equal (entries |> List.map (fun entry -> entry.Claim.Id)) (Ledger.claims |> List.map (fun claim -> claim.Id)) "entries"
            Expect.isEmpty (Set.difference (Set.ofList Blueprint.tableIds) identifiers) "lines of the table that are no claim"
            Expect.equal (List.distinct Blueprint.tableIds) Blueprint.tableIds "one line a claim"

        testCase "premises are claims, and none rests on itself" <| fun () ->
            for entry in entries do
                for premise in entry.RestsOn do
                    Expect.isTrue (identifiers.Contains premise) $"{entry.Claim.Id} rests on {premise}, which is no claim"

            let edges = [ for entry in entries -> entry.Claim.Id, Seq.toList entry.RestsOn ]
            Expect.isTrue (acyclic edges) "a cycle"

        testCase "a cycle is found" <| fun () ->
            Expect.isFalse (acyclic [ "a", [ "b" ]; "b", [ "c" ]; "c", [ "b" ] ]) "b and c"
            Expect.isTrue (acyclic [ "a", [ "b"; "c" ]; "b", [ "c" ]; "c", [] ]) "a diamond"

        testCase "the source of a claim is the one in its file" <| fun () ->
            for entry in entries do
                let lines = File.ReadAllLines(Path.Combine(root, entry.File))
                Expect.stringContains lines[entry.Line - 1] (entry.Property.Split('.')[1]) $"{entry.File}, line {entry.Line}"
                Expect.stringContains (String.concat "\n" lines) entry.Source entry.Claim.Id

        testCase "only definitions rest on nothing" <| fun () ->
            for entry in entries do
                if Seq.isEmpty entry.RestsOn then Expect.equal entry.Kind Blueprint.Kind.Definition entry.Claim.Id
    ]
