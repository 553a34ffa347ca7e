using MathNet.Numerics.Distributions;

namespace Rhm.Statistics;

/// <summary>
/// Sample complexity P* of a learner at a setting: the geometric mean over random grammars of the P at which the accuracy of each
/// crosses a level (<see cref="Of"/>), or the P at which their mean accuracy does (<see cref="OfMeanCurve"/>). Where that lies beyond what
/// was searched, the value is a bound and the interval says so.
/// </summary>
/// <param name="Value">P*.</param>
/// <param name="Interval">
/// Interval over grammars; (0, infinity) for one grammar alone, for a mean curve whose crossing is lost without one of the grammars, and
/// where too many crossings lie outside of the range searched to say more.
/// </param>
/// <param name="Crossings">The crossing of each grammar; for a mean curve, what each grammar contributes to it.</param>
public sealed record SampleComplexity(double Value, Interval Interval, IReadOnlyList<Crossing> Crossings)
{
    /// <summary>Beyond if one crossing is, so that the value is a bound from below; else below if one is; else found.
    /// Of a mean curve: its own.</summary>
    public CrossingSide Side { get; private init; } = Crossings.Any(crossing => crossing.Side == CrossingSide.Beyond) ? CrossingSide.Beyond
        : Crossings.Any(crossing => crossing.Side == CrossingSide.Below) ? CrossingSide.Below : CrossingSide.Found;

    /// <summary>P* and its interval, not numbers where they are not known:
    /// where P* is a bound, and where there is one grammar or the interval has an open end.</summary>
    public (double Value, Interval Interval) Known => (Side == CrossingSide.Found ? Value : double.NaN,
        Complete && Crossings.Count > 1 ? Interval : new Interval(double.NaN, double.NaN));

    /// <summary>Natural logarithms of the crossings: what a <see cref="ScalingLaw"/> is fitted to.</summary>
    public IReadOnlyList<double> Logarithms => [.. Crossings.Select(crossing => Math.Log(crossing.Samples))];

    /// <summary>Whether every crossing was found: what an interval and a <see cref="ScalingLaw"/> need.</summary>
    public bool Complete => Crossings.All(crossing => crossing.Side == CrossingSide.Found);

    /// <summary>The accuracy half of the way from chance to 1, at which P* is read: (1 + 1/v)/2 for labels matched one to one.</summary>
    /// <param name="symbols">v.</param>
    public static double HalfWay(int symbols) => symbols > 1
        ? (1 + 1.0 / symbols) / 2
        : throw new ArgumentException($"{symbols} symbols: nothing can be told apart, accuracy has no chance level below 1");

    /// <summary>
    /// P* of some grammars. The interval is Student's of the mean logarithm; with 2 to 24 grammars a 95% interval covers 94 to 96% of P* as
    /// they are really spread. Where a crossing was not found its size is unknown, and so is every mean: the interval is then that of the
    /// median (sign test), which only needs to know which crossings lie above it, and is open where too few were found.
    /// </summary>
    /// <param name="crossings">One for each grammar.</param>
    /// <param name="alpha">Probability, about, that the interval misses the truth.</param>
    /// <exception cref="ArgumentException">No grammar, or alpha out of range.</exception>
    public static SampleComplexity Of(IReadOnlyList<Crossing> crossings, double alpha = 0.05)
    {
        ArgumentNullException.ThrowIfNull(crossings);
        if (crossings.Count == 0) throw new ArgumentException("no grammars: P* needs at least one");
        double[] logarithms = [.. crossings.Select(crossing => Math.Log(crossing.Samples))];
        bool isComplete = crossings.All(crossing => crossing.Side == CrossingSide.Found);
        Interval interval = isComplete && logarithms.Length > 1
            ? Statistics.Interval.Student(logarithms, alpha)
            : OfMedian(crossings, alpha);
        var bounds = new Interval(Math.Exp(interval.Low), Math.Exp(interval.High));
        return new SampleComplexity(Math.Exp(logarithms.Average()), bounds, crossings);
    }

