/// Formula K (docs/formulas.md), which counts what k-means averages over, beside the theorem's v m^3.
module Rhm.Claims.TheoremClaims

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

let private all' (shape: GrammarShape) =
    shape.Branching * shape.Branching * (shape.Branching - 1)

let private shapes vocabulary =
    [ for m in [ 4; 8; 16 ] -> GrammarShape(3, 3, vocabulary, m) ]

let private exponentOf formula shapes =
    ScalingLaw.ExponentOf([ for shape: GrammarShape in shapes -> float shape.Multiplicity ], List.map formula shapes)

let private measuredExponent setting learner parts shapes =
    List.zip [ for shape: GrammarShape in shapes -> float shape.Multiplicity ] (over setting learner shapes)
    |> Measure.power parts

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
                      let formula = formulaK (if planted then (fun _ -> 1) else all') shape
                      let ratio = Measure.ratio shapes.Length [ for y in logarithms -> y - log formula ]
                      Measure.compare $"P*/K at m={shape.Multiplicity}" 1 ratio (1, 2) (4, infinity) ]
                |> Measure.weakest }

let all = [ centroids; constant ]
