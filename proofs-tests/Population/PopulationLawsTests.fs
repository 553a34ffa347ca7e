/// The exact laws of nodes and tuples: against complete lists of derivations, and in doubles against fractions.
module Rhm.ProofsTests.Population.PopulationLawsTests

open System
open Expecto
open Rhm.Claims
open Rhm.Grammars
open Rhm.Population
open Rhm.Randomness
open Rhm.ProofsTests.Generators
open Rhm.ProofsTests.ListedDerivations

let private sites (shape: GrammarShape) =
    [ for level in 0 .. shape.Depth do
          for node in 0 .. shape.NodeCount level - 1 do
              Site.Symbol(level, node)
              if level > 0 then Site.Tuple(level - 1, node) ]

[<Tests>]
let tests =
    testList "Population / PopulationLaws" [
        for name, grammar in grammars do
            let shape = grammar.Shape

            testCase $"every joint law of {name}" <| fun () ->
                let laws, listed = PopulationLaws.Exact grammar, derivations grammar
                Expect.equal (total (List.map snd listed)) (Rational.op_Implicit 1L) "the list is complete"

                for a in sites shape do
                    for b in sites shape do
                        let joint = laws.Joint(a, b)
                        let expected = Array2D.create joint.Rows joint.Columns Rational.AdditiveIdentity

                        for d, p in listed do
                            let x, y = value grammar a d, value grammar b d
                            expected[x, y] <- expected[x, y] + p

                        for x in 0 .. joint.Rows - 1 do
                            for y in 0 .. joint.Columns - 1 do
                                if joint[x, y] <> expected[x, y] then
                                    failtestf "P[%O = %d, %O = %d] is %O, but the derivations say %O" a x b y joint[x, y] expected[x, y]

                        let law = laws.Law b
                        Expect.sequenceEqual (joint.ColumnLaw()) law $"law of {b}"

        property "doubles agree with exact fractions" <| fun (DrawnGrammar(grammar, seed)) ->
            let shape = grammar.Shape
            let random = RandomStream(seed, RandomPurpose.Experiment)
            let symbol level = Site.Symbol(level, int (random.NextBelow(uint64 (shape.NodeCount level))))
            let level = int (random.NextBelow(uint64 shape.Depth))
            let t = Site.Tuple(level, (symbol (level + 1)).Node)
            let z = symbol (int (random.NextBelow(uint64 (shape.Depth + 1))))
            let exact, approximate = PopulationLaws.Exact(grammar).Joint(t, z), PopulationLaws.Of(grammar).Joint(t, z)

            [ for r in 0 .. exact.Rows - 1 do
                  for x in 0 .. exact.Columns - 1 ->
                      Identities.holdsInDouble shape (Identities.Equal(exact[r, x].ToDouble(), approximate[r, x], approximate[r, x])) ]
            |> List.forall id

        testCase "weak correlations have I = chi^2/2 to 2%, on average over grammars (false alarm at most 1e-9)" <| fun () ->
            // v(1-f)/m^(k+2) = 0.014 below 0.1, for a token one level below the latent; a single grammar may be 2.4% off.
            let ratios =
                [ for seed in 1UL .. 400UL do
                      let joint = PopulationLaws.Of(Grammar.Draw(GrammarShape(4, 3, 8, 8), seed)).Joint(Site.Tuple(1, 0), Site.Symbol(0, 9))
                      2.0 * joint.MutualInformation() / joint.ChiSquare() ]

            let interval = Rhm.Statistics.Interval.Student(ResizeArray ratios, 1e-9)
            Expect.isTrue (interval.Low <= 1.02 && interval.High >= 0.98) $"{interval}"
            Expect.isLessThan (interval.High - interval.Low) 0.02 "the interval is narrow enough to tell"

        testCase "in L2 a token can tell parents further apart than its latent: the ordering is not one of every grammar" <| fun () ->
            // v=4, m=2, s=2, first elements {0,1} -> 0 and {2,3} -> 1: (1/2,1/2,-1/2,-1/2) becomes (1,-1), twice the squared norm.
            let lowest = [| 0; 0; 0; 1; 0; 2; 0; 3; 1; 0; 1; 1; 1; 2; 1; 3 |] |> Array.map uint16
            let transition = PopulationLaws.Exact(Grammar.FromRules(GrammarShape(1, 2, 4, 2), [| lowest |])).Transition(0, 0)
            let latent = [| 1; 1; -1; -1 |] |> Array.map (fun x -> Rational(bigint x, 2I))
            let token = [| for z in 0..3 -> total [ for a in 0..3 -> latent[a] * transition[a, z] ] |]
            let square (d: Rational[]) = total [ for x in d -> x * x ]
            Expect.equal (square token) (Rational.op_Implicit 2L * square latent) "doubled"

            // The same in whole grammars: with these rules at level 0, some grammar orders the squared correlations the wrong way round.
            let reversals =
                [ for seed in 1UL .. 50UL do
                      let upper = Grammar.Draw(GrammarShape(3, 2, 4, 2), seed)
                      let grammar = Grammar.FromRules(upper.Shape, [| lowest; upper.Rules(1).ToArray(); upper.Rules(2).ToArray() |])
                      let laws = PopulationLaws.Exact grammar
                      let correlation z = laws.Joint(Site.Tuple(1, 0), z).SquaredCorrelation()
                      Rational.op_LessThan (correlation (Site.Symbol(1, 2)), correlation (Site.Symbol(0, 4))) ]

            Expect.exists reversals id "a counterexample"


        testCase "distances of context vectors, by hand" <| fun () ->
            let vectors = ContextVectors<float>(ResizeArray<float[] | null> [ [| 1.0; 0.0 |]; [| 0.0; 1.0 |]; [| 0.5; 0.5 |] ])
            // 2, 1/2 and 1/2.
            let struct (least, mean) = vectors.Separation()
            Expect.equal (least, mean) (0.5, 1.0) "least and mean"
            Expect.equal (vectors.TotalVariation(0, 1), vectors.TotalVariation(0, 2)) (1.0, 0.5) "total variation"

        testCase "exact laws of weighted rules have their weights" <| fun () ->
            let laws = PopulationLaws.Exact(Grammar.Draw(GrammarShape(2, 2, 8, 3), 1UL, 1.0))

            for p, expected in Seq.zip laws.RuleProbabilities [ 6.0 / 11.0; 3.0 / 11.0; 2.0 / 11.0 ] do
                Expect.floatClose Accuracy.high (p.ToDouble()) expected "probability"

        testCase "scales of P for classes other than symbols" <| fun () ->
            let shape = GrammarShape(3, 2, 8, 3, 5)
            let scales = [ SampleScales.Latents; SampleScales.Tokens; SampleScales.Labels; SampleScales.Spectral; SampleScales.Coverage ]
            let expected = [ 216.0; 648.0; 135.0; 72.0; 24.0 * log 24.0 ]
            Expect.equal [ for scale in scales -> scale shape ] expected "v m^3, v m^(L+1), n_c m^L, v m^2, coverage"

        testCase "where every string is legal only labels inform" <| fun () ->
            let full, other = GrammarShape(3, 2, 8, 8), GrammarShape(3, 2, 8, 4)
            let reason shape target = Option.ofObj (Unlearnable.Reason(shape, target))
            Expect.isNone (reason full Target.Root) "labels"

            for target in [ Target.Latent; Target.Token; Target.OwnLatent ] do
                Expect.isSome (reason full target) $"{target}"
                Expect.isNone (reason other target) $"{target}, f = 1/2"
    ]
