using System.Globalization;
using Rhm.Experiments.Cells;
using Rhm.Experiments.Measurements;
using Rhm.Grammars;
using Rhm.Networks.StackedLatentClustering;
using Rhm.Running;
using Rhm.Sweeps;

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

    /// <summary>The experiment.</summary>
    public static Experiment Experiment { get; } = new("fig3-right", """
        Figure 3, right: linear probe of the top latents of the stacked latent clustering network against P/(v m^3), and P* beside the
        published values (local learning rule). Quick: L=3, v=8, m=3,4,6; paper: L=4, v=10, m=7,8,10,12,15, 11 values of P, 3 grammars.
        With a margin of 0.91 and the published 30 epochs P* is near the published one; large P then take long.

        Examples:
          rhm reproduce fig3-right --scale paper
          rhm reproduce fig3-right --scale paper --margin 0.91 --epochs 30 --most 1.6 --grammars 1 --out results/fig3-right-epochs
        """, [nameof(ExperimentParameters.Multiplicities), nameof(ExperimentParameters.Grammars), nameof(ExperimentParameters.Margin),
            nameof(ExperimentParameters.WeightCap), nameof(ExperimentParameters.Epochs), nameof(ExperimentParameters.Most)], Run)
    {
        Sweep = (setting, parameters) => SweepOf(setting, parameters).File,
    };

    private static ExperimentReport Run(ExperimentFolder folder, RunContext setting, ExperimentParameters parameters)
    {
        bool paper = setting.Scale == Scale.Paper;
        ExperimentSweep sweep = SweepOf(setting, parameters);
        FunctionCell[] cells = [.. sweep.File.Cells().OfType<FunctionCell>()];
        if (cells.Select(SamplesOf).Where(samples => samples > 0).Distinct().Count() < 2)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                $"--most {parameters.Most} leaves fewer than two values of P: they start at 0.1 v m^3"));
        }
        var objective = ((SlcNetworkOptions)cells[0].Options).Objective;
        int last = ((SlcNetworkOptions)cells[^1].Options).Multiplicity;
        SlcSeries Describe(string series, GrammarShape shape)
        {
            int m = shape.Multiplicity;
            var one = new SlcSeries($"m = {m}", shape, paper && Published.TryGetValue(m, out double published) ? published : null);
            // quick scale has other sizes, but the same axis: one published curve beside its last
            int beside = paper ? m : m == last ? 15 : 0;
            return s_curves.TryGetValue(beside, out double[]? curve)
                ? one with { Published = [.. s_relative.Zip(curve)], PublishedName = $"published, L = 4, v = 10, m = {beside}" }
                : one;
        }
        string title = string.Join(", ", ["figure 3 right: network with local learning", .. Settings(objective, parameters.Epochs)]);
        return SlcCurves.Run(folder, sweep, Describe, title, epochs: parameters.Epochs);
    }

    private static long SamplesOf(FunctionCell cell) => ((SlcNetworkOptions)cell.Options).Count;

    private static ExperimentSweep SweepOf(RunContext setting, ExperimentParameters parameters)
    {
        // 0 stands for none in the sweep file.
        if (parameters.Epochs is { } epochs && !(epochs > 0 && double.IsFinite(epochs)))
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"number of epochs {epochs} must be positive"));
        if (parameters.Most is { } most && !(most > 0))
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"--most {most} must be positive"));
        return ExperimentSweep.Of("fig3-right", setting, ("multiplicities", Given.Of(parameters.Multiplicities)),
            ("grammar_count", Given.Of(parameters.Grammars)), ("given_margin", Given.Of(parameters.Margin)),
            ("cap", Given.Of(parameters.WeightCap)), ("epochs", Given.Of(parameters.Epochs)), ("largest", Given.Of(parameters.Most)));
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
