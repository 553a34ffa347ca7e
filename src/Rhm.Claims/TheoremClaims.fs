/// The recovery theorem's formula as a whole, C v m^3/(1-f) log(L v m/delta), against what is measured; and formula K
/// (docs/formulas.md), which counts what k-means really averages over.
module Rhm.Claims.TheoremClaims

open MathNet.Numerics.Distributions
open Rhm.Grammars
open Rhm.Levelwise
open Rhm.Population
open Rhm.Running
open Rhm.Statistics
open Rhm.Claims.Measure
open Rhm.Claims.RecoveryClaims

let private template =
    { Measure.statistical Kind.Prediction Chapter.Recovery with
        Least = Scale.Paper
        Expected = Measure.expecting Verdict.Undecided Verdict.Compatible
        Learners = [ IterativeLatentClustering.Learner ]
        Premises = [ "thm-ilc-exponent" ] }

/// Formula K of the top level from latent targets.
let private formulaK (elements: GrammarShape -> int) (shape: GrammarShape) =
    AnnealedLaws(shape).ClusteringThreshold(Target.Latent, shape.Depth - 2, elements shape)

let private one _ = 1

let private all' (shape: GrammarShape) =
    shape.Branching * shape.Branching * (shape.Branching - 1)

let private shapes vocabulary =
    [ for m in [ 4; 8; 16 ] -> GrammarShape(3, 3, vocabulary, m) ]

let private exponentOf formula shapes =
    ScalingLaw.ExponentOf([ for shape: GrammarShape in shapes -> float shape.Multiplicity ], List.map formula shapes)

let private measuredExponent setting learner parts shapes =
    List.zip [ for shape: GrammarShape in shapes -> float shape.Multiplicity ] (over setting learner shapes)
    |> Measure.power parts

let bracket =
    { template with
        Id = "formula-k-bracket"
        Statement =
            "With one cousin element the exponent of m lies between that of formula K, which clusters with known means need, and that of \
             formula H, the theorem's noise (L=3, s=3, m=4..16; v=8, 16, 32)."
        Formula = "d log K/d log m <= d log P*/d log m <= d log H/d log m"
        Latex = @"\frac{d \log P_K}{d \log m} \le \frac{d \log P^*}{d \log m} \le \frac{d \log P_H}{d \log m}"
        Source = "formulas H and K (docs/formulas.md)"
        Tolerance = "+-0.1; Student's interval over grammars; shown is the v that is least inside"
        Rival = "m^2, as for the spectral learner"
        Design = "the grammars of thm-ilc-exponent-v8"
        Control = "the spectral learner"
        Place = Place.Here()
        Measure =
            fun setting planted ->
                let learner (shape: GrammarShape) =
                    if planted then
                        Crossings.top SpectralLatentClustering.Learner (SpectralOptions()) (0.5 * SampleScales.Spectral shape) shape
                    else
                        oneElement Target.Latent shape

                [ for v in [ 8; 16; 32 ] ->
                      let shapes = shapes v
                      let low, high = exponentOf (formulaK one) shapes, exponentOf (resolution Target.Latent 2) shapes
                      let law = measuredExponent setting learner 3 shapes
                      Measure.compare $"exponent of m at v={v}; K: {low:F2}, H: {high:F2}" low law (low - 0.1, high + 0.1) (2, 2) ]
                |> Measure.weakest }

