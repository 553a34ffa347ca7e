namespace Rhm.Statistics;

/// <summary>Where a learning curve crosses an accuracy.</summary>
/// <param name="Samples">P at the crossing; the end of the range searched where there is none.</param>
/// <param name="Side">Whether it was found.</param>
public readonly record struct Crossing(double Samples, CrossingSide Side);

/// <summary>Where a crossing lies.</summary>
public enum CrossingSide
{
    /// <summary>Inside the range searched.</summary>
    Found,

    /// <summary>At or below the smallest P allowed, whose accuracy is high enough.</summary>
    Below,

    /// <summary>Beyond the largest P allowed, whose accuracy is not high enough.</summary>
    Beyond,
}

/// <summary>
/// Where to look for a crossing: on the logarithmic grid P_j = Start Step^(j + Phase). From P_0 outwards by factors of 4 until the
/// accuracy has crossed, then by bisection to neighbouring points, and between these linear in log P. About six evaluations, of which
/// the largest takes at most 4 P*.
/// </summary>
/// <param name="Start">First P; best a little below the crossing, because large P cost most.</param>
/// <param name="Least">Smallest P allowed, at least 1.</param>
/// <param name="Most">Largest P allowed.</param>
public sealed record ThresholdSearch(double Start, long Least, long Most)
{
    /// <summary>Ratio of neighbouring points.</summary>
    public double Step { get; init; } = Math.Sqrt(2);

    /// <summary>
    /// Shift of the grid, 0..1. Drawn anew for each grammar it turns the width of the grid into independent noise of zero mean;
    /// a common grid moves all crossings of a setting the same way, up to half a step.
    /// </summary>
    public double Phase { get; init; }

    internal long Samples(int position) => (long)Math.Clamp(Math.Round(Start * Math.Pow(Step, position + Phase)), Least, Most);

    internal void Require()
    {
        if (!(Start > 0) || Least < 1 || Most < Least || Most > 1L << 60)
            throw new ArgumentException($"a search for P* from {Start} within {Least}..{Most} needs 1 <= least <= most and a positive start");
        if (!(Step > 1) || !(Phase is >= 0 and <= 1)) throw new ArgumentException($"a grid of ratio {Step} and phase {Phase} needs a ratio above 1 and a phase in 0..1");
    }
}

/// <summary>
/// Accuracy of a learner on one grammar (one component for each level, say) against the number P of strings: evaluated where a search
/// asks for it, and remembered, so that the thresholds of several components share their evaluations.
/// </summary>
/// <param name="measure">The accuracies at P, each in 0..1.</param>
public sealed class LearningCurve(Func<long, IReadOnlyList<double>> measure)
{
    private readonly SortedDictionary<long, IReadOnlyList<double>> _points = [];

    /// <summary>What was evaluated, in ascending order of P.</summary>
    public IReadOnlyDictionary<long, IReadOnlyList<double>> Points => _points;

    /// <summary>The accuracies at P.</summary>
    /// <param name="samples">P.</param>
    public IReadOnlyList<double> At(long samples)
    {
        if (!_points.TryGetValue(samples, out IReadOnlyList<double>? accuracy)) _points[samples] = accuracy = measure(samples);
        return accuracy;
    }

    /// <summary>
    /// P at which a component crosses a level. A curve that is not monotone has several crossings; this finds one of them.
    /// </summary>
    /// <param name="level">The accuracy, <see cref="SampleComplexity.HalfWay"/> by convention.</param>
    /// <param name="search">Where to look.</param>
    /// <param name="component">Which accuracy; the last (the top level) when negative.</param>
    public Crossing Cross(double level, ThresholdSearch search, int component = -1)
    {
        ArgumentNullException.ThrowIfNull(search);
        search.Require();
        const int stride = 4;
        int failing = 0, passing = 0;
        if (Passes(0))
        {
            while (Passes(failing = passing - stride))
            {
                passing = failing;
                if (search.Samples(passing) == search.Least) return new Crossing(search.Least, CrossingSide.Below);
            }
        }
        else
        {
            while (!Passes(passing = failing + stride))
            {
                failing = passing;
                if (search.Samples(failing) == search.Most) return new Crossing(search.Most, CrossingSide.Beyond);
            }
        }
        while (passing - failing > 1)
        {
            int middle = (failing + passing) / 2;
            if (Passes(middle)) passing = middle;
            else failing = middle;
        }
        long low = search.Samples(failing), high = search.Samples(passing);
        double part = (level - Accuracy(failing)) / (Accuracy(passing) - Accuracy(failing));
        return new Crossing(low * Math.Pow((double)high / low, part), CrossingSide.Found);

        double Accuracy(int position)
        {
            IReadOnlyList<double> accuracy = At(search.Samples(position));
            return accuracy[component < 0 ? ^1 : component];
        }

        bool Passes(int position) => Accuracy(position) >= level;
    }
}
