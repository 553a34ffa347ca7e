using Rhm.Statistics;

namespace Rhm.Experiments.Measurements;

/// <summary>How many times the strings of another objective one needs, under the same mask and in the same grammars.</summary>
/// <param name="One">The one.</param>
/// <param name="Other">The other.</param>
/// <param name="Predicted">What the information in their targets says; not a number where it says nothing.</param>
internal sealed record MaskedRatio(MaskedCurve One, MaskedCurve Other, double Predicted)
{
    /// <summary>P* of the one over P* of the other; where one of them is a bound, a bound.</summary>
    public double Value => One.Threshold.Value / Other.Threshold.Value;

    /// <summary>Student's interval of the logarithm, 95%; not numbers where P* is not known with and without each grammar.</summary>
    public Interval Interval { get; } = One.Threshold.Complete && Other.Threshold.Complete && One.Grammars > 1
        ? Exponential(Statistics.Interval.Student(
            [.. One.Threshold.Logarithms.Zip(Other.Threshold.Logarithms, (a, b) => a - b)], 0.05))
        : new Interval(double.NaN, double.NaN);

    /// <summary>Grammars of which each is measured with both.</summary>
    public int Grammars => One.Grammars;

    /// <summary>What it says.</summary>
    public string Verdict => (One.Threshold.Side, Other.Threshold.Side) switch
    {
        (CrossingSide.Found, CrossingSide.Found) when double.IsNaN(Interval.Low) => "no interval",
        (CrossingSide.Found, CrossingSide.Found) when Interval.Low > 1 => $"{Other.Series} needs fewer strings",
        (CrossingSide.Found, CrossingSide.Found) when Interval.High < 1 => $"{One.Series} needs fewer strings",
        (CrossingSide.Found, CrossingSide.Found) => "not decided",
        (CrossingSide.Beyond, CrossingSide.Found) or (CrossingSide.Found, CrossingSide.Below) => "at least this",
        (CrossingSide.Below, CrossingSide.Found) or (CrossingSide.Found, CrossingSide.Beyond) => "at most this",
        _ => "both are bounds",
    };

    private static Interval Exponential(Interval logarithms) => new(Math.Exp(logarithms.Low), Math.Exp(logarithms.High));
}
