/// The formulas for averages over random grammars (A to J, docs/formulas.md), over grids of (v, s, m). A claim shows the
/// point of its grid that is least inside of what its formula allows, counted in standard errors; the false-alarm probability is divided
/// among the points. The control has the rival's formula in the place of ours.
module Rhm.Claims.AnnealedClaims

open Rhm.Running
open Rhm.Grammars
open Rhm.Population
open Rhm.Statistics
open Rhm.Strings
open Rhm.Claims.Measure
open Rhm.Randomness

let private template = Measure.statistical Kind.Lemma Chapter.Correlations

/// A point of a grid: the average over grammars of the first number of a pair divided by that of the second (1 for a plain average),
/// to be compared with the formula.
type private Point =
    {
        Label: string
        Predicted: float
        /// What the rival predicts.
        Rival: float
        /// The accuracy of the formula: measured/predicted lies in this range.
        Accuracy: float * float
        /// A function of the grammar and its seed.
        Pair: uint64 -> PopulationLaws<float> -> float * float
    }

/// But for rounding.
let private exact = 1.0 - 1e-12, 1.0 + 1e-12

let private within accuracy = 1.0 - accuracy, 1.0 + accuracy

let private compare count (point: Point) (pairs: (float * float) list) =
    let denominator = List.averageBy snd pairs
    let ratio = List.averageBy fst pairs / denominator
    // A ratio of averages, linearised around its value.
    let linear = [ for x, y in pairs -> (ratio + (x - ratio * y) / denominator) / point.Predicted ]
    let quantity = $"measured/formula (of {count} points the one least inside: {point.Label})"
    let rival = point.Rival / point.Predicted
    Measure.compare quantity 1 (Measure.mean count linear) point.Accuracy (rival, rival)

/// The grid: vocabularies, branching factors and multiplicities at which the formulas' accuracy is known, and for deep laws another depth.
let private grid (setting: RunContext) depth =
    [ for v in setting.Pick([ 8; 16 ], [ 8; 16; 32 ]) do
          for s in [ 2; 3 ] do
              for m in setting.Pick([ 2; 4; 8 ], [ 2; 4; 8; 16 ]) do
                  if m < pown v (s - 1) then
                      GrammarShape(depth, s, v, m)
      if depth > 1 then
          GrammarShape(depth + 2, 2, 8, 4) ]

let private over (setting: RunContext) planted (shapes: GrammarShape list) quick paper (points: GrammarShape -> Point list) =
    let exchanged (point: Point) =
        { point with
            Point.Predicted = point.Rival
            Rival = point.Predicted }

    let points = points >> (if planted then List.map exchanged else id)
    let all = [ for shape in shapes -> shape, points shape ]
    let count = all |> List.sumBy (fun (_, points) -> points.Length)

    setting.Each all (fun (shape, points) ->
        let measured =
            setting.Map [ 0 .. setting.Pick(quick, paper) - 1 ] (fun i ->
                let seed =
                    GrammarSeeds.OfAverage(setting.Seed, shape.Vocabulary, shape.Branching, shape.Multiplicity, i)

                let laws = PopulationLaws.Of(Grammar.Draw(shape, seed))
                [| for point in points -> point.Pair seed laws |])

        [ for i, point in List.indexed points ->
              compare count point [ for pairs in measured -> pairs[i] ] ])
    |> List.concat
    |> Measure.worst

let private average (value: PopulationLaws<float> -> float) _ laws = value laws, 1.0

let private target = CorrelationClaims.leftmost

/// Squared distances of the context vectors of a variable for one target, summed over pairs, and the number of pairs: the average over
/// grammars is one over pairs of symbols that occur.
let private separations given (z: Site) _ (laws: PopulationLaws<float>) =
    let pairs = laws.ContextVectors(given, System.ReadOnlySpan [| z |]).Separations()
    let distances = [| for struct (_, _, distance) in pairs -> distance |]
    Array.sum distances, float distances.Length

