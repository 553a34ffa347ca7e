/// What source files say of themselves, read from their text: namespace, types, and the namespaces that they use. Every check returns one
/// sentence per violation.
module Rhm.ProofsTests.Structure.SourceTree

open System
open System.IO
open System.Text.RegularExpressions

/// A file; its path from the root of the repository has slashes.
type SourceFile = { Path: string; Text: string }

/// A room (a namespace) and the rooms that its line names; it may also use what these may use.
type Picture = Map<string, string list>

let root = Rhm.ProofsTests.Folders.solution

let private generated = set [ "bin"; "obj"; "node_modules"; "results"; "__pycache__" ]

/// The files of a folder with one of some extensions, without what builds and measurements write.
let rec read (extensions: string list) folder : SourceFile list =
    [ for path in Directory.GetFiles(Path.Combine(root, folder)) |> Array.sort do
          if List.exists (path.EndsWith: string -> bool) extensions then
              { Path = $"{folder}/{Path.GetFileName path}"
                Text = File.ReadAllText path }
      for path in Directory.GetDirectories(Path.Combine(root, folder)) |> Array.sort do
          let name = DirectoryInfo(path).Name
          if not (generated.Contains name) then yield! read extensions $"{folder}/{name}" ]

let private notCode =
    let strings = "\"\"\"+.*?\"\"\"+|@\"(?:[^\"]|\"\")*\"|\"(?:\\\\.|[^\"\\\\\n])*\""
    let comments = @"//[^\n]*|\(\*[^)].*?\*\)|/\*.*?\*/"
    Regex($"{strings}|{comments}", RegexOptions.Singleline)

/// The text without comments and strings.
let code (file: SourceFile) = notCode.Replace(file.Text, " ")

/// The part of the name before the first dot: KMeans.Reference.cs is part of KMeans.
let private stem (file: SourceFile) = (Array.last (file.Path.Split '/')).Split('.')[0]

let private isFSharp (file: SourceFile) = file.Path.EndsWith ".fs"

/// src/Rhm/Networks/Probes/X.cs: Rhm.Networks.Probes.
let room (file: SourceFile) =
    let folders = file.Path.Split('/')
    String.Join('.', folders[1 .. folders.Length - 2])

let private declaration = Regex(@"^(namespace|module)\s+(?:internal\s+|private\s+|rec\s+)*([\w.]+)", RegexOptions.Multiline)

/// A file declares the namespace of its folder; an F# module adds the name of the file, and the file at which a program starts has none.
let misplaced (files: SourceFile list) =
    [ for file in files do
          let declared = declaration.Match file.Text
          let expected = if declared.Groups[1].Value = "module" then $"{room file}.{stem file}" else room file

          if declared.Groups[2].Value <> expected && stem file <> "Program" then
              $"{file.Path} declares \"{declared.Groups[2].Value}\", its folder says {expected}" ]

let private publicType =
    let modifiers = "(?:(?:static|sealed|abstract|readonly|ref|partial|unsafe) )*"
    let kinds = @"(?:record struct|record class|class|struct|interface|enum|record|delegate [\w<>\[\]?,. ]+(?= \w+[(<]))"
    Regex(@"^public " + modifiers + kinds + @" (\w+)", RegexOptions.Multiline)

let private fsharpType = Regex(@"^(?:type|and|module) (?:\[<.*?>\] )?(?!internal|private)(\w+)(?![\w.])", RegexOptions.Multiline)

/// Names of the public types that a file declares beside its namespace; of an F# module that is the file, the types belong to the module.
let publicTypes (file: SourceFile) =
    let text = code file

    if not (isFSharp file) then
        [ for found in publicType.Matches text -> found.Groups[1].Value ] |> List.distinct
    elif declaration.Match(file.Text).Groups[1].Value = "module" then
        [ stem file ]
    else
        [ for found in fsharpType.Matches text -> found.Groups[1].Value ] |> List.distinct

/// One public type a file, and the file has its name. Generic twins have one name.
let misnamed (files: SourceFile list) =
    [ for file in files do
          match publicTypes file with
          | [] -> ()
          | [ name ] -> if name <> stem file then $"{file.Path} holds the public type {name}"
          | names -> $"""{file.Path} holds {names.Length} public types: {String.Join(", ", names)}""" ]

