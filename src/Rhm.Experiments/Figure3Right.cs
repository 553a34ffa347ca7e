using System.Globalization;
using Rhm.Experiments.Measurements;
using Rhm.Grammars;
using Rhm.Networks.StackedLatentClustering;
using Rhm.Running;

namespace Rhm.Experiments;

/// <summary>Figure 3, right: the stacked latent clustering network needs of the order of v m^3 strings.</summary>
public static class Figure3Right
{
    /// <summary>The published P* (+-15%): lower right inset, L=4, s=3, v=10.</summary>
    public static readonly IReadOnlyDictionary<int, double> Published =
        new SortedDictionary<int, double> { [7] = 3150, [8] = 3180, [10] = 5900, [12] = 9800, [15] = 21000 };

    private static readonly double[] s_relative = [0.10, 0.15, 0.22, 0.32, 0.48, 0.71, 1.05, 1.55, 2.30, 5.00];

    /// <summary>Published accuracies (+-0.03) at those P/(v m^3).</summary>
    private static readonly Dictionary<int, double[]> s_curves = new()
    {
        [7] = [0.10, 0.10, 0.10, 0.11, 0.12, 0.30, 0.94, 0.97, 1.00, 1.00],
        [15] = [0.10, 0.10, 0.10, 0.10, 0.22, 0.67, 0.96, 0.98, 1.00, 1.00],
    };

    /// <summary>All three grammars of m=12 end at 0.985 or above with it, one at 0.9 without (CONTRIBUTING.md).</summary>
    private const double WeightCap = 0.2;

    /// <summary>The experiment.</summary>
    public static Experiment Experiment { get; } = new("fig3-right", """
        Figure 3, right: linear probe of the top latents of the stacked latent clustering network against P/(v m^3), and P* beside the
        published values (local learning rule). Quick: L=3, v=8, m=3,4,6; paper: L=4, v=10, m=7,8,10,12,15, 11 values of P, 3 grammars.
        With a margin of 0.91 and the published 30 epochs P* is near the published one; large P then take long.

        Examples:
          rhm reproduce fig3-right --scale paper
          rhm reproduce fig3-right --scale paper --margin 0.91 --epochs 30 --most 1.6 --grammars 1 --out results/fig3-right-epochs
        """, [nameof(ExperimentParameters.Multiplicities), nameof(ExperimentParameters.Grammars), nameof(ExperimentParameters.Margin),
            nameof(ExperimentParameters.WeightCap), nameof(ExperimentParameters.Epochs), nameof(ExperimentParameters.Most)], Run);

    private static ExperimentReport Run(ExperimentFolder folder, RunContext setting, ExperimentParameters parameters)
    {
        bool paper = setting.Scale == Scale.Paper;
        int[] multiplicities = [.. parameters.Multiplicities ?? (paper ? [7, 8, 10, 12, 15] : [3, 4, 6])];
        if (parameters.Epochs is { } epochs && !(epochs > 0 && double.IsFinite(epochs)))
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"number of epochs {epochs} must be positive"));
        double most = parameters.Most ?? double.PositiveInfinity;
        double[] factors = [.. SlcCurves.Factors(0.1, paper ? 5 : 4, paper ? 11 : 7).Where(factor => factor <= most)];
        if (factors.Length < 2)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                $"--most {parameters.Most} leaves fewer than two values of P: they start at 0.1 v m^3"));
        }
        var objective = new SlcObjective { Margin = parameters.Margin, WeightCap = parameters.WeightCap ?? WeightCap };
        string[] settings = [.. Settings(objective, parameters.Epochs)];
        SlcSeries[] series = [.. multiplicities.Select((m, i) =>
        {
            var one = new SlcSeries(string.Join(' ', [$"m = {m}", .. settings]), new GrammarShape(paper ? 4 : 3, 3, paper ? 10 : 8, m),
                objective, paper && Published.TryGetValue(m, out double published) ? published : null)
            {
                Label = $"m = {m}",
                Epochs = parameters.Epochs,
            };
            // quick scale has other sizes, but the same axis: one published curve beside its last
            int beside = paper ? m : i == multiplicities.Length - 1 ? 15 : 0;
            return s_curves.TryGetValue(beside, out double[]? curve)
                ? one with { Published = [.. s_relative.Zip(curve)], PublishedName = $"published, L = 4, v = 10, m = {beside}" }
                : one;
        })];
        return SlcCurves.Run(folder, setting, series, factors, parameters.Grammars ?? 3, setting.Pick(32, 128),
            string.Join(", ", ["figure 3 right: network with local learning", .. settings]));
    }

    /// <summary>What differs from the defaults, in words.</summary>
    private static IEnumerable<string> Settings(SlcObjective objective, double? epochs)
    {
        string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
        if (objective.Margin is { } margin) yield return Invariant($"margin {margin}");
        if (objective.WeightCap < 1) yield return Invariant($"weight cap {objective.WeightCap}");
        if (epochs is { } passes) yield return Invariant($"epochs {passes}");
    }
}
