using System.Globalization;
using Rhm.Grammars;
using Rhm.Networks.Transformers;
using Rhm.Population;
using Rhm.Statistics;

namespace Rhm.Experiments.Measurements;

/// <summary>
/// What the comparison of objectives says of the theory's predictions, each with a verdict: agrees, contradicts, or not confirmed at this
/// size, and why. Predicted, below the root: P* of level l grows as m^(l+2-k)/(1-f) for targets of level k: tokens k = 0, true latents
/// k = 1, and for data2vec, whose targets climb with what is learned, k = l-1; that of the root as m^L for labels; as powers over the same
/// m; lower levels come first; lower targets fall behind higher ones by the powers' difference, and by 1/kappa for each level between them.
/// </summary>
internal static class ObjectiveFindings
{
    private const string NotConfirmed = "not confirmed at this size: ";

    // Beyond it half of the way to 1 says little of learning: the random features of an untrained encoder already separate the level's
    // latents.
    private const double MostUntrained = 0.9;

    // A wider interval agrees with any of the rival powers.
    private const double WidestInterval = 2;

    private static readonly Interval s_unknown = new(double.NaN, double.NaN);

    /// <summary>One row for each prediction.</summary>
    /// <param name="thresholds">All levels of all objectives.</param>
    /// <param name="depth">L.</param>
    public static IReadOnlyList<ObjectiveFinding> Of(IReadOnlyList<LevelThreshold> thresholds, int depth)
    {
        var objectives = thresholds.GroupBy(one => one.Objective).ToList();
        return [.. objectives.SelectMany(objective => Own(objective.Key, objective, depth)),
            .. from latent in objectives
               where latent.Key.BaseName == EncoderObjective.Data2Vec.BaseName || Is(latent.Key, TransformerObjective.MaskedLatents)
               from other in objectives
               where !other.Key.Training.HasTeacher && other.Key != latent.Key && !Is(other.Key, TransformerObjective.Supervised)
               from finding in Compared(other, latent, depth)
               select finding];
    }

    private static bool Is(EncoderObjective objective, TransformerObjective kind) => objective.Training.Objective == kind;

    /// <summary>The powers of m of an objective, and the order of its levels.</summary>
    private static IEnumerable<ObjectiveFinding> Own(EncoderObjective objective, IEnumerable<LevelThreshold> thresholds, int depth)
    {
        bool labels = Is(objective, TransformerObjective.Supervised);
        for (int level = labels ? depth : 1; level <= (labels ? depth : depth - 1); level++)
        {
            int power = PredictedPower(objective, level, depth);
            yield return Power(objective, "power of m of P*", level, [.. thresholds.Where(one => one.Level == level)],
                shape => Math.Pow(shape.Multiplicity, power) / (labels ? 1 : 1 - shape.LegalFraction));
        }
        if (Order(objective, [.. thresholds.Where(one => one.Level < depth || labels)]) is { } order) yield return order;
    }

    /// <summary>How far an objective falls behind one with higher targets.</summary>
    private static IEnumerable<ObjectiveFinding> Compared(IGrouping<EncoderObjective, LevelThreshold> objective,
        IGrouping<EncoderObjective, LevelThreshold> other, int depth)
    {
        for (int level = 1; level < depth; level++)
        {
            int behind = PredictedPower(objective.Key, level, depth) - PredictedPower(other.Key, level, depth);
            LevelThreshold[] ratios = [.. from own in objective
                                          join latent in other on (own.Level, own.Shape) equals (latent.Level, latent.Shape)
                                          where own.Level == level && own.P.Crossings.Count == latent.P.Crossings.Count
                                          select own with { P = Ratio(own.P, latent.P) }];
            yield return Power(objective.Key, $"power of m of P*/P* of {other.Key.Name}", level, ratios,
                shape => Math.Pow(shape.Multiplicity, behind));
            yield return Mean(objective.Key, $"P*/P* of {other.Key.Name}", level, ratios,
                shape => Math.Pow(new AnnealedLaws(shape).Kappa, -behind));
        }
    }

    private static ObjectiveFinding Power(EncoderObjective objective, string quantity, int level, LevelThreshold[] points,
        Func<GrammarShape, double> theory)
    {
        LevelThreshold[] found = Counting(points), settings = found.Length > 1 ? found : points;
        double Exponent(Func<LevelThreshold, double> value) => settings.Length > 1
            ? ScalingLaw.ExponentOf([.. settings.Select(point => (double)point.Shape.Multiplicity)], [.. settings.Select(value)])
            : double.NaN;
        double predicted = Exponent(point => theory(point.Shape));
        double measured = found.Length > 1 ? Exponent(point => point.P.Value) : double.NaN;
        bool several = found.Length > 1 && found.All(point => point.P.Crossings.Count > 1);
        Interval interval = several
            ? ScalingLaw.Power([.. found.Select(point => ((double)point.Shape.Multiplicity, point.P.Logarithms))]).Interval
            : s_unknown;
        return new ObjectiveFinding(objective.Name, quantity, level, measured, interval, predicted, found.Length < 2
            ? TooFew(points, found)
            : Verdict(several, predicted, interval, interval.High - interval.Low));
    }

