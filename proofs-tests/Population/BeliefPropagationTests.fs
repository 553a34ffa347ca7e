module Rhm.ProofsTests.Population.BeliefPropagationTests

open System
open Expecto
open Rhm.Claims
open Rhm.Grammars
open Rhm.Population
open Rhm.Randomness
open Rhm.Strings
open Rhm.ProofsTests.Generators
open Rhm.ProofsTests.ListedDerivations
open Rhm.ProofsTests.Refusals

/// Strings with some tokens masked, all that the seed makes.
let private maskedStrings (grammar: Grammar) =
    let random = RandomStream(7UL, RandomPurpose.Training)

    [ for d, _ in derivations grammar |> List.indexed |> List.filter (fun (i, _) -> i % 17 = 0) |> List.map snd do
          for share in [ 0.0; 0.3; 0.7; 1.0 ] -> d[0] |> Array.map (fun x -> if random.NextDouble() < share then -1 else x) ]
    |> List.distinct

let private fits (tokens: int[]) (d: int[][]) = Array.forall2 (fun seen x -> seen = -1 || seen = x) tokens d[0]

[<Tests>]
let tests =
    testList "Population / BeliefPropagation" [
        for name, grammar in grammars do
            let shape = grammar.Shape

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

                for tokens in
                    listed |> List.map (fun (d, _) -> d[0]) |> List.indexed |> List.filter (fun (i, _) -> i % 29 = 0) |> List.map snd do
                    fast.Observe tokens
                    let next = (BeliefPropagation grammar).NextToken tokens

                    for i in 0 .. tokens.Length - 1 do
                        let others = listed |> List.filter (fun (d, _) -> fits (Array.updateAt i -1 tokens) d)
                        let before = listed |> List.filter (fun (d, _) -> fits (Array.mapi (fun j x -> if j < i then x else -1) tokens) d)

                        for x in 0 .. shape.Vocabulary - 1 do
                            let law given = (given |> List.filter (fun (d: int[][], _) -> d[0][i] = x) |> mass) / mass given
                            Expect.isLessThan (abs (fast.Prediction(i)[x] - (law others).ToDouble())) 1e-12 "masked token"
                            Expect.isLessThan (abs (next[i, x] - (law before).ToDouble())) 1e-12 "next token"

        property "sums in plain numbers and in logarithms agree" <| fun (DrawnGrammar(grammar, seed)) ->
            let sampler = StringSampler(grammar, seed, 1L)
            let group = sampler.CreateGroup()
            use reader = sampler.OpenReader()
            reader.Read(0L, group)
            let random = RandomStream(seed, RandomPurpose.Training)
            let shape = grammar.Shape
            let tokens =
                [| for i in 0 .. shape.TokenCount - 1 ->
                       if random.NextDouble() < 0.4 then -1 else int (group.Level(0)[i * StringGroup.Lanes]) |]
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

            let impossible =
                legal
                |> Array.mapi (fun i x ->
                    if i = 4 then fst illegal
                    elif i = 5 then snd illegal
                    elif i < 4 then -1
                    else x)
            refuses "no symbol of level 1 fits the tokens below its node 2" (fun () -> posterior.Observe impossible)
            refuses "no symbol of level 1 fits the tokens below its node 2" (fun () -> StringLaw<float>(laws, impossible) |> ignore)
            refuses "no derivation produces this string" (fun () ->
                posterior.NextToken(ReadOnlySpan(impossible |> Array.mapi (fun i x -> if i < 4 then legal[i] else x))) |> ignore)
            refuses "no derivation produces this string" (fun () ->
                BeliefPropagation.ObserveAll(grammar, [| impossible |], 2, (fun _ _ -> ())))
            refuses "token 0 is masked" (fun () -> posterior.NextToken impossible |> ignore)
            Expect.throwsT<InvalidOperationException> (fun () -> BeliefPropagation(grammar).Posterior(0, 0) |> ignore) "nothing observed"
            Expect.throwsT<InvalidOperationException> (fun () -> posterior.Posterior(0, 0) |> ignore) "the last string was refused"
            refuses "does not fit in memory" (fun () ->
                PopulationLaws.Of(Grammar.Draw(GrammarShape(2, 2, 65536, 1), 1UL)).Joint(Site.Symbol(0, 0), Site.Symbol(0, 1)) |> ignore)
    ]
