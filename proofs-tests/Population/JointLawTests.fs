module Rhm.ProofsTests.Population.JointLawTests

open Expecto
open Rhm.Population
open Rhm.ProofsTests.ListedDerivations

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

        testCase "correlation, chi-square and total variation of two tables, by hand" <| fun () ->
            let law rows =
                let law = JointLaw<Rational>(2, 2)
                List.iteri (fun a row -> List.iteri (fun b (p, q) -> law[a, b] <- Rational(bigint (p: int), bigint (q: int))) row) rows
                law

            // A = B, each with probability 1/2: every C is 1/4 or -1/4
            let equal = law [ [ 1, 2; 0, 1 ]; [ 0, 1; 1, 2 ] ]
            // marginals 1/2, 1/2 and 3/8, 5/8: every C is 3/16 or -3/16
            let skew = law [ [ 3, 8; 1, 8 ]; [ 0, 1; 1, 2 ] ]
            let fraction p q = Rational(bigint (p: int), bigint (q: int))

            for law, squared, chiSquare, variation in
                [ equal, fraction 1 4, fraction 1 1, fraction 1 2
                  skew, fraction 9 64, fraction 3 5, fraction 3 8 ] do
                Expect.equal (law.SquaredCorrelation()) squared "sum of C^2"
                Expect.equal (law.ChiSquare()) chiSquare "chi-square"
                Expect.equal (law.TotalVariation()) variation "half the sum of |C|"
    ]
