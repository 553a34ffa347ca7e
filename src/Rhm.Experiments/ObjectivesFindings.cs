using System.Globalization;
using Rhm.Experiments.Measurements;
using Rhm.Grammars;
using Rhm.Networks.Transformers;
using Rhm.Population;
using Rhm.Statistics;

namespace Rhm.Experiments;

/// <summary>
/// What the comparison of objectives says of the theory's predictions, each with a verdict: agrees, contradicts, or not confirmed at this
/// size, and why. Predicted, below the root: P* of level l grows as m^(l+2-k)/(1-f) for targets of level k: tokens k = 0, true latents k = 1, and
/// for data2vec, whose targets climb with what is learned, k = l-1; that of the root as m^L for labels; as powers over the same m; lower
/// levels come first; lower targets fall behind higher ones by the powers' difference, and
/// by 1/kappa for each level between them.
/// </summary>
internal static class ObjectivesFindings
{
    private const string NotConfirmed = "not confirmed at this size: ";

    // Beyond it half of the way to 1 says little of learning: the random features of an untrained encoder already separate the level's latents.
    private const double MostUntrained = 0.9;

    // A wider interval agrees with any of the rival powers.
    private const double WidestInterval = 2;

    /// <summary>One row for each prediction.</summary>
    /// <param name="thresholds">All levels of all objectives.</param>
    /// <param name="depth">L.</param>
    public static ResultTable Of(IReadOnlyList<LevelThreshold> thresholds, int depth)
    {
        var rows = new List<IReadOnlyList<object>>();
        var arms = thresholds.GroupBy(one => one.Arm).ToList();
        foreach (var arm in arms)
        {
            bool labels = arm.Key.Training.Objective == TransformerObjective.Supervised;
            for (int level = labels ? depth : 1; level <= (labels ? depth : depth - 1); level++)
            {
                int power = PredictedPower(arm.Key, level, depth);
                Add(arm.Key, "power of m of P*", level, [.. arm.Where(one => one.Level == level)],
                    shape => Math.Pow(shape.Multiplicity, power) / (labels ? 1 : 1 - shape.LegalFraction));
            }
            Order(arm.Key, [.. arm.Where(one => one.Level < depth || labels)]);
        }
        foreach (var other in arms.Where(arm => arm.Key.Objective == TransformerArm.Data2Vec.Objective || arm.Key.Training.Objective == TransformerObjective.MaskedLatents))
        {
            foreach (var arm in arms.Where(arm => !arm.Key.Training.HasTeacher && arm.Key != other.Key && arm.Key.Training.Objective != TransformerObjective.Supervised))
            {
                for (int level = 1; level < depth; level++)
                {
                    int behind = PredictedPower(arm.Key, level, depth) - PredictedPower(other.Key, level, depth);
                    List<LevelThreshold> ratios = [.. from own in arm
                                                      join latent in other on (own.Level, own.Shape) equals (latent.Level, latent.Shape)
                                                      where own.Level == level && own.P.Crossings.Count == latent.P.Crossings.Count
                                                      select own with { P = Ratio(own.P, latent.P) }];
                    Add(arm.Key, $"power of m of P*/P* of {other.Key.Name}", level, ratios, shape => Math.Pow(shape.Multiplicity, behind));
                    AddMean(arm.Key, $"P*/P* of {other.Key.Name}", level, ratios, shape => Math.Pow(new AnnealedLaws(shape).Kappa, -behind));
                }
            }
        }
        return new ResultTable(["objective", "quantity", "level", "measured", "95% low", "95% high", "predicted", "verdict"], rows);

        void Add(TransformerArm arm, string quantity, int level, List<LevelThreshold> points, Func<GrammarShape, double> theory)
        {
            LevelThreshold[] found = Counting(points), settings = found.Length > 1 ? found : [.. points];
            double Power(Func<LevelThreshold, double> value) => settings.Length > 1
                ? ScalingLaw.ExponentOf([.. settings.Select(point => (double)point.Shape.Multiplicity)], [.. settings.Select(value)]) : double.NaN;
            double predicted = Power(point => theory(point.Shape)), measured = found.Length > 1 ? Power(point => point.P.Value) : double.NaN;
            bool several = found.Length > 1 && found.All(point => point.P.Crossings.Count > 1);
            Interval interval = several ? ScalingLaw.Power([.. found.Select(point => ((double)point.Shape.Multiplicity, point.P.Logarithms))]).Interval : new Interval(double.NaN, double.NaN);
            rows.Add([arm.Name, quantity, level, measured, interval.Low, interval.High, predicted,
                found.Length < 2 ? TooFew(points, found) : Verdict(several, predicted, interval, interval.High - interval.Low)]);
        }

        // Geometric mean over m. Grammars of different m are independent, whichever are paired.
        void AddMean(TransformerArm arm, string quantity, int level, List<LevelThreshold> points, Func<GrammarShape, double> theory)
        {
            LevelThreshold[] found = Counting(points), settings = found.Length > 0 ? found : [.. points];
            double predicted = settings.Select(point => Math.Log(theory(point.Shape))).DefaultIfEmpty(double.NaN).Average();
            double[] logarithms = [.. Enumerable.Range(0, found.Select(point => point.P.Crossings.Count).DefaultIfEmpty(0).Min()).Select(g => found.Average(point => point.P.Logarithms[g]))];
            Interval interval = logarithms.Length > 1 ? Interval.Student(logarithms, 0.05) : new Interval(double.NaN, double.NaN);
            rows.Add([arm.Name, quantity, level, Math.Exp(logarithms.DefaultIfEmpty(double.NaN).Average()), Math.Exp(interval.Low), Math.Exp(interval.High), Math.Exp(predicted),
                found.Length < 1 ? TooFew(points, found) : Verdict(logarithms.Length > 1, predicted, interval,
                    (interval.High - interval.Low) / found.Average(point => Math.Log(point.Shape.Multiplicity)))]);
        }

        static LevelThreshold[] Counting(List<LevelThreshold> points) => [.. points.Where(point => point.P.Complete && point.Untrained <= MostUntrained)];

        static string TooFew(List<LevelThreshold> points, LevelThreshold[] found)
        {
            int trivial = points.Count(point => point.Untrained > MostUntrained);
            return string.Create(CultureInfo.InvariantCulture, $"{NotConfirmed}P* was found in every grammar for {found.Length} of {points.Count} multiplicities{(trivial == 0 ? "" : $" ({trivial} not counted: an untrained encoder reads the level with more than {MostUntrained})")}");
        }

        static string Verdict(bool several, double predicted, Interval interval, double powers) =>
            !several ? NotConfirmed + "one grammar for each multiplicity gives no interval"
            : predicted < interval.Low || predicted > interval.High ? "contradicts"
            : powers > WidestInterval ? NotConfirmed + "the interval is wider than the rival powers are apart" : "agrees";

        void Order(TransformerArm arm, IReadOnlyList<LevelThreshold> own)
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
            if (known.Count + undecided == 0) return;
            double share = known.Count > 0 ? known.Average(first => first ? 1.0 : 0) : double.NaN;
            rows.Add([arm.Name, "share of neighbouring levels of which the lower comes first", own.Max(one => one.Level), share, double.NaN, double.NaN, 1.0,
                share < 1 ? "contradicts" : undecided > 0 ? string.Create(CultureInfo.InvariantCulture, $"{NotConfirmed}{undecided} of {known.Count + undecided} pairs have bounds only") : "agrees"]);
        }
    }

    private static int PredictedPower(TransformerArm arm, int level, int depth) => arm.Training.Objective == TransformerObjective.Supervised ? depth
        : level + 2 - (arm.Training.HasTeacher ? level - 1 : arm.Training.AnswerLevel(depth));

    /// <summary>Whether one P* is below another; null where bounds leave it open.</summary>
    private static bool? Precedes(SampleComplexity lower, SampleComplexity upper) =>
        lower.Side != CrossingSide.Beyond && upper.Side != CrossingSide.Below && lower.Value < upper.Value ? true
        : lower.Side != CrossingSide.Below && upper.Side != CrossingSide.Beyond && lower.Value > upper.Value ? false : null;

    private static SampleComplexity Ratio(SampleComplexity own, SampleComplexity other) => SampleComplexity.Of([.. own.Crossings.Zip(other.Crossings,
        (a, b) => new Crossing(a.Samples / b.Samples, a.Side == CrossingSide.Found && b.Side == CrossingSide.Found ? CrossingSide.Found : CrossingSide.Beyond))]);
}