let contraction =
    { template with
        Id = "ann-a-contraction"
        Statement = "A production rule shrinks the square of a difference of laws by kappa, on average over grammars."
        Formula = "E|d^T M|^2 = kappa |d|^2, kappa = (1/m)(1-1/v)/(1-v^-s)"
        Latex = @"\mathbb{E}\,|d^{\mathsf T} M|^2 = \kappa\, |d|^2, \qquad \kappa = \frac1m\, \frac{1-1/v}{1-v^{-s}}"
        Source = "formula A (docs/formulas.md)"
        Premises = [ "def-unambiguity" ]
        Tolerance = "none: exact; Student's interval over grammars"
        Rival = "kappa = 1/m, its leading order"
        Design = "enough grammars to exclude the rival at the point of the grid where it is furthest from the formula"
        Control = "the formula of the rival"
        Place = Place.Here()
        Measure =
            fun setting planted ->
                over setting planted (grid setting 1) 4000 40000 (fun shape ->
                    [ { Label = string shape
                        Predicted = 2.0 * AnnealedLaws(shape).Kappa
                        Rival = 2.0 / float shape.Multiplicity
                        Accuracy = exact
                        // d = e_a - e_b, of squared norm 2, averaged over all pairs.
                        Pair = separations (Site.Symbol(1, 0)) (Site.Symbol(0, 0)) } ]) }

let priors =
    { template with
        Id = "ann-b-priors"
        Statement = "Lower levels have less uniform priors: cv^2 grows by kappa^i per level, times 1-f."
        Formula = "E[v sum pi_l^2 - 1] = (1-f) sum_(i=1)^(L-l) kappa^i"
        Latex = @"\mathbb{E}\Big[v \sum_a \pi_\ell(a)^2 - 1\Big] = (1-f) \sum_{i=1}^{L-\ell} \kappa^i"
        Source = "formula B (docs/formulas.md)"
        Premises = [ "ann-a-contraction"; "identity-13-priors" ]
        Tolerance = "none: exact; Student's interval over grammars"
        Rival = "kappa = 1/m, its leading order"
        Design = "enough grammars to exclude the rival at the point of the grid where it is furthest from the formula"
        Control = "the formula of the rival"
        Place = Place.Here()
        Measure =
            fun setting planted ->
                over setting planted (grid setting 4) 4000 40000 (fun shape ->
                    [ for level in [ 0; 2; shape.Depth - 1 ] ->
                          { Label = $"{shape}, level {level}"
                            Predicted = AnnealedLaws(shape).PriorVariation level
                            Rival =
                              (1.0 - shape.LegalFraction)
                              * Seq.sum [ for i in 1 .. shape.Depth - level -> float shape.Multiplicity ** float -i ]
                            Accuracy = exact
                            Pair =
                              average (fun laws ->
                                  float shape.Vocabulary * Array.sumBy (fun p -> p * p) (laws.Law(Site.Symbol(level, 0))) - 1.0) } ]) }

let separation =
    { template with
        Id = "thm-context-separation"
        Statement =
            "Context vectors of different parents are about sqrt(2(1-f))/m apart for a latent target, at every level, and a \
             factor m^(l/2) closer for a token."
        Formula = "E|phi(a)-phi(b)|^2 = 2(1-1/v)/(1-v^(1-s)) [nu_l - v^(1-s)] kappa^(k+1)"
        Latex = @"\mathbb{E}\,|\phi(a)-\phi(b)|^2 = \frac{2(1-1/v)}{1-v^{1-s}} \big[\nu_\ell - v^{1-s}\big]\, \kappa^{k+1}"
        Source = "separation assumption of the recovery theorem; formula C (docs/formulas.md)"
        Premises = [ "ann-a-contraction"; "ann-b-priors"; "prop-synonymic-invariance" ]
        Tolerance = "2%, the accuracy of the formula; Student's interval over grammars"
        Rival = "the leading order 2(1-f) m^-(k+2)"
        Design = "enough grammars to exclude the rival at the point of the grid where it is furthest from the formula"
        Control = "the formula of the rival"
        Place = Place.Here()
        Measure =
            fun setting planted ->
                over setting planted (grid setting 4) 4000 40000 (fun shape ->
                    [ for level in 0 .. shape.Depth - 2 do
                          for kind in [ Target.Latent; Target.Token ] do
                              if level > 0 || kind = Target.Latent then
                                  let below = if kind = Target.Token then level else 0
                                  let tuple, z = target shape level below
                                  let laws = AnnealedLaws shape

                                  { Label = $"{shape}, level {level}, {kind}"
                                    Predicted = laws.Separation(kind, level)
                                    Rival = laws.LeadingSeparation(kind, level)
                                    Accuracy = within 0.02
                                    Pair = separations tuple.Parent z } ]) }

