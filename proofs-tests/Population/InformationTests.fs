module Rhm.ProofsTests.Population.InformationTests

open System
open Expecto
open Rhm.Population
open Rhm.Randomness
open Rhm.ProofsTests.Generators

[<Tests>]
let tests =
    testList "Population / Information" [
        property "informations are compared as their logarithms are, whatever the laws of rows and columns" <| fun (seed: uint16) ->
            let random = RandomStream(uint64 seed, RandomPurpose.Experiment)
            let drawn rows columns =
                let joint = JointLaw<Rational>(rows, columns)
                let places = [| for _ in 1..8 -> int (random.NextBelow(uint64 rows)), int (random.NextBelow(uint64 columns)) |]
                for (a, b), count in Array.countBy id places do joint[a, b] <- Rational(bigint count, 8I)
                joint
            let first, second = drawn 2 3, drawn 3 2
            let information (joint: JointLaw<Rational>) = Information.MutualInformation(Information.ToDouble joint)
            let difference = information first - information second
            let expected = if abs difference < 1e-9 then 0 else sign difference
            sign (Information.CompareInformation(first, second)) = expected

        property "information is in nats: I(top tuple; root) = log n_c, H(T|parent) = log m, I <= log(1 + chi^2)"
        <| fun (DrawnGrammar(grammar, _)) ->
            let shape = grammar.Shape
            let laws = PopulationLaws.Of grammar
            let top, root = Site.Tuple(shape.Depth - 1, 0), Site.Symbol(shape.Depth, 0)
            let withRoot = laws.Joint(top, root)
            let tolerance = 1e-9

            abs (withRoot.MutualInformation() - log (float shape.Classes)) < tolerance
            && abs (withRoot.ConditionalEntropy() - log (float shape.Multiplicity)) < tolerance
            && abs (Information.Entropy(ReadOnlySpan(laws.Law top)) - log (float (shape.RuleCount(shape.Depth - 1)))) < tolerance
            && List.forall
                (fun level ->
                    let joint = laws.Joint(Site.Tuple(level, 0), Site.Symbol(0, shape.TokenCount - 1))
                    joint.MutualInformation() <= log (1.0 + joint.ChiSquare()) + tolerance)
                [ 0 .. shape.Depth - 1 ]
    ]
