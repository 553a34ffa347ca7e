/// All grammars of small shapes.
module Rhm.Claims.SmallGrammars

open Rhm.Grammars

/// All ways to choose k of the items, each with the rest.
let rec private choices k (items: 'a list) : ('a list * 'a list) list =
    match k, items with
    | 0, _ -> [ [], items ]
    | _, [] -> []
    | _, first :: others ->
        [ for chosen, rest in choices (k - 1) others -> first :: chosen, rest ]
        @ [ for chosen, rest in choices k others -> chosen, first :: rest ]

/// Their number: (v^s)! / (m!^v (v^s - v m)!) tables a level.
let count (shape: GrammarShape) =
    let v, m = shape.Vocabulary, shape.Multiplicity
    let falling (n: int) k = Seq.fold (fun product i -> product * bigint (n - i)) 1I [ 0 .. k - 1 ]
    let tables = falling (pown v shape.Branching) (v * m) / pown (falling m m) v
    int (pown tables shape.Depth)

/// Every grammar of a shape (n_c = v) by its number, 0..count-1; the order of a symbol's rules does not count.
let numbered (shape: GrammarShape) =
    let rec tuples n =
        if n = 0 then
            [ [] ]
        else
            [ for first in 0 .. shape.Vocabulary - 1 do
                  for rest in tuples (n - 1) -> uint16 first :: rest ]

    let rec tables parents remaining =
        if parents = 0 then
            [ [] ]
        else
            [ for chosen, rest in choices shape.Multiplicity remaining do
                  for others in tables (parents - 1) rest -> List.concat chosen @ others ]

    let level = tables shape.Vocabulary (tuples shape.Branching) |> Seq.map List.toArray |> Seq.toArray

    fun (number: int) ->
        // The rules of the lowest level are the last digit.
        let digit depth = number / pown level.Length depth % level.Length
        Grammar.FromRules(shape, ResizeArray [ for depth in 0 .. shape.Depth - 1 -> level[digit depth] ])

/// Every grammar of a shape.
let all (shape: GrammarShape) = Seq.init (count shape) (numbered shape)