let latentExceedsToken =
    { template with
        Id = "thm-latent-exceeds-token-correlation"
        Kind = Kind.Theorem
        Statement =
            "On average over grammars, the squared correlation with a latent exceeds that with a token l levels below by \
             kappa^-l, about m^l."
        Formula = "E sum C_token^2 / E sum C_latent^2 = kappa^l; E sum C_latent^2 / E sum C_sib^2 = kappa/m"
        Latex =
            @"\frac{\mathbb{E} \sum C_{\text{token}}^2}{\mathbb{E} \sum C_{\text{latent}}^2} = \kappa^{\ell}, "
            + @"\qquad \frac{\mathbb{E} \sum C_{\text{latent}}^2}{\mathbb{E} \sum C_{\text{sib}}^2} = "
            + @"\frac{\kappa}{m}"
        Source = "section 3; formula D (docs/formulas.md)"
        Premises = [ "ann-a-contraction"; "identity-07-descent"; "identity-01-tuple-probability" ]
        Tolerance = "none: the ratios of averages are exact; Student's interval of the linearised ratio"
        Rival = "kappa = 1/m, its leading order"
        Design = "enough grammars to exclude the rival at the point of the grid where it is furthest from the formula"
        Control = "the formula of the rival"
        Place = Place.Here()
        Measure =
            fun setting planted ->
                over setting planted (grid setting 4) 4000 12000 (fun shape ->
                    let kappa, m = AnnealedLaws(shape).Kappa, float shape.Multiplicity
                    let squares (a, z) (laws: PopulationLaws<float>) = laws.Joint(a, z).SquaredCorrelation()

                    let compare label predicted rival first second =
                        { Label = label
                          Predicted = predicted
                          Rival = rival
                          Accuracy = exact
                          Pair = fun _ laws -> squares first laws, squares second laws }

                    [ for level in 1 .. shape.Depth - 2 do
                          let token, latent = target shape level level, target shape level 0
                          compare $"{shape}, level {level}, token : latent" (kappa ** float level) (m ** float -level) token latent
                      for level in 0 .. shape.Depth - 2 do
                          let siblings = Site.Symbol(level + 1, 0), Site.Symbol(level + 1, 1)
                          let latent = target shape level 0
                          compare $"{shape}, level {level}, latent : siblings" (kappa / m) (1.0 / (m * m)) latent siblings ]) }

/// What the leftmost token below a latent tells of a tuple outside, given all other tokens below it: the tokens write the latent, so it
/// is what the latent tells less what the others tell.
let private givenOthers (tuple: Site) (latent: Site) (laws: PopulationLaws<float>) =
    let joint = laws.Joint(tuple, latent)

    let othersOf (levels: int[][]) = List.tail (List.ofArray levels[0])

    let written =
        [ for z in 0 .. joint.Columns - 1 -> List.map othersOf (Derivations.below laws.Grammar latent.Level z) ]

    let columns = written |> List.concat |> List.distinct |> List.mapi (fun column others -> others, column) |> dict
    let others = JointLaw<float>(joint.Rows, columns.Count)

    for z, strings in List.indexed written do
        for string in strings do
            let column = columns[string]
            for t in 0 .. joint.Rows - 1 do
                others[t, column] <- others[t, column] + joint[t, z] / float strings.Length

    joint.MutualInformation() - others.MutualInformation()

