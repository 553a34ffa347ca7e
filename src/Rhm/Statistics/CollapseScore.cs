using Rhm.Randomness;

namespace Rhm.Statistics;

/// <summary>
/// How well curves of different settings fall on one another when P is measured in a unit of each: the smaller, the better. The root
/// mean square, over some accuracies, of the standard deviation over settings of log10(P/unit) at which the mean curve crosses the
/// accuracy. 0 is a perfect collapse; 0.3 means that the rescaled curves lie a factor two apart.
/// </summary>
/// <param name="Decades">The score.</param>
/// <param name="Interval">Bootstrap interval over grammars.</param>
/// <param name="Excess">Bootstrap interval of this score minus that of the first unit compared; above 0 where this unit is worse.</param>
public sealed record CollapseScore(double Decades, Interval Interval, Interval Excess)
{
    private static readonly double[] s_levels = [0.25, 0.5, 0.75];

    /// <summary>Compares units on the same curves.</summary>
    /// <param name="curves">One family for each setting, at least two.</param>
    /// <param name="units">Rival units: units[u][k] is unit u at setting k.</param>
    /// <param name="alpha">Percentile intervals leave out alpha/2 on each side; with few grammars they are only indicative.</param>
    /// <param name="seed">Seed of the resampling of grammars.</param>
    /// <param name="resamples">Number of resamples.</param>
    /// <param name="levels">Accuracies at which the curves are compared; 1/4, 1/2 and 3/4 when null.</param>
    /// <returns>A score for each unit. NaN where a mean curve does not cross a level.</returns>
    public static IReadOnlyList<CollapseScore> Compare(IReadOnlyList<CurveFamily> curves, IReadOnlyList<IReadOnlyList<double>> units,
        double alpha = 0.05, ulong seed = 0, int resamples = 1000, IReadOnlyList<double>? levels = null)
    {
        ArgumentNullException.ThrowIfNull(curves);
        ArgumentNullException.ThrowIfNull(units);
        if (curves.Count < 2) throw new ArgumentException($"{curves.Count} settings: curves collapse on one another only from two on");
        if (units.Count == 0 || units.Any(unit => unit.Count != curves.Count))
            throw new ArgumentException($"every unit needs {curves.Count} values, one for each setting");
        levels ??= s_levels;
        double[] scores = Scores((family, g) => g);
        var random = StreamOffsets.CollapseResamples.Open(seed);
        double[][] resampled = [.. Enumerable.Range(0, resamples)
            .Select(_ => Scores((family, g) => (int)random.NextBelow((ulong)family.Accuracy.Count)))];
        return [.. Enumerable.Range(0, units.Count).Select(u => new CollapseScore(scores[u],
            Percentiles(resampled.Select(r => r[u])), Percentiles(resampled.Select(r => r[u] - r[0]))))];

        double[] Scores(Func<CurveFamily, int, int> choose)
        {
            double[][] crossings = [.. curves.Select(family =>
            {
                int[] chosen = [.. Enumerable.Range(0, family.Accuracy.Count).Select(g => choose(family, g))];
                double[] mean = [.. Enumerable.Range(0, family.Samples.Count).Select(i => chosen.Average(g => family.Accuracy[g][i]))];
                return levels.Select(level => Threshold.Crossing(family.Samples, mean, level)).ToArray();
            })];
            return [.. units.Select(unit => Math.Sqrt(Enumerable.Range(0, levels.Count).Average(q =>
                Variance([.. crossings.Select((crossing, k) => Math.Log10(crossing[q] / unit[k]))]))))];
        }

        Interval Percentiles(IEnumerable<double> values)
        {
            double[] sorted = [.. values.Where(double.IsFinite).Order()];
            if (sorted.Length == 0) return new Interval(double.NaN, double.NaN);
            int tail = (int)(alpha / 2 * sorted.Length);
            return new Interval(sorted[tail], sorted[^(1 + tail)]);
        }
    }

    private static double Variance(double[] values)
    {
        double mean = values.Average();
        return values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1);
    }
}
