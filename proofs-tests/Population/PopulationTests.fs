/// The population engine against complete lists of derivations, and its recursions against each other.
module Rhm.ProofsTests.Population.PopulationTests

open System
open Expecto
open Rhm.Claims
open Rhm.Experiments
open Rhm.Grammars
open Rhm.Population
open Rhm.Randomness
open Rhm.Statistics
open Rhm.Strings
open Rhm.ProofsTests.Generators

let private refuses (fragment: string) (action: unit -> unit) =
    let error = Expect.throwsC action id
    Expect.isTrue (error :? ArgumentException) $"an ArgumentException, not {error.GetType().Name}: {error.Message}"
    Expect.stringContains error.Message fragment "the message names the reason"

/// Small grammars of several shapes, uniform and weighted, with fewer and with more classes than symbols.
let private grammars =
    [ for seed in 1UL .. 3UL do
          for shape, zipf in
              [ GrammarShape(3, 2, 3, 2), 0.0
                GrammarShape(2, 3, 3, 3), 0.0
                GrammarShape(2, 2, 4, 3, 2), 0.0
                GrammarShape(2, 2, 3, 2, 4), 0.0
                GrammarShape(3, 2, 3, 2), 1.0
                GrammarShape(2, 3, 2, 3), 0.7 ] -> $"{shape} zipf={zipf} seed={seed}", Grammar.Draw(shape, seed, zipf) ]

/// Every derivation with its probability.
let private derivations (grammar: Grammar) =
    let shape = grammar.Shape
    let weights = PopulationLaws.Exact(grammar).RuleProbabilities

    [ for d in Derivations.all grammar ->
          d,
          Seq.fold
              (fun (p: Rational) (level, node) ->
                  let tuple = Derivations.tuple shape.Branching level node d |> List.map uint16 |> List.toArray
                  p * weights[grammar.FindRule(level, ReadOnlySpan tuple) % shape.Multiplicity])
              (Rational(1I, bigint shape.Classes))
              [ for level in 0 .. shape.Depth - 1 do
                    for node in 0 .. shape.NodeCount(level + 1) - 1 -> level, node ] ]

let private value (grammar: Grammar) (site: Site) (d: int[][]) =
    if site.IsTuple then
        let tuple = Derivations.tuple grammar.Shape.Branching site.Level site.Node d |> List.map uint16 |> List.toArray
        grammar.FindRule(site.Level, ReadOnlySpan tuple)
    else
        d[site.Level][site.Node]

let private sites (shape: GrammarShape) =
    [ for level in 0 .. shape.Depth do
          for node in 0 .. shape.NodeCount level - 1 do
              Site.Symbol(level, node)
              if level > 0 then Site.Tuple(level - 1, node) ]

/// Strings with some tokens masked, all that the seed makes.
let private maskedStrings (grammar: Grammar) =
    let random = RandomStream(7UL, RandomPurpose.Training)

    [ for d, _ in derivations grammar |> List.indexed |> List.filter (fun (i, _) -> i % 17 = 0) |> List.map snd do
          for share in [ 0.0; 0.3; 0.7; 1.0 ] -> d[0] |> Array.map (fun x -> if random.NextDouble() < share then -1 else x) ]
    |> List.distinct

let private fits (tokens: int[]) (d: int[][]) = Array.forall2 (fun seen x -> seen = -1 || seen = x) tokens d[0]

let private total (ps: Rational seq) = Seq.fold (fun (a: Rational) b -> a + b) Rational.AdditiveIdentity ps