/// The same of the token alone.
let private alone (tuple: Site) (latent: Site) (laws: PopulationLaws<float>) =
    laws.Joint(tuple, Site.Symbol(0, latent.Node * pown laws.Grammar.Shape.Branching latent.Level)).MutualInformation()

let tokenGivenSiblings =
    { template with
        Id = "ann-j-token-given-siblings"
        Statement =
            "Given its sibling, a token tells of a tuple elsewhere all but a share kappa of what the latent above the two \
             tells, on average over grammars with s=2; alone it tells about that share."
        Formula = "E I(token;T|sibling) / E I(Z;T) = 1 - kappa"
        Latex = @"\frac{\mathbb{E}\, I(\text{token};T \mid \text{sibling})}{\mathbb{E}\, I(Z;T)} = 1 - \kappa \qquad (s = 2)"
        Source = "beyond the paper, formula J (docs/formulas.md): I(Z;T) = I(siblings;T) + I(token;T|siblings)"
        Premises = [ "thm-latent-exceeds-token-correlation"; "identity-09-whole-cousin" ]
        Tolerance =
            "8% for m = 4, 3% for m >= 8: kappa is the ratio of squared correlations, that of informations only where they \
             are weak; Student's interval of the linearised ratio"
        Rival = "a share 2 kappa is lost"
        Design = "enough grammars to exclude the rival at the point of the grid where it is furthest from the formula"
        Control = "the formula of the rival"
        Place = Place.Here()
        Measure =
            fun setting planted ->
                let shapes =
                    [ for v in setting.Pick([ 8; 16 ], [ 8; 16; 32 ]) do
                          for m in [ 4; 8; 16 ] do
                              if m < v then
                                  GrammarShape(3, 2, v, m) ]

                over setting planted shapes 1000 2000 (fun shape ->
                    let tuple, latent = target shape 1 0

                    [ { Label = string shape
                        Predicted = 1.0 - AnnealedLaws(shape).Kappa
                        Rival = 1.0 - 2.0 * AnnealedLaws(shape).Kappa
                        Accuracy = within (if shape.Multiplicity >= 8 then 0.03 else 0.08)
                        Pair =
                          fun _ laws -> givenOthers tuple latent laws, laws.Joint(tuple, latent).MutualInformation() } ]) }

let tokenGivenOthers =
    { template with
        Id = "ann-j-token-given-others"
        Statement =
            "Two levels down, too: given all other tokens below a latent, a token tells of a tuple elsewhere a share of \
             what the latent tells that grows with m (s=2, v=8), and does not fall as kappa^2."
        Formula = "share = I(token;T|others) / I(Z;T); mean share at m = 6 - mean share at m = 3 at least 0.2"
        Latex = @"\frac{I(\text{token};T \mid \text{others below } Z)}{I(Z;T)} \text{ grows with } m \qquad (s = 2,\ \ell = 2)"
        Source = "beyond the paper, formula J (docs/formulas.md): what all other tokens leave open is open to about m symbols"
        Premises = [ "ann-j-token-given-siblings" ]
        Tolerance = "0.2 is what growth is taken to mean; Student's interval over pairs of grammars"
        Expected = Measure.expecting Verdict.Established Verdict.Established
        Rival = "a share that does not depend on m"
        Design = "the growth has a standard deviation of 0.08 a grammar: 300 grammars leave 0.02 on each side"
        Control = "the token alone"
        Place = Place.Here()
        Measure =
            fun setting planted ->
                let share m seed =
                    let shape = GrammarShape(4, 2, 8, m)
                    let tuple, latent = target shape 2 0
                    let laws = PopulationLaws.Of(Grammar.Draw(shape, seed))
                    (if planted then alone else givenOthers) tuple latent laws / laws.Joint(tuple, latent).MutualInformation()

                let pairs = setting.EachInParallel (setting.Seeds(300, 2000)) (fun seed -> share 6 seed - share 3 seed)
                Measure.compare "growth of the share" 0.2 (Measure.mean 1 pairs) (0.2, 1.0) (-1.0, 0.0) }

