module Rhm.ProofsTests.Levelwise.Counting.TargetCountsTests

open System.Threading
open Expecto
open Rhm.Grammars
open Rhm.Levelwise
open Rhm.Levelwise.Counting
open Rhm.Population
open Rhm.Strings

let private collect (strings: StringSampler) lower level target cousins =
    let shape = strings.Grammar.Shape
    LevelCounts.Collect(strings, lower, shape.Depth, shape.Branching, target, cousins, true, 1, CancellationToken.None)

/// The same strings, node by node: levels[l][node] is a symbol.
let private derivations (strings: StringSampler) =
    let shape = strings.Grammar.Shape
    let group = strings.CreateGroup()
    use reader = strings.OpenReader()

    [ for number in 0L .. (strings.Count - 1L) / int64 StringGroup.Lanes do
          reader.Read(number, group)

          for lane in 0 .. group.Count - 1 ->
              [| for level in 0 .. shape.Depth ->
                     let symbols = group.Level(level).ToArray() in
                     [| for node in 0 .. shape.NodeCount level - 1 -> int symbols[node * StringGroup.Lanes + lane] |] |] ]

[<Tests>]
let tests =
    testList "Levelwise / Counting / TargetCounts" [
        for cousins, positions in [ CousinTargets.Element, [ 4 ]; CousinTargets.Tuple, [ 4..7 ] ] do
            testCase $"a token learner counts tuples of learned latents with the tokens below the cousin ({cousins})" <| fun () ->
                let shape = GrammarShape(3, 2, 6, 3)
                let strings = StringSampler(Grammar.Draw(shape, 5UL), 5UL, 400L)
                let learned =
                    IterativeLatentClustering.Learn(StringSampler(strings.Grammar, 5UL, 20000L), 2, IlcOptions(Target = Target.Token))
                let lower = ResizeArray [ learned.Levels[0] ]
                let counts = collect strings lower 1 Target.Token cousins
                let expected = Array3D.zeroCreate<int64> counts.Tuples.Count positions.Length 6

                for derivation in derivations strings do
                    let label i =
                        learned.Levels[0].Labels[learned.Levels[0]
                                                     .Tuples.Find(
                                                         System.ReadOnlySpan [| for p in 0..1 -> uint16 (derivation[0][2 * i + p]) |]
                                                     )]
                    // All tuples of the leftmost grandparent, the root, are under one node: the first tuple is node 0, its cousin node 1.
                    let tuple = counts.Tuples.Find(System.ReadOnlySpan [| label 0; label 1 |])
                    positions
                    |> List.iteri (fun slot token ->
                        expected[tuple, slot, derivation[0][token]] <- expected[tuple, slot, derivation[0][token]] + 1L)

                for tuple in 0 .. counts.Tuples.Count - 1 do
                    let row = [| for slot in 0 .. positions.Length - 1 do for z in 0..5 -> expected[tuple, slot, z] |]
                    Expect.equal (counts.Targets.Of(tuple).ToArray()) row $"tuple {tuple}"

        testCase "a label learner counts tuples with the root, each node in its slot" <| fun () ->
            let strings = StringSampler(Grammar.Draw(GrammarShape(2, 2, 5, 3), 5UL), 5UL, 300L)
            let counts = collect strings (ResizeArray()) 0 Target.Root CousinTargets.All
            let expected = Array3D.zeroCreate<int64> counts.Tuples.Count 2 5

            for derivation in derivations strings do
                for node in 0..1 do
                    let tuple = counts.Tuples.Find(System.ReadOnlySpan [| for p in 0..1 -> uint16 (derivation[0][2 * node + p]) |])
                    expected[tuple, node, derivation[2][0]] <- expected[tuple, node, derivation[2][0]] + 1L

            for tuple in 0 .. counts.Tuples.Count - 1 do
                Expect.equal
                    (counts.Targets.Of(tuple).ToArray())
                    [| for node in 0..1 do
                           for z in 0..4 -> expected[tuple, node, z] |]
                    $"tuple {tuple}"
    ]
