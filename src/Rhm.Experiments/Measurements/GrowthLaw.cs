using System.Globalization;
using Rhm.Statistics;

namespace Rhm.Experiments.Measurements;

/// <summary>How P* of a learner grows with m or L, beside what is predicted over the same settings.</summary>
/// <param name="Learner">Name of the curve.</param>
/// <param name="Quantity">What was fitted.</param>
/// <param name="Measured">The fitted exponent or rate.</param>
/// <param name="Interval">95%.</param>
/// <param name="Leading">To leading order.</param>
/// <param name="Exact">By the exact formula.</param>
internal sealed record GrowthLaw(string Learner, string Quantity, double Measured, Interval Interval, double Leading, double Exact)
{
    /// <summary>"latent: d log P*/d log m at L=3 = 3.15 [3.08, 3.23]".</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Learner}: {Quantity} = {Measured:0.00} {Interval.Text("0.00")}");

    /// <summary>A row for each law.</summary>
    public static ResultTable Table(IEnumerable<GrowthLaw> laws) => ResultTable.Of(laws, ("learner", law => law.Learner),
        ("quantity", law => law.Quantity), ("measured", law => law.Measured), ("95% low", law => law.Interval.Low),
        ("95% high", law => law.Interval.High), ("leading order", law => law.Leading), ("formula", law => law.Exact));

    /// <summary>How P* grows with something; null where fewer than two settings have a P* that was found in several
    /// grammars.</summary>
    /// <param name="learner">Name of the curve.</param>
    /// <param name="quantity">What is fitted.</param>
    /// <param name="points">The something, P*, its leading order and its exact formula.</param>
    /// <param name="power">Whether P* is a power of it, not an exponential.</param>
    /// <param name="leading">The leading order where it is known without the settings.</param>
    public static GrowthLaw? Of(string learner, string quantity,
        IReadOnlyList<(double X, SampleComplexity P, double Leading, double Exact)> points, bool power, double? leading = null)
    {
        points = [.. points.Where(point => point.P.Complete && point.P.Crossings.Count > 1)];
        if (points.Count < 2) return null;
        double[] x = [.. points.Select(point => point.X)];
        (double, IReadOnlyList<double>)[] groups = [.. points.Select(point => (point.X, point.P.Logarithms))];
        ScalingLaw law = power ? ScalingLaw.Power(groups) : ScalingLaw.Exponential(groups);
        double Predicted(IEnumerable<double> strings) =>
            power ? ScalingLaw.ExponentOf(x, [.. strings]) : ScalingLaw.RateOf(x, [.. strings]);
        return new GrowthLaw(learner, quantity, law.Exponent, law.Interval, leading ?? Predicted(points.Select(point => point.Leading)),
            Predicted(points.Select(point => point.Exact)));
    }
}