/// Formula E with a factor 1/m in the place of kappa.
let private rootWithLeadingFactors (shape: GrammarShape) level =
    let v, m = float shape.Vocabulary, float shape.Multiplicity
    (v - 1.0) / (v * v) / m ** float (shape.Depth - level)

/// Its separation with factors kappa alone, and not the mean inverse of priors.
let private rootByKappaAlone (shape: GrammarShape) level =
    let laws = AnnealedLaws shape
    let below = shape.Depth - 2 - level

    if below <= 0 then
        laws.Separation(Target.Root, level)
    else
        laws.Separation(Target.Root, shape.Depth - 2) * laws.Kappa ** float below

let supervised =
    { template with
        Id = "ann-e-root"
        Statement = "The squared correlation with the root falls by kappa per level below the top; it has no factor 1-f."
        Formula = "E sum C_root^2 = (1/m)((v-1)/v^2) kappa^(L-l-1)"
        Latex = @"\mathbb{E} \sum C_{\text{root}}^2 = \frac1m\, \frac{v-1}{v^2}\, \kappa^{L-\ell-1}"
        Source = "section 3; formula E (docs/formulas.md)"
        Premises = [ "ann-a-contraction"; "identity-10-root-information" ]
        Tolerance = "none: exact; Student's interval over grammars"
        Rival = "kappa = 1/m, its leading order"
        Design = "enough grammars to exclude the rival at the point of the grid where it is furthest from the formula"
        Control = "the formula of the rival"
        Place = Place.Here()
        Measure =
            fun setting planted ->
                over setting planted (grid setting 4) 4000 40000 (fun shape ->
                    [ for level in 0 .. shape.Depth - 1 ->
                          { Label = $"{shape}, level {level}"
                            Predicted = AnnealedLaws(shape).SquaredCorrelation(Target.Root, level)
                            Rival = rootWithLeadingFactors shape level
                            Accuracy = exact
                            Pair =
                              average (fun laws ->
                                  laws.Joint(Site.Tuple(level, 0), Site.Symbol(shape.Depth, 0)).SquaredCorrelation()) } ]) }

let rootSeparation =
    { template with
        Id = "ann-e-root-separation"
        Statement =
            "Tuples of level l tell roots apart by about 2/m^(L-l-1), at finite m by kappa a level times the mean inverse \
             of their parents' priors."
        Formula =
            "E|P(root|nu)-P(root|nu')|^2 = 2 at L-1, D = 2 e1 (1-1/v)/(1-1/(v m)) at L-2, D kappa^(L-l-2) i_(l+1)/i_(L-1) \
             below, i_l = E[1/(v pi_l)]"
        Latex =
            @"\mathbb{E}\,|P(\text{root} \mid \nu) - P(\text{root} \mid \nu')|^2 = \begin{cases} 2 & \ell = L-1 "
            + @"\\ \dfrac{2 e_1 (1-1/v)}{1-1/(vm)} & \ell = L-2 \\ \dfrac{2 e_1 (1-1/v)}{1-1/(vm)} "
            + @"\kappa^{L-\ell-2} \dfrac{\mathbb{E}[1/\pi_{\ell+1}]}{\mathbb{E}[1/\pi_{L-1}]} & \text{below} "
            + @"\end{cases}"
        Source = "formula E (docs/formulas.md)"
        Premises = [ "ann-e-root" ]
        Tolerance =
            "none at L-1 and L-2 (exact); below 2% for m >= 8, 10% for m >= 4, 25% for m = 2, the accuracy of i_l; \
             Student's interval over grammars"
        Rival = "a factor kappa a level, without the mean inverse of priors"
        Design = "enough grammars to exclude the rival at the point of the grid where it is furthest from the formula"
        Control = "the formula of the rival"
        Place = Place.Here()
        Measure =
            fun setting planted ->
                over setting planted (grid setting 4) 2000 20000 (fun shape ->
                    [ for level in 0 .. shape.Depth - 1 ->
                          { Label = $"{shape}, level {level}"
                            Predicted = AnnealedLaws(shape).Separation(Target.Root, level)
                            Rival = rootByKappaAlone shape level
                            Accuracy =
                                if level >= shape.Depth - 2 then exact
                                elif shape.Multiplicity >= 8 then within 0.02
                                elif shape.Multiplicity >= 4 then within 0.1
                                else within 0.25
                            Pair = separations (Site.Symbol(level + 1, 0)) (Site.Symbol(shape.Depth, 0)) } ]) }

