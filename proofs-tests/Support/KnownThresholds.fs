/// Learning curves and thresholds with known laws, and how often intervals cover them.
module Rhm.ProofsTests.KnownThresholds

open System
open Rhm.Randomness
open Rhm.Statistics

/// Nested lists must be read-only lists by name.
let numbers (values: float list) = values :> Collections.Generic.IReadOnlyList<float>

/// A learning curve with a known crossing: accuracy rises from 1/v to 1 in log P, half of the way at P*.
let curve steepness threshold chance =
    LearningCurve(fun samples -> ResizeArray [ chance + (1.0 - chance) / (1.0 + (threshold / float samples) ** steepness) ])

let stream seed = RandomStream(uint64 (uint32 seed), RandomPurpose.Experiment)

/// The thresholds of some grammars with P* = prefactor x^exponent e^(spread N(0,1)), measured by the adaptive search.
let thresholds (random: RandomStream) grammars exponent spread x =
    ResizeArray
        [ for _ in 1..grammars ->
              let truth = 100.0 * x ** exponent * exp (spread * random.NextGaussian())
              let search = ThresholdSearch(50.0 * x ** 3.0, 1L, 1L <<< 50, Phase = random.NextDouble())
              (curve 8.0 truth 0.125).Cross(SampleComplexity.HalfWay 8, search) ]

let logarithms crossings = struct (crossings |> Seq.length, SampleComplexity.Of(crossings).Logarithms)

let group random grammars exponent spread x =
    let struct (_, logs) = logarithms (thresholds random grammars exponent spread x)
    struct (x, logs)

/// Share of experiments whose interval contains the truth: an interval that misses with probability 1e-9 at most.
let coverage repetitions (contains: RandomStream -> bool) =
    let hits = Seq.length (Seq.filter (fun i -> contains (stream i)) [ 1..repetitions ])
    Interval.ClopperPearson(int64 hits, int64 repetitions, 1e-9)
