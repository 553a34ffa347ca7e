module Rhm.ProofsTests.Grammars.GrammarFileTests

open System
open System.Numerics
open Expecto
open Rhm.Claims
open Rhm.Grammars
open Rhm.Statistics
open Rhm.ProofsTests.Folders
open Rhm.ProofsTests.Generators
open Rhm.ProofsTests.Refusals

[<Tests>]
let tests =
    testList "Grammars / GrammarFile" [
        property "survives its file to the last byte" <| fun (DrawnGrammar(grammar, _)) ->
            let text = GrammarFile.ToJson grammar
            GrammarFile.ToJson(GrammarFile.FromJson text) = text

        testCase "an ambiguous grammar is refused" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(2, 2, 4, 2), 1UL)
            let planted = PlantedErrors.ambiguous grammar
            refuses "unambiguous" (fun () -> GrammarFile.FromJson(GrammarFile.ToJson planted) |> ignore)

        testCase "damaged files are refused in one sentence" <| fun () ->
            let text = GrammarFile.ToJson(Grammar.Draw(GrammarShape(2, 2, 4, 2), 1UL))
            refuses "damaged" (fun () -> GrammarFile.FromJson(text.Substring(0, text.Length / 2)) |> ignore)
            refuses "version 9" (fun () -> GrammarFile.FromJson(text.Replace("\"version\": 1", "\"version\": 9")) |> ignore)
            refuses "not a grammar file" (fun () -> GrammarFile.FromJson "{}" |> ignore)
            refuses "not a grammar file" (fun () -> GrammarFile.FromJson "[1]" |> ignore)
            refuses "m = 3" (fun () -> GrammarFile.FromJson(text.Replace("\"multiplicity\": 2", "\"multiplicity\": 3")) |> ignore)
    ]