let siblings =
    { template with
        Id = "ann-f-siblings"
        Statement = "Two children of a node are correlated through the share of illegal tuples, 1-f."
        Formula = "E sum C_sib^2 = (1-1/v)^2 (1-f)/(v m (1-v^-s))"
        Latex = @"\mathbb{E} \sum C_{\text{sib}}^2 = \frac{(1-1/v)^2 (1-f)}{v m (1-v^{-s})}"
        Source = "formula F (docs/formulas.md)"
        Premises = [ "def-unambiguity"; "identity-03-zero-sums" ]
        Tolerance = "5% for m >= 4, 2% for m >= 8, the accuracy of the formula; Student's interval over grammars"
        Rival = "no factor 1-f"
        Design = "enough grammars to exclude the rival at the point of the grid where it is furthest from the formula"
        Control = "the formula of the rival"
        Place = Place.Here()
        Measure =
            fun setting planted ->
                over setting planted (grid setting 1 |> List.filter (fun shape -> shape.Multiplicity >= 4)) 20000 200000 (fun shape ->
                    [ { Label = string shape
                        Predicted = AnnealedLaws(shape).SiblingSquaredCorrelation 1
                        Rival = AnnealedLaws(shape).SiblingSquaredCorrelation 1 / (1.0 - shape.LegalFraction)
                        Accuracy = within (if shape.Multiplicity >= 8 then 0.02 else 0.05)
                        Pair = average (fun laws -> laws.Joint(Site.Symbol(0, 0), Site.Symbol(0, 1)).SquaredCorrelation()) } ]) }

/// Two tokens whose lowest common ancestor has level k, reached through different child positions at every level.
let private tokensAt (shape: GrammarShape) k =
    Site.Symbol(0, 0), Site.Symbol(0, Seq.sum [ for i in 0 .. k - 1 -> pown shape.Branching i ])

let staircase =
    { template with
        Id = "ann-g-staircase"
        Statement =
            "Correlations of two tokens fall in a staircase with their tree distance: two factors kappa for every level \
             that their ancestor is higher."
        Formula = "E sum C^2 at level k+1 / at level k: kappa^2 times the siblings' ratio"
        Latex =
            @"\frac{\mathbb{E} \sum C^2 \big|_{k+1}}{\mathbb{E} \sum C^2 \big|_{k}} = \kappa^2\, "
            + @"\frac{\mathbb{E} \sum C_{\text{sib}}(k+1)^2}{\mathbb{E} \sum C_{\text{sib}}(k)^2}"
        Source = "figure 1; formula G (docs/formulas.md)"
        Premises = [ "ann-f-siblings"; "ann-a-contraction" ]
        Figures = [ "fig1-correlations" ]
        Tolerance = "5%: the accuracy of the siblings' formula; Student's interval over grammars"
        Rival = "kappa = 1/m, its leading order"
        Design = "enough grammars to exclude the rival at the point of the grid where it is furthest from the formula"
        Control = "the formula of the rival"
        Place = Place.Here()
        Measure =
            fun setting planted ->
                over setting planted (grid setting 4 |> List.filter (fun shape -> shape.Multiplicity >= 4)) 8000 80000 (fun shape ->
                    [ for k in 2 .. shape.Depth ->
                          let laws = AnnealedLaws shape

                          { Label = $"{shape}, ancestor at level {k}"
                            Predicted = laws.TokenSquaredCorrelation k
                            Rival = laws.SiblingSquaredCorrelation k / float shape.Multiplicity ** float (2 * (k - 1))
                            Accuracy = within 0.05
                            Pair = average (fun laws -> laws.Joint(tokensAt shape k).SquaredCorrelation()) } ]) }

