/// What the recovery theorem assumes (balanced, separated, stable) and the coverage without which no learner knows all tuples. Each is
/// measured where it holds, and the control is a grammar or a noise for which it fails.
module Rhm.Claims.ConditionClaims

open System
open System.Collections.Generic
open MathNet.Numerics
open Rhm.Clustering
open Rhm.Grammars
open Rhm.Population
open Rhm.Randomness
open Rhm.Strings
open Rhm.Claims.Measure

let private template =
    { Measure.ofShare (Measure.statistical Kind.Lemma Chapter.Recovery) with
        Expected = Measure.expecting Verdict.Established Verdict.Established
        Design = "so many grammars that Clopper and Pearson's interval has half of the distance to what is allowed" }

/// Whether every tuple has between a quarter and four times the same share.
let internal isBalanced (shares: float[]) =
    shares |> Array.forall (fun p -> p * float shares.Length >= 0.25 && p * float shares.Length <= 4.0)

let balanced =
    { template with
        Id = "thm-balanced"
        Statement =
            "Grammars are balanced: every tuple has between a quarter and four times the probability 1/(v m) (L=5, s=2, v=16, m=8, \
             lowest level)."
        Formula = "1/4 <= v m P[T=nu] <= 4"
        Latex = @"\tfrac14 \le v m\, P[T=\nu] \le 4"
        Source = "recovery theorem, assumption that the grammar is balanced"
        Premises = [ "def-tuple-probability"; "ann-b-priors" ]
        Tolerance = "in at least 90% of grammars; Clopper-Pearson interval"
        Control = "rules whose probabilities follow Zipf's law with exponent 1"
        Place = Place.Here()
        Measure =
            fun setting planted ->
                setting.EachInParallel (setting.Seeds(600, 4000)) (fun seed ->
                    let drawn = Grammar.Draw(GrammarShape(5, 2, 16, 8), seed)
                    let grammar = if planted then PlantedErrors.weighted drawn else drawn
                    let tuples = PopulationLaws.Of(grammar).Law(Site.Tuple(0, 0))
                    isBalanced tuples)
                |> Measure.share "share of grammars" 0.9 }

/// Whether two parents share the context vector of all these cousin elements.
let private coincide (laws: PopulationLaws<float>) (elements: Site list) =
    let separations = laws.ContextVectors(Site.Symbol(1, 0), ReadOnlySpan(List.toArray elements)).Separations()
    separations |> Seq.exists (fun struct (_, _, distance) -> distance < 1e-12)

/// Bonferroni's lower bound S1 - S2 of the probability that two parents a, b have one rule each and the same sibling x in it, s=2: of the
/// v^2 tuples the v m rules then hold (a, x), (b, x) and no other one of a and b.
let private singleRules v m =
    let choose n k = SpecialFunctions.BinomialLn(n, k)
    // The probability that k given parents have one given rule each.
    let only k = exp (choose (v * v - k * v) (v * m - k) - choose (v * v) (v * m))
    let groups k = exp (choose v k)
    let pairs = groups 2 * float v * only 2
    // Two pairs are three parents with one sibling, or four with two.
    let pairsOfPairs = 3.0 * groups 3 * float v * only 3 + 3.0 * groups 4 * float (v * v) * only 4
    pairs - pairsOfPairs

let coincidences =
    { template with
        Id = "thm-separated-fails-at-m2"
        Kind = Kind.Prediction
        Statement =
            "At m=2 many grammars are not separated: two parents share the context vector of a single cousin element at least as often as \
             both have a single rule, with the same sibling (L=3, s=2, v=8)."
        Formula = "share of grammars with phi(a) = phi(b) for some a, b: at least 0.18, by Bonferroni's inequality"
        Latex = @"P[\exists\, a \ne b:\ \phi(a) = \phi(b)] \ge S_1 - S_2 = 0.18 \quad (m = 2)"
        Source = "recovery theorem, assumption that the grammar is separated; formula C (docs/formulas.md)"
        Premises = [ "thm-context-separation" ]
        Tolerance =
            "none: a lower bound. S1 and S2 are the expected numbers of such pairs, and of pairs of them, of vm tuples drawn from v^2; \
             Clopper-Pearson interval"
        Rival = "in a twentieth of the grammars or fewer"
        Control = "m=6"
        Place = Place.Here()
        Measure =
            fun setting planted ->
                let shape = GrammarShape(3, 2, 8, (if planted then 6 else 2))

                let shared =
                    setting.EachInParallel (setting.Seeds(1500, 10000)) (fun seed ->
                        coincide (PopulationLaws.Of(Grammar.Draw(shape, seed))) [ Site.Symbol(0, 2) ])

                let least = singleRules 8 2
                Measure.compare "share of grammars" least (Measure.proportion shared) (least, 1) (0, 0.05) }

