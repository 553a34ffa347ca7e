module Rhm.ProofsTests.Learning.LearnedHierarchyTests

open System
open System.Collections.Generic
open System.IO
open Expecto
open Rhm.Files
open Rhm.Grammars
open Rhm.Learning
open Rhm.Randomness
open Rhm.Strings
open Rhm.ProofsTests

let private shape = GrammarShape(3, 2, 4, 2)

/// 70 strings: the last group of 64 is not full.
let private strings (grammar: Grammar) = StringSampler(grammar, 3UL, 70L, RandomPurpose.HeldOut)

/// Symbols of the nodes of a level, string by string.
let private nodes (strings: StringSampler) level =
    let group = strings.CreateGroup()
    use reader = (strings :> IStringSource).OpenReader()
    [ for g in 0L .. (strings.Count - 1L) / int64 StringGroup.Lanes do
          reader.Read(g, group)
          let planes = group.Level(level).ToArray()
          for lane in 0 .. group.Count - 1 ->
              [ for node in 0 .. group.NodeCount level - 1 -> int planes[node * StringGroup.Lanes + lane] ] ]

/// The labels of tuples (None: not seen) as the library's level and as a dictionary. Tables of tuples and, of a large alphabet, none.
let private level (childSymbols: int) (labels: ((int * int) * int) list) =
    let tuples = TupleIndex(2, childSymbols)
    for (a, b), _ in labels do tuples.Add(ReadOnlySpan [| uint16 a; uint16 b |]) |> ignore
    LearnedLevel(tuples, [| for _, label in labels -> uint16 label |], 2, childSymbols, 4), dict labels

let rec private permutations items =
    match items with
    | [] -> [ [] ]
    | _ -> [ for x in items do for rest in permutations (List.except [ x ] items) -> x :: rest ]

/// A hierarchy with symbols renamed, one tuple of the lowest level not seen and one under a wrong label, and its dictionaries.
let private learned (grammar: Grammar) childSymbols =
    let rename = [| 2; 0; 3; 1 |]
    let rules l = [ for r in 0..7 -> (int (grammar.Rule(l, r)[0]), int (grammar.Rule(l, r)[1])), r / 2 ]
    let lowest =
        rules 0 |> List.indexed |> List.filter (fun (r, _) -> r <> 5)
        |> List.map (fun (r, (tuple, parent)) -> tuple, (if r = 0 then rename[3] else rename[parent]))
    let second = rules 1 |> List.map (fun ((a, b), parent) -> (rename[a], rename[b]), rename[parent])
    let first, firstTable = level childSymbols (List.sort lowest)
    let other, otherTable = level childSymbols (List.sort second)
    LearnedHierarchy(3, 2, 4, [| first; other |], [||]), [ firstTable; otherTable ]

/// What a hierarchy says of the nodes of levels 1 and 2, from the definition: None where a tuple or a child of it is not known.
let private decoded (tables: IDictionary<int * int, int> list) (tokens: int list) =
    let up (table: IDictionary<int * int, int>) children =
        [ for pair in List.chunkBySize 2 children ->
              match pair with
              | [ Some a; Some b ] when table.ContainsKey((a, b)) -> Some table[(a, b)]
              | _ -> None ]
    let first = up tables[0] (List.map Some tokens)
    [ first; up tables[1] first ]

[<Tests>]
let tests =
    testList "Learning / LearnedHierarchy" [
        for childSymbols in [ 4; 4096 ] do
            testCase $"a tuple with an unresolved child is unresolved, whatever else was seen ({childSymbols} symbols)" <| fun () ->
                let first, _ = level childSymbols [ (0, 0), 0; (0, 1), 1 ]
                let second, _ = level childSymbols [ (0, 0), 1; (0, 1), 0 ]
                let hierarchy = LearnedHierarchy(3, 2, 4, [| first; second |], [||])
                let group = hierarchy.CreateGroup()
                // Every string is 1 0 0 0 0 0 0 1: the first tuple was not seen.
                for position, token in List.indexed [ 1us; 0us; 0us; 0us; 0us; 0us; 0us; 1us ] do
                    group.Level(0).Slice(64 * position, 64).Fill token
                hierarchy.Decode group
                let symbols l = [ for node in 0 .. group.NodeCount l - 1 -> group.Level(l)[64 * node] ]
                Expect.equal (symbols 1) [ LearnedHierarchy.Unresolved; 0us; 0us; 1us ] "level 1"
                Expect.equal (symbols 2) [ LearnedHierarchy.Unresolved; 0us ] "level 2"

        // With 2^12 symbols of children there is no table of tuples.
        for childSymbols in [ 4; 4096 ] do
            testCase $"accuracy is that of the best renaming, an unresolved node is an error ({childSymbols} symbols)" <| fun () ->
                let grammar = Grammar.Draw(shape, 2UL)
                let hierarchy, tables = learned grammar childSymbols
                let said = [ for tokens in nodes (strings grammar) 0 -> decoded tables tokens ]
                let expected =
                    [ for l in 1..2 ->
                          let found = said |> List.collect (fun levels -> levels[l - 1])
                          let pairs = List.zip (List.concat (nodes (strings grammar) l)) found
                          let right (names: int list) = pairs |> List.filter (fun (a, b) -> b = Some names[a]) |> List.length
                          float (permutations [ 0..3 ] |> List.map right |> List.max) / float pairs.Length ]
                Expect.equal (List.ofArray (hierarchy.Accuracy(strings grammar))) expected "levels 1 and 2"
                Expect.isTrue (List.forall (fun x -> x > 0.5 && x < 0.95) expected) $"{expected}: some are wrong"

            testCase $"decoded levels in files, with the number of nodes that are not resolved ({childSymbols} symbols)" <| fun () ->
                Folders.inFolder (fun folder ->
                    let grammar = Grammar.Draw(shape, 2UL)
                    let hierarchy, tables = learned grammar childSymbols
                    let said = [ for tokens in nodes (strings grammar) 0 -> decoded tables tokens ]
                    let unresolved = LatentFiles.Write(hierarchy, strings grammar, folder)
                    for l in 1..2 do
                        let expected = said |> List.collect (fun levels -> levels[l - 1])
                        use stream = File.OpenRead(Path.Combine(folder, $"level{l}.npy"))
                        let struct (symbols, axes) = NumpyFile.Read stream
                        Expect.equal (List.ofSeq axes) [ 70L; 4L / int64 l ] "P x nodes"
                        let label symbol = if symbol = int64 LearnedHierarchy.Unresolved then None else Some(int symbol)
                        Expect.equal [ for symbol in symbols -> label symbol ] expected $"level {l}"
                        let missing = expected |> List.filter Option.isNone |> List.length
                        Expect.equal unresolved[l - 1] (int64 missing) "unresolved"
                        Expect.isGreaterThan missing 0 "some are")
    ]