/// N |phi_hat - phi|^2 / (1 - |phi|^2), averaged over the tuples seen in 8 v m strings.
let private relativeNoise seed (laws: PopulationLaws<float>) =
    let shape = laws.Grammar.Shape
    let s, v, rules = shape.Branching, shape.Vocabulary, int (shape.RuleCount 0)
    let context = laws.ContextVectors(Site.Tuple(0, 0), System.ReadOnlySpan [| Site.Symbol(0, s) |])
    let counts = Array2D.zeroCreate<int> rules v
    let sampler = StringSampler(laws.Grammar, seed, int64 (8 * rules))
    let group = sampler.CreateGroup false
    use reader = sampler.OpenReader()

    for number in 0L .. (sampler.Count - 1L) / int64 StringGroup.Lanes do
        reader.Read(number, group)
        let tokens = (group.Level 0).ToArray()

        for lane in 0 .. group.Count - 1 do
            let tuple = [| for p in 0 .. s - 1 -> tokens[p * StringGroup.Lanes + lane] |]
            let rule = laws.Grammar.FindRule(0, System.ReadOnlySpan tuple)
            let z = int tokens[s * StringGroup.Lanes + lane]
            counts[rule, z] <- counts[rule, z] + 1

    List.average [
        for r in 0 .. rules - 1 do
            let n = Seq.sum [ for z in 0 .. v - 1 -> float counts[r, z] ]

            match context.Vectors[r] with
            | null -> ()
            | phi ->
                let spread = 1.0 - Array.sumBy (fun p -> p * p) phi

                if n > 0.0 && spread > 1e-9 then
                    let error = Seq.sum [ for z in 0 .. v - 1 -> (float counts[r, z] / n - phi[z]) ** 2.0 ]
                    n * error / spread
    ]

let noise =
    { template with
        Id = "ann-h-noise"
        Statement =
            "An empirical context vector of a tuple seen N times misses the exact one by (1-|phi|^2)/N in square, on \
             average."
        Formula = "E[N |phi_hat - phi|^2 / (1-|phi|^2)] = 1"
        Latex = @"\mathbb{E}\left[\frac{N\, |\hat\phi - \phi|^2}{1 - |\phi|^2}\right] = 1"
        Source = "section 4; formula H (docs/formulas.md)"
        Premises = [ "def-sampled-correlations" ]
        Tolerance = "none: exact for every N >= 1; Student's interval over grammars"
        Rival = "noise 1/N"
        Design = "enough grammars to exclude the rival at the point of the grid where it is furthest from the formula"
        Control = "the formula of the rival"
        Place = Place.Here()
        Measure =
            fun setting planted ->
                let shapes = [ GrammarShape(3, 2, 8, 4); GrammarShape(3, 3, 8, 8); GrammarShape(3, 2, 16, 4) ]

                over setting planted shapes 500 5000 (fun shape ->
                    [ { Label = string shape
                        Predicted = 1
                        // |phi|^2 is at least 1/v.
                        Rival = 1.0 / (1.0 - 1.0 / float shape.Vocabulary)
                        Accuracy = exact
                        Pair = fun seed laws -> relativeNoise seed laws, 1.0 } ]) }