    /// <summary>Geometric mean over m. Grammars of different m are independent, whichever are paired.</summary>
    private static ObjectiveFinding Mean(EncoderObjective objective, string quantity, int level, LevelThreshold[] points,
        Func<GrammarShape, double> theory)
    {
        LevelThreshold[] found = Counting(points), settings = found.Length > 0 ? found : points;
        double predicted = settings.Select(point => Math.Log(theory(point.Shape))).DefaultIfEmpty(double.NaN).Average();
        int grammars = found.Select(point => point.P.Crossings.Count).DefaultIfEmpty(0).Min();
        double[] logarithms = [.. Enumerable.Range(0, grammars).Select(g => found.Average(point => point.P.Logarithms[g]))];
        Interval interval = logarithms.Length > 1 ? Interval.Student(logarithms, 0.05) : s_unknown;
        double measured = Math.Exp(logarithms.DefaultIfEmpty(double.NaN).Average());
        return new ObjectiveFinding(objective.Name, quantity, level, measured,
            new Interval(Math.Exp(interval.Low), Math.Exp(interval.High)), Math.Exp(predicted), found.Length < 1
                ? TooFew(points, found)
                : Verdict(logarithms.Length > 1, predicted, interval,
                    (interval.High - interval.Low) / found.Average(point => Math.Log(point.Shape.Multiplicity))));
    }

    private static LevelThreshold[] Counting(LevelThreshold[] points) =>
        [.. points.Where(point => point.P.Complete && point.Untrained <= MostUntrained)];

    private static string TooFew(LevelThreshold[] points, LevelThreshold[] found)
    {
        int trivial = points.Count(point => point.Untrained > MostUntrained);
        string left = trivial == 0 ? "" : string.Create(CultureInfo.InvariantCulture,
            $" ({trivial} not counted: an untrained encoder reads the level with more than {MostUntrained})");
        return $"{NotConfirmed}P* was found in every grammar for {found.Length} of {points.Length} multiplicities{left}";
    }

    private static string Verdict(bool several, double predicted, Interval interval, double powers) =>
        !several ? NotConfirmed + "one grammar for each multiplicity gives no interval"
        : predicted < interval.Low || predicted > interval.High ? "contradicts"
        : powers > WidestInterval ? NotConfirmed + "the interval is wider than the rival powers are apart" : "agrees";

    /// <summary>Whether lower levels come first; null where there are no two levels.</summary>
    private static ObjectiveFinding? Order(EncoderObjective objective, LevelThreshold[] own)
    {
        var known = new List<bool>();
        int undecided = 0;
        foreach (var m in own.GroupBy(one => one.Shape))
        {
            LevelThreshold[] levels = [.. m.OrderBy(one => one.Level)];
            for (int i = 0; i + 1 < levels.Length; i++)
            {
                if (Precedes(levels[i].P, levels[i + 1].P) is bool first) known.Add(first);
                else undecided++;
            }
        }
        if (known.Count + undecided == 0) return null;
        double share = known.Count > 0 ? known.Average(first => first ? 1.0 : 0) : double.NaN;
        string verdict = share < 1 ? "contradicts"
            : undecided > 0 ? $"{NotConfirmed}{undecided} of {known.Count + undecided} pairs have bounds only" : "agrees";
        return new ObjectiveFinding(objective.Name, "share of neighbouring levels of which the lower comes first",
            own.Max(one => one.Level), share, s_unknown, 1.0, verdict);
    }

    private static int PredictedPower(EncoderObjective objective, int level, int depth) =>
        Is(objective, TransformerObjective.Supervised) ? depth
        : level + 2 - (objective.Training.HasTeacher ? level - 1 : objective.Training.AnswerLevel(depth));

    /// <summary>Whether one P* is below another; null where bounds leave it open.</summary>
    private static bool? Precedes(SampleComplexity lower, SampleComplexity upper) =>
        lower.Side != CrossingSide.Beyond && upper.Side != CrossingSide.Below && lower.Value < upper.Value ? true
        : lower.Side != CrossingSide.Below && upper.Side != CrossingSide.Beyond && lower.Value > upper.Value ? false : null;

    private static SampleComplexity Ratio(SampleComplexity own, SampleComplexity other) =>
        SampleComplexity.Of([.. own.Crossings.Zip(other.Crossings, (a, b) => new Crossing(a.Samples / b.Samples,
            a.Side == CrossingSide.Found && b.Side == CrossingSide.Found ? CrossingSide.Found : CrossingSide.Beyond))]);
}
