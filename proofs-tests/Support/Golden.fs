/// Numbers that another program or an earlier version computed. They stand in golden/FILE, whose "source" says where they come from.
module Rhm.ProofsTests.Golden

open System
open System.IO
open System.Text.Json

/// What a file holds under a name.
let read<'a> file (name: string) : 'a =
    use document = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "golden", file)))

    match document.RootElement.GetProperty(name).Deserialize typeof<'a> with
    | null -> failwith $"{file} holds nothing under {name}"
    | value -> unbox value
