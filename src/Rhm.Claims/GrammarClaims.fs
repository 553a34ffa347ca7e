/// Section 2 of the paper: the model itself. Small grammars are measured exactly, by listing every derivation.
module Rhm.Claims.GrammarClaims

open Rhm.Running
open System
open Rhm.Grammars
open Rhm.Population
open Rhm.Statistics
open Rhm.Strings
open Rhm.Claims.Measure

let private template = Measure.exact Kind.Definition Chapter.Model

let private small = GrammarShape(3, 2, 3, 2)

let private drawSmall seed = Grammar.Draw(small, seed)

let unambiguity =
    { template with
        Id = "def-unambiguity"
        Statement = "Every legal tuple has exactly one parent."
        Formula = "par_l(nu) is unique for all l, nu"
        Latex = @"\mathrm{par}_\ell(\nu)\ \text{is unique for all}\ \ell,\ \nu"
        Source = "section 2, definition of the model"
        Tolerance = "none: counted over all rules"
        Control = "a tuple that two symbols share"
        Place = Place.Here()
        Measure =
            fun setting planted ->
                let shapes =
                    [ GrammarShape(5, 3, 8, 6)
                      GrammarShape(5, 3, 8, 32)
                      GrammarShape(4, 2, 16, 16)
                      GrammarShape(2, 16, 65536, 2)
                      small ]

                let work =
                    [ for shape in shapes do
                          for seed in setting.Seeds(4, 40) -> shape, seed ]

                setting.Each work (fun (shape, seed) ->
                    let drawn = Grammar.Draw(shape, seed)
                    let grammar = if planted then PlantedErrors.ambiguous drawn else drawn

                    Seq.sum
                        [ for level in 0 .. shape.Depth - 1 ->
                              let rules = int (shape.RuleCount level)
                              let parents = [| for r in 0 .. rules - 1 -> grammar.FindRule(level, grammar.Rule(level, r)) |]
                              parents |> Seq.mapi (fun r found -> if found = r then 0L else 1L) |> Seq.sum ])
                |> List.sum
                |> Measure.none "tuples with another parent" }

/// Counts of (tuple, Z) for the tuples of level 0 under node 0 of level 1.
let private jointWith (derivations: int[][] list) (level, node) =
    derivations
    |> Seq.map (fun d -> struct (Derivations.tuple 2 0 0 d, d[level][node]))
    |> Derivations.count

/// The largest difference, over synonyms nu, nu' and symbols z, of how often they occur with Z = z.
let private synonymDifference (grammar: Grammar) targets =
    let derivations = Derivations.all grammar
    let rule r = grammar.Rule(0, r).ToArray() |> Array.map int |> Array.toList

    [ for target in targets do
          let joint = jointWith derivations target
          let at nu z = Derivations.times joint (struct (nu, z))

          for a in 0 .. small.Vocabulary - 1 do
              for z in 0 .. small.Vocabulary - 1 ->
                  abs (at (rule (a * small.Multiplicity)) z - at (rule (a * small.Multiplicity + 1)) z) ]
    |> List.max

let private inside = [ 0, 0; 0, 1 ]

let private outside =
    [ for level in 0 .. small.Depth do
          for node in 0 .. small.NodeCount level - 1 do
              if not (List.contains (level, node) inside) then
                  level, node ]

let synonymicInvariance =
    { template with
        Id = "prop-synonymic-invariance"
        Kind = Kind.Lemma
        Statement = "Synonyms have the same law with every variable outside their subtree."
        Formula = "P[T=nu, Z=z] = P[T=nu', Z=z] for par(nu) = par(nu')"
        Latex = @"P[T=\nu, Z=z] = P[T=\nu', Z=z] \quad\text{for } \mathrm{par}(\nu) = \mathrm{par}(\nu')"
        Source = "section 3; identity 2 (docs/formulas.md)"
        Premises = [ "identity-02-synonymic-invariance" ]
        Tolerance = "none: integer counts over all 384 derivations of L=3 s=2 v=3 m=2"
        Control = "Z inside the tuple"
        Place = Place.Here()
        Measure =
            fun setting planted ->
                setting.Each (setting.Seeds(40, 1000)) (fun seed ->
                    int64 (synonymDifference (drawSmall seed) (if planted then inside else outside)))
                |> List.sum
                |> Measure.none "differing counts" }

let private entropyRatio (grammar: Grammar) =
    let strings = Derivations.all grammar |> Seq.map (fun d -> Array.toList d[0]) |> Derivations.count
    let total = Seq.sum strings.Values |> float

    let entropy =
        strings.Values |> Seq.sumBy (fun c -> let p = float c / total in -p * log p)

    strings.Count, entropy

let stringCount =
    { template with
        Id = "def-string-count"
        Statement = "A grammar derives n_c m^((s^L-1)/(s-1)) different strings."
        Formula = "n_c m^((s^L-1)/(s-1))"
        Latex = @"n_c\, m^{(s^L-1)/(s-1)}"
        Source = "section 2; identity 4 (docs/formulas.md)"
        Premises = [ "def-unambiguity" ]
        Tolerance = "none: all strings are listed"
        Control = "an ambiguous grammar"
        Place = Place.Here()
        Measure =
            fun setting planted ->
                let counts =
                    setting.Each (setting.Seeds(40, 1000)) (fun seed ->
                        let drawn = drawSmall seed
                        fst (entropyRatio (if planted then PlantedErrors.ambiguous drawn else drawn)))

                let predicted = int64 small.StringCount
                let wrong = counts |> List.filter (fun count -> int64 count <> predicted)
                Measure.none "of the grammars derive another number" wrong.Length }

