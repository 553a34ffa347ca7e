using System.Globalization;
using Rhm.Claims;
using Rhm.Grammars;
using Rhm.Learners;

namespace Rhm.Experiments;

/// <summary>Figure 3, right: the stacked latent clustering network needs of the order of v m^3 strings.</summary>
public static class Figure3Right
{
    /// <summary>The published P* (+-15%): lower right inset, L=4, s=3, v=10.</summary>
    public static readonly IReadOnlyDictionary<int, double> Published = new SortedDictionary<int, double> { [7] = 3150, [8] = 3180, [10] = 5900, [12] = 9800, [15] = 21000 };

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

        Examples:
          rhm reproduce fig3-right --scale paper
          rhm reproduce fig3-right --scale paper --margin 0.87 --grammars 1 --out results/fig3-right-margin
        """, [nameof(ExperimentParameters.Multiplicities), nameof(ExperimentParameters.Grammars), nameof(ExperimentParameters.Margin), nameof(ExperimentParameters.WeightCap)], Run);

    private static ExperimentReport Run(ExperimentFolder folder, Setting setting, ExperimentParameters parameters)
    {
        bool paper = setting.Scale == Scale.Paper;
        int[] multiplicities = [.. parameters.Multiplicities ?? (paper ? [7, 8, 10, 12, 15] : [3, 4, 6])];
        var objective = new SlcObjective { Margin = parameters.Margin };
        objective = objective with { WeightCap = parameters.WeightCap ?? objective.WeightCap };
        string settings = string.Create(CultureInfo.InvariantCulture, $"{(parameters.Margin is { } margin ? $" margin {margin}" : "")}{(parameters.WeightCap is { } cap ? $" weight cap {cap}" : "")}");
        var series = multiplicities.Select(m => new SlcSeries($"m = {m}{settings}", new GrammarShape(paper ? 4 : 3, 3, paper ? 10 : 8, m), objective,
            paper && Published.TryGetValue(m, out double published) ? published : null)).ToList();
        // quick scale has other sizes, but the same axis: one published curve beside its last
        for (int i = 0; i < series.Count; i++)
        {
            int m = paper ? multiplicities[i] : i == series.Count - 1 ? 15 : 0;
            if (s_curves.TryGetValue(m, out double[]? curve))
                series[i] = series[i] with { Published = [.. s_relative.Zip(curve)], PublishedName = $"published, L = 4, v = 10, m = {m}" };
        }
        return SlcCurves.Run(folder, setting, series, SlcCurves.Factors(0.1, paper ? 5 : 4, paper ? 11 : 7), parameters.Grammars ?? 3,
            paper ? 128 : 32, "figure 3 right: network with local learning");
    }
}
