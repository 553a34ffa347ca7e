module Rhm.ProofsTests.Levelwise.ControlledLearnerTests

open System.Threading
open Expecto
open Rhm.Grammars
open Rhm.Levelwise
open Rhm.Levelwise.Counting
open Rhm.Population
open Rhm.Randomness
open Rhm.Statistics
open Rhm.Strings

let private targets = [ Target.Latent; Target.Token; Target.Root ]

let private collect (strings: StringSampler) lower level target cousins =
    let shape = strings.Grammar.Shape
    LevelCounts.Collect(strings, lower, shape.Depth, shape.Branching, target, cousins, true, 1, CancellationToken.None)

let private accuracy target (shape: GrammarShape) seed count =
    let grammar = Grammar.Draw(shape, seed)
    let learned =
        IterativeLatentClustering.Learn(
            StringSampler(grammar, seed, count),
            shape.Branching,
            ControlledLearner(target, CousinTargets.All).Options
        )
    Array.last (learned.Accuracy(StringSampler(grammar, seed, 1000L, RandomPurpose.HeldOut)))

[<Tests>]
let tests =
    testList "Levelwise / ControlledLearner" [
        testCase "differ in the target and in nothing else" <| fun () ->
            for cousins in [ CousinTargets.Element; CousinTargets.All ] do
                let options = [ for target in targets -> ControlledLearner(target, cousins).Options ]
                Expect.equal [ for o in options -> o.Target ] targets "the targets"

                for o in options do
                    Expect.equal
                        (IlcOptions(
                            Target = Target.Latent,
                            Cousins = o.Cousins,
                            Restarts = o.Restarts,
                            PoolGrandparents = o.PoolGrandparents
                        ))
                        options.Head
                        "all else"

        for cousins in [ CousinTargets.Element; CousinTargets.Tuple; CousinTargets.All ] do
            testCase $"at level 0, where tokens are latents, both targets give the same context vectors ({cousins})" <| fun () ->
                let strings = StringSampler(Grammar.Draw(GrammarShape(3, 3, 6, 4), 3UL), 3UL, 700L)
                let vectors target = IterativeLatentClustering.ContextVectors(collect strings (ResizeArray()) 0 target cousins, cousins)
                let struct (latent, d1), struct (token, d2) = vectors Target.Latent, vectors Target.Token
                Expect.equal d2 d1 "dimension"
                Expect.equal token latent "vectors"
                let struct (root, _) = vectors Target.Root
                Expect.notEqual root latent "the root is another target"

        testCase "each learns the hierarchy from enough strings; at f = 1 only labels do" <| fun () ->
            for target in targets do
                Expect.isGreaterThan (accuracy target (GrammarShape(3, 2, 8, 4)) 3UL 60000L) 0.95 $"{target}, f = 1/2"

            // Accuracy at f = 1 is that of labels that know nothing: at most the 1/v of a random label plus what matching gains.
            Expect.isGreaterThan (accuracy Target.Root (GrammarShape(3, 2, 8, 8)) 3UL 60000L) 0.95 "labels, f = 1"

            for target in [ Target.Latent; Target.Token ] do
                Expect.isLessThan (accuracy target (GrammarShape(3, 2, 8, 8)) 3UL 60000L) 0.4 $"{target}, f = 1"

        testCase "says what is doubtful: m = 1, f = 1, too few strings; and says nothing where all is well" <| fun () ->
            let seeded seed (shape: GrammarShape) count target =
                let learned =
                    IterativeLatentClustering.Learn(
                        StringSampler(Grammar.Draw(shape, seed), seed, count),
                        shape.Branching,
                        IlcOptions(Target = target, Restarts = 2)
                    )
                String.concat "; " learned.Warnings

            let warnings = seeded 1UL

            for target in targets do
                // At m = 1 some symbols may never be written; where all are, there are as many tuples as symbols.
                let alone = [ for seed in 1UL .. 30UL -> seeded seed (GrammarShape(2, 2, 8, 1)) 2000L target ]
                Expect.isTrue (alone |> List.exists (fun text -> text.Contains "m = 1")) $"{target}"
                Expect.isTrue
                    (alone |> List.forall (fun text -> text.Contains "m = 1" || text.Contains "fewer than the 8 clusters"))
                    $"{target}: always something"
                Expect.stringContains (warnings (GrammarShape(3, 2, 16, 8)) 20L target) "below coverage" $"{target}"
                Expect.equal (warnings (GrammarShape(3, 2, 8, 4)) 5000L target) "" $"{target}"

            Expect.stringContains (warnings (GrammarShape(2, 2, 8, 8)) 5000L Target.Latent) "without labels" "f = 1"
            Expect.stringContains (warnings (GrammarShape(2, 2, 8, 8)) 5000L Target.Token) "without labels" "f = 1"
            Expect.equal (warnings (GrammarShape(2, 2, 8, 8)) 5000L Target.Root) "" "labels need no illegal tuples"

        testCase "predictions: leading order and formula H agree in their powers of m, and with f = 1" <| fun () ->
            for target, power in [ Target.Latent, 3; Target.Token, 5; Target.Root, 4 ] do
                let learner = ControlledLearner(target, CousinTargets.Element)
                let x = [ 32.0; 64.0; 128.0 ]
                let shapes = [ for m in x -> GrammarShape(4, 5, 64, int m) ]
                // Finite-m corrections of formula C are of relative order 1/m.
                Expect.isLessThan
                    (abs (ScalingLaw.ExponentOf(x, [ for s in shapes -> learner.Resolution s ]) - float power))
                    0.06
                    $"{target}"
                Expect.isLessThan
                    (abs (ScalingLaw.ExponentOf(x, [ for s in shapes -> learner.LeadingOrder s ]) - float power))
                    0.001
                    $"{target}"

            let full = GrammarShape(3, 2, 8, 8)
            Expect.isTrue (System.Double.IsPositiveInfinity(ControlledLearner(Target.Token, CousinTargets.All).LeadingOrder full)) "never"
            Expect.isLessThan (ControlledLearner(Target.Root, CousinTargets.All).LeadingOrder full) 5000.0 "labels"
    ]
