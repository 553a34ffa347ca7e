namespace Rhm.Statistics;

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
        int failing = 0, passing = 0;
        if (Passes(0))
        {
            while (Passes(failing = passing - search.Stride))
            {
                passing = failing;
                if (search.Samples(passing) == search.Least) return new Crossing(search.Least, CrossingSide.Below);
            }
        }
        else
        {
            while (!Passes(passing = failing + search.Stride))
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
