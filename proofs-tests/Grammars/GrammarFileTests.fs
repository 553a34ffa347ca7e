module Rhm.ProofsTests.Grammars.GrammarFileTests

open Expecto
open Rhm.Strings
open Rhm.Claims
open Rhm.Grammars
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

        testCase "the number of classes survives the file" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(2, 2, 8, 3, 5), 1UL)
            Expect.equal (GrammarFile.FromJson(GrammarFile.ToJson grammar)).Shape grammar.Shape "shape"

        testCase "damaged files are refused in one sentence" <| fun () ->
            let text = GrammarFile.ToJson(Grammar.Draw(GrammarShape(2, 2, 4, 2), 1UL))
            refuses "not the JSON" (fun () -> GrammarFile.FromJson(text.Substring(0, text.Length / 2)) |> ignore)
            refuses "version 9" (fun () -> GrammarFile.FromJson(text.Replace("\"version\": 1", "\"version\": 9")) |> ignore)
            refuses "not a grammar file" (fun () -> GrammarFile.FromJson "{}" |> ignore)
            refuses "not a grammar file" (fun () -> GrammarFile.FromJson "[1]" |> ignore)
            refuses "m = 3" (fun () -> GrammarFile.FromJson(text.Replace("\"multiplicity\": 2", "\"multiplicity\": 3")) |> ignore)

        testCase "fields with a default may be left out; a name that means nothing is refused" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(2, 2, 4, 2), 1UL)
            let text = GrammarFile.ToJson grammar
            let without (parts: string list) = List.fold (fun (all: string) (part: string) -> all.Replace(part, "")) text parts
            let short = without [ "  \"version\": 1,\n"; ", \"classes\": 4"; "  \"zipfExponent\": 0,\n" ]
            Expect.isLessThan short.Length text.Length "shorter"
            Expect.equal (GrammarFile.ToJson(GrammarFile.FromJson short)) text "the same"
            for before, after, expected in
                [ "\"zipfExponent\"", "\"zipf_exponent\"", "\"zipf_exponent\" means nothing here"
                  "\"depth\": 2, ", "", "it has no \"depth\""
                  "\"depth\": 2", "\"depth\": null", "\"depth\" is not a number"
                  "\"depth\": 2", "\"depth\": 2.5", "no whole number"
                  "\"rules\": [", "\"rules\": 5, \"x\": [", "means nothing"
                  "[[", "[5, [", "has 3 rules"
                  "\"multiplicity\": 2", "\"multiplicity\": 600000000", "exceeds" ] do
                refuses expected (fun () -> GrammarFile.FromJson(text.Replace(before, after)) |> ignore)

        testCase "sizes are checked against the file before memory is taken" <| fun () ->
            let file multiplicity =
                "{\"format\":\"rhm-grammar\",\"version\":1,\"shape\":{\"depth\":1,\"branching\":16,\"vocabulary\":65536,"
                + $"\"multiplicity\":{multiplicity},\"classes\":1}},\"zipfExponent\":0,\"rules\":[]}}"
            let before = System.GC.GetAllocatedBytesForCurrentThread()
            refuses "more than a file of" (fun () -> GrammarFile.FromJson(file 2000000000) |> ignore)
            Expect.isLessThan (System.GC.GetAllocatedBytesForCurrentThread() - before) 1_000_000L "bytes"
            if System.OperatingSystem.IsLinux() then
                refuses "it is a device" (fun () -> GrammarFile.Read "/dev/zero" |> ignore)

        testCase "the example of the documentation is one" <| fun () ->
            let singleLine = System.Text.RegularExpressions.RegexOptions.Singleline
            let document = System.IO.File.ReadAllText(System.IO.Path.Combine(Rhm.ProofsTests.Folders.solution, "docs", "grammar-file.md"))
            let example = System.Text.RegularExpressions.Regex.Match(document, "```json(.*?)```", singleLine).Groups[1].Value
            Expect.equal (string ((GrammarFile.FromJson example).Shape)) "L=2 s=2 v=2 m=2" "its shape"

        testCase "weights of rules survive the file: the same probabilities and the same strings" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(3, 2, 8, 4), 1UL, 0.7)
            let again = GrammarFile.FromJson(GrammarFile.ToJson grammar)
            let probabilities (g: Grammar) = List.ofSeq g.RuleProbabilities
            Expect.equal (probabilities again) (probabilities grammar) "probabilities"
            Expect.notEqual (probabilities grammar) (probabilities (Grammar.Draw(grammar.Shape, 1UL))) "which are not uniform"

            let tokens (g: Grammar) =
                let strings = StringSampler(g, 5UL, 64L)
                let group = strings.CreateGroup false
                use reader = strings.OpenReader()
                reader.Read(0L, group)
                group.Level(0).ToArray()

            Expect.equal (tokens again) (tokens grammar) "strings"
            let unweighted = Grammar.FromRules(grammar.Shape, [| for level in 0..2 -> grammar.Rules(level).ToArray() |])
            Expect.notEqual (tokens unweighted) (tokens grammar) "others without weights"
    ]
