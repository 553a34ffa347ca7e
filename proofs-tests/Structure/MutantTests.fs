/// The catalogue of bugs to be planted (proofs-tests/mutants) against the sources and the tests: what moves in them must move in it.
module Rhm.ProofsTests.Structure.MutantTests

open System
open System.IO
open Expecto
open Rhm.Claims
open Rhm.ProofsTests
open Tomlyn
open Tomlyn.Model

type private Bug =
    { Id: string
      File: string
      Text: string
      Replacement: string
      Means: string
      Tests: string list
      Claims: string list
      Equivalent: string }

let private catalogue =
    lazy
        [ for path in Directory.GetFiles(Path.Combine(Folders.solution, "proofs-tests/mutants/catalogue"), "*.toml") do
              let document = nonNull (TomlSerializer.Deserialize<TomlTable>(File.ReadAllText path))

              for entry in document["mutants"] :?> TomlTableArray do
                  let value name =
                      match entry.TryGetValue name with
                      | true, value -> Some value
                      | _ -> None

                  let text name = value name |> Option.map string |> Option.defaultValue ""
                  let names name = [ for list in Option.toList (value name) do for one in (list :?> TomlArray) -> string one ]

                  { Id = text "id"
                    File = text "file"
                    Text = text "text"
                    Replacement = text "replacement"
                    Means = text "means"
                    Tests = names "tests"
                    Claims = names "claims"
                    Equivalent = text "equivalent" } ]

/// How often a text stands in another.
let private occurrences (text: string) (part: string) = text.Split(part, StringSplitOptions.None).Length - 1

/// What is wrong with bugs, given the text of every file.
let private faults (textOf: string -> string) bugs =
    [ for bug in bugs do
          match occurrences (textOf bug.File) bug.Text with
          | 1 -> ()
          | times -> $"{bug.Id}: its text stands {times} times in {bug.File}"

          if bug.Text = bug.Replacement then $"{bug.Id} changes nothing"
          if bug.Means.Length < 20 || not (bug.Means.EndsWith '.') then $"{bug.Id} does not say what it means"
          if bug.Tests.IsEmpty && bug.Claims.IsEmpty then $"{bug.Id} names nobody who should notice" ]

[<Tests>]
let tests =
    testList
        "Structure / Mutants"
        [ testCase "every text stands exactly once in its file" <| fun () ->
              let textOf file = File.ReadAllText(Path.Combine(Folders.solution, file))
              Expect.isEmpty (faults textOf catalogue.Value) "faults"
          testCase "a text that is not there, or twice, is found" <| fun () ->
              let bug =
                  { Id = "a"
                    File = "f"
                    Text = "x + 1"
                    Replacement = "x"
                    Means = "The last one is left out."
                    Tests = [ "T" ]
                    Claims = []
                    Equivalent = "" }

              let found text bug = faults (fun _ -> text) [ bug ]
              Expect.isEmpty (found "y = x + 1" bug) "once"
              Expect.equal (found "y = x" bug) [ "a: its text stands 0 times in f" ] "not there"
              Expect.equal (found "x + 1 = x + 1" bug) [ "a: its text stands 2 times in f" ] "twice"
              Expect.hasLength (found "x + 1" { bug with Replacement = "x + 1" }) 1 "no change"
              Expect.hasLength (found "x + 1" { bug with Tests = [] }) 1 "nobody notices"
          testCase "there are 120 bugs or more, each of its own name, in every folder of src" <| fun () ->
              let bugs = catalogue.Value |> List.filter (fun bug -> bug.Equivalent = "")
              Expect.isGreaterThanOrEqual bugs.Length 120 "bugs"
              Expect.equal (catalogue.Value |> List.distinctBy (fun bug -> bug.Id) |> List.length) catalogue.Value.Length "names"
              let folder (file: string) = nonNull (Path.GetDirectoryName file)
              let covered = set [ for bug in bugs do yield! [ folder bug.File; folder (folder bug.File) ] ]

              let rooms =
                  [ yield! Directory.GetDirectories(Path.Combine(Folders.solution, "src/Rhm"))
                    yield! Directory.GetDirectories(Path.Combine(Folders.solution, "src/Rhm/Networks"))
                    for project in [ "Claims"; "Cli"; "Experiments"; "Report"; "Sweeps" ] do
                        Path.Combine(Folders.solution, "src", $"Rhm.{project}") ]
                  |> List.map (fun path -> Path.GetRelativePath(Folders.solution, path))
                  |> List.filter (fun path -> not (List.contains (Path.GetFileName path) [ "bin"; "obj" ]))

              for room in rooms do Expect.isTrue (covered.Contains room) room
          testCase "the tests and claims that should notice exist" <| fun () ->
              let all = Impl.testFromThisAssembly () |> Option.get |> Test.toTestCodeList |> List.map (fun test -> test.name)

              for name in catalogue.Value |> List.collect (fun bug -> bug.Tests) |> List.distinct do
                  Expect.isNonEmpty (Selection.select [ name ] all) name

              for claim in catalogue.Value |> List.collect (fun bug -> bug.Claims) |> List.distinct do
                  Expect.isNonEmpty (Ledger.matching claim) claim ]
