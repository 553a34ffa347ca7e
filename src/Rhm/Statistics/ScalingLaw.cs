namespace Rhm.Statistics;

/// <summary>
/// A law y = a x^b (or a e^(b x)) fitted to groups of independent values, one group for each x: least squares of the groups' mean
/// log y against log x (or x), every group with the same weight. The exponent is then a fixed linear combination of group means, so its
/// expectation is the same combination of whatever the means truly are: compare it with <see cref="Exponent"/> of a prediction
/// at the same x, whether or not that prediction is a pure power.
/// </summary>
/// <param name="Exponent">b.</param>
/// <param name="Interval">
/// Student's interval for b; its degrees of freedom are those of Welch and Satterthwaite, without the bias of squared variances of few
/// values (Welch 1947, doi:10.1093/biomet/34.1-2.28), and no more than those of all groups. The whole line where a log y is not finite.
/// </param>
/// <param name="Prefactor">a.</param>
public sealed record ScalingLaw(double Exponent, Interval Interval, double Prefactor)
{
    /// <summary>The power law y = a x^b.</summary>
    /// <param name="groups">x and the natural logarithms of y of independent grammars, at least two of each.</param>
    /// <param name="alpha">Probability that the interval misses the truth.</param>
    /// <exception cref="ArgumentException">Fewer than two different x, an x that is not positive, or a group of one.</exception>
    public static ScalingLaw Power(IReadOnlyList<(double X, IReadOnlyList<double> Logarithms)> groups, double alpha = 0.05)
    {
        ArgumentNullException.ThrowIfNull(groups);
        return Fit([.. groups.Select(group => Logarithm(group.X))], [.. groups.Select(group => group.Logarithms)], alpha);
    }

    /// <summary>The law y = a e^(b x): b is the growth of log y per unit of x.</summary>
    /// <param name="groups">x and the natural logarithms of y of independent grammars, at least two of each.</param>
    /// <param name="alpha">Probability that the interval misses the truth.</param>
    public static ScalingLaw Exponential(IReadOnlyList<(double X, IReadOnlyList<double> Logarithms)> groups, double alpha = 0.05)
    {
        ArgumentNullException.ThrowIfNull(groups);
        return Fit([.. groups.Select(group => group.X)], [.. groups.Select(group => group.Logarithms)], alpha);
    }

    /// <summary>Exponent b that least squares gives for known values y: what a prediction looks like as a power law over these x.</summary>
    /// <param name="x">At least two different positive values.</param>
    /// <param name="y">Positive values.</param>
    public static double ExponentOf(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        return Slope([.. x.Select(Logarithm)], [.. y.Select(Logarithm)]);
    }

    /// <summary>Growth of log y per unit of x that least squares gives for known values y.</summary>
    /// <param name="x">At least two different values.</param>
    /// <param name="y">Positive values.</param>
    public static double RateOf(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        return Slope([.. x], [.. y.Select(Logarithm)]);
    }

    private static double Slope(double[] x, double[] y) => Weights(x, y.Length).Zip(y).Sum(pair => pair.First * pair.Second);

    private static ScalingLaw Fit(double[] x, IReadOnlyList<double>[] y, double alpha)
    {
        if (y.Any(group => group.Count < 2))
            throw new ArgumentException("a group of one value has no spread: a fitted law needs two grammars at every point");
        if (!(alpha > 0 && alpha < 1)) throw new ArgumentException($"error probability {alpha} must lie between 0 and 1");
        double[] weights = Weights(x, y.Length);
        double[] means = [.. y.Select(group => group.Average())];
        double slope = weights.Zip(means).Sum(pair => pair.First * pair.Second), variance = 0, spread = 0;
        for (int i = 0; i < y.Length; i++)
        {
            int n = y[i].Count;
            double part = weights[i] * weights[i] * y[i].Sum(value => (value - means[i]) * (value - means[i])) / (n - 1) / n;
            variance += part;
            spread += part * part / (n + 1);
        }
        if (!double.IsFinite(variance))
            return new ScalingLaw(double.NaN, new Interval(double.NegativeInfinity, double.PositiveInfinity), double.NaN);
        double degrees = Math.Min((variance * variance / spread) - 2, y.Sum(group => group.Count - 1));
        double half = variance > 0 ? Statistics.Interval.StudentBound(degrees, alpha / 2) * Math.Sqrt(variance) : 0;
        return new ScalingLaw(slope, new Interval(slope - half, slope + half), Math.Exp(means.Average() - slope * x.Average()));
    }

    /// <summary>Least squares as a linear combination of the values: (x_i - mean) / sum (x - mean)^2.</summary>
    private static double[] Weights(double[] x, int values)
    {
        if (x.Length != values) throw new ArgumentException($"{x.Length} values of x but {values} of y");
        if (x.Distinct().Count() < 2) throw new ArgumentException("a law needs two different values of x");
        double mean = x.Average(), square = x.Sum(value => (value - mean) * (value - mean));
        return [.. x.Select(value => (value - mean) / square)];
    }

    private static double Logarithm(double value) => value > 0
        ? Math.Log(value)
        : throw new ArgumentException($"{value} is not positive: a power law needs logarithms");
}
