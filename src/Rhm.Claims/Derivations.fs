/// Exact laws of small grammars by listing every derivation: independent of every formula that they check.
module internal Rhm.Claims.Derivations

open System.Collections.Generic
open Rhm.Grammars

/// Every derivation below a symbol of a level, of a grammar with uniform rules all equally likely: levels.[l].[n] is the symbol of node n
/// of level l.
let below (grammar: Grammar) level symbol : int[][] list =
    let shape = grammar.Shape

    let rec descend level (parents: int[]) (upper: int[] list) =
        if level < 0 then
            [ List.toArray upper ]
        else
            let rec expand node =
                if node = parents.Length then
                    [ [] ]
                else
                    let rest = expand (node + 1)

                    [ for k in 0 .. shape.Multiplicity - 1 do
                          let tuple = grammar.Rule(level, parents[node] * shape.Multiplicity + k).ToArray()

                          for tail in rest do
                              Array.toList (Array.map int tuple) @ tail ]

            [ for children in expand 0 do
                  let symbols = List.toArray children
                  yield! descend (level - 1) symbols (symbols :: upper) ]

    descend (level - 1) [| symbol |] [ [| symbol |] ]

/// Every derivation of a grammar, from all roots.
let all (grammar: Grammar) : int[][] list =
    [ for root in 0 .. grammar.Shape.Classes - 1 do
          yield! below grammar grammar.Shape.Depth root ]

/// How often a key was counted.
let times (counts: Dictionary<'k, int>) key =
    match counts.TryGetValue key with
    | true, n -> n
    | _ -> 0

/// How often each key occurs.
let count (keys: seq<'k>) =
    let counts = Dictionary<'k, int>()

    for key in keys do
        counts[key] <- 1 + times counts key

    counts

/// The tuple of level l whose parent is the given node of level l+1.
let tuple (branching: int) level node (derivation: int[][]) =
    Array.sub derivation[level] (node * branching) branching |> Array.toList

/// Mutual information in nats of two functions of an equally likely list.
let mutualInformation (first: 'a -> 'b) (second: 'a -> 'c) (items: 'a list) =
    let n = float items.Length
    let joint = items |> Seq.map (fun item -> struct (first item, second item)) |> count
    let left = items |> Seq.map first |> count
    let right = items |> Seq.map second |> count

    joint
    |> Seq.sumBy (fun pair ->
        let struct (a, b) = pair.Key
        let c = float pair.Value
        c / n * log (c * n / (float left[a] * float right[b])))
