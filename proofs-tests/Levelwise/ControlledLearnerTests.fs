module Rhm.ProofsTests.Learners.ControlledLearnerTests

open System.Threading
open Expecto
open Rhm.Experiments
open Rhm.Grammars
open Rhm.Learning
open Rhm.Levelwise
open Rhm.Levelwise.Counting
open Rhm.Population
open Rhm.Randomness
open Rhm.Statistics
open Rhm.Strings
open Rhm.Thresholds

let private targets = [ Target.Latent; Target.Token; Target.Root ]

let private collect (strings: StringSampler) lower level target cousins =
    let shape = strings.Grammar.Shape
    LevelCounts.Collect(strings, lower, shape.Depth, shape.Branching, target, cousins, true, 1, CancellationToken.None)

/// The same strings, node by node: levels[l][node] is a symbol.
let private derivations (strings: StringSampler) =
    let shape = strings.Grammar.Shape
    let group = strings.CreateGroup()
    use reader = strings.OpenReader()

    [ for number in 0L .. (strings.Count - 1L) / int64 StringGroup.Lanes do
          reader.Read(number, group)

          for lane in 0 .. group.Count - 1 ->
              [| for level in 0 .. shape.Depth -> let symbols = group.Level(level).ToArray() in [| for node in 0 .. shape.NodeCount level - 1 -> int symbols[node * StringGroup.Lanes + lane] |] |] ]

let private accuracy target (shape: GrammarShape) seed count =
    let grammar = Grammar.Draw(shape, seed)
    let learned = IterativeLatentClustering.Learn(StringSampler(grammar, seed, count), shape.Branching, ControlledLearner(target, CousinTargets.All).Options)
    Array.last (learned.Accuracy(StringSampler(grammar, seed, 1000L, RandomPurpose.HeldOut)))

