/// Random inputs that satisfy the model's bounds by construction, and shrink towards the smallest grammar that still fails.
module Rhm.ProofsTests.Generators

open FsCheck.FSharp
open Rhm.Grammars

/// A feasible shape whose strings are short enough to be listed or sampled in a test.
type FeasibleShape =
    | FeasibleShape of GrammarShape

    override this.ToString() =
        let (FeasibleShape shape) = this
        string shape

/// A grammar together with the seed that drew it.
type DrawnGrammar =
    | DrawnGrammar of Grammar * seed: uint64

    override this.ToString() =
        let (DrawnGrammar(grammar, seed)) = this
        $"{grammar.Shape} seed={seed}"

let private tryShape depth branching vocabulary multiplicity =
    try
        Some(GrammarShape(depth, branching, vocabulary, multiplicity))
    with :? System.ArgumentException ->
        None

let private shapes =
    gen {
        let! branching = Gen.choose (2, 4)
        let! depth = Gen.choose (1, (if branching = 2 then 5 else 3))
        let! vocabulary = Gen.choose (2, 9)
        let! multiplicity = Gen.choose (1, min 12 (pown vocabulary (branching - 1)))
        return GrammarShape(depth, branching, vocabulary, multiplicity)
    }

let private smaller (shape: GrammarShape) =
    [ tryShape (shape.Depth - 1) shape.Branching shape.Vocabulary shape.Multiplicity
      tryShape shape.Depth (shape.Branching - 1) shape.Vocabulary (min shape.Multiplicity shape.Vocabulary)
      tryShape shape.Depth shape.Branching (shape.Vocabulary - 1) shape.Multiplicity
      tryShape shape.Depth shape.Branching shape.Vocabulary (shape.Multiplicity - 1) ]
    |> List.choose id

type Arbitraries =
    static member Shape() =
        Arb.fromGenShrink (Gen.map FeasibleShape shapes, (fun (FeasibleShape shape) -> smaller shape |> Seq.map FeasibleShape))

    static member Grammar() =
        let draw seed shape =
            DrawnGrammar(Grammar.Draw(shape, seed), seed)

        let grammars =
            gen {
                let! shape = shapes
                let! seed = Gen.choose64 (0L, 1_000_000L)
                return draw (uint64 seed) shape
            }

        Arb.fromGenShrink (grammars, (fun (DrawnGrammar(grammar, seed)) -> smaller grammar.Shape |> Seq.map (draw seed)))

/// A property over these inputs.
let property name (test: 'a -> 'b) =
    Expecto.ExpectoFsCheck.testPropertyWithConfig
        { Expecto.FsCheckConfig.defaultConfig with
            maxTest = 200
            arbitrary = [ typeof<Arbitraries> ] }
        name
        test
