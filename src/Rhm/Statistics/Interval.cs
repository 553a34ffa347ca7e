using System.Globalization;
using MathNet.Numerics.Distributions;

namespace Rhm.Statistics;

/// <summary>A confidence interval.</summary>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end.</param>
public readonly record struct Interval(double Low, double High)
{
    /// <summary>Whether it says nothing: there is none, or it holds every number that the quantity can be.</summary>
    public bool SaysNothing => double.IsNaN(Low) || double.IsNaN(High) || (double.IsPositiveInfinity(High) && Low <= 0);

    /// <summary>The interval as people read it, [low, high]; in words where it says nothing.</summary>
    /// <param name="format">How its ends are written.</param>
    public string Text(Func<double, string> format)
    {
        ArgumentNullException.ThrowIfNull(format);
        return SaysNothing ? "no interval (too few measurements)" : $"[{format(Low)}, {format(High)}]";
    }

    /// <summary>The interval as people read it; in words where it says nothing.</summary>
    /// <param name="format">A format of numbers, such as 0.00.</param>
    public string Text(string format) => Text(end => end.ToString(format, CultureInfo.InvariantCulture));

    /// <summary>Exact interval for a probability after k successes in n trials (Clopper and Pearson 1934).</summary>
    /// <param name="successes">k, 0..n.</param>
    /// <param name="trials">n, at least 1.</param>
    /// <param name="alpha">Probability, at most, that the interval misses the truth; in (0, 1).</param>
    /// <exception cref="ArgumentException">An argument is out of range.</exception>
    public static Interval ClopperPearson(long successes, long trials, double alpha)
    {
        RequireAlpha(alpha);
        if (trials < 1 || successes < 0 || successes > trials)
            throw new ArgumentException($"{successes} successes in {trials} trials: successes must lie in 0..trials and trials be at "
                + "least 1");
        double low = successes == 0 ? 0
            : successes == trials ? Math.Pow(alpha / 2, 1.0 / trials)
            : Beta.InvCDF(successes, trials - successes + 1, alpha / 2);
        double high = successes == trials ? 1
            : successes == 0 ? 1 - Math.Pow(alpha / 2, 1.0 / trials)
            : Beta.InvCDF(successes + 1, trials - successes, 1 - alpha / 2);
        return new Interval(low, high);
    }

    /// <summary>Interval for the mean of independent values in a range of known width (Hoeffding 1963):
    /// mean +- width sqrt(log(2/alpha)/(2n)).</summary>
    /// <param name="mean">Sample mean.</param>
    /// <param name="count">n, at least 1.</param>
    /// <param name="width">Largest minus smallest possible value.</param>
    /// <param name="alpha">Probability, at most, that the interval misses the truth.</param>
    public static Interval Hoeffding(double mean, long count, double width, double alpha)
    {
        RequireAlpha(alpha);
        if (count < 1) throw new ArgumentException($"number of values {count} must be at least 1");
        double half = width * Math.Sqrt(Math.Log(2 / alpha) / (2.0 * count));
        return new Interval(mean - half, mean + half);
    }

    /// <summary>Student's interval for the mean; exact for normal values, and asymptotic in n otherwise.</summary>
    /// <param name="values">At least two independent values. If one is not finite, the interval is the whole line.</param>
    /// <param name="alpha">Probability that the interval misses the truth.</param>
    /// <exception cref="ArgumentException">Fewer than two values, or alpha out of range.</exception>
    public static Interval Student(IReadOnlyCollection<double> values, double alpha)
    {
        ArgumentNullException.ThrowIfNull(values);
        RequireAlpha(alpha);
        if (values.Count < 2) throw new ArgumentException($"{values.Count} values have no spread: Student's interval needs two");
        double mean = values.Average();
        double variance = values.Sum(x => (x - mean) * (x - mean)) / (values.Count - 1);
        if (!double.IsFinite(variance)) return new Interval(double.NegativeInfinity, double.PositiveInfinity);
        double half = StudentBound(values.Count - 1, alpha / 2) * Math.Sqrt(variance / values.Count);
        return new Interval(mean - half, mean + half);
    }

    /// <summary>Value that Student's t exceeds with a probability. Few degrees of freedom and a small probability need values far beyond
    /// the range in which MathNet searches.</summary>
    internal static double StudentBound(double degrees, double probability)
    {
        const double searched = 800;
        if (StudentT.CDF(0, 1, degrees, -searched) < probability) return -StudentT.InvCDF(0, 1, degrees, probability);
        double low = Math.Log(searched), high = Math.Log(double.MaxValue);
        for (int step = 0; step < 64; step++)
        {
            double middle = (low + high) / 2;
            if (StudentT.CDF(0, 1, degrees, -Math.Exp(middle)) > probability) low = middle;
            else high = middle;
        }
        return Math.Exp(high);
    }

    /// <summary>Largest value that a chi-square statistic exceeds with probability alpha.</summary>
    /// <param name="degrees">Degrees of freedom.</param>
    /// <param name="alpha">False-alarm probability.</param>
    public static double ChiSquareBound(double degrees, double alpha)
    {
        RequireAlpha(alpha);
        return ChiSquared.InvCDF(degrees, 1 - alpha);
    }

    private static void RequireAlpha(double alpha)
    {
        if (!(alpha > 0 && alpha < 1)) throw new ArgumentException($"error probability {alpha} must lie between 0 and 1");
    }
}
