/// Section 3 of the paper: correlations, context vectors and their separation.
module Rhm.Claims.CorrelationClaims

open Rhm.Grammars
open Rhm.Sampling
open Rhm.Statistics
open MathNet.Numerics.Distributions

let private section = "Correlations"

/// kappa = (1/m)(1-1/v)/(1-v^-s): the exact factor of squared correlations per production rule.
let private kappa (shape: GrammarShape) =
    let v, m, s = float shape.Vocabulary, float shape.Multiplicity, float shape.Branching
    (1.0 / m) * (1.0 - 1.0 / v) / (1.0 - v ** -s)

/// Exact joint law P[parent of T = a, Z = z] for T = child 0 of the leftmost grandparent of level l+2 and Z the first element of
/// its second child tuple; Z is followed down `below` more levels through first children.
let private jointOfParentAndCousin (grammar: Grammar) level below =
    let shape = grammar.Shape
    let m, v = shape.Multiplicity, shape.Vocabulary
    let prior = (GrammarClaims.leftmostPriors grammar)[level + 2]
    let siblings = Array2D.zeroCreate<float> v v

    for rule in 0 .. int (shape.RuleCount(level + 1)) - 1 do
        let tuple = grammar.Rule(level + 1, rule)
        let a, b = int tuple[0], int tuple[1]
        siblings[a, b] <- siblings[a, b] + prior[rule / m] / float m

    let descend (joint: float[,]) l =
        let next = Array2D.zeroCreate<float> v v

        for rule in 0 .. int (shape.RuleCount l) - 1 do
            let z = int (grammar.Rule(l, rule)[0])

            for a in 0 .. v - 1 do
                next[a, z] <- next[a, z] + joint[a, rule / m] / float m

        next

    [ level .. -1 .. level - below ] |> List.fold descend siblings

let private rowSum (joint: float[,]) a =
    Seq.sum [ for z in 0 .. Array2D.length2 joint - 1 -> joint[a, z] ]

/// Mean of |phi(a) - phi(b)|^2 over the pairs of parents that occur.
let private separation (joint: float[,]) =
    let v = Array2D.length1 joint

    let contexts =
        [| for a in 0 .. v - 1 do
               let p = rowSum joint a

               if p > 0.0 then
                   [| for z in 0 .. v - 1 -> joint[a, z] / p |] |]

    let distance (x: float[]) (y: float[]) =
        Seq.sum (Seq.map2 (fun p q -> (p - q) * (p - q)) x y)

    [ for i in 0 .. contexts.Length - 1 do
          for j in 0 .. i - 1 -> distance contexts[i] contexts[j] ]
    |> List.average

/// Formula C of the theory of this project: E |phi(a)-phi(b)|^2 for a target k levels below the tuple's level.
let expectedSeparation (shape: GrammarShape) level k =
    let v, m, s = shape.Vocabulary, shape.Multiplicity, shape.Branching
    let whole = int (float v ** float s)
    let successes = int (float v ** float (s - 1))
    let law = Hypergeometric(whole, successes, v * m)
    let support = [ max 1 law.Minimum .. law.Maximum ]
    let mass = support |> List.sumBy law.Probability
    let mean f = (support |> List.sumBy (fun n -> law.Probability n * f (float n))) / mass
    let e1, e2 = mean (fun n -> 1.0 / n), mean (fun n -> 1.0 / (n * n))
    let kappa = kappa shape

    let priorVariation =
        (1.0 - shape.LegalFraction) * Seq.sum [ for i in 1 .. shape.Depth - level - 2 -> kappa ** float i ]

    let nu = e1 + priorVariation * (e1 - e2)
    2.0 * (1.0 - 1.0 / float v) / (1.0 - float v ** float (1 - s)) * (nu - float v ** float (1 - s)) * kappa ** float (k + 1)

let private grammars (setting: Setting) shape quick paper =
    [ for i in 0L .. int64 (setting.Pick(quick, paper)) - 1L -> Grammar.Draw(shape, setting.SeedOf [ i ]) ]

