/// Which tests a name on the command line means.
module Rhm.ProofsTests.Selection

open System
open System.Text.RegularExpressions
open Expecto

/// "Strings / StringSampler / a title" without the blanks around its slashes.
let private compact (text: string) = Regex.Replace(text.Trim(), @"\s*/\s*", "/")

/// What a test can be called by: the path of its list or a part of it, and the first word of its title, which is the identifier in tests
/// of claims.
let private keys (name: string list) =
    match List.map compact name with
    | [] -> []
    | list :: titles ->
        let parts = list.Split '/'

        [ for first in 0 .. parts.Length - 1 do
              for last in first .. parts.Length - 1 do yield String.Join('/', parts[first..last])
          match List.tryLast titles with
          | Some title -> yield title.Split(' ')[0]
          | None -> () ]

let private matches (pattern: string) =
    let expression = Regex("^" + Regex.Escape(pattern).Replace(@"\*", ".*") + "$", RegexOptions.IgnoreCase)
    fun (text: string) -> expression.IsMatch text

/// The names in an argument: several stand side by side with commas, semicolons or bars. `dotnet test --filter` also allows
/// `FullyQualifiedName~NAME` and the like.
let private names (argument: string) =
    argument.Split([| ','; ';'; '|' |], StringSplitOptions.RemoveEmptyEntries ||| StringSplitOptions.TrimEntries)
    |> Array.map (fun name -> Regex.Replace(name, @"^(FullyQualifiedName|DisplayName|Name)\s*[~=]\s*", "") |> compact)
    |> Array.toList

/// The tests that the arguments name; an argument that names none is refused. A name is that of a folder, a type, folder/type or a claim,
/// with `*` for any letters; where there is none of these it is a part of a test's full name, folder / type / title.
let select (arguments: string list) (all: string list list) =
    let meant name =
        match all |> List.filter (keys >> List.exists (matches name)) with
        | [] -> all |> List.filter (fun test -> matches $"*{name}*" (compact (String.concat "/" test)))
        | named -> named

    [ for name in List.collect names arguments do
          match meant name with
          | [] -> raise (ArgumentException $"no test is named \"{name}\"; --list-tests shows their names")
          | tests -> yield! tests ]
    |> Set.ofList

/// The tree of tests without those that the arguments do not name.
let ofTests (arguments: string list) (tests: Test) =
    if arguments.IsEmpty then
        tests
    else
        let selected = select arguments [ for test in Test.toTestCodeList tests -> test.name ]
        Test.filter "/" selected.Contains tests
