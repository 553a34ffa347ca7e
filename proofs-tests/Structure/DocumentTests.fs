/// README and docs: links lead somewhere, and formulas, identities and types that are named exist.
module Rhm.ProofsTests.Structure.DocumentTests

open System
open System.IO
open System.Text.RegularExpressions
open Expecto
open Rhm.ProofsTests.Structure.SourceTree

let private link = Regex(@"\]\(([^)\s]+)\)")
let private heading = Regex(@"^#+ +(.+)$", RegexOptions.Multiline)

/// The anchor that a heading gets on a page.
let private anchor (text: string) =
    Regex.Replace(text.Trim().ToLowerInvariant(), @"[^\w\- ]", "").Replace(' ', '-')

/// Links of a document to files and headings that do not exist; addresses of the web are not followed.
let private brokenLinks (exists: string -> bool) (textOf: string -> string) (document: SourceFile) =
    [ for found in link.Matches document.Text do
          let target = found.Groups[1].Value

          if not (target.Contains "://") then
              let parts = target.Split('#')
              let here = Path.GetDirectoryName document.Path |> nonNull
              let path = if parts[0] = "" then document.Path else Path.GetRelativePath(".", Path.Combine(here, parts[0]))

              if not (exists path) then
                  $"{document.Path} links to {target}, which does not exist"
              elif parts.Length > 1 then
                  let anchors = [ for found in heading.Matches(textOf path) -> anchor found.Groups[1].Value ]
                  if not (List.contains parts[1] anchors) then $"{document.Path} links to {target}: no such heading" ]

let private citation =
    Regex(@"\b(?i:formulas?|identit(?:y|ies)|theory) ((?:\d+|\d*[A-Z])\b(?:(?:, | and | to |-)(?:\d+|\d*[A-Z])\b)*)")

/// Formulas and identities that a file cites, by the names of docs/formulas.md.
let private citations (file: SourceFile) =
    [ for found in citation.Matches file.Text do
          for name in Regex.Split(found.Groups[1].Value, ", | and | to |-") do
              (if Char.IsDigit name[name.Length - 1] then "Identity " else "Formula ") + name ]

let private undefined (formulas: string) (file: SourceFile) =
    let known = set [ for found in heading.Matches formulas -> found.Groups[1].Value ]
    [ for name in citations file |> List.distinct do if not (known.Contains name) then $"{file.Path} cites {name}" ]

let private typeName = Regex(@"`([A-Z][a-z]\w*(?:\.[A-Z]\w*)*)(?:<[^`]*>)?`")

/// Names in code marks that are no type or folder, and members that no source has.
let private unknownNames (types: Set<string>) (words: Set<string>) (document: SourceFile) =
    [ for found in typeName.Matches document.Text do
          match List.ofArray (found.Groups[1].Value.Split('.')) with
          | name :: members when types.Contains name && List.forall words.Contains members -> ()
          | _ -> $"{document.Path} names {found.Groups[1].Value}, which no source declares" ]

let private documents =
    lazy
        [ for name in [ "README.md"; "CONTRIBUTING.md"; "CHANGELOG.md" ] do
              { Path = name
                Text = File.ReadAllText(Path.Combine(root, name)) }
          yield! read [ ".md" ] "docs"
          yield! read [ ".md" ] "src" ]

let private textOf path = File.ReadAllText(Path.Combine(root, path))

let private none violations = Expect.equal (String.Join('\n', (violations: string list))) "" "violations"

[<Tests>]
let tests =
    let document text = { Path = "docs/a.md"; Text = text }

    testList
        "Structure / Documents"
        [ testCase "links lead to files and headings that exist" <| fun () ->
              let exists path = Path.Exists(Path.Combine(root, path))
              none (List.collect (brokenLinks exists textOf) documents.Value)
          testCase "README leads to every document" <| fun () ->
              let readme = textOf "README.md"
              none [ for file in read [ ".md" ] "docs" do if not (readme.Contains $"({file.Path})") then file.Path ]
          testCase "a formula or identity that is cited stands in docs/formulas.md" <| fun () ->
              let files = read [ ".cs"; ".fs"; ".md" ] "src" @ read [ ".tex" ] "paper/sections" @ documents.Value
              Expect.isGreaterThan (List.sumBy (citations >> List.length) files) 50 "citations"
              none (List.collect (undefined (textOf "docs/formulas.md")) files)
          testCase "types and members that docs name exist" <| fun () ->
              let declared = Regex(@"\b(?:class|struct|record|interface|enum|type|module) (?:internal |private )?([A-Z]\w*)")
              let sources = read [ ".cs"; ".fs" ] "src"
              let texts = List.map code sources
              let types = set [ for text in texts do for found in declared.Matches text -> found.Groups[1].Value ]
              let modules = set (List.collect publicTypes sources)
              let folders = set [ for file in sources do yield! (room file).Split('.') ]
              let words = set [ for text in texts do for found in Regex.Matches(text, @"\b[A-Z]\w*") -> found.Value ]

              for name in [ "docs/structure.md"; "docs/glossary.md"; "docs/formulas.md" ] do
                  none (unknownNames (Set.unionMany [ types; modules; folders ]) words { document (textOf name) with Path = name })
          testList
              "bad documents are found"
              [ testCase "links" <| fun () ->
                    let broken text = brokenLinks ((=) "docs/b.md") (fun _ -> "# A Title, here\n") (document text)
                    Expect.isEmpty (broken "[b](b.md), [b](b.md#a-title-here), [web](https://a.org/x)") "good ones"
                    Expect.hasLength (broken "[c](c.md)") 1 "no such file"
                    Expect.hasLength (broken "[b](b.md#another)") 1 "no such heading"
                testCase "citations" <| fun () ->
                    let cited text = undefined "### Formula C\n### Formula H\n### Identity 8\n" (document text)
                    Expect.isEmpty (cited "formulas C and H, Formula C, identity 8; a formula Caption") "good ones"
                    Expect.equal (cited "formula 4C") [ "docs/a.md cites Formula 4C" ] "an older name"
                    Expect.equal (cited "formulas C, E and H") [ "docs/a.md cites Formula E" ] "a list"
                    Expect.equal (cited "identities 8 and 15") [ "docs/a.md cites Identity 15" ] "another identity"
                    Expect.equal (cited "theory 4I") [ "docs/a.md cites Formula 4I" ] "another older name"
                testCase "types" <| fun () ->
                    let unknown text = unknownNames (set [ "Grammar" ]) (set [ "Draw" ]) (document text)
                    Expect.isEmpty (unknown "`Grammar`, `Grammar.Draw`, `rhm sample`") "good ones"
                    Expect.hasLength (unknown "`Grimmar`, `Grammar.Drew`, `Draw`") 3 "no such type, no such member, a member alone" ] ]
