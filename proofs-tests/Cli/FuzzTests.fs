module Rhm.ProofsTests.Cli.FuzzTests

open System
open System.CommandLine
open System.IO
open System.Text
open System.Threading
open Expecto
open FsCheck.FSharp
open Rhm.Cli
open Rhm.Claims
open Rhm.Files
open Rhm.Grammars
open Rhm.Learning
open Rhm.Report.Evidence
open Rhm.Strings
open Rhm.Sweeps
open Rhm.Sweeps.Expressions
open Rhm.ProofsTests
open Rhm.ProofsTests.Fuzzing

let private utf8 (text: string) = Encoding.UTF8.GetBytes text

let private grammar = lazy Grammar.Draw(GrammarShape(3, 2, 4, 3, 3), 1UL)

let private made (work: string -> byte[]) =
    let mutable found = [||]
    Folders.inFile (fun path -> found <- work path)
    found

let private npy (withLatents: bool) ending =
    made (fun path ->
        DatasetFile.Write(StringSampler(grammar.Value, 1UL, 70L), path + ending, withLatents) |> ignore
        File.ReadAllBytes(path + ending))

let private safetensors =
    made (fun path ->
        let arrays = readOnlyDict [ "a", SafetensorsArray([| 2L; 3L |], Array.init 6 float32); "b", SafetensorsArray([| 1L |], [| 1f |]) ]
        SafetensorsFile.Write(path, arrays, readOnlyDict [ "format", "x"; "step", "3" ])
        File.ReadAllBytes path)

let private toml =
    """# a sweep
grammars = 2
seeds = 3
where = "m <= v and P < 1e9"
[grid]
L = 3
s = 2
v = [4, 8]
m = [2, 3]
P = "[1, 3] * v*m^3"
zipf = 0.5
[[learner]]
name = "ilc"
restarts = [1, 2]
[[learner]]
name = "spectral"
"""

/// Every token, as a learner reads them.
let private readAll path =
    use strings = new StoredStrings(path, 4)
    use reader = strings.OpenReader()
    let group = StringGroup(1, strings.TokenCount, 2)
    for number in 0L .. min 1000L ((strings.Count + 63L) / 64L - 1L) do reader.Read(number, group)

/// A sweep of millions of cells is one; whoever does not want it interrupts.
let private cells path =
    use interruption = new CancellationTokenSource(1000)
    (SweepFile.Read path).Cells interruption.Token |> ignore

let private parse path (text: byte[]) =
    let value (name: string) : Value = if name = "missing" then Value.Missing.Instance else Value.Of(int64 name.Length)
    ignore path
    for expression in ExpressionList.Parse(Encoding.UTF8.GetString text) do
        expression.Evaluate(Func<_, _> value) |> ignore
        try expression.IsTrue(Func<_, _> value) |> ignore with :? ArgumentException -> ()

let private claim = lazy Seq.head Ledger.claims

let private stored =
    lazy
        (List.singleton (made (fun path ->
            let folder = path + ".d"
            let measured, control = StoredFolders.measurement 3.0, StoredFolders.measurement 7.25
            StoredFolders.store folder claim.Value StoredFolders.setting measured control |> ignore
            File.ReadAllBytes(Path.Combine(folder, "claims", claim.Value.Id + ".json")))))

let private rules =
    made (fun path ->
        let strings = StringSampler(grammar.Value, 1UL, 500L)
        HierarchyFile.Write(Rhm.Levelwise.IterativeLatentClustering.Learn(strings, 2, Rhm.Levelwise.IlcOptions()), path)
        File.ReadAllBytes path)

/// A small sweep, and files that its runs leave.
let private fromSweep work =
    lazy
        (let mutable found: byte[] list = []
         Folders.inFolder (fun folder ->
             let file = SweepFile.Read(Folders.write folder "s.toml" ("seeds = 3\n" + SweepFiles.empty))
             found <- work folder file)
         found)

let private shards =
    fromSweep (fun folder file ->
        let path = Path.Combine(folder, "t" + Shard.Extension)
        do
            use shard = new Shard(path)
            for outcome in SweepFiles.outcomes file do
                shard.Begin outcome.Key
                shard.Append outcome
        [ File.ReadAllBytes path ])

let private tasks =
    fromSweep (fun _ file -> [ utf8 (String.concat "" [ for cell in file.Cells() -> $"0 {cell.Key} {cell.Configuration}\n" ]) ])

let private sweepStore =
    fromSweep (fun folder file ->
        let path = Path.Combine(folder, "s.sqlite")
        SweepFiles.run 1 path file |> ignore
        [ File.ReadAllBytes path ])

