/// Planted errors: grammars that are wrong in one way, for negative controls.
module internal Rhm.Claims.PlantedErrors

open Rhm.Grammars

let private withRules (grammar: Grammar) zipf (change: int -> uint16[][] -> uint16[][]) =
    let shape = grammar.Shape
    let tuples level = grammar.Rules(level).ToArray() |> Array.chunkBySize shape.Branching
    Grammar(shape, [| for level in 0 .. shape.Depth - 1 -> change level (tuples level) |> Array.concat |], zipf, false)

/// Rule k = 1..m of every symbol has a probability proportional to 1/k.
let weighted grammar = withRules grammar 1.0 (fun _ tuples -> tuples)

/// The first two rules of every symbol write the same tuple.
let duplicateRule (grammar: Grammar) =
    let m = grammar.Shape.Multiplicity
    withRules grammar 0.0 (fun _ tuples -> tuples |> Array.mapi (fun r tuple -> if r % m = 1 then tuples[r - 1] else tuple))

/// Symbol 1 of one level writes the first tuple of symbol 0 too.
let sharedTuple level (grammar: Grammar) =
    let m = grammar.Shape.Multiplicity
    withRules grammar 0.0 (fun l tuples -> tuples |> Array.mapi (fun r tuple -> if l = level && r = m then tuples[0] else tuple))

/// Every level has the rules of the level above it, the highest those of the lowest: a rule table off by one level.
let shiftedLevels (grammar: Grammar) =
    let shape = grammar.Shape
    withRules grammar 0.0 (fun level _ -> grammar.Rules((level + 1) % shape.Depth).ToArray() |> Array.chunkBySize shape.Branching)

/// The tuples of the lowest level are written backwards: children in the wrong places.
let reversed grammar =
    withRules grammar 0.0 (fun level tuples -> if level = 0 then Array.map Array.rev tuples else tuples)

/// The tuples of one level belong to other symbols: each moves on by one.
let reshuffled level (grammar: Grammar) =
    withRules grammar 0.0 (fun l tuples -> if l = level then Array.append (Array.tail tuples) [| tuples[0] |] else tuples)

/// The highest level is dropped instead of the lowest.
let withoutTop (grammar: Grammar) =
    let upper = grammar.Shape.WithoutLowest 1
    Grammar(upper, [| for level in 0 .. upper.Depth - 1 -> grammar.Rules(level).ToArray() |], 0.0, false)

/// Symbol 0 of the lowest level writes the first tuple of symbol 1 in the place of its own first one.
let ambiguous (grammar: Grammar) =
    let m = grammar.Shape.Multiplicity
    withRules grammar 0.0 (fun level tuples -> if level = 0 then Array.append [| tuples[m] |] (Array.tail tuples) else tuples)