let private opened =
    Regex(@"^\s*(?:global )?(?:using|open)\s+(?:static\s+|type\s+)?(?:\w+\s*=\s*)?(Rhm[\w.]*)", RegexOptions.Multiline)

let private qualified = Regex(@"\bRhm(?:\.[A-Z]\w*)+")

/// The longest part of a dotted name that is a room.
let rec private roomOf (rooms: Set<string>) (name: string) =
    if rooms.Contains name then Some name
    elif name.Contains '.' then roomOf rooms (name.Substring(0, name.LastIndexOf '.'))
    else None

/// The rooms that contain a room: their types are in sight without being opened.
let rec private outer (name: string) =
    match name.LastIndexOf '.' with
    | -1 -> []
    | at -> name.Substring(0, at) :: outer (name.Substring(0, at))

let private words = Regex(@"\b[A-Z]\w*\b")

/// Who uses which other room, with the file that does: by opening it, by a whole name, or by the name of a type of an enclosing room.
let arrows (files: SourceFile list) =
    let rooms = files |> List.map room |> set
    let home = files |> List.groupBy room |> List.map (fun (name, inside) -> name, inside |> List.map stem |> set) |> Map

    [ for file in files do
          let text = code file
          let opens = [ for found in opened.Matches text -> found.Groups[1].Value ]
          let names = [ for found in qualified.Matches text -> found.Value ]
          let inside = set [ for found in words.Matches text -> found.Value ]

          let enclosing =
              [ for name in outer (room file) do
                    match Map.tryFind name home with
                    | Some types when not (Set.intersect types inside).IsEmpty -> name
                    | _ -> () ]

          for used in List.choose (roomOf rooms) (opens @ names) @ enclosing |> List.distinct do
              if used <> room file then room file, used, file.Path ]

/// Everything that can be reached along arrows.
let private reach (next: string -> string list) start =
    let rec visit (seen: Set<string>) name =
        if seen.Contains name then seen else List.fold visit (seen.Add name) (next name)

    List.fold visit Set.empty (next start)

let private namedBy (picture: Picture) name = Map.tryFind name picture |> Option.defaultValue []

/// Rooms that the picture lacks, rooms of the picture that do not exist, and arrows that it does not have.
let strangers (picture: Picture) (rooms: string list) (arrows: (string * string * string) list) =
    [ for name in rooms do
          if not (picture.ContainsKey name) then $"the picture lacks the room {name}"
      for name in picture.Keys do
          if not (List.contains name rooms) then $"the picture has a room without files: {name}"
      for user, used, path in arrows do
          if picture.ContainsKey user && not ((reach (namedBy picture) user).Contains used) then
              $"{path}: {user} may not use {used}" ]

/// The same for folders.
let strangersOf picture (files: SourceFile list) = strangers picture (files |> List.map room |> List.distinct) (arrows files)

let private project (file: SourceFile) = file.Path.Split('/')[1]

/// Projects, and who uses which other one.
let projectArrows (files: SourceFile list) =
    let projects = files |> List.map project |> List.distinct
    let projectOf name = roomOf (set projects) name |> Option.defaultValue name

    projects,
    [ for user, used, path in arrows files do
          if projectOf user <> projectOf used then projectOf user, projectOf used, path ]

/// Rooms that use themselves by way of others.
let cycles (arrows: (string * string * string) list) =
    let next =
        arrows
        |> List.groupBy (fun (user, _, _) -> user)
        |> List.map (fun (user, used) -> user, [ for _, name, _ in used -> name ])
        |> Map

    [ for name in next.Keys do if (reach (namedBy next) name).Contains name then $"{name} uses itself by way of others" ]

[<Literal>]
let LongestLine = 140

let longLines (files: SourceFile list) =
    [ for file in files do
          for i, line in file.Text.Split('\n') |> Array.indexed do
              if line.TrimEnd('\r').Length > LongestLine then
                  $"{file.Path}({i + 1}): {line.Length} characters, at most {LongestLine}" ]