    /// <summary>
    /// P* of the mean accuracy of some grammars, as the paper defines it: also found where a grammar that is never learned would make every
    /// mean of crossings a bound. A grammar contributes by how much the crossing moves when it is left out (jackknife: Efron 1982,
    /// doi:10.1137/1.9781611970319, chapter 3): log p_g = log P* + (n-1) (mean log P_(g) - log P_(g)), whose mean is log P* and whose
    /// spread over the grammars is that of independent values.
    /// If the crossing is lost without a grammar, its contribution is unknown, and the interval (0, infinity).
    /// </summary>
    /// <param name="samples">P in ascending order, positive.</param>
    /// <param name="curves">curves[g][i], accuracy of grammar g at P_i, or its distance to a level of the grammar's own.</param>
    /// <param name="level">The level.</param>
    /// <param name="alpha">Probability, about, that Student's interval of log P* over the contributions misses the truth.</param>
    /// <exception cref="ArgumentException">No grammar, curves of other lengths, or alpha out of range.</exception>
    public static SampleComplexity OfMeanCurve(IReadOnlyList<double> samples, IReadOnlyList<IReadOnlyList<double>> curves,
        double level = 0.5, double alpha = 0.05)
    {
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentNullException.ThrowIfNull(curves);
        if (curves.Count == 0) throw new ArgumentException("no grammars: P* needs at least one");
        if (curves.FirstOrDefault(curve => curve.Count != samples.Count) is { } other)
            throw new ArgumentException($"{samples.Count} sample sizes but {other.Count} accuracies");
        int n = curves.Count;
        Crossing whole = Crossing(-1);
        if (n == 1 || whole.Side != CrossingSide.Found) return Of([.. Enumerable.Repeat(whole, n)], alpha) with { Value = whole.Samples };
        Crossing[] without = [.. Enumerable.Range(0, n).Select(Crossing)];
        double mean = without.Average(crossing => Math.Log(crossing.Samples));
        Crossing[] contributions =
            [.. without.Select(crossing =>
            new Crossing(whole.Samples * Math.Exp((n - 1) * (mean - Math.Log(crossing.Samples))), crossing.Side))];
        var unbounded = new Interval(0, double.PositiveInfinity);
        var measured = new SampleComplexity(whole.Samples, unbounded, contributions) { Side = CrossingSide.Found };
        if (!measured.Complete) return measured;
        var interval = Statistics.Interval.Student([.. measured.Logarithms], alpha);
        return measured with { Interval = new Interval(Math.Exp(interval.Low), Math.Exp(interval.High)) };

        Crossing Crossing(int omitted) => Threshold.Find(samples,
            [.. Enumerable.Range(0, samples.Count).Select(i => curves.Where((_, g) => g != omitted).Average(curve => curve[i]))], level);
    }

    /// <summary>
    /// For the median logarithm: its r-th values from below and above, of which each lies beyond the median with a probability of at most
    /// alpha/2. A crossing beyond the range counts as the end of the range in the lower end, and as unbounded in the upper one.
    /// </summary>
    private static Interval OfMedian(IReadOnlyList<Crossing> crossings, double alpha)
    {
        int n = crossings.Count, rank = 0;
        while (rank < (n + 1) / 2 && Binomial.CDF(0.5, n, rank) <= alpha / 2) rank++;
        if (rank == 0) return new Interval(double.NegativeInfinity, double.PositiveInfinity);
        IEnumerable<double> Logarithms(CrossingSide unknown, double bound) =>
            crossings.Select(crossing => crossing.Side == unknown ? bound : Math.Log(crossing.Samples)).Order();
        return new Interval(Logarithms(CrossingSide.Below, double.NegativeInfinity).ElementAt(rank - 1),
            Logarithms(CrossingSide.Beyond, double.PositiveInfinity).ElementAt(n - rank));
    }
}