let entropy =
    { template with
        Id = "def-entropy"
        Statement = "The entropy of the tokens is log n_c + ((s^L-1)/(s-1)) log m: every rule choice is written in the string."
        Formula = "H = log n_c + ((s^L-1)/(s-1)) log m"
        Latex = @"H = \log n_c + \frac{s^L-1}{s-1} \log m"
        Source = "section 2; identity 5 (docs/formulas.md)"
        Premises = [ "def-string-count" ]
        Tolerance = "1e-12 relative: rounding of 384 double terms"
        Control = "an ambiguous grammar"
        Place = Place.Here()
        Measure =
            fun setting planted ->
                let predicted = log (float small.Classes) + small.LogStringsPerClass

                setting.Each (setting.Seeds(40, 1000)) (fun seed ->
                    let drawn = drawSmall seed
                    let entropy = snd (entropyRatio (if planted then PlantedErrors.ambiguous drawn else drawn))
                    if abs (entropy - predicted) <= 1e-12 * predicted then 0L else 1L)
                |> List.sum
                |> Measure.none "of the grammars have another entropy" }

let levelReduction =
    { template with
        Id = "def-level-reduction"
        Statement =
            "The level-1 symbols of a grammar are the strings of a grammar of depth L-1 with the rules of levels 1 and up."
        Formula = "law of h^(1) under G = law of x under G without its lowest level"
        Latex = @"h^{(1)} \text{ under } G \;\overset{d}{=}\; x \text{ under } G \text{ without its lowest level}"
        Source = "proof of the recovery theorem; identity 12 (docs/formulas.md)"
        Premises = [ "def-unambiguity" ]
        Tolerance = "none: both laws are listed in full and compared as fractions"
        Control = "the upper levels of another grammar"
        Place = Place.Here()
        Measure =
            fun setting planted ->
                setting.Each (setting.Seeds(40, 1000)) (fun seed ->
                    let grammar = drawSmall seed
                    let upper = (if planted then drawSmall (seed + 1UL) else grammar).WithoutLowest 1
                    let law level g = Derivations.all g |> Seq.map (fun d -> Array.toList d[level]) |> Derivations.count
                    let whole, reduced = law 1 grammar, law 0 upper
                    let factor = Seq.sum whole.Values / Seq.sum reduced.Values

                    Set.union (Set.ofSeq whole.Keys) (Set.ofSeq reduced.Keys)
                    |> Seq.filter (fun key -> Derivations.times whole key <> factor * Derivations.times reduced key)
                    |> Seq.length
                    |> int64)
                |> List.sum
                |> Measure.none "strings of another probability" }

let tupleProbability =
    { template with
        Id = "def-tuple-probability"
        Statement = "A legal tuple has probability pi(parent)/m: sampled strings follow the exact law."
        Formula = "P[T=nu] = pi(par nu)/m; Pearson's chi-square of the leftmost tuple"
        Latex = @"P[T=\nu] = \pi(\mathrm{par}\,\nu)/m"
        Source = "section 2; identity 1 (docs/formulas.md); setting of figure 3 left"
        Premises = [ "def-unambiguity" ]
        Tolerance = "chi-square bound with v m - 1 degrees of freedom at the false-alarm probability"
        FalseAlarm = Measure.Alpha
        Rival = "priors 15% nearer to uniform ones"
        Design =
            "priors 15% off raise the mean of chi-square from 63 by 15% squared times the strings times 0.12, the variance of v pi: by \
             270 for 100 000 strings, where the bound is 155"
        Control = "priors 15% nearer to uniform ones"
        Place = Place.Here()
        Measure =
            fun setting planted ->
                let shape = GrammarShape(5, 3, 8, 8)
                let grammar = Grammar.Draw(shape, setting.Seed)
                let prior = PopulationLaws.Of(grammar).Law(Site.Symbol(1, 0))
                let rules = int (shape.RuleCount 0)
                let strings = StringSampler(grammar, setting.Seed, int64 (setting.Pick(100_000, 3_000_000)))

                let visit (counts: int64[]) (group: StringGroup) =
                    let tokens = group.Level 0
                    let tuple = Array.zeroCreate<uint16> shape.Branching

                    for lane in 0 .. group.Count - 1 do
                        for i in 0 .. shape.Branching - 1 do
                            tuple[i] <- tokens[i * StringGroup.Lanes + lane]

                        let rule = grammar.FindRule(0, tuple)
                        counts[rule] <- counts[rule] + 1L

                let parts =
                    strings.VisitGroups(
                        setting.Threads,
                        Func<_>(fun () -> Array.zeroCreate<int64> rules),
                        Action<_, _>(visit),
                        Func<_>(fun () -> strings.CreateGroup false),
                        setting.Cancellation
                    )

                let counts = [| for r in 0 .. rules - 1 -> parts |> Seq.sumBy (fun p -> p[r]) |]

                let chiSquare =
                    Seq.sum
                        [ for r in 0 .. rules - 1 ->
                              let symbol = r / shape.Multiplicity
                              let uniform = 1.0 / float shape.Vocabulary
                              let pi = if planted then 0.15 * uniform + 0.85 * prior[symbol] else prior[symbol]
                              let expected = float strings.Count * pi / float shape.Multiplicity
                              if expected > 0.0 then (float counts[r] - expected) ** 2.0 / expected
                              elif counts[r] > 0L then infinity
                              else 0.0 ]

                setting.Progress.Invoke 1.0
                let degrees = float (rules - 1)
                let bound = Interval.ChiSquareBound(degrees, Measure.Alpha)
                Measure.compare "chi-square" degrees (Measure.exactly chiSquare) (0, bound) (bound, infinity) }

let all =
    [ unambiguity; synonymicInvariance; stringCount; entropy; levelReduction; tupleProbability ]
