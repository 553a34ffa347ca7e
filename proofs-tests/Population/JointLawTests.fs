module Rhm.ProofsTests.Population.JointLawTests

open System
open Expecto
open Rhm.Claims
open Rhm.Experiments
open Rhm.Grammars
open Rhm.Population
open Rhm.Randomness
open Rhm.Statistics
open Rhm.Strings
open Rhm.ProofsTests.Folders
open Rhm.ProofsTests.Generators
open Rhm.ProofsTests.ListedDerivations
open Rhm.ProofsTests.Refusals

[<Tests>]
let tests =
    testList "Population / JointLaw" [
        testCase "a tuple tells as much as all tokens below it (identity 9)" <| fun () ->
            for _, grammar in grammars do
                let shape = grammar.Shape
                let listed = derivations grammar
                let t, u = Site.Tuple(0, 0), Site.Tuple(shape.Depth - 2, shape.Branching - 1)
                let tokens = pown shape.Branching (shape.Depth - 1)
                let below (d: int[][]) = Array.sub d[0] (tokens * u.Node) tokens |> Array.toList
                let keys = listed |> List.map (fst >> below) |> List.distinct
                let joint = Array2D.create (t.ValueCount shape) keys.Length Rational.AdditiveIdentity

                for d, p in listed do
                    let a, b = value grammar t d, List.findIndex ((=) (below d)) keys
                    joint[a, b] <- joint[a, b] + p

                let law = JointLaw<Rational>(Array2D.length1 joint, Array2D.length2 joint)
                Array2D.iteri (fun a b p -> law[a, b] <- p) joint
                let whole = PopulationLaws.Exact(grammar).Joint(t, u)
                Expect.equal (law.ChiSquare()) (whole.ChiSquare()) "chi-square"
    ]