let contextSeparation =
    { Id = "thm-context-separation"
      Section = section
      Statement = "Context vectors of different parents are about sqrt(2(1-f))/m apart, as the exact formula says on average."
      Source = "separation assumption of the recovery theorem; formula 4C"
      Formula = "E|phi(a)-phi(b)|^2 = 2(1-1/v)/(1-v^(1-s)) [nu_l - v^(1-s)] kappa"
      Tolerance = "2%, the accuracy of the annealed formula; Student's interval over grammars"
      FalseAlarm = Measure.Alpha
      Control = "the formula with one production rule more (a token target)"
      Measure =
        fun setting planted ->
            let shape = GrammarShape(5, 3, 8, 8)

            let ratios =
                setting.Each (grammars setting shape 8000 40000) (fun grammar ->
                    separation (jointOfParentAndCousin grammar 0 0)
                    / expectedSeparation shape 0 (if planted then 1 else 0))

            Measure.interval "measured/formula" 1 (List.average ratios) (Interval.Student(ResizeArray ratios, Measure.Alpha)) (0.98, 1.02) }

/// Sum of squares of C(a, z) = P(a, z) - P(a) P(z).
let private squaredCorrelation (joint: float[,]) =
    let v = Array2D.length1 joint
    let rows = [| for a in 0 .. v - 1 -> rowSum joint a |]
    let columns = [| for z in 0 .. v - 1 -> Seq.sum [ for a in 0 .. v - 1 -> joint[a, z] ] |]

    Seq.sum
        [ for a in 0 .. v - 1 do
              for z in 0 .. v - 1 -> (joint[a, z] - rows[a] * columns[z]) ** 2.0 ]

let latentExceedsToken =
    { Id = "thm-latent-exceeds-token-correlation"
      Section = section
      Statement = "On average over grammars, the squared correlation with a latent exceeds that with a token l levels below by kappa^-l, about m^l."
      Source = "section 3; formula 4D"
      Formula = "E sum C_latent^2 / E sum C_token^2 = kappa^-l (l=2)"
      Tolerance = "none beyond the interval: the ratio of averages is exact; Student's interval of the linearised ratio"
      FalseAlarm = Measure.Alpha
      Control = "a token only one level below"
      Measure =
        fun setting planted ->
            let shape = GrammarShape(5, 3, 8, 8)

            let pairs =
                setting.Each (grammars setting shape 8000 40000) (fun grammar ->
                    squaredCorrelation (jointOfParentAndCousin grammar 2 0),
                    squaredCorrelation (jointOfParentAndCousin grammar 2 (if planted then 1 else 2)))

            let token = List.averageBy snd pairs
            let ratio = List.averageBy fst pairs / token
            let linear = [ for latent, t in pairs -> ratio + (latent - ratio * t) / token ]
            let predicted = kappa shape ** -2.0
            Measure.interval "ratio" predicted ratio (Interval.Student(ResizeArray linear, Measure.Alpha)) (predicted, predicted) }

let latentInformation =
    { Id = "thm-latent-exceeds-token-information"
      Section = section
      Statement = "In every grammar a tuple tells at least as much about a latent as about any token below that latent."
      Source = "section 3; identity 8 (data processing)"
      Formula = "I(T; Z) >= I(T; Z') for Z' below Z"
      Tolerance = "1e-12 nats: rounding of the sums over all 384 derivations of L=3 s=2 v=3 m=2"
      FalseAlarm = 0
      Control = "latent and token exchanged"
      Measure =
        fun setting planted ->
            let shape = GrammarShape(3, 2, 3, 2)

            setting.Each (grammars setting shape 40 1000) (fun grammar ->
                let derivations = Derivations.all grammar
                let information level node =
                    Derivations.mutualInformation (Derivations.tuple 2 0 0) (fun (d: int[][]) -> d[level][node]) derivations

                Seq.sum
                    [ for latentLevel, latent, token in [ 1, 1, 2; 1, 1, 3; 2, 1, 4; 2, 1, 7 ] ->
                          let difference = information latentLevel latent - information 0 token
                          if (if planted then -difference else difference) < -1e-12 then 1L else 0L ])
            |> List.sum
            |> Measure.none "violations" }

let all = [ contextSeparation; latentExceedsToken; latentInformation ]