/// Whether k-means returns the parents of tuples whose context vectors are moved by a part of the distance to the nearest other parent's:
/// of the least such distance for all, or of each one's own.
let private isRecovered (grammar: Grammar) seed part ofOwn =
    let shape = grammar.Shape
    let vectors = PopulationLaws.Of(grammar).ContextVectors(Site.Symbol(1, 0), ReadOnlySpan [| Site.Symbol(0, shape.Branching) |]).Vectors
    let centres = [| for vector in vectors do match vector with null -> () | centre -> centre |]
    let distance (a: float[]) (b: float[]) = sqrt (Seq.fold2 (fun sum x y -> sum + (x - y) ** 2.0) 0.0 a b)
    let nearest a = centres |> Array.filter (fun b -> not (obj.ReferenceEquals(a, b))) |> Array.minBy (distance a)
    let least = centres |> Array.map (fun a -> distance a (nearest a)) |> Array.min

    if least < 1e-9 then
        // Not separated: the assumption says nothing.
        true
    else
        // Half of the synonyms towards the nearest other centre, half away from it.
        let moved =
            [| for centre in centres do
                   let other = nearest centre
                   let reach = part * (if ofOwn then distance centre other else least) / distance centre other

                   for k in 0 .. shape.Multiplicity - 1 do
                       let reach = if k % 2 = 0 then reach else -reach
                       yield! Array.map2 (fun x y -> x + reach * (y - x)) centre other |]

        let labels = KMeans.Cluster(moved, shape.Vocabulary, centres.Length, 50, seed, 1).Labels
        let groups = labels |> Array.chunkBySize shape.Multiplicity
        let one (group: int[]) = Array.forall ((=) group[0]) group
        Array.forall one groups && (groups |> Array.distinctBy Array.head).Length = groups.Length

let stability =
    { Measure.exact Kind.Lemma Chapter.Recovery with
        Id = "thm-stability"
        Statement =
            "k-means returns the right partition where every context vector is within Delta/8 of its centre, Delta the least distance of \
             two centres (L=3, s=3, v=8, m=4; 50 starts)."
        Formula = "|phi_hat(nu) - phi(par nu)| = Delta/8 for all nu: the clusters are the parents"
        Latex = @"|\hat\phi(\nu) - \phi(\mathrm{par}\,\nu)| = \tfrac{\Delta}{8} \;\Rightarrow\; \text{clusters} = \text{parents}"
        Source = "recovery theorem, assumption that the clustering is stable"
        Premises = [ "thm-context-separation"; "ann-h-noise" ]
        Tolerance = "none: counted over random grammars, with vectors moved towards their nearest rival and away from it"
        Control = "each moved by 6/10 of the distance to its nearest other centre"
        Place = Place.Here()
        Measure =
            fun setting planted ->
                setting.EachInParallel (setting.Seeds(100, 2000)) (fun seed ->
                    let grammar = Grammar.Draw(GrammarShape(3, 3, 8, 4), seed)
                    let part = if planted then 0.6 else 0.125
                    if isRecovered grammar seed part planted then 0L else 1L)
                |> List.sum
                |> Measure.none "partitions are wrong" }

let coverage =
    { template with
        Id = "thm-coverage"
        Kind = Kind.Theorem
        Statement =
            "No learner knows all tuples from fewer than v m log(v m)/2 strings: some tuple of a node is then not among them (L=3, s=2, \
             v=16, m=8)."
        Formula = "P = v m log(v m)/2: a tuple of the leftmost node is not seen"
        Latex = @"P = \tfrac12\, v m \log(v m) \;\Rightarrow\; \exists\, \nu \text{ not seen}"
        Source = "recovery theorem, coverage term"
        Premises = [ "def-tuple-probability" ]
        Tolerance = "in at least 90% of grammars: about sqrt(v m) = 11 tuples are expected to be missing; Clopper-Pearson interval"
        Control = "P = 3 v m log(v m)"
        Place = Place.Here()
        Measure =
            fun setting planted ->
                let shape = GrammarShape(3, 2, 16, 8)
                let rules = int (shape.RuleCount 0)
                let count = int64 ((if planted then 3.0 else 0.5) * float rules * log (float rules))

                setting.EachInParallel (setting.Seeds(600, 4000)) (fun seed ->
                    let grammar = Grammar.Draw(shape, seed)
                    let sampler = StringSampler(grammar, seed, count)
                    let group = sampler.CreateGroup false
                    use reader = sampler.OpenReader()
                    let seen = HashSet<int>()

                    for number in 0L .. (count - 1L) / int64 StringGroup.Lanes do
                        reader.Read(number, group)
                        let tokens = (group.Level 0).ToArray()

                        for lane in 0 .. group.Count - 1 do
                            let tuple = [| tokens[lane]; tokens[StringGroup.Lanes + lane] |]
                            seen.Add(grammar.FindRule(0, ReadOnlySpan tuple)) |> ignore

                    seen.Count < rules)
                |> Measure.share "share of grammars" 0.9 }

let all = [ balanced; coincidences; stability; coverage ]
