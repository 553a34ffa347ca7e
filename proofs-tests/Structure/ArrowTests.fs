/// The house of docs/structure.md against what the files say: each room uses only what the picture lets it use.
module Rhm.ProofsTests.Structure.ArrowTests

open System
open System.Text.RegularExpressions
open Expecto
open Rhm.ProofsTests.Structure.SourceTree

/// The rooms of the library, from the ground up.
let private library: Picture =
    Map
        [ "Rhm.Randomness", []
          "Rhm.Parallelism", []
          "Rhm.Files", []
          "Rhm.Grammars", [ "Rhm.Randomness"; "Rhm.Files" ]
          "Rhm.Strings", [ "Rhm.Grammars"; "Rhm.Parallelism" ]
          "Rhm.Population", [ "Rhm.Strings"; "Rhm.Numerics" ]
          "Rhm.Numerics", [ "Rhm.Parallelism" ]
          "Rhm.Clustering", [ "Rhm.Numerics"; "Rhm.Randomness" ]
          "Rhm.Statistics", [ "Rhm.Randomness" ]
          "Rhm.Learning", [ "Rhm.Strings"; "Rhm.Clustering" ]
          "Rhm.Levelwise.Counting", [ "Rhm.Learning"; "Rhm.Population" ]
          "Rhm.Levelwise", [ "Rhm.Levelwise.Counting" ]
          "Rhm.Networks.Training", [ "Rhm.Learning"; "Rhm.Numerics" ]
          "Rhm.Networks.Dense", [ "Rhm.Numerics"; "Rhm.Randomness" ]
          "Rhm.Networks.Probes", [ "Rhm.Networks.Dense"; "Rhm.Networks.Training" ]
          "Rhm.Networks.StackedLatentClustering", [ "Rhm.Networks.Probes" ]
          "Rhm.Networks.Transformers", [ "Rhm.Networks.Probes"; "Rhm.Population"; "Rhm.Networks.JointEmbedding" ]
          "Rhm.Networks.Convolution", [ "Rhm.Networks.Probes" ]
          "Rhm.Networks.JointEmbedding", [ "Rhm.Networks.Probes"; "Rhm.Levelwise" ]
          "Rhm.Commands", [ "Rhm.Networks.Probes" ]
          "Rhm.Thresholds", [ "Rhm.Learning"; "Rhm.Population"; "Rhm.Statistics" ]
          "Rhm.Running", [ "Rhm.Parallelism"; "Rhm.Randomness" ] ]

/// The projects, each one room.
let private projects: Picture =
    Map
        [ "Rhm", []
          "Rhm.Claims", [ "Rhm" ]
          "Rhm.Native", [ "Rhm" ]
          "Rhm.Sweeps", [ "Rhm" ]
          "Rhm.Experiments", [ "Rhm.Sweeps" ]
          "Rhm.Report", [ "Rhm.Claims"; "Rhm.Experiments" ]
          "Rhm.Cli", [ "Rhm.Report" ] ]

/// Sums in an order that the width of vectors decides, and functions that differ where multiply-adds are not fused. Integers have no order.
let private widthDependent (files: SourceFile list) =
    let calls =
        Regex(
            @"TensorPrimitives\.(Sum|Dot|Norm|Distance|Cos|Product|Average|StdDev|Exp|Log|Pow|Root|Tan|Sin|Sig|SoftMax|Lerp|\w*Estimate)"
            + @"|\bVector\.(Sum|Dot)\("
        )
    [ for file in files do
          for call in calls.Matches file.Text do
              if not (file.Path.EndsWith "Levelwise/LevelCounts.cs") then
                  $"{file.Path}: {call.Value}: take Numerics' Reductions, Exponential, Logarithm or Interpolation" ]

let private isLibrary (file: SourceFile) = file.Path.StartsWith "src/Rhm/"

let private none violations = Expect.equal (String.Join('\n', (violations: string list))) "" "violations"

let private file path lines = { Path = path; Text = String.Join('\n', (lines: string list)) }

let private says (part: string) violations =
    match violations with
    | [ only: string ] -> Expect.stringContains only part "the one violation"
    | others -> failtest $"one violation with \"{part}\" expected, found {others.Length}: %A{others}"

