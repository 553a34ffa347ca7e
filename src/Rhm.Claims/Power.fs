/// How many grammars tell a claim from its rival: so many that the interval of a true claim ends on its side of the rival with a
/// probability of 95%.
module Rhm.Claims.Power

open System.Collections.Generic
open MathNet.Numerics.Distributions
open Rhm.Statistics

/// The probability with which a true claim is told from its rival.
[<Literal>]
let Wanted = 0.95

let private quantile probability = Normal.InvCDF(0.0, 1.0, probability)

/// Grammars for a mean, from the pilot standard deviation of one: half an interval and the chance deviation fit between truth and rival.
let mean alpha distance deviation =
    let errors = quantile (1.0 - alpha / 2.0) + quantile Wanted
    int (ceil ((deviation * errors / distance) ** 2.0))

/// Grammars at each x for the slope of a law through them, from the pilot standard deviation of one grammar's logarithm.
let slope alpha distance deviation (x: float list) =
    let centre = List.average x
    let square = x |> List.sumBy (fun value -> (value - centre) ** 2.0)
    mean alpha distance (deviation / sqrt square)

/// Grammars for a share that truly is `share` or more, to exclude the share `rival` or less.
let proportion alpha share rival =
    let excludes trials successes =
        Interval.ClopperPearson(int64 successes, int64 trials, alpha).Low > rival

    let enough trials =
        let least = List.find (fun k -> k > trials || excludes trials k) [ 0 .. trials + 1 ]
        least <= trials && 1.0 - Binomial.CDF(share, trials, float (least - 1)) >= Wanted

    Seq.initInfinite ((+) 1) |> Seq.find enough
