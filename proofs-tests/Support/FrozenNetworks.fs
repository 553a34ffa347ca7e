/// Frozen networks whose features are known, for the tests of probes.
module Rhm.ProofsTests.FrozenNetworks

open System
open Rhm.Grammars
open Rhm.Networks.Probes
open Rhm.Randomness

let grammar = Grammar.Draw(GrammarShape(3, 2, 8, 3), 11UL)

/// The symbols of all levels of one string, tokens first; -1 where a tuple is not legal.
let parse (grammar: Grammar) (tokens: uint16[]) =
    let s = grammar.Shape.Branching

    List.scan
        (fun (below: int[]) level ->
            below
            |> Array.chunkBySize s
            |> Array.map (fun tuple ->
                if Array.contains -1 tuple then -1 else grammar.FindParent(level, ReadOnlySpan(Array.map uint16 tuple))))
        (Array.map int tokens)
        [ 0 .. grammar.Shape.Depth - 1 ]

/// Features of one layer, position by position, from the string.
let network (length: int) columns (features: uint16[] -> int -> float32[] -> unit) =
    FrozenNetwork(fun tokens ->
        let tokens = tokens.ToArray()
        let values = Array.zeroCreate (tokens.Length * columns)

        tokens
        |> Array.chunkBySize length
        |> Array.iteri (fun i text ->
            for position in 0 .. length - 1 do
                let row = Array.zeroCreate columns
                features text position row
                row.CopyTo(values, (i * length + position) * columns))

        [| LayerStates(values, length, columns) |])

/// One-hot latents of some levels at every position, side by side.
let latents (grammar: Grammar) levels =
    let shape = grammar.Shape

    network shape.TokenCount (List.length levels * shape.Vocabulary) (fun text position row ->
        let symbols = parse grammar text

        levels
        |> List.iteri (fun i level ->
            let symbol = symbols[level][position / (shape.TokenCount / shape.NodeCount level)]
            if symbol >= 0 then row[i * shape.Vocabulary + symbol] <- 1.0f))

let random columns (seed: uint64) =
    let stream = RandomStream(seed, RandomPurpose.Experiment)
    network grammar.Shape.TokenCount columns (fun _ _ row -> for j in 0 .. columns - 1 do row[j] <- float32 (stream.NextGaussian()))

let measure = RepresentationMeasure(Strings = 600, SynonymStrings = 200)

let rows (values: float32[][]) (labels: int[]) =
    LabelledFeatures(Array.concat values, values[0].Length, Array.map uint16 labels)