[<Tests>]
let tests =
    let sources = lazy (read [ ".cs"; ".fs" ] "src")

    testList
        "Structure / Arrows"
        [ testList
              "the sources"
              [ testCase "every file declares the namespace of its folder" <| fun () -> none (misplaced sources.Value)
                testCase "one public type a file, and the file has its name" <| fun () -> none (misnamed sources.Value)
                testCase "lines have at most 140 characters" <| fun () ->
                    let kinds = [ ".cs"; ".fs"; ".fsx"; ".py"; ".js"; ".mjs"; ".css" ]
                    none (longLines (List.collect (read kinds) [ "src"; "proofs-tests"; "benchmarks" ]))
                testCase "the library's folders are those of the picture, and use only what it lets them use" <| fun () ->
                    none (strangersOf library (List.filter isLibrary sources.Value))
                testCase "no cycle between folders of the library" <| fun () ->
                    none (cycles (arrows (List.filter isLibrary sources.Value)))
                testCase "the projects are those of the picture, and use only what it lets them use" <| fun () ->
                    let rooms, arrows = projectArrows sources.Value
                    none (strangers projects rooms arrows)
                    none (cycles arrows)
                testCase "no sum or function of vectors depends on their width" <| fun () -> none (widthDependent sources.Value)
                testCase "pictures have no cycle" <| fun () ->
                    for picture in [ library; projects ] do
                        none (cycles [ for KeyValue(user, used) in picture do for name in used -> user, name, "picture" ]) ]
          testList
              "bad sources are found"
              [ testCase "a namespace that is not the folder" <| fun () ->
                    misplaced [ file "src/Rhm/Files/A.cs" [ "namespace Rhm.Strings;" ] ] |> says "its folder says Rhm.Files"
                    misplaced [ file "src/Rhm.Claims/A.fs" [ "module Rhm.Claims.B" ] ] |> says "its folder says Rhm.Claims.A"
                    misplaced [ file "src/Rhm/Files/A.cs" [ "class A { }" ] ] |> says "declares \"\""
                    none (misplaced [ file "src/Rhm.Claims/A.fs" [ "/// Text."; "module internal Rhm.Claims.A" ] ])
                testCase "a sum whose order the width of vectors decides" <| fun () ->
                    let ofCall call = widthDependent [ file "src/Rhm/Networks/A.cs" [ $"x = TensorPrimitives.{call};" ] ]
                    ofCall "SumOfSquares<T>(x)" |> says "TensorPrimitives.Sum"
                    ofCall "Lerp(x, y, a, x)" |> says "TensorPrimitives.Lerp"
                    none (ofCall "Add(x, y, x)")
                testCase "a public type in a file of another name, and two in one file" <| fun () ->
                    misnamed [ file "src/Rhm/Files/A.cs" [ "public sealed class B { }" ] ] |> says "public type B"
                    misnamed [ file "src/Rhm/Files/A.cs" [ "public class A;"; "public enum B { C }" ] ] |> says "2 public types: A, B"
                    misnamed [ file "src/Rhm/Files/A.cs" [ "public class A;"; "public delegate ref int B(int x);" ] ] |> says "A, B"
                    misnamed [ file "src/Rhm.Claims/A.fs" [ "namespace Rhm.Claims"; "type B = int"; "type A = int" ] ] |> says "B, A"
                    misnamed [ file "src/Rhm.Claims/A.fs" [ "namespace Rhm.Claims"; "module B =" ] ] |> says "public type B"
                    none
                        (misnamed
                            [ file "src/Rhm/Files/A.cs" [ "public class A;"; "public class A<T>;"; "internal class B;"; "// class" ]
                              file "src/Rhm/Files/A.Part.cs" [ "public partial class A"; "{"; "    public enum Inner { }"; "}" ]
                              file "src/Rhm.Claims/A.fs" [ "namespace Rhm.Claims"; "type internal B = int"; "type A = int" ] ])
                testCase "an arrow, by opening, by a whole name and from an enclosing room" <| fun () ->
                    let house = Map [ "Rhm.A", []; "Rhm.B", [ "Rhm.A" ]; "Rhm.B.C", []; "Rhm.D", [ "Rhm.B" ] ]
                    let at (name: string) lines = file $"src/Rhm/{name}/{name.Replace('/', 'x')}.cs" lines
                    let with' changed = changed @ [ for name in [ "A"; "B"; "B/C"; "D" ] -> file $"src/Rhm/{name}/Other.cs" [] ]
                    none (strangersOf house (with' [ at "D" [ "using Rhm.A;"; "using Rhm.B;" ] ]))
                    strangersOf house (with' [ at "A" [ "using Rhm.B;" ] ]) |> says "Rhm.A may not use Rhm.B"
                    strangersOf house (with' [ at "A" [ "using static Rhm.B.Thing;" ] ]) |> says "Rhm.A may not use Rhm.B"
                    strangersOf house (with' [ file "src/Rhm/A/A.fs" [ "    open Rhm.D" ] ]) |> says "Rhm.A may not use Rhm.D"
                    strangersOf house (with' [ at "A" [ "int x = Rhm.B.C.Thing.Value;" ] ]) |> says "Rhm.A may not use Rhm.B.C"
                    let enclosed = [ at "B/C" [ "Thing thing;" ]; file "src/Rhm/B/Thing.cs" [] ]
                    strangersOf house (with' enclosed) |> says "Rhm.B.C may not use Rhm.B"
                    none (strangersOf house (with' [ at "A" [ "// using Rhm.B;"; "string x = \"Rhm.B.C\";" ] ]))
                testCase "a room that the picture lacks, and one that has no files" <| fun () ->
                    strangersOf Map.empty [ file "src/Rhm/New/A.cs" [] ] |> says "lacks the room Rhm.New"
                    strangersOf (Map [ "Rhm.Old", [] ]) [] |> says "without files: Rhm.Old"
                testCase "a cycle" <| fun () ->
                    let path names = [ for user, used in names -> user, used, "file" ]
                    Expect.hasLength (cycles (path [ "A", "B"; "B", "C"; "C", "A"; "D", "A" ])) 3 "A, B and C, not D"
                    Expect.isEmpty (cycles (path [ "A", "B"; "B", "C"; "A", "C" ])) "none"
                testCase "an arrow between projects" <| fun () ->
                    let at project lines = file $"src/{project}/Folder/A.cs" lines
                    let rooms, arrows = projectArrows [ at "Rhm" [ "using Rhm.Sweeps.Folder;" ]; at "Rhm.Sweeps" [ "using Rhm.Folder;" ] ]
                    Expect.equal rooms [ "Rhm"; "Rhm.Sweeps" ] "projects"
                    Expect.hasLength (cycles arrows) 2 "each uses the other"
                    strangers (Map [ "Rhm", []; "Rhm.Sweeps", [ "Rhm" ] ]) rooms arrows |> says "Rhm may not use Rhm.Sweeps"
                testCase "a line that is too long, in characters and not in bytes" <| fun () ->
                    let line length = file "src/A.cs" [ "x"; String('é', length) ]
                    longLines [ line 141 ] |> says "src/A.cs(2): 141 characters"
                    none (longLines [ line 140 ]) ] ]
