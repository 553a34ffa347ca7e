/// Section 3 of the paper: what a tuple tells about a latent, a token and the root.
module Rhm.Claims.CorrelationClaims

open Rhm.Running
open Rhm.Grammars
open Rhm.Population
open Rhm.Statistics
open Rhm.Strings
open Rhm.Claims.Measure

let private template = Measure.exact Kind.Lemma Chapter.Correlations

let private grammars (setting: RunContext) shape quick paper =
    [ for seed in setting.Seeds(quick, paper) -> Grammar.Draw(shape, seed) ]

/// The leftmost tuple of a level, the first element of its next cousin tuple, and a symbol some levels below that.
let internal leftmost (shape: GrammarShape) level below =
    Site.Tuple(level, 0), Site.Symbol(level - below, pown shape.Branching (below + 1))

/// How much more the leftmost tuple of a level, s=2, tells about a symbol of its level than about each token below that symbol.
let internal informationLosses (laws: PopulationLaws<float>) level node =
    let information z = laws.Joint(Site.Tuple(level, 0), z).MutualInformation()
    let latent = information (Site.Symbol(level, node))
    [ for token in 0 .. pown 2 level - 1 -> latent - information (Site.Symbol(0, node * pown 2 level + token)) ]

let latentInformation =
    { template with
        Id = "thm-latent-exceeds-token-information"
        Kind = Kind.Theorem
        Statement =
            "In every grammar a tuple tells at least as much about a latent as about any token below it (L=4, s=2, v=8, \
             m=4; all cousins)."
        Formula = "I(T; Z) >= I(T; Z') for Z' below Z"
        Latex = @"I(T;Z) \ge I(T;Z') \quad\text{for } Z' \text{ below } Z"
        Source = "section 3; identity 8 (docs/formulas.md)"
        Premises = [ "identity-08-data-processing" ]
        Tolerance = "1e-12 nats: rounding of sums of at most 256 terms"
        Control = "latent and token exchanged"
        Place = Place.Here()
        Measure =
            fun setting planted ->
                let shape = GrammarShape(4, 2, 8, 4)

                setting.Each (grammars setting shape 100 2000) (fun grammar ->
                    let laws = PopulationLaws.Of grammar

                    Seq.sum
                        [ for level in 1..2 do
                              for element in 0..1 do
                                  for loss in informationLosses laws level (2 + element) ->
                                      if (if planted then -loss else loss) < -1e-12 then 1L else 0L ])
                |> List.sum
                |> Measure.none "violations" }

let private isPermutation (transition: JointLaw<Rational>) =
    let symbols = [ 0 .. transition.Rows - 1 ]
    symbols |> List.forall (fun a -> symbols |> List.exists (fun x -> transition[a, x] = Rational.MultiplicativeIdentity))

/// Whether any two latents that can write the same child tell the same of the tuple.
let private keepsAll (joint: JointLaw<Rational>) (transition: JointLaw<Rational>) =
    let symbols = [ 0 .. transition.Rows - 1 ]
    let given z = joint.Transpose().Conditional z
    let meet z1 z2 = symbols |> List.exists (fun x -> not (transition[z1, x] * transition[z2, x]).Numerator.IsZero)

    List.allPairs symbols symbols
    |> List.forall (fun (z1, z2) ->
        match given z1, given z2 with
        | null, _
        | _, null -> true
        | p, q -> not (meet z1 z2) || p = q)

