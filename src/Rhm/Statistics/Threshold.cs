using Rhm.Sampling;

namespace Rhm.Statistics;

/// <summary>
/// Sample complexity P* from curves on a fixed grid, as in the paper: the number of strings at which the mean accuracy over grammars first
/// crosses a level. <see cref="LearningCurve"/> measures only where it matters.
/// </summary>
public static class Threshold
{
    /// <summary>First upward crossing of a curve, linear in log P between neighbouring points.</summary>
    /// <param name="samples">P in ascending order, positive.</param>
    /// <param name="accuracy">Accuracy at each P.</param>
    /// <param name="level">The level, 0.5 in the paper.</param>
    /// <returns>P*; NaN when the curve starts at or above the level or never reaches it.</returns>
    public static double Crossing(IReadOnlyList<double> samples, IReadOnlyList<double> accuracy, double level = 0.5)
    {
        Crossing crossing = Find(samples, accuracy, level);
        return crossing.Side == CrossingSide.Found ? crossing.Samples : double.NaN;
    }

    /// <summary>The same, with a bound where the curve does not cross the level: its first P, or its last.</summary>
    /// <param name="samples">P in ascending order, positive; at least one.</param>
    /// <param name="accuracy">Accuracy at each P.</param>
    /// <param name="level">The level.</param>
    public static Crossing Find(IReadOnlyList<double> samples, IReadOnlyList<double> accuracy, double level)
    {
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentNullException.ThrowIfNull(accuracy);
        if (samples.Count != accuracy.Count) throw new ArgumentException($"{samples.Count} sample sizes but {accuracy.Count} accuracies");
        if (samples.Count == 0) throw new ArgumentException("an empty curve crosses nothing");
        if (accuracy[0] >= level) return new Crossing(samples[0], CrossingSide.Below);
        for (int i = 1; i < samples.Count; i++)
        {
            if (accuracy[i] < level) continue;
            double part = (level - accuracy[i - 1]) / (accuracy[i] - accuracy[i - 1]);
            return new Crossing(Math.Exp(Math.Log(samples[i - 1]) + part * (Math.Log(samples[i]) - Math.Log(samples[i - 1]))), CrossingSide.Found);
        }
        return new Crossing(samples[^1], CrossingSide.Beyond);
    }

    /// <summary>P* of the mean curve over grammars with a bootstrap interval: whole curves (grammars) are resampled. One curve has no interval (NaN).</summary>
    /// <param name="samples">P in ascending order.</param>
    /// <param name="curves">curves[g][i], accuracy of grammar g at P_i.</param>
    /// <param name="alpha">The percentile interval leaves out alpha/2 on each side; with few grammars it is only indicative.</param>
    /// <param name="seed">Seed of the resampling.</param>
    /// <param name="resamples">Number of resamples.</param>
    public static (double Value, Interval Interval) OfMean(IReadOnlyList<double> samples, IReadOnlyList<IReadOnlyList<double>> curves,
        double alpha = 0.05, ulong seed = 0, int resamples = 1000)
    {
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentNullException.ThrowIfNull(curves);
        if (curves.Count == 0) throw new ArgumentException("no curves: P* needs at least one grammar");
        double value = Crossing(samples, Mean(i => i, curves.Count));
        if (curves.Count == 1) return (value, new Interval(double.NaN, double.NaN));
        var random = new RandomStream(seed, RandomPurpose.Bootstrap);
        var crossings = new List<double>();
        for (int r = 0; r < resamples; r++)
        {
            int[] chosen = [.. Enumerable.Range(0, curves.Count).Select(_ => (int)random.NextBelow((ulong)curves.Count))];
            double crossing = Crossing(samples, Mean(i => chosen[i], chosen.Length));
            if (!double.IsNaN(crossing)) crossings.Add(crossing);
        }
        if (crossings.Count == 0) return (value, new Interval(double.NaN, double.NaN));
        crossings.Sort();
        int tail = (int)(alpha / 2 * crossings.Count);
        return (value, new Interval(crossings[tail], crossings[crossings.Count - 1 - tail]));

        double[] Mean(Func<int, int> curve, int count) =>
            [.. Enumerable.Range(0, samples.Count).Select(i => Enumerable.Range(0, count).Average(c => curves[curve(c)][i]))];
    }
}
