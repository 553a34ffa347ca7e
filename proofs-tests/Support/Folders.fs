/// Folders of one test, which are gone after it.
module Rhm.ProofsTests.Folders

open System.IO

let inFolder (work: string -> unit) =
    let folder = Directory.CreateTempSubdirectory("rhm-tests-").FullName

    try
        work folder
    finally
        Directory.Delete(folder, true)

/// Works with the path of a file that does not exist yet.
let inFile (work: string -> unit) =
    inFolder (fun folder -> work (Path.Combine(folder, "file")))

/// Writes a text and gives its path.
let write folder name (text: string) =
    let path = Path.Combine(folder, name)
    File.WriteAllText(path, text)
    path

/// The folder of the solution. The path compiled in does not help: a build in CI writes /_/ for it.
let solution =
    let rec climb (folder: string) =
        if File.Exists(Path.Combine(folder, "Rhm.sln")) then
            folder
        else
            match Path.GetDirectoryName folder with
            | null -> failwith "no Rhm.sln above the tests"
            | parent -> climb parent

    climb System.AppContext.BaseDirectory