let strictLoss =
    { template with
        Id = "prop-information-loss"
        Statement =
            "A step down loses information exactly where two latents that tell different things of the tuple can write the \
             same child."
        Formula = "I(T;Z) = I(T;Z') iff P(T|z1) = P(T|z2) whenever M[z1,z'] M[z2,z'] > 0"
        Latex = @"I(T;Z) = I(T;Z') \iff P(T \mid z_1) = P(T \mid z_2) \text{ whenever } M_{z_1 z'} M_{z_2 z'} > 0"
        Source = "equality case of data processing; sharper than `M is no permutation'"
        Premises = [ "identity-08-data-processing" ]
        Tolerance = "none: exact fractions, all nodes of L=3 s=2 v=3 m=2"
        Control = "equality only where M is a permutation"
        Place = Place.Here()
        Measure =
            fun setting planted ->
                // A grammar at f = 1 has no information to lose, although M is no permutation.
                let independent = Grammar.Draw(GrammarShape(3, 2, 3, 3), setting.Seed)

                setting.Each (independent :: grammars setting (GrammarShape(3, 2, 3, 2)) 30 500) (fun grammar ->
                    let laws = PopulationLaws.Exact grammar
                    let t = Site.Tuple(1, 0)

                    Seq.sum
                        [ for node in 2..3 do
                              let joint = laws.Joint(t, Site.Symbol(1, node))

                              for position in 0..1 do
                                  let transition = laws.Transition(0, position)
                                  let lossless = if planted then isPermutation transition else keepsAll joint transition
                                  let below = laws.Joint(t, Site.Symbol(0, 2 * node + position))
                                  if lossless = (Information.CompareInformation(joint, below) = 0) then 0L else 1L ])
                |> List.sum
                |> Measure.none "violations" }

let convergence =
    { template with
        Id = "def-sampled-correlations"
        Kind = Kind.Definition
        Statement = "Sampled correlations of a tuple and a cousin element converge to the exact law (L=4, s=2, v=8, m=4)."
        Formula = "mean of sign C(nu,z) over strings -> sum P[nu,z] sign C(nu,z)"
        Latex =
            @"\frac1P \sum_{\text{strings}} \mathrm{sign}\, C_Z(\nu,z) \;\to\; \sum_{\nu,z} P[\nu,z]\, "
            + @"\mathrm{sign}\, C_Z(\nu,z)"
        Source = "definition of C_Z"
        Premises = [ "def-tuple-probability" ]
        Tolerance = "a tenth of what correlations add to independence; Hoeffding's interval of the mean of values +-1"
        FalseAlarm = Measure.Alpha
        Rival = "four fifths of the correlation"
        Design =
            "the value is 0.14 above independence for most grammars: 0.014 is allowed, of which Hoeffding's interval takes 0.007 with \
             800 000 strings"
        Control = "four fifths of the correlation"
        Place = Place.Here()
        Measure =
            fun setting planted ->
                let grammar = Grammar.Draw(GrammarShape(4, 2, 8, 4), setting.Seed)
                let shape = grammar.Shape
                let joint = PopulationLaws.Of(grammar).Joint(Site.Tuple(0, 0), Site.Symbol(0, 2))
                let correlation = joint.Correlation()
                let strings = StringSampler(grammar, setting.Seed, int64 (setting.Pick(800_000, 10_000_000)))

                let visit (total: int64[]) (group: StringGroup) =
                    let tokens = group.Level 0

                    for lane in 0 .. group.Count - 1 do
                        let tuple = [| tokens[lane]; tokens[StringGroup.Lanes + lane] |]
                        let rule = grammar.FindRule(0, System.ReadOnlySpan tuple)
                        total[0] <- total[0] + int64 (sign correlation[rule, int tokens[2 * StringGroup.Lanes + lane]])

                let sums =
                    strings.VisitGroups(
                        setting.Threads,
                        System.Func<_>(fun () -> [| 0L |]),
                        System.Action<_, _>(visit),
                        System.Func<_>(fun () -> strings.CreateGroup false),
                        setting.Cancellation
                    )

                let mean = float (sums |> Seq.sumBy Array.head) / float strings.Count
                let rows, columns = joint.RowLaw(), joint.ColumnLaw()

                let meanSign (probability: int -> int -> float) =
                    Seq.sum
                        [ for r in 0 .. joint.Rows - 1 do
                              for z in 0 .. shape.Vocabulary - 1 -> probability r z * float (sign correlation[r, z]) ]

                let independent = meanSign (fun r z -> rows[r] * columns[z])
                let added = meanSign (fun r z -> joint[r, z]) - independent
                let truth, rival = independent + added, independent + 0.8 * added
                let expected, other = if planted then rival, truth else truth, rival
                let allowed = expected - 0.1 * added, expected + 0.1 * added
                Measure.compare "mean sign" expected (Measure.bounded mean strings.Count 2.0) allowed (other, other) }

let all = [ latentInformation; strictLoss; convergence ]
