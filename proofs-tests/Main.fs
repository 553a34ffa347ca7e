module Rhm.ProofsTests.Main

open System
open Expecto

let private isName (argument: string) = not (argument.StartsWith '-')

/// `Rhm.ProofsTests [NAME ..] [options of Expecto]`: without names all tests. A name that names no test ends with exit code 2 and one line.
[<EntryPoint>]
let main arguments =
    let names, options = List.ofArray arguments |> fun all -> List.takeWhile isName all, List.skipWhile isName all
    let all = Impl.testFromThisAssembly () |> Option.defaultWith (fun () -> failwith "no tests are compiled into this program")

    try
        let tests = Selection.ofTests names all
        runTestsWithCLIArgs [ JoinWith "/"; Printer(Progress.printer all tests) ] (List.toArray options) tests
    with :? ArgumentException as error ->
        Console.Error.WriteLine $"tests: {error.Message}"
        2