let noUnlabelledSignal =
    { template with
        Id = "ann-i-no-signal-at-f1"
        Kind = Kind.Prediction
        Chapter = Chapter.Limits
        Statement = "At f = 1 every unlabelled correlation is exactly zero: only labels carry information."
        Formula = "f = 1: C_Z = 0 for every tuple and every symbol below the root, outside the tuple and not above it"
        Latex = @"f = 1 \;\Rightarrow\; C_Z = 0 \quad\text{for } Z \text{ below the root, outside } T \text{ and not above it}"
        Source = "section 4; formula I and identity 13 (docs/formulas.md)"
        Premises = [ "identity-13-priors" ]
        Tolerance = "none: exact fractions, all nodes of L=3 s=2 v=3 m=3 and L=2 s=3 v=2 m=4"
        Rival = "a single exception"
        FalseAlarm = 0
        Expected = Measure.expecting Verdict.Established Verdict.Established
        Control = "one rule less for every symbol"
        Place = Place.Here()
        Measure =
            fun setting planted ->
                let less = if planted then 1 else 0
                let shapes = [ GrammarShape(3, 2, 3, 3 - less); GrammarShape(2, 3, 2, 4 - less) ]

                setting.Each
                    [ for shape in shapes do
                          for i in 0L .. int64 (setting.Pick(5, 50)) - 1L -> Grammar.Draw(shape, GrammarSeeds.OfNumber(setting.Seed, i)) ]
                    (fun grammar ->
                        let laws = PopulationLaws.Exact grammar
                        let probes = Identities.allSites grammar.Shape

                        Seq.sum
                            [ for t in fst probes do
                                  for z in snd probes do
                                      if not (Identities.related grammar.Shape t z) then
                                          if laws.Joint(t, z).SquaredCorrelation().Numerator.IsZero then 0L else 1L ])
                |> List.sum
                |> Measure.none "correlated pairs" }

let labelsAtFullGrammar =
    { template with
        Id = "ann-i-labels-at-f1"
        Kind = Kind.Prediction
        Chapter = Chapter.Limits
        Statement =
            "At f = 1 correlations with the root stay as formula E says: supervised learning does not need illegal tuples."
        Formula = "E sum C_root^2 = (1/m)((v-1)/v^2) kappa^(L-l-1) at f = 1"
        Latex = @"f = 1: \quad \mathbb{E} \sum C_{\text{root}}^2 = \frac1m\, \frac{v-1}{v^2}\, \kappa^{L-\ell-1}"
        Source = "section 4; formulas E and I (docs/formulas.md)"
        Premises = [ "ann-e-root" ]
        Tolerance = "none: exact; Student's interval over grammars"
        Rival = "kappa = 1/m, its leading order"
        Design = "enough grammars to exclude the rival at the point of the grid where it is furthest from the formula"
        Control = "the formula of the rival"
        Place = Place.Here()
        Measure =
            fun setting planted ->
                let shapes = [ GrammarShape(3, 2, 4, 4); GrammarShape(3, 2, 8, 8); GrammarShape(3, 3, 3, 9) ]

                over setting planted shapes 8000 80000 (fun shape ->
                    [ for level in 0..1 ->
                          { Label = $"{shape}, level {level}"
                            Predicted = AnnealedLaws(shape).SquaredCorrelation(Target.Root, level)
                            Rival = rootWithLeadingFactors shape level
                            Accuracy = exact
                            Pair = average (fun laws -> laws.Joint(Site.Tuple(level, 0), Site.Symbol(3, 0)).SquaredCorrelation()) } ]) }

let all =
    [ latentExceedsToken
      separation
      contraction
      priors
      supervised
      rootSeparation
      siblings
      staircase
      noise
      noUnlabelledSignal
      labelsAtFullGrammar
      tokenGivenSiblings
      tokenGivenOthers ]
