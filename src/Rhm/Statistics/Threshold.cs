namespace Rhm.Statistics;

/// <summary>
/// Where a curve on a fixed grid crosses a level; <see cref="LearningCurve"/> measures only where it matters.
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
            return new Crossing(Math.Exp(Math.Log(samples[i - 1]) + part * (Math.Log(samples[i]) - Math.Log(samples[i - 1]))),
                CrossingSide.Found);
        }
        return new Crossing(samples[^1], CrossingSide.Beyond);
    }
}
