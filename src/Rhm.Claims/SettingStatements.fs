/// What the theory says at a setting and at its neighbours in m and L, judged by the rule of the claims from P* that were measured there.
/// An interval that decides misses the truth with a probability of 5% over the number of statements, so that with 95% none of them is
/// judged wrongly.
module Rhm.Claims.SettingStatements

open System.Collections.Generic
open Rhm.Grammars
open Rhm.Levelwise
open Rhm.Population
open Rhm.Statistics
open Rhm.Claims.Measure

/// The probability that some statement's interval misses the truth.
[<Literal>]
let FalseAlarm = 0.05

/// A setting with the P* that were measured at it and its neighbours.
type private Setting =
    { Shape: GrammarShape
      Zipf: float
      Points: Dictionary<struct (ComparedLearner * GrammarShape), SampleComplexity> }

    member this.Laws shape = AnnealedLaws(shape, Zipf = this.Zipf)

    /// Natural logarithms of P* in each grammar; none where it was not measured in two.
    member this.Logarithms(learner, shape) =
        match this.Points.TryGetValue(struct (learner, shape)) with
        | true, threshold when threshold.Crossings.Count > 1 ->
            Some(ResizeArray(Seq.map Crossings.logarithm threshold.Crossings) :> IReadOnlyList<float>)
        | _ -> None

    /// What differs from the setting in m, or in L, and was measured with this learner.
    member this.Neighbour(learner, of': GrammarShape -> int) =
        this.Points.Keys
        |> Seq.tryPick (fun (struct (other, shape)) ->
            if other = learner && of' shape <> of' this.Shape then Some shape else None)

/// A statement once it is known how many there are, which share the false-alarm probability.
type private Candidate = int -> SettingStatement

let private estimate statements (interval: float -> Interval) value =
    { Value = value
      Reading = interval 0.05
      Bound = interval (FalseAlarm / float statements) }

let private exponential (interval: Interval) = Interval(exp interval.Low, exp interval.High)

/// Grammars that would tell what was measured from the rival.
let private needed statements grammars scale (measurement: Measurement) =
    let rival = measurement.Rival
    let near = if measurement.Measured <= rival.Low then rival.Low else rival.High
    let distance = abs (scale measurement.Measured - scale near)
    let error = (scale measurement.ReadingHigh - scale measurement.ReadingLow) / (2.0 * 1.96)

    if measurement.Verdict <> Verdict.Undecided || not (distance > 0.0 && distance < infinity && error < infinity) then
        0
    else
        max (grammars + 1) (Power.mean (FalseAlarm / float statements) distance (error * sqrt (float grammars)))

/// How the logarithm of P* grows with m or L: the exponent or the rate.
type private Growth =
    { Word: string
      Of: GrammarShape -> int
      IsPower: bool }

let private withMultiplicity = { Word = "m"; Of = _.Multiplicity; IsPower = true }

let private withDepth = { Word = "L"; Of = _.Depth; IsPower = false }

/// The two settings and the growth of some number of strings between them; none where it is no finite number.
let private growthOf (setting: Setting) growth shapes (strings: AnnealedLaws -> float) =
    let x = [ for shape in shapes -> float (growth.Of shape) ]
    let y = [ for shape in shapes -> strings (setting.Laws shape) ]

    if List.forall (fun value -> value > 0.0 && value < infinity) y then
        Some(if growth.IsPower then ScalingLaw.ExponentOf(x, y) else ScalingLaw.RateOf(x, y))
    else
        None

/// The span of leading order and annealed formula.
let private span setting growth shapes (learner: ComparedLearner) =
    match growthOf setting growth shapes learner.LeadingOrder, growthOf setting growth shapes learner.Annealed with
    | Some leading, Some annealed -> Some(leading, annealed)
    | _ -> None

let private number (value: float) = value.ToString("0.0#", System.Globalization.CultureInfo.InvariantCulture)

/// The growth of P* of a learner, beside that of another learner's theory; none where the two cannot be told apart.
let private growing (setting: Setting) growth (drift: float) (rival: ComparedLearner) (learner: ComparedLearner) : Candidate option =
    match setting.Neighbour(learner, growth.Of) with
    | None -> None
    | Some neighbour ->
        let shapes = List.sortBy growth.Of [ setting.Shape; neighbour ]

        let groups =
            [ for shape in shapes do
                  match setting.Logarithms(learner, shape) with
                  | Some logarithms -> struct (float (growth.Of shape), logarithms)
                  | None -> () ]

        match span setting growth shapes learner, span setting growth shapes rival with
        | Some(leading, annealed), Some(first, second) when groups.Length = 2 ->
            let low, high = min leading annealed - drift, max leading annealed + drift
            let rivalLow, rivalHigh = min first second, max first second

            if rivalHigh >= low && rivalLow <= high then
                None
            else
                Some(fun statements ->
                    let fit alpha =
                        if growth.IsPower then
                            ScalingLaw.Power(ResizeArray groups, alpha)
                        else
                            ScalingLaw.Exponential(ResizeArray groups, alpha)

                    let measured = estimate statements (fun alpha -> (fit alpha).Interval) (fit 0.05).Exponent
                    let quantity = if growth.IsPower then $"d log P*/d log {growth.Word}" else $"d log P*/d{growth.Word}"
                    let x = [ for shape in shapes -> growth.Of shape ]
                    let measurement = Measure.compare quantity leading measured (low, high) (rivalLow, rivalHigh)

                    let how =
                        if growth.IsPower then $"as m^{number leading}"
                        elif abs leading < 0.05 then "not at all"
                        else $"by a factor {number (exp leading)} a level"

                    { Name = $"{growth.Word.ToLowerInvariant()}-{learner.Name.Replace(' ', '-')}"
                      Sentence = $"P* of {learner.Name} grows {how}, {growth.Word}={x[0]} to {x[1]}"
                      Tolerance = $"between {learner.Formula} and the annealed formula, {number annealed}, +-{drift}"
                      Rival = $"as for {rival.Name}"
                      Measurement = measurement
                      Grammars = needed statements (groups |> List.map (fun (struct (_, g)) -> g.Count) |> List.min) id measurement })
        | _ -> None

/// The logarithms of one learner's P* less those of another's, grammar by grammar: both saw the same strings.
let private differences (setting: Setting) more fewer =
    match setting.Logarithms(more, setting.Shape), setting.Logarithms(fewer, setting.Shape) with
    | Some above, Some below when above.Count = below.Count ->
        Some [ for a, b in Seq.zip above below -> if System.Double.IsFinite a && System.Double.IsFinite b then a - b else nan ]
    | _ -> None

/// A ratio of P*, from logarithms.
let private ratioOf name sentence tolerance rival predicted allowed rivalRange (logarithms: float list) : Candidate =
    fun statements ->
        let interval alpha =
            if List.forall System.Double.IsFinite logarithms then
                exponential (Interval.Student(ResizeArray logarithms, alpha))
            else
                Interval(0.0, infinity)

        let measured = estimate statements interval (exp (List.average logarithms))
        let measurement = Measure.compare "ratio" predicted measured allowed rivalRange

        { Name = name
          Sentence = sentence
          Tolerance = tolerance
          Rival = rival
          Measurement = measurement
          Grammars = needed statements logarithms.Length log measurement }

/// More than 1, however little: a learner beside itself has a ratio of exactly 1, without error.
let private above1 = System.Math.BitIncrement 1.0, infinity

/// That one learner needs more strings than another, where their annealed formulas differ by at least a factor 2; by the factor of the
/// formulas too, where that is told from 1.
let private comparing (setting: Setting) isByFactor (one: ComparedLearner) (other: ComparedLearner) : Candidate list =
    let laws = setting.Laws setting.Shape
    let factor = one.Annealed laws / other.Annealed laws
    let more, fewer, factor = if factor >= 1.0 then one, other, factor else other, one, 1.0 / factor

    match differences setting more fewer with
    | Some logarithms when factor >= 2.0 && factor < infinity ->
        let name = $"{more.Name}-over-{fewer.Name}".Replace(' ', '-')

        [ ratioOf name $"{more.Name} need more strings than {fewer.Name}" "above 1" "no more" factor above1 (0, 1) logarithms
          if isByFactor && factor >= 4.0 then
              ratioOf
                  $"{name}-factor"
                  $"by the factor of formula H, {number factor}"
                  "a factor 2: constants of k-means"
                  "no more"
                  factor
                  (factor / 2.0, factor * 2.0)
                  (0, 1)
                  logarithms ]
    | _ -> []

/// P* over a formula that is right up to a small factor. Neither formula is about weighted rules.
let private constant (setting: Setting) name learner sentence tolerance most (strings: AnnealedLaws -> float) : Candidate option =
    let formula = if setting.Zipf = 0.0 then strings (setting.Laws setting.Shape) else nan

    match setting.Logarithms(learner, setting.Shape) with
    | Some logarithms when formula > 0.0 && formula < infinity ->
        [ for y in logarithms -> y - log formula ]
        |> ratioOf name sentence tolerance "four times it or beyond" 1 (1, most) (4, infinity)
        |> Some
    | _ -> None

let private formulaK (laws: AnnealedLaws) =
    let shape = laws.Shape
    let elements = shape.Branching * shape.Branching * (shape.Branching - 1)
    List.max [ for level in 0 .. shape.Depth - 2 -> laws.ClusteringThreshold(Target.Latent, level, elements) ]

/// The statements about a setting, judged from what was measured at it and at neighbours that differ from it in m or in L alone.
/// Those are left out of which too little was measured, and those that theory cannot tell from their rival there.
let judge (shape: GrammarShape) (zipf: float) (measured: seq<struct (ComparedLearner * GrammarShape * SampleComplexity)>) =
    let points = Dictionary()
    for struct (learner, at, threshold) in measured do points[struct (learner, at)] <- threshold
    let setting = { Shape = shape; Zipf = zipf; Points = points }
    let latents, all, own = ComparedLearner.Latents, ComparedLearner.AllCousins, ComparedLearner.OwnLatents
    let tokens, labels, spectral = ComparedLearner.Tokens, ComparedLearner.Labels, ComparedLearner.Spectral

    let candidates: Candidate list =
        [ for learner, rival, drift in
              [ latents, own, 0.1
                all, own, 0.1
                own, latents, 0.25
                tokens, latents, 0.1
                labels, tokens, 0.1
                spectral, latents, 0.25 ] do
              yield! Option.toList (growing setting withMultiplicity drift rival learner)
          for learner, rival, drift in
              [ latents, tokens, 0.1
                all, tokens, 0.1
                own, tokens, 0.25
                tokens, latents, 0.1
                labels, latents, 0.1
                spectral, tokens, 0.25 ] do
              yield! Option.toList (growing setting withDepth drift rival learner)
          yield! comparing setting true tokens latents
          yield! comparing setting false all own
          yield! comparing setting false all spectral
          yield! comparing setting false labels latents
          yield! comparing setting false tokens labels
          yield!
              formulaK
              |> constant setting "formula-k" all "all cousins need 1 to 2 times formula K" "k-means has to find the clusters first" 2
              |> Option.toList
          yield!
              (fun (laws: AnnealedLaws) -> laws.LargestKestenStigumThreshold)
              |> constant setting "spectral-constant" spectral "spectral needs 1 to 3 times the Kesten-Stigum threshold" "as at s=3" 3
              |> Option.toList ]

    [ for candidate in candidates -> candidate candidates.Length ]