let private commandsOfStores =
    [ for line in
          [ "sweep show s.sqlite"; "sweep export s.sqlite --out s.csv"; "sweep status s.toml"; "sweep run s.toml --store s.sqlite" ] ->
          List.ofArray (line.Split ' ') ]

let private execute path statement =
    use connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={path};Pooling=False")
    connection.Open()
    use command = connection.CreateCommand()
    command.CommandText <- statement
    try command.ExecuteNonQuery() |> ignore with :? Microsoft.Data.Sqlite.SqliteException -> ()

/// What another program can do to the rows of a store.
let private rows =
    let columns =
        [ "cell", [ "key"; "config"; "learner"; "learner_version"; "model_version"; "state"; "accuracy"; "measures"; "error"; "wall_seconds"
                    "cpu_seconds"; "process_peak_bytes"; "allocated_bytes"; "code"; "host"; "finished"; "kind"; "processor" ]
          "sweep", [ "name"; "fingerprint"; "cells"; "done"; "failed"; "refused" ]
          "tally", [ "learner"; "learner_version"; "cells"; "wall_seconds"; "state"; "kind" ]
          "attempt", [ "cell"; "start"; "forgiven" ] ]
    let wrong =
        [ "NULL"; "'text'"; "''"; "x''"; "x'ff'"; "zeroblob(16)"; "zeroblob(40)"; "1e300"; "-1"; "9223372036854775807"; "'[null]'"; "'[1'"
          "'{}'"; "'null'"; "'{\"a\":[]}'"; "'[1e999999]'"; "'\x1b[31m'"; "char(10)"; "'{\"learner\":\"x\"}'"; "replace(config, ':', ',')"
          "replace(config, '3', '-3')"; "replace(config, '\"L\"', '\"state\"')" ]
    let statement =
        gen {
            let! table, names = Gen.elements columns
            let! name = Gen.elements names
            let! value = Gen.elements wrong
            let! row = Gen.elements [ "1 = 1"; "rowid = 1"; "rowid = 2" ]
            return $"UPDATE OR IGNORE {table} SET {name} = {value} WHERE {row}"
        }
    let several = Gen.choose (1, 3) |> Gen.bind (fun count -> Gen.listOfLength count statement)
    let fewer (all: string list) = seq { for left in 0 .. all.Length - 1 -> List.removeAt left all }
    Arb.fromGenShrink (several, fewer >> Seq.filter (List.isEmpty >> not))

[<Tests>]
let readers =
    testSequenced <| testList "Cli / Fuzzing" [
        reader "NumPy arrays" 9 "x.npy" (lazy [ npy false ".npy" ]) readAll
        reader "NumPy archives" 7 "x.npz" (lazy [ npy false ".npz"; npy true ".npz" ]) readAll
        reader "grammar files" 11 "g.json" (lazy [ utf8 (GrammarFile.ToJson grammar.Value) ]) (fun path -> GrammarFile.Read path |> ignore)
        reader "safetensors" 6 "x.safetensors" (lazy [ safetensors ]) (fun path -> SafetensorsFile.Read path |> ignore)
        reader "sweep files, TOML" 12 "s.toml" (lazy [ utf8 toml; utf8 SweepFiles.grid ]) cells
        reader "sweep files, JSON" 10 "s.json" (lazy [ utf8 SweepFiles.jsonGrid ]) cells
        reader
            "expressions"
            9
            "e.txt"
            (lazy
                [ utf8 "[0.1, 0.3, 1] * v*m^3, min(m, 2)"
                  utf8 "m < 8 and learner == 'ilc' or not (P in [1, 2e3])"
                  utf8 "range(1, 5), geomspace(1, 100, 4) / sqrt(missing + 2) - log2(-x)" ])
            (fun path -> parse path (File.ReadAllBytes path))
        reader "rules" 4 "r.json" (lazy [ rules ]) (fun path -> HierarchyFile.Read path |> ignore)
        reader "shards" 5 ("t" + Shard.Extension) shards (fun path ->
            Shard.Read(path, Shard.Position.Beginning, Collections.Generic.List()) |> ignore)
        reader "Slurm's tasks" 4 "cells.txt" tasks (fun path ->
            let folder = nonNull (Path.GetDirectoryName path)
            let written = SlurmTask.Run(folder, 0, 1, 1)
            for shard in Directory.GetFiles(folder, "*" + Shard.Extension) do File.Delete shard
            Expect.isLessThanOrEqual written 3 "cells of their keys")
        fuzz "stores" 6 (Prop.forAll damages (fun damage ->
            Folders.inFolder (fun folder ->
                File.WriteAllText(Path.Combine(folder, "s.toml"), "seeds = 3\n" + SweepFiles.empty)
                File.WriteAllBytes(Path.Combine(folder, "s.sqlite"), bytesOf sweepStore.Value damage)
                for line in commandsOfStores do takes 5000 folder line)))
        fuzz "rows of stores" 4 (Prop.forAll rows (fun statements ->
            Folders.inFolder (fun folder ->
                let path = Path.Combine(folder, "s.sqlite")
                File.WriteAllText(Path.Combine(folder, "s.toml"), "seeds = 3\n" + SweepFiles.empty)
                File.WriteAllBytes(path, sweepStore.Value[0])
                for statement in statements do execute path statement
                for line in commandsOfStores do takes 5000 folder line)))
        reader "stored claims" 5 (Path.Combine("claims", claim.Value.Id + ".json")) stored (fun path ->
            let folder = nonNull (Path.GetDirectoryName(nonNull (Path.GetDirectoryName path)))
            StoredClaims.TryRead(folder, claim.Value) |> ignore
            StoredClaims.ReadAll folder |> ignore)
    ]

