/// Section 3 of the paper: what a tuple tells about a latent, a token and the root.
module Rhm.Claims.CorrelationClaims

open Rhm.Running
open Rhm.Grammars
open Rhm.Population
open Rhm.Statistics
open Rhm.Strings

let private section = "Correlations"

let private grammars (setting: RunContext) shape quick paper =
    [ for i in 0L .. int64 (setting.Pick(quick, paper)) - 1L -> Grammar.Draw(shape, setting.SeedOf [ i ]) ]

/// The leftmost tuple of a level, the first element of its next cousin tuple, and a symbol some levels below that.
let internal leftmost (shape: GrammarShape) level below =
    Site.Tuple(level, 0), Site.Symbol(level - below, pown shape.Branching (below + 1))

let latentInformation =
    { Id = "thm-latent-exceeds-token-information"
      Section = section
      Statement = "In every grammar a tuple tells at least as much about a latent as about any token below it (L=4, s=2, v=8, m=4; all cousins)."
      Source = "section 3; identity 8 (data processing)"
      Formula = "I(T; Z) >= I(T; Z') for Z' below Z"
      Tolerance = "1e-12 nats: rounding of sums of at most 256 terms"
      FalseAlarm = 0
      Least = Scale.Quick
      Control = "latent and token exchanged"
      Measure =
        fun setting planted ->
            let shape = GrammarShape(4, 2, 8, 4)

            setting.Each (grammars setting shape 100 2000) (fun grammar ->
                let laws = PopulationLaws.Of grammar

                Seq.sum
                    [ for level in 1..2 do
                          let information z = laws.Joint(Site.Tuple(level, 0), z).MutualInformation()

                          for element in 0..1 do
                              let latent = Site.Symbol(level, 2 + element)

                              for token in 0 .. pown 2 level - 1 ->
                                  let loss = information latent - information (Site.Symbol(0, latent.Node * pown 2 level + token))
                                  if (if planted then -loss else loss) < -1e-12 then 1L else 0L ])
            |> List.sum
            |> Measure.none "violations" }

let strictLoss =
    { Id = "prop-information-loss"
      Section = section
      Statement = "A step down loses information exactly where two latents that tell different things of the tuple can write the same child."
      Source = "equality case of data processing; sharper than `M is no permutation'"
      Formula = "I(T;Z) = I(T;Z') iff P(T|z1) = P(T|z2) whenever M[z1,z'] M[z2,z'] > 0"
      Tolerance = "none: exact fractions, all nodes of L=3 s=2 v=3 m=2"
      FalseAlarm = 0
      Least = Scale.Quick
      Control = "equality only where M is a permutation"
      Measure =
        fun setting planted ->
            let shape = GrammarShape(3, 2, 3, 2)

            let independent =
                // A grammar at f = 1 has no information to lose, although M is no permutation.
                Grammar.Draw(GrammarShape(3, 2, 3, 3), setting.Seed)

            setting.Each (independent :: grammars setting shape 30 500) (fun grammar ->
                let laws = PopulationLaws.Exact grammar

                Seq.sum
                    [ for level in 1..1 do
                          for node in 2..3 do
                              let t, z = Site.Tuple(level, 0), Site.Symbol(level, node)
                              let joint = laws.Joint(t, z)

                              for position in 0..1 do
                                  let transition = laws.Transition(level - 1, position)
                                  let given z = joint.Transpose().Conditional z
                                  let permutation = Seq.forall (fun a -> Seq.exists (fun x -> transition[a, x] = Rational.MultiplicativeIdentity) [ 0..2 ]) [ 0..2 ]

                                  let lossless =
                                      if planted then
                                          permutation
                                      else
                                          List.forall
                                              (fun (z1, z2) ->
                                                  let share = Seq.exists (fun x -> not (transition[z1, x] * transition[z2, x]).Numerator.IsZero) [ 0..2 ]

                                                  match given z1, given z2 with
                                                  | null, _
                                                  | _, null -> true
                                                  | p, q -> not share || p = q)
                                              (List.allPairs [ 0..2 ] [ 0..2 ])

                                  let below = laws.Joint(t, Site.Symbol(level - 1, 2 * node + position))
                                  if lossless = (Information.CompareInformation(joint, below) = 0) then 0L else 1L ])
            |> List.sum
            |> Measure.none "violations" }

let convergence =
    { Id = "def-sampled-correlations"
      Section = section
      Statement = "Sampled correlations of a tuple and a cousin element converge to the exact law (L=4, s=2, v=8, m=4)."
      Source = "definition of C_Z"
      Formula = "mean of sign C(nu,z) over strings -> sum P[nu,z] sign C(nu,z)"
      Tolerance = "Hoeffding's interval of the mean of values +-1"
      FalseAlarm = Measure.Alpha
      Least = Scale.Quick
      Control = "the value under independence"
      Measure =
        fun setting planted ->
            let grammar = Grammar.Draw(GrammarShape(4, 2, 8, 4), setting.Seed)
            let shape = grammar.Shape
            let joint = PopulationLaws.Of(grammar).Joint(Site.Tuple(0, 0), Site.Symbol(0, 2))
            let correlation = joint.Correlation()
            let strings = StringSampler(grammar, setting.Seed, int64 (setting.Pick(400_000, 10_000_000)))

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

            let expected =
                Seq.sum
                    [ for r in 0 .. joint.Rows - 1 do
                          for z in 0 .. shape.Vocabulary - 1 ->
                              (if planted then rows[r] * columns[z] else joint[r, z]) * float (sign correlation[r, z]) ]

            Measure.interval "mean sign" expected mean (Interval.Hoeffding(mean, strings.Count, 2.0, Measure.Alpha)) (expected, expected) }

let all = [ latentInformation; strictLoss; convergence ]
