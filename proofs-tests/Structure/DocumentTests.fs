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

let private quotation = Regex(@"\[[^\[\]\n]*(?:\[[^\[\]\n]*\])?[^\[\]\n]*\]\([^()\n]*""[^""\n]+""\)")
let private fence = Regex(@"^```.*?^```", RegexOptions.Multiline ||| RegexOptions.Singleline)
let private interval = Regex(@"\[[-−]?\d[\d., ]*, [-−]?\d[\d. ]*\]")

/// Intervals that were typed: a document quotes one by a link to the stored file (QuotingDocuments), and code shows what a program says.
let private typedIntervals (document: SourceFile) =
    let prose = Regex.Replace(fence.Replace(quotation.Replace(document.Text, ""), ""), "`[^`\n]*`", "")
    [ for found in interval.Matches prose -> $"{document.Path} has {found.Value}, which quotes no stored result" ]

let private figure = Regex(@"\\rhmfigure\{([^}]*)\}\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}")

/// What is wrong with the figures of the appendix: each stored run is shown or named, each figure is spoken of outside of its caption, and
/// each caption says what its bars are.
let private figureFaults (stored: string list) (text: string) =
    let figures = [ for found in figure.Matches text -> found.Groups[1].Value, found.Groups[2].Value ]
    let prose = figure.Replace(text, "")

    [ for name in stored do
          if not (List.exists (fst >> (=) name) figures || prose.Contains $@"\rhm{{{name}}}{{name}}") then
              $"the appendix neither shows nor names {name}"
      for name, caption in figures do
          if not (prose.Contains $@"\ref{{figure:{name}}}") then $"no text speaks of figure {name}"
          if not (Regex.IsMatch(caption, "[Bb]ars")) then $"the caption of {name} does not say what its bars are" ]

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
          testCase "figures of the appendix are spoken of and say what their bars are" <| fun () ->
              let results = Path.Combine(root, "paper", "results")
              let isShown folder = File.Exists(Path.Combine(folder, "figure.pdf"))
              let stored = [ for folder in Directory.GetDirectories results do if isShown folder then nonNull (Path.GetFileName folder) ]
              none (figureFaults stored (String.concat "" [ for file in read [ ".tex" ] "paper/sections" -> file.Text ]))
          testCase "no interval of README, results and performance is typed" <| fun () ->
              for name in [ "README.md"; "docs/results.md"; "docs/performance.md" ] do
                  none (typedIntervals { document (textOf name) with Path = name })
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
                testCase "intervals" <| fun () ->
                    let quoted = "grows by [0.1 [-0.2, 0.4]](results/laws.csv \"L=3 & m=4: measured\") and `[1.0, 1.0]`"
                    Expect.isEmpty (typedIntervals (document $"{quoted}\n```\nP* = 7 [3, 9]\n```\n")) "a link, and code"
                    Expect.hasLength (typedIntervals (document "grows by 0.1 [-0.2, 0.4], at [3, 9]")) 2 "typed ones"
                testCase "figures" <| fun () ->
                    let shown caption = $@"As figure~\ref{{figure:a}} shows. \rhmfigure{{a}}{{{caption}}}"
                    Expect.isEmpty (figureFaults [ "a" ] (shown @"At \theirs{3 (left)}. Bars: 95\%.")) "a good one"
                    Expect.hasLength (figureFaults [ "a" ] (shown "Accuracy against P.")) 1 "no bars"
                    Expect.hasLength (figureFaults [ "a"; "b" ] (shown "Bars: 95%.")) 1 "one is not shown"
                    Expect.isEmpty (figureFaults [ "a"; "b" ] (shown "Bars: 95%." + @" See \rhm{b}{name}.")) "one is named"
                    Expect.hasLength (figureFaults [ "a" ] @"\rhmfigure{a}{See figure~\ref{figure:a}. No bars.}") 1 "its caption alone"
                testCase "types" <| fun () ->
                    let unknown text = unknownNames (set [ "Grammar" ]) (set [ "Draw" ]) (document text)
                    Expect.isEmpty (unknown "`Grammar`, `Grammar.Draw`, `rhm sample`") "good ones"
                    Expect.hasLength (unknown "`Grimmar`, `Grammar.Drew`, `Draw`") 3 "no such type, no such member, a member alone" ] ]