[<Tests>]
let controlled =
    testList "Controlled learners" [
        testCase "differ in the target and in nothing else" <| fun () ->
            for cousins in [ CousinTargets.Element; CousinTargets.All ] do
                let options = [ for target in targets -> ControlledLearner(target, cousins).Options ]
                Expect.equal [ for o in options -> o.Target ] targets "the targets"

                for o in options do
                    Expect.equal (IlcOptions(Target = Target.Latent, Cousins = o.Cousins, Restarts = o.Restarts, PoolGrandparents = o.PoolGrandparents)) options.Head "all else"

        for cousins in [ CousinTargets.Element; CousinTargets.Tuple; CousinTargets.All ] do
            testCase $"at level 0, where tokens are latents, both targets give the same context vectors ({cousins})" <| fun () ->
                let strings = StringSampler(Grammar.Draw(GrammarShape(3, 3, 6, 4), 3UL), 3UL, 700L)
                let vectors target = IterativeLatentClustering.ContextVectors(collect strings (ResizeArray()) 0 target cousins, cousins)
                let struct (latent, d1), struct (token, d2) = vectors Target.Latent, vectors Target.Token
                Expect.equal d2 d1 "dimension"
                Expect.equal token latent "vectors"
                let struct (root, _) = vectors Target.Root
                Expect.notEqual root latent "the root is another target"

        for cousins, positions in [ CousinTargets.Element, [ 4 ]; CousinTargets.Tuple, [ 4..7 ] ] do
            testCase $"a token learner counts tuples of learned latents with the tokens below the cousin ({cousins})" <| fun () ->
                let shape = GrammarShape(3, 2, 6, 3)
                let strings = StringSampler(Grammar.Draw(shape, 5UL), 5UL, 400L)
                let learned = IterativeLatentClustering.Learn(StringSampler(strings.Grammar, 5UL, 20000L), 2, IlcOptions(Target = Target.Token))
                let lower = ResizeArray [ learned.Levels[0] ]
                let counts = collect strings lower 1 Target.Token cousins
                let expected = Array3D.zeroCreate<int64> counts.Tuples.Count positions.Length 6

                for derivation in derivations strings do
                    let label i = learned.Levels[0].Labels[learned.Levels[0].Tuples.Find(System.ReadOnlySpan [| for p in 0..1 -> uint16 (derivation[0][2 * i + p]) |])]
                    // All tuples of the leftmost grandparent, the root, are under one node: the first tuple is node 0, its cousin node 1.
                    let tuple = counts.Tuples.Find(System.ReadOnlySpan [| label 0; label 1 |])
                    positions |> List.iteri (fun slot token -> expected[tuple, slot, derivation[0][token]] <- expected[tuple, slot, derivation[0][token]] + 1L)

                for tuple in 0 .. counts.Tuples.Count - 1 do
                    let row = [| for slot in 0 .. positions.Length - 1 do for z in 0..5 -> expected[tuple, slot, z] |]
                    Expect.equal (counts.Targets.Of(tuple).ToArray()) row $"tuple {tuple}"

        testCase "a label learner counts tuples with the root, each node in its slot" <| fun () ->
            let strings = StringSampler(Grammar.Draw(GrammarShape(2, 2, 5, 3), 5UL), 5UL, 300L)
            let counts = collect strings (ResizeArray()) 0 Target.Root CousinTargets.All
            let expected = Array3D.zeroCreate<int64> counts.Tuples.Count 2 5

            for derivation in derivations strings do
                for node in 0..1 do
                    let tuple = counts.Tuples.Find(System.ReadOnlySpan [| for p in 0..1 -> uint16 (derivation[0][2 * node + p]) |])
                    expected[tuple, node, derivation[2][0]] <- expected[tuple, node, derivation[2][0]] + 1L

            for tuple in 0 .. counts.Tuples.Count - 1 do
                Expect.equal (counts.Targets.Of(tuple).ToArray()) [| for node in 0..1 do for z in 0..4 -> expected[tuple, node, z] |] $"tuple {tuple}"

        testCase "each learns the hierarchy from enough strings; at f = 1 only labels do" <| fun () ->
            for target in targets do
                Expect.isGreaterThan (accuracy target (GrammarShape(3, 2, 8, 4)) 3UL 60000L) 0.95 $"{target}, f = 1/2"

            // Accuracy at f = 1 is that of labels that know nothing: at most the 1/v of a random label plus what matching gains.
            Expect.isGreaterThan (accuracy Target.Root (GrammarShape(3, 2, 8, 8)) 3UL 60000L) 0.95 "labels, f = 1"

            for target in [ Target.Latent; Target.Token ] do
                Expect.isLessThan (accuracy target (GrammarShape(3, 2, 8, 8)) 3UL 60000L) 0.4 $"{target}, f = 1"

        testCase "says what is doubtful: m = 1, f = 1, too few strings; and says nothing where all is well" <| fun () ->
            let seeded seed (shape: GrammarShape) count target =
                let learned = IterativeLatentClustering.Learn(StringSampler(Grammar.Draw(shape, seed), seed, count), shape.Branching, IlcOptions(Target = target, Restarts = 2))
                String.concat "; " learned.Warnings

            let warnings = seeded 1UL

            for target in targets do
                // At m = 1 some symbols may never be written; where all are, there are as many tuples as symbols.
                let alone = [ for seed in 1UL .. 30UL -> seeded seed (GrammarShape(2, 2, 8, 1)) 2000L target ]
                Expect.isTrue (alone |> List.exists (fun text -> text.Contains "m = 1")) $"{target}"
                Expect.isTrue (alone |> List.forall (fun text -> text.Contains "m = 1" || text.Contains "fewer than the 8 clusters")) $"{target}: always something"
                Expect.stringContains (warnings (GrammarShape(3, 2, 16, 8)) 20L target) "below coverage" $"{target}"
                Expect.equal (warnings (GrammarShape(3, 2, 8, 4)) 5000L target) "" $"{target}"

            Expect.stringContains (warnings (GrammarShape(2, 2, 8, 8)) 5000L Target.Latent) "without labels" "f = 1"
            Expect.stringContains (warnings (GrammarShape(2, 2, 8, 8)) 5000L Target.Token) "without labels" "f = 1"
            Expect.equal (warnings (GrammarShape(2, 2, 8, 8)) 5000L Target.Root) "" "labels need no illegal tuples"

        testCase "predictions: leading order and formula H agree in their powers of m, and with f = 1" <| fun () ->
            for target, power in [ Target.Latent, 3; Target.Token, 5; Target.Root, 4 ] do
                let learner = ControlledLearner(target, CousinTargets.Element)
                Expect.equal (learner.Power 4) power $"{target}"
                let x = [ 32.0; 64.0; 128.0 ]
                let shapes = [ for m in x -> GrammarShape(4, 5, 64, int m) ]
                // Finite-m corrections of formula C are of relative order 1/m.
                Expect.isLessThan (abs (ScalingLaw.ExponentOf(x, [ for s in shapes -> learner.Resolution s ]) - float power)) 0.06 $"{target}"
                Expect.isLessThan (abs (ScalingLaw.ExponentOf(x, [ for s in shapes -> learner.LeadingOrder s ]) - float power)) 0.001 $"{target}"

            let full = GrammarShape(3, 2, 8, 8)
            Expect.isTrue (System.Double.IsPositiveInfinity(ControlledLearner(Target.Token, CousinTargets.All).LeadingOrder full)) "never"
            Expect.isLessThan (ControlledLearner(Target.Root, CousinTargets.All).LeadingOrder full) 5000.0 "labels"

        testCase "P* of a learner does not depend on the threads, and a stored accuracy is not measured again" <| fun () ->
            let learner = ControlledLearner(Target.Latent, CousinTargets.All)
            let shape = GrammarShape(2, 2, 8, 4)
            let stored = System.Collections.Concurrent.ConcurrentDictionary<struct (int * int64), System.Collections.Generic.IReadOnlyList<float>>()
            let mutable measured = 0

            let keep g p (measure: System.Func<System.Collections.Generic.IReadOnlyList<float>>) =
                stored.GetOrAdd(struct (g, p), fun _ ->
                    Interlocked.Increment(&measured) |> ignore
                    measure.Invoke())

            let measurement = ThresholdMeasurement(IterativeLatentClustering.Learner, learner.Options, shape, Grammars = 5, Start = 300.0, Levels = [ 1 ])

            let values threads (m: ThresholdMeasurement) =
                let measured = ThresholdMeasurement.Measure([ m ], threads)
                [ for c in (Seq.head (Seq.head measured)).Crossings -> c.Samples ]

            let first = values 1 measurement
            Expect.equal (values 3 measurement) first "threads"
            let kept = ThresholdMeasurement(IterativeLatentClustering.Learner, learner.Options, shape, Grammars = 5, Start = 300.0, Levels = [ 1 ], Store = keep)
            Expect.equal (values 2 kept) first "stored"
            let count = measured
            Expect.equal (values 2 kept) first "again"
            Expect.equal measured count "nothing measured"

        testCase "a measurement refuses m = 1 and levels that do not exist" <| fun () ->
            let refused shape levels fragment =
                let measurement = ThresholdMeasurement(IterativeLatentClustering.Learner, IlcOptions(), shape, Levels = levels)
                let error = Expect.throwsC (fun () -> ThresholdMeasurement.Measure([ measurement ], 1) |> ignore) id
                Expect.stringContains error.Message fragment "one sentence"

            refused (GrammarShape(3, 2, 8, 1)) [ 1 ] "m = 1"
            refused (GrammarShape(3, 2, 8, 4)) [ 3 ] "1..2"
            refused (GrammarShape(3, 2, 8, 4)) [ 0 ] "1..2"
    ]