let rec private commands path (command: Command) =
    (path, command) :: [ for below in command.Subcommands do yield! commands (path @ [ below.Name ]) below ]

let private all = lazy (commands [] (CommandLine.Root()) |> List.filter (fun (_, command) -> command.Subcommands.Count = 0))

let private files = [ "g.json"; "s.npy"; "s.npz"; "s.toml"; "c.csv"; "there" ]

let private values =
    [ "3"; "2"; "4"; "1"; "-1"; "0"; "x"; ""; "1e2"; "1e9"; "0.5"; "true"; "false"; "1,2"; "2,2"; "--"; "@f"; "none"; "auto"; "NaN"; "-"
      "="; "99999999999999999999"; "2147483648"; "-2147483649"; "1e400"; "Infinity"; "ä"; "İ"; "\u202e"; "\x1b[31m"; "a b"; "nowhere/x"
      "/dev/null"; "/dev/zero"; "/dev/full"; "quick"; "ilc"; "spectral"; "null"; "m == 2"; "P/(v*m^3)"; "m,min(v,2)"; "*"; "8G"; "0K"
      "new.npy"; "new.csv"; "new"; "."; ".." ]
    @ files

/// A command with options of its own and values of any.
let private lines =
    let word (command: Command) =
        gen {
            let! value = Gen.elements values
            let options = [ for option in command.Options do if option.Name <> "--help" then option ]
            if options.IsEmpty then
                return [ value ]
            else
                let! option = Gen.elements options
                return!
                    Gen.frequency
                        [ 6, Gen.constant [ option.Name; value ]
                          1, Gen.constant [ $"{option.Name}={value}" ]
                          1, Gen.constant [ option.Name ]
                          1, Gen.constant [ value ] ]
        }

    let shape = [ []; []; List.ofArray ("-L 3 -s 2 -v 4 -m 2 -P 50".Split ' '); List.ofArray ("-L 3 -s 2 -v 4 -m 2".Split ' ') ]

    let all =
        gen {
            let! path, command = Gen.elements all.Value
            let! arguments = if command.Arguments.Count > 0 then Gen.map List.singleton (Gen.elements values) else Gen.constant []
            let! sizes = Gen.elements shape
            let! count = Gen.choose (0, 4)
            let! words = Gen.listOfLength count (word command)
            return path @ arguments @ sizes @ List.concat words
        }

    Arb.fromGenShrink (all, fun line -> seq { for left in 1 .. line.Length - 1 -> List.removeAt left line })

[<Tests>]
let lineTests =
    testSequenced <| testList "Cli / Fuzzing" [
        fuzz "command lines" 8 (Prop.forAll lines (fun line ->
            Folders.inFolder (fun above ->
                let folder = Directory.CreateDirectory(Path.Combine(above, "here")).FullName
                File.WriteAllText(Path.Combine(folder, "g.json"), GrammarFile.ToJson grammar.Value)
                File.WriteAllBytes(Path.Combine(folder, "s.npy"), npy false ".npy")
                File.WriteAllText(Path.Combine(folder, "s.toml"), toml)
                for name in [ "s.npz"; "c.csv"; "there"; "keep.partial"; "new.lock" ] do
                    File.WriteAllText(Path.Combine(folder, name), "somebody's")
                takes 100 folder line)))
    ]
