module Rhm.ProofsTests.Levelwise.LevelCountsTests

open System
open Expecto
open Rhm.Grammars
open Rhm.Learning
open Rhm.Levelwise
open Rhm.Levelwise.Counting
open Rhm.Randomness
open Rhm.Strings
open Rhm.ProofsTests.Generators

/// Tokens of strings, read one by one.
let private tokens (strings: StringSampler) =
    let group = strings.CreateGroup false
    use reader = strings.OpenReader()
    [| for g in 0L .. (strings.Count - 1L) / int64 StringGroup.Lanes do
           reader.Read(g, group)
           for lane in 0 .. group.Count - 1 ->
               [| for node in 0 .. strings.TokenCount - 1 -> int (group.Level(0)[node * StringGroup.Lanes + lane]) |] |]

/// Counts of the lowest level of strings of depth 3.
let private collect strings target cousins pool vectorised =
    let none, never = ResizeArray<LearnedLevel>(), Threading.CancellationToken.None
    let s = (strings: StringSampler).Grammar.Shape.Branching
    LevelCounts.Collect(strings, none, 3, s, target, cousins, pool, 2, never, vectorised)

let private tuplesOf (counts: LevelCounts) = [ for i in 0 .. counts.Tuples.Count - 1 -> [ for x in counts.Tuples[i].ToArray() -> int x ] ]