let centroids =
    { template with
        Id = "formula-k-exponent"
        Statement =
            "With all cousins the exponent of m is that of formula K, which counts the noise of the means over m synonyms (L=3, s=3, \
             v=16, m=4..16)."
        Formula = "d log P*/d log m = d log K/d log m"
        Latex = @"\frac{d \log P^*}{d \log m} = \frac{d \log P_K}{d \log m} \quad (\text{all cousins})"
        Source = "formula K (docs/formulas.md)"
        Premises = [ "thm-ilc-exponent-all-cousins" ]
        Tolerance = "+-0.1: cousins of one tuple are not independent; Student's interval over grammars"
        Rival = "m^3, the theorem"
        Design = "the grammars of thm-ilc-exponent-all-cousins"
        Control = "one cousin element, whose P* is further from formula K the larger m is"
        Place = Place.Here()
        Measure =
            fun setting planted ->
                let shapes = shapes 16
                let law = measuredExponent setting ((if planted then oneElement else allCousins) Target.Latent) 1 shapes
                let exact = exponentOf (formulaK all') shapes
                Measure.compare "exponent of m" exact law (exact - 0.1, exact + 0.1) (3, 3) }

let constant =
    { template with
        Id = "formula-k-constant"
        Statement = "With all cousins P* is 1 to 2 times formula K at every m (L=3, s=3, v=16, m=4, 8, 16)."
        Formula = "1 <= P*/K <= 2"
        Latex = @"1 \le \frac{P^*}{P_K} \le 2 \quad (\text{all cousins})"
        Source = "formula K (docs/formulas.md)"
        Premises = [ "formula-k-exponent" ]
        Tolerance =
            "a factor 2: formula K starts from the right clusters, which k-means has to find; Student's interval over grammars; shown is \
             the m that is least inside"
        Rival = "four times formula K, or beyond"
        Design = "the grammars of thm-ilc-exponent-all-cousins"
        Control = "formula K of one element in the place of all"
        Place = Place.Here()
        Measure =
            fun setting planted ->
                let shapes = shapes 16

                [ for shape, logarithms in over setting (allCousins Target.Latent) shapes |> List.zip shapes ->
                      let formula = formulaK (if planted then one else all') shape
                      let ratio = Measure.ratio shapes.Length [ for y in logarithms -> y - log formula ]
                      Measure.compare $"P*/K at m={shape.Multiplicity}" 1 ratio (1, 2) (4, infinity) ]
                |> Measure.weakest }

/// The settings of a grid over all parameters; the first is the one to which the others are compared.
let private grid =
    [ GrammarShape(3, 3, 16, 8)
      GrammarShape(3, 3, 16, 4)
      GrammarShape(3, 3, 16, 16)
      GrammarShape(3, 3, 8, 8)
      GrammarShape(3, 3, 32, 8)
      GrammarShape(5, 3, 16, 8)
      GrammarShape(3, 2, 16, 8)
      GrammarShape(3, 2, 16, 4)
      GrammarShape(3, 4, 16, 8) ]

/// The theorem's resolution term at delta = 1/2, where P* is read, without its constant.
let private theorem (shape: GrammarShape) =
    let v, m = float shape.Vocabulary, float shape.Multiplicity
    v * m ** 3.0 / (1.0 - shape.LegalFraction) * log (2.0 * float shape.Depth * v * m)

/// P* over a formula at each setting of the grid, relative to the first, and the one that is least inside of a factor 2.
let private sameConstant (setting: RunContext) parts formula =
    let logarithms = over setting (oneElement Target.Latent) grid
    let relative shape y = y - log (formula shape)
    let groups = [ for shape, values in List.zip grid logarithms -> ResizeArray(Seq.map (relative shape) values) ]

    [ for shape, group in List.zip grid groups |> List.tail ->
          let growth = Measure.rate parts [ 0.0, groups.Head; 1.0, group ]
          let exponential (interval: Interval) = Interval(exp interval.Low, exp interval.High)

          let ratio =
              { Value = exp growth.Value
                Reading = exponential growth.Reading
                Bound = exponential growth.Bound }

          Measure.compare $"P*/formula at {shape} over that at {grid.Head}" 1 ratio (0.5, 2) (4, infinity) ]
    |> Measure.weakest

let oneConstant =
    { template with
        Id = "thm-ilc-one-constant"
        Kind = Kind.Theorem
        Statement =
            "One constant C makes C v m^3/(1-f) log(L v m/delta) right within a factor 2 over L=3, 5, s=2..4, v=8..32, m=4..16 (delta=1/2; \
             one cousin element)."
        Formula = "1/2 <= (P*/theorem) over the same at L=3, s=3, v=16, m=8 <= 2"
        Latex = @"P^* = C\, \frac{v m^3}{1-f} \log \frac{L v m}{\delta} \text{ within a factor } 2"
        Source = "recovery theorem, resolution term with its logarithm"
        Premises = [ "thm-ilc-exponent"; "thm-ilc-vocabulary"; "thm-illegal-fraction"; "thm-ilc-depth" ]
        Tolerance = "a factor 2; Student's interval over grammars; shown is the setting that is least inside"
        Rival = "a factor 4 or more"
        Design = "so many grammars a setting that a factor 1.5 is told with 95%"
        Control = "P* over v m^2, the spectral learner's scale"
        Place = Place.Here()
        Measure =
            fun setting planted ->
                sameConstant setting (grid.Length - 1) (if planted then SampleScales.Spectral else theorem) }

let sameConstantK =
    { template with
        Id = "formula-k-one-constant"
        Statement = "One constant makes formula K right within a factor 2 over L=3, 5, s=2..4, v=8..32, m=4..16 (one cousin element)."
        Formula = "1/2 <= (P*/K) over the same at L=3, s=3, v=16, m=8 <= 2"
        Latex = @"P^* = C\, P_K \text{ within a factor } 2"
        Source = "formula K (docs/formulas.md)"
        Premises = [ "formula-k-bracket" ]
        Tolerance = "a factor 2; Student's interval over grammars; shown is the setting that is least inside"
        Rival = "a factor 4 or more"
        Design = "so many grammars a setting that a factor 1.5 is told with 95%"
        Control = "P* over v m^2, the spectral learner's scale"
        Place = Place.Here()
        Measure =
            fun setting planted ->
                sameConstant setting (grid.Length - 1) (if planted then SampleScales.Spectral else formulaK one) }

/// Interval of a quantile, of any law: of n values the ones whose ranks lie beyond it with a probability of at most alpha/2.
let internal quantile share alpha (values: float seq) =
    let sorted = values |> Seq.sort |> Seq.toArray
    let n = sorted.Length
    let below rank = Binomial.CDF(share, n, float rank)
    // x_(r) lies above the quantile if fewer than r values lie below it, x_(r) below it if r or more do.
    let low = [ 1..n ] |> List.filter (fun r -> below (r - 1) <= alpha / 2.0) |> List.length
    let high = [ 1..n ] |> List.filter (fun r -> 1.0 - below (r - 1) > alpha / 2.0) |> List.length
    let bound = if high = n then infinity else sorted[high]
    Interval((if low = 0 then -infinity else sorted[low - 1]), bound), sorted[int (ceil (share * float n)) - 1]

let failure =
    { template with
        Id = "thm-ilc-failure"
        Kind = Kind.Theorem
        Statement =
            "To fail in one of 50 grammars instead of one in 5 takes no more strings than the theorem's log(1/delta) says (L=3, s=3, \
             v=12, m=4; one cousin element)."
        Formula = "P(delta=0.02)/P(delta=0.2) <= log(L v m/0.02)/log(L v m/0.2) = 1.35"
        Latex = @"\frac{P(\delta = 0.02)}{P(\delta = 0.2)} \le \frac{\log(L v m/0.02)}{\log(L v m/0.2)} = 1.35"
        Source = "recovery theorem, dependence on the probability of failure"
        Premises = [ "thm-ilc-recovery" ]
        Tolerance = "none: an upper bound; P at which the top level is right to 0.99, quantiles with intervals of order statistics"
        Rival = "delta falls as P^-2 or more slowly"
        Design = "1000 grammars: 3.5 standard errors of the number of those beyond the quantile 0.98 are 15 of 20"
        Control = "the square of P* in the place of P*"
        Place = Place.Here()
        Measure =
            fun setting planted ->
                let shape = GrammarShape(3, 3, 12, 4)
                let case = { oneElement Target.Latent shape with Accuracy = 0.99 }
                let logarithms = Crossings.logarithms setting [ case, setting.Pick(200, 1000) ] |> List.head
                let values = [ for y in logarithms -> if planted then 2.0 * y else y ]

                // Each of the two quantiles has half of the false-alarm probability.
                let ratio alpha =
                    let rare, _ = quantile 0.98 (alpha / 2.0) values
                    let frequent, _ = quantile 0.8 (alpha / 2.0) values
                    Interval(exp (rare.Low - frequent.High), exp (rare.High - frequent.Low))

                let value = exp (snd (quantile 0.98 0.05 values) - snd (quantile 0.8 0.05 values))
                let symbols = float (shape.Depth * shape.Vocabulary * shape.Multiplicity)
                let predicted = log (symbols / 0.02) / log (symbols / 0.2)
                let estimate = { Value = value; Reading = ratio 0.05; Bound = ratio Measure.ValidatedAlpha }
                Measure.compare "P(0.02)/P(0.2)" predicted estimate (1, predicted) (sqrt 10.0, infinity) }

let logDepth =
    { template with
        Id = "thm-ilc-log-depth"
        Kind = Kind.Theorem
        Statement =
            "P* from latent targets grows with the logarithm of the depth no faster than the theorem's log(L v m/delta) (s=3, v=32, m=4, \
             L=3..5)."
        Formula = "d log P*/d log L <= 1/log(L v m/delta), 0.14 at L=4, delta=1/2"
        Latex = @"\frac{d \log P^*}{d \log L} \le \frac{1}{\log(L v m/\delta)} = 0.14"
        Source = "recovery theorem, dependence on the depth; figure 12"
        Premises = [ "thm-ilc-depth" ]
        Tolerance = "+-0.1: the top level also needs the levels below; Student's interval over grammars"
        Rival = "P* proportional to L"
        Design = "the grammars of thm-ilc-depth"
        Control = "token targets instead of latents"
        Place = Place.Here()
        Measure =
            fun setting planted ->
                let target = if planted then Target.Token else Target.Latent
                let shapes = [ for depth in [ 3; 4; 5 ] -> GrammarShape(depth, 3, 32, 4) ]
                let counts = [ 48; 32; 24 ]
                let cases = [ for shape, count in List.zip shapes counts -> Crossings.controlled target CousinTargets.Element shape, count ]
                let law = Crossings.logarithms setting cases |> List.zip [ 3.0; 4.0; 5.0 ] |> Measure.power 1
                let predicted = 1.0 / log (2.0 * 4.0 * 32.0 * 4.0)
                Measure.compare "d log P*/d log L" predicted law (-0.1, predicted + 0.1) (1, infinity) }

let all = [ bracket; centroids; constant; oneConstant; sameConstantK; failure; logDepth ]
