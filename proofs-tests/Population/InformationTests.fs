module Rhm.ProofsTests.Population.InformationTests

open System
open Expecto
open Rhm.Population
open Rhm.ProofsTests.Generators

[<Tests>]
let tests =
    testList "Population / Information" [
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
