module Rhm.ProofsTests.Report.Documents.QuotingDocumentsTests

open System.IO
open Expecto
open Rhm.ProofsTests.Folders
open Rhm.ProofsTests.Refusals
open Rhm.Report.Documents

let private laws =
    "# rhm reproduce some\ncurve,m,measured,95%_low,95%_high,predicted\n"
    + "probe,7,2.91857,2.71674,3.12041,3.117\nprobe,8,51179.9,41645.8,62896.6,5\n"
    + "\"a, quoted\",7,3,NaN,NaN,1e-9\n"

/// A repository with a README and a page, and one stored table.
let private inRepository readme page work =
    inFolder (fun root ->
        Directory.CreateDirectory(Path.Combine(root, "docs")) |> ignore
        let results = Path.Combine(root, "paper", "results")
        Directory.CreateDirectory(Path.Combine(results, "some")) |> ignore
        write root "Rhm.sln" "" |> ignore
        write root "README.md" readme |> ignore
        write (Path.Combine(root, "docs")) "page.md" page |> ignore
        write (Path.Combine(results, "some")) "laws.csv" laws |> ignore
        work root results)

let private readme place = $"Powers: [old](paper/results/some/laws.csv \"{place}\"), [a page](docs/page.md), [0.1, 0.2].\n"

let private quoted place =
    let mutable text = ""

    inRepository (readme place) "" (fun root results ->
        QuotingDocuments.Write(root, results) |> ignore
        text <- File.ReadAllText(Path.Combine(root, "README.md")))

    text

[<Tests>]
let tests =
    testList "Report / Documents / QuotingDocuments" [
        for place, expected in
            [ "curve=probe & m=7: measured", "2.92 [2.72, 3.12]"
              "curve=probe & m=8: measured", "51000 [42000, 63000]"
              "m=7 & curve=probe: predicted", "3.117"
              "curve=a, quoted: measured", "3"
              "curve=a, quoted: predicted", "1e-9" ] do
            testCase $"{place} is quoted as {expected}" <| fun () ->
                let link = $"[{expected}](paper/results/some/laws.csv \"{place}\")"
                Expect.equal (quoted place) $"Powers: {link}, [a page](docs/page.md), [0.1, 0.2].\n" "the number alone is written anew"

        testCase "a page in docs quotes by its own path, and a current text is left alone" <| fun () ->
            let page = "[2.92 [2.72, 3.12]](../paper/results/some/laws.csv \"curve=probe & m=7: measured\")"

            inRepository "no numbers" page (fun root results ->
                Expect.isEmpty (QuotingDocuments.Stale(root, results)) "current"
                write (Path.Combine(root, "docs")) "page.md" (page.Replace("2.92", "2.93")) |> ignore
                Expect.sequenceEqual (QuotingDocuments.Stale(root, results)) [ "docs/page.md" ] "a stale number"
                QuotingDocuments.Write(root, results) |> ignore
                Expect.equal (File.ReadAllText(Path.Combine(root, "docs", "page.md"))) page "written anew")

        testCase "results elsewhere stand in the place of paper/results" <| fun () ->
            inRepository (readme "curve=probe & m=7: predicted") "" (fun root _ ->
                inFolder (fun other ->
                    Directory.CreateDirectory(Path.Combine(other, "some")) |> ignore
                    write (Path.Combine(other, "some")) "laws.csv" (laws.Replace("3.117", "4")) |> ignore
                    QuotingDocuments.Write(root, other) |> ignore
                    Expect.stringContains (File.ReadAllText(Path.Combine(root, "README.md"))) "[4](paper" "from the other folder"))

        testCase "a folder that is no repository has no documents" <| fun () ->
            inRepository (readme "curve=probe & m=7: measured") "" (fun root results ->
                File.Delete(Path.Combine(root, "Rhm.sln"))
                Expect.isEmpty (QuotingDocuments.Write(root, results)) "nothing is written")

        for place, says in
            [ "curve=probe: measured", "2 rows have"
              "curve=none: measured", "0 rows have"
              "curve=probe & m=7: exponent", "no column \"exponent\"" ] do
            testCase $"{place} is refused" <| fun () ->
                refuses says (fun () -> quoted place |> ignore)
                refuses "README.md" (fun () -> quoted place |> ignore)

        testCase "the numbers of README and docs are those of the stored results" <| fun () ->
            let results = Path.Combine(solution, "paper", "results")
            Expect.isEmpty (QuotingDocuments.Stale(solution, results)) "rhm paper writes them anew"
    ]