[<Tests>]
let enumeration =
    testList "Population laws, against all derivations" [
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

            testCase $"posteriors, predictions and probabilities of {name}" <| fun () ->
                let laws, listed = PopulationLaws.Exact grammar, derivations grammar
                let fast, slow = BeliefPropagation grammar, BeliefPropagation(grammar, 0.0)

                for tokens in maskedStrings grammar do
                    let fitting = listed |> List.filter (fun (d, _) -> fits tokens d)
                    let probability = fitting |> List.map snd |> total
                    let exact = StringLaw<Rational>(laws, tokens)
                    Expect.equal exact.Probability probability "probability of the tokens seen"

                    for posterior in [ fast; slow ] do
                        posterior.Observe tokens
                        Expect.floatClose Accuracy.veryHigh posterior.LogProbability (log (probability.ToDouble())) "log-probability"

                    for level in 0 .. shape.Depth do
                        for node in 0 .. shape.NodeCount level - 1 do
                            let expected =
                                [| for a in 0 .. shape.SymbolCount level - 1 ->
                                       total [ for d, p in fitting do if d[level][node] = a then p ] / probability |]

                            Expect.sequenceEqual (exact.Posterior(level, node)) expected $"posterior of node {node} of level {level}"

                            for posterior in [ fast; slow ] do
                                for p, q in Array.zip (posterior.Posterior(level, node)) expected do
                                    Expect.isLessThan (abs (p - q.ToDouble())) 1e-12 "posterior in doubles"

                let mass (strings: (int[][] * Rational) list) = strings |> List.map snd |> total

                for tokens in listed |> List.map (fun (d, _) -> d[0]) |> List.indexed |> List.filter (fun (i, _) -> i % 29 = 0) |> List.map snd do
                    fast.Observe tokens
                    let next = (BeliefPropagation grammar).NextToken tokens

                    for i in 0 .. tokens.Length - 1 do
                        let others = listed |> List.filter (fun (d, _) -> fits (Array.updateAt i -1 tokens) d)
                        let before = listed |> List.filter (fun (d, _) -> fits (Array.mapi (fun j x -> if j < i then x else -1) tokens) d)

                        for x in 0 .. shape.Vocabulary - 1 do
                            let law given = (given |> List.filter (fun (d: int[][], _) -> d[0][i] = x) |> mass) / mass given
                            Expect.isLessThan (abs (fast.Prediction(i)[x] - (law others).ToDouble())) 1e-12 "masked token"
                            Expect.isLessThan (abs (next[i, x] - (law before).ToDouble())) 1e-12 "next token"

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

[<Tests>]
let recursions =
    testList "Population laws" [
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

        property "sums in plain numbers and in logarithms agree" <| fun (DrawnGrammar(grammar, seed)) ->
            let sampler = StringSampler(grammar, seed, 1L)
            let group = sampler.CreateGroup()
            use reader = sampler.OpenReader()
            reader.Read(0L, group)
            let random = RandomStream(seed, RandomPurpose.Training)
            let shape = grammar.Shape
            let tokens = [| for i in 0 .. shape.TokenCount - 1 -> if random.NextDouble() < 0.4 then -1 else int (group.Level(0)[i * StringGroup.Lanes]) |]
            let plain, logarithmic = BeliefPropagation grammar, BeliefPropagation(grammar, 0.0)
            plain.Observe tokens
            logarithmic.Observe tokens

            abs (plain.LogProbability - logarithmic.LogProbability) <= 1e-12 * (1.0 + abs plain.LogProbability)
            && List.forall
                (fun level ->
                    Array.forall2 (fun p q -> abs (p - q) < 1e-11) (plain.Posterior(level, 0)) (logarithmic.Posterior(level, 0)))
                [ 0 .. shape.Depth ]

        testCase "a string of depth 10 does not underflow: 59049 tokens of probability m^-29524 / n_c" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(10, 3, 4, 3), 1UL)
            let shape = grammar.Shape
            let sampler = StringSampler(grammar, 1UL, 1L)
            let group = sampler.CreateGroup()
            use reader = sampler.OpenReader()
            reader.Read(0L, group)
            let posterior = BeliefPropagation grammar
            let tokens = [| for i in 0 .. shape.TokenCount - 1 -> int (group.Level(0)[i * StringGroup.Lanes]) |]
            posterior.Observe tokens
            let expected = -shape.LogStringsPerClass - log 4.0
            Expect.isLessThan (abs (posterior.LogProbability / expected - 1.0)) 1e-12 $"log-probability {posterior.LogProbability}"
            Expect.equal (posterior.Posterior(10, 0)[int (group.Level(10)[0])]) 1.0 "the root is certain"

        testCase "probabilities further apart than a double holds do not underflow" <| fun () ->
            // Zipf exponent 200: the second rule of a symbol has probability 2^-200, so strings differ by many powers of it.
            let grammar = Grammar.Draw(GrammarShape(4, 2, 4, 2), 3UL, 200.0)
            let laws = PopulationLaws.Exact grammar
            let rare = Array.create (grammar.Shape.Depth + 1) [| 1 |]

            for level in grammar.Shape.Depth - 1 .. -1 .. 0 do
                rare[level] <- rare[level + 1] |> Array.collect (fun a -> grammar.Rule(level, 2 * a + 1).ToArray() |> Array.map int)

            let posterior = BeliefPropagation grammar
            let tokens = rare[0] |> Array.mapi (fun i x -> if i % 3 = 0 then -1 else x)
            posterior.Observe tokens
            let exact = StringLaw<Rational>(laws, tokens)
            let expected = bigint.Log exact.Probability.Numerator - bigint.Log exact.Probability.Denominator
            Expect.isLessThan (abs (posterior.LogProbability / expected - 1.0)) 1e-12 $"{posterior.LogProbability} nats"

            for node in 0..7 do
                for p, q in Array.zip (posterior.Posterior(1, node)) (exact.Posterior(1, node)) do
                    Expect.isLessThan (abs (p - q.ToDouble())) 1e-11 "posterior"

        testCase "many strings at once give the same posteriors as one at a time" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(3, 2, 4, 2), 1UL)
            let strings = [| for d in Derivations.all grammar |> List.truncate 40 -> d[0] |]
            let together = Array.zeroCreate<float> strings.Length
            BeliefPropagation.ObserveAll(grammar, strings, 2, (fun i posterior -> together[i] <- posterior.Posterior(2, 1)[0]))
            let alone = BeliefPropagation grammar

            for i in 0 .. strings.Length - 1 do
                alone.Observe strings[i]
                Expect.equal together[i] (alone.Posterior(2, 1)[0]) "to the last bit"

        testCase "the next-token floor is the entropy of the strings (chain rule), and masked tokens are easier" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(3, 2, 6, 3), 1UL)
            let strings = StringSampler(grammar, 1UL, 500L)
            let next, masked = TokenPrediction.NextToken(strings, 2), TokenPrediction.MaskedToken(strings, 2)
            // Every string has the same probability, so the mean over any strings is the entropy.
            Expect.floatClose Accuracy.high next.Mean (TokenPrediction.NextTokenEntropy grammar.Shape) "entropy per token"
            Expect.isLessThan masked.Mean next.Mean "conditioning on both sides"
            Expect.equal (TokenPrediction.MaskedToken(strings, 1)) masked "whatever the number of threads"
            let half = TokenPrediction.MaskedTokens(strings, 0.5, 1UL, 2)
            Expect.isGreaterThan half.Mean masked.Mean "fewer tokens seen"

        testCase "what does not fit is refused in one sentence" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(3, 2, 4, 2), 1UL)
            let laws, posterior = PopulationLaws.Of grammar, BeliefPropagation grammar
            let legal = (Derivations.all grammar |> List.head)[0]
            refuses "numbered 0..7" (fun () -> laws.Law(Site.Symbol(0, 8)) |> ignore)
            refuses "levels 0..3" (fun () -> laws.Law(Site.Symbol(4, 0)) |> ignore)
            refuses "levels 0..2" (fun () -> laws.Joint(Site.Tuple(3, 0), Site.Symbol(0, 0)) |> ignore)
            refuses "outside the tree" (fun () -> laws.Law(Site.Symbol(-1, 0)) |> ignore)
            refuses "positions 0..1" (fun () -> laws.Transition(0, 2) |> ignore)
            refuses "at least one target" (fun () -> laws.ContextVectors(Site.Tuple(0, 0), ReadOnlySpan Array.empty) |> ignore)
            refuses "7 tokens, but strings of L=3 s=2 v=4 m=2 have 8" (fun () -> posterior.Observe(ReadOnlySpan(Array.create 7 0)))
            refuses "token 2 is 4" (fun () -> posterior.Observe(ReadOnlySpan(Array.init 8 (fun i -> if i = 2 then 4 else legal[i]))))

            let illegal =
                Seq.allPairs [ 0..3 ] [ 0..3 ] |> Seq.find (fun (x, y) -> grammar.FindParent(0, ReadOnlySpan [| uint16 x; uint16 y |]) < 0)

            let impossible = legal |> Array.mapi (fun i x -> if i = 4 then fst illegal elif i = 5 then snd illegal elif i < 4 then -1 else x)
            refuses "no symbol of level 1 fits the tokens below its node 2" (fun () -> posterior.Observe impossible)
            refuses "no symbol of level 1 fits the tokens below its node 2" (fun () -> StringLaw<float>(laws, impossible) |> ignore)
            refuses "no derivation produces this string" (fun () -> posterior.NextToken(ReadOnlySpan(impossible |> Array.mapi (fun i x -> if i < 4 then legal[i] else x))) |> ignore)
            refuses "no derivation produces this string" (fun () -> BeliefPropagation.ObserveAll(grammar, [| impossible |], 2, (fun _ _ -> ())))
            refuses "token 0 is masked" (fun () -> posterior.NextToken impossible |> ignore)
            Expect.throwsT<InvalidOperationException> (fun () -> BeliefPropagation(grammar).Posterior(0, 0) |> ignore) "nothing observed"
            Expect.throwsT<InvalidOperationException> (fun () -> posterior.Posterior(0, 0) |> ignore) "the last string was refused"
            refuses "does not fit in memory" (fun () -> PopulationLaws.Of(Grammar.Draw(GrammarShape(2, 2, 65536, 1), 1UL)).Joint(Site.Symbol(0, 0), Site.Symbol(0, 1)) |> ignore)

        property "information is in nats: I(top tuple; root) = log n_c, H(T|parent) = log m, I <= log(1 + chi^2)" <| fun (DrawnGrammar(grammar, _)) ->
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

        property "fractions add, multiply, divide and compare as numbers do" <| fun (a: int, b: int, c: int, d: int) ->
            let b, d = (if b = 0 then 1 else b), (if d = 0 then 1 else d)
            let x, y = Rational(bigint a, bigint b), Rational(bigint c, bigint d)
            let same (r: Rational) numerator denominator = r.Numerator * denominator = numerator * r.Denominator && r.Denominator.Sign > 0
            let a, b, c, d = bigint a, bigint b, bigint c, bigint d

            same (x + y) (a * d + c * b) (b * d)
            && same (x - y) (a * d - c * b) (b * d)
            && same (x * y) (a * c) (b * d)
            && (c.IsZero || same (x / y) (a * d) (b * c))
            && (compare (a * d * bigint (sign b) * bigint (sign d)) (c * b * bigint (sign b) * bigint (sign d)) = sign (x.CompareTo y))
            && Rational.FromDouble(x.ToDouble()).ToDouble() = x.ToDouble()
            && (x + y - y = x)
    ]