[<Tests>]
let tests =
    testList "Levelwise / LevelCounts" [
        // Of one cousin tuple only the first two positions are paired: a tuple at the third is seen all the same.
        for cousins, vectorised in List.allPairs [ CousinTargets.All; CousinTargets.Tuple ] [ true; false ] do
            for pool in [ true; false ] do
                testCase $"tuples are those that occur at any position ({cousins}, vectorised {vectorised}, pooled {pool})" <| fun () ->
                    // Many tuples occur at one position only; of 64 strings whole groups are counted at once.
                    for seed, v, m, count in [ for seed in 1UL .. 10UL do yield! [ seed, 6, 8, 6L; seed, 16, 16, 64L ] ] do
                        let strings = StringSampler(Grammar.Draw(GrammarShape(3, 3, v, m), seed), seed, count)
                        let read = tokens strings |> Array.map (fun x -> if pool then x else x[..8])
                        let expected = read |> Array.collect (Array.chunkBySize 3) |> Array.map List.ofArray |> Array.distinct |> Array.sort
                        let counts = collect strings Rhm.Population.Target.Latent cousins pool vectorised
                        Expect.equal (tuplesOf counts) (List.ofArray expected) $"seed {seed}"

        for cousins in [ CousinTargets.All; CousinTargets.Tuple; CousinTargets.Element ] do
            testCase $"tokens are counted below the cousin, one slot for each position and token ({cousins})" <| fun () ->
                let strings = StringSampler(Grammar.Draw(GrammarShape(3, 3, 4, 3), 5UL), 5UL, 150L)
                let counts = collect strings Rhm.Population.Target.Token cousins true true
                let grandparents = tokens strings |> Array.collect (Array.chunkBySize 9)
                let nodes = [ for g in grandparents -> [ for n in Array.chunkBySize 3 g -> List.ofArray n ] ]
                let positions = if cousins = CousinTargets.All then [ for i in 0..2 do for j in 0..2 do if i <> j then i, j ] else [ 0, 1 ]
                let elements = if cousins = CousinTargets.Element then [ 0 ] else [ 0..2 ]
                let slots = [ for i, j in positions do for t in elements -> i, j, t ]
                Expect.equal counts.Targets.Slots slots.Length "slots"
                for number, tuple in List.indexed (tuplesOf counts) do
                    let met (i, j, t) z = nodes |> List.filter (fun g -> g[i] = tuple && g[j][t] = z) |> List.length |> int64
                    let expected = [ for slot in slots do for z in 0..3 -> met slot z ]
                    Expect.equal (List.ofArray (counts.Targets.Of(number).ToArray())) expected $"tuple {tuple}"

        testCase "the share of tuples not seen is that of occurrences of tuples that occur once" <| fun () ->
            for count in [ 2L; 6L; 40L ] do
                let strings = StringSampler(Grammar.Draw(GrammarShape(3, 3, 6, 8), 3UL), 3UL, count)
                let occurrences = tokens strings |> Array.collect (Array.chunkBySize 3) |> Array.countBy id |> Array.map snd
                let once = occurrences |> Array.filter ((=) 1) |> Array.length
                let expected = float once / float (Array.sum occurrences)
                let latent = collect strings Rhm.Population.Target.Latent CousinTargets.All true true
                Expect.floatClose Accuracy.high (latent.UnseenShare 2) expected $"latents, {count} strings"
                let token = collect strings Rhm.Population.Target.Token CousinTargets.All true true
                // Two cousins of three tokens each.
                Expect.floatClose Accuracy.high (token.UnseenShare 6) expected $"tokens, {count} strings"

        property "counts are those of the reference, with unresolved tuples and on any number of threads" <| fun (seed: uint16) ->
            let random = RandomStream(uint64 seed, RandomPurpose.Experiment)
            let draw (values: int list) = values[int (random.NextBelow(uint64 values.Length))]
            let s, v = draw [ 2; 3 ], draw [ 3; 8; 16; 40 ]
            let m = min (draw [ 2; 6; 20; 40 ]) (pown v (s - 1))
            let grammar = Grammar.Draw(GrammarShape(3, s, v, m), uint64 seed)
            let target = if random.NextBelow 3UL = 0UL then Rhm.Population.Target.Token else Rhm.Population.Target.Latent
            let cousins = [| CousinTargets.All; CousinTargets.Tuple; CousinTargets.Element |][draw [ 0; 1; 2 ]]
            let pool = random.NextBelow 2UL = 0UL
            let collect count lower threads vectorised =
                LevelCounts.Collect(
                    StringSampler(grammar, uint64 seed, count),
                    lower,
                    3,
                    s,
                    target,
                    cousins,
                    pool,
                    threads,
                    Threading.CancellationToken.None,
                    vectorised
                )

            // Learned from few strings, so that many tuples of the level above stay unresolved.
            let few = collect 20L (ResizeArray()) 1 true
            let labels = [| for _ in 1 .. few.Tuples.Count -> uint16 (random.NextBelow(uint64 v)) |]
            let lower = ResizeArray [ LearnedLevel(few.Tuples, labels, s, v, v) ]

            [ ResizeArray(); lower ]
            |> List.forall (fun lower ->
                let a, b = collect 3000L lower 2 true, collect 3000L lower 1 false
                let tuples (counts: LevelCounts) = [ for i in 0 .. counts.Tuples.Count - 1 -> counts.Tuples[i].ToArray() ]

                let all (counts: LevelCounts) =
                    if target = Rhm.Population.Target.Latent then
                        [ for i in 0 .. s - 2 do
                              for j in i + 1 .. s - 1 do
                                  if cousins = CousinTargets.All || i + j = 1 then
                                      let pairs = counts.Pairs(i, j)
                                      pairs.First, pairs.Second, pairs.Counts ]
                    else
                        [ for i in 0 .. counts.Tuples.Count - 1 -> [||], [||], counts.Targets.Of(i).ToArray() ]

                tuples a = tuples b && all a = all b)

        property "counts are those of the reference where labels are functions of the symbols, so that little is drawn"
        <| fun (seed: uint16) ->
            let random = RandomStream(uint64 seed, RandomPurpose.Experiment)
            let s, v, m = if random.NextBelow 2UL = 0UL then 2, 8, 5 else 3, 6, 8
            let grammar = Grammar.Draw(GrammarShape(4, s, v, m), uint64 seed)
            // The true parents under other names, two of them sometimes under one; and in half of the cases one rule of a level with a
            // wrong label, or absent, which ends the shortcut there.
            let rename =
                [| for _ in 1..2 ->
                       let shift = int (random.NextBelow(uint64 v)) in
                       fun symbol -> if symbol = 0 && shift = 1 then 1 else (symbol + shift) % v |]
            let odd, kind = int (random.NextBelow(uint64 (v * m))), random.NextBelow 6UL
            let level l =
                let tuples, labels = TupleIndex(s, v), ResizeArray<uint16>()
                for rule in 0 .. v * m - 1 do
                    let tuple =
                        [| for symbol in grammar.Rule(l, rule).ToArray() -> if l = 0 then symbol else uint16 (rename[l - 1](int symbol)) |]
                    let wrong = rule = odd && kind = uint64 l
                    if not (rule = odd && kind = uint64 (2 + l)) && tuples.Add(ReadOnlySpan tuple, ref 0) then
                        labels.Add(uint16 ((rename[l] (rule / m) + if wrong then 1 else 0) % v))
                LearnedLevel(tuples, labels.ToArray(), s, v, v)

            [ 0..2 ]
            |> List.forall (fun height ->
                let lower = ResizeArray [ for l in 0 .. height - 1 -> level l ]
                let pool = random.NextBelow 3UL > 0UL
                let cousins = if random.NextBelow 3UL > 0UL then CousinTargets.All else CousinTargets.Tuple
                let collect threads vectorised =
                    LevelCounts.Collect(
                        StringSampler(grammar, uint64 seed, 1500L),
                        lower,
                        4,
                        s,
                        Rhm.Population.Target.Latent,
                        cousins,
                        pool,
                        threads,
                        Threading.CancellationToken.None,
                        vectorised
                    )
                let fast, plain = collect 2 true, collect 1 false
                let all (counts: LevelCounts) =
                    [ for i in 0 .. s - 2 do
                          for j in i + 1 .. s - 1 do
                              if cousins = CousinTargets.All || i + j = 1 then
                                  let pairs = counts.Pairs(i, j)
                                  pairs.First, pairs.Second, pairs.Counts ]
                [ for i in 0 .. fast.Tuples.Count - 1 -> fast.Tuples[i].ToArray() ] =
                    [ for i in 0 .. plain.Tuples.Count - 1 -> plain.Tuples[i].ToArray() ]
                && all fast = all plain
                && fast.UnseenShare(s - 1) = plain.UnseenShare(s - 1))

        testCase "at s = 3 the pairs of every two child positions are those of the strings, one matrix each" <| fun () ->
            let strings = StringSampler(Grammar.Draw(GrammarShape(2, 3, 4, 3), 1UL), 2UL, 200L)
            let target, cousins, never = Rhm.Population.Target.Latent, CousinTargets.All, Threading.CancellationToken.None
            let counts = LevelCounts.Collect(strings, ResizeArray(), 2, 3, target, cousins, true, 1, never)
            let group = strings.CreateGroup false
            use reader = strings.OpenReader()

            let tuples =
                [ for g in 0L .. 3L do
                      reader.Read(g, group)
                      for lane in 0 .. group.Count - 1 do
                          [ for node in 0..2 -> [ for i in 0..2 -> int (group.Level(0)[(3 * node + i) * StringGroup.Lanes + lane]) ] ] ]

            let tuple index = [ for x in counts.Tuples[index].ToArray() -> int x ]

            for i, j in [ 0, 1; 0, 2; 1, 2 ] do
                let pairs = counts.Pairs(i, j)
                let numbers = [ 0 .. pairs.Counts.Length - 1 ]
                let found = Map.ofList [ for k in numbers -> (tuple pairs.First[k], tuple pairs.Second[k]), int pairs.Counts[k] ]
                Expect.equal found (tuples |> List.countBy (fun nodes -> nodes[i], nodes[j]) |> Map.ofList) $"positions {i} and {j}"

            let all = TuplePairs.Of(counts, 1)
            Expect.equal (all.Matrices.Length, all.Ordered.Length) (3, 6) "matrices, and both orders"

            for matrix, (i, j) in Seq.zip all.Matrices [ 0, 1; 0, 2; 1, 2 ] do
                let pairs = counts.Pairs(i, j)
                let entries =
                    [ for row in 0 .. matrix.Rows - 1 do
                          for e in matrix.Start[row] .. matrix.Start[row + 1] - 1 -> row, matrix.Index[e], matrix.Value[e] ]
                let expected = [ for k in 0 .. pairs.Counts.Length - 1 -> pairs.First[k], pairs.Second[k], float pairs.Counts[k] ]
                Expect.equal (List.sort entries) (List.sort expected) $"matrix of positions {i} and {j}"
    ]
