using Rhm.Claims;
using Rhm.Grammars;
using Rhm.Learners;

namespace Rhm.Experiments;

/// <summary>Figure 3, right: the stacked latent clustering network needs of the order of v m^3 strings.</summary>
public static class Figure3Right
{
    /// <summary>The published P* (+-15%): lower right inset, L=4, s=3, v=10.</summary>
    public static readonly IReadOnlyDictionary<int, double> Published = new SortedDictionary<int, double> { [7] = 3150, [8] = 3180, [10] = 5900, [12] = 9800, [15] = 21000 };

    /// <summary>The experiment.</summary>
    public static Experiment Experiment { get; } = new("fig3-right", """
        Figure 3, right: linear probe of the top latents of the stacked latent clustering network against P/(v m^3), and P* beside the
        published values (local learning rule). Quick: L=3, v=8, m=3,4,6; paper: L=4, v=10, m=7,8,10,12,15, 11 values of P, 3 grammars.

        Example:
          rhm reproduce fig3-right --scale paper
        """, [nameof(ExperimentParameters.Multiplicities), nameof(ExperimentParameters.Grammars)], Run);

    private static ExperimentReport Run(ExperimentFolder folder, Setting setting, ExperimentParameters parameters)
    {
        bool paper = setting.Scale == Scale.Paper;
        int[] multiplicities = [.. parameters.Multiplicities ?? (paper ? [7, 8, 10, 12, 15] : [3, 4, 6])];
        SlcSeries[] series = [.. multiplicities.Select(m => new SlcSeries($"m = {m}", new GrammarShape(paper ? 4 : 3, 3, paper ? 10 : 8, m), new SlcObjective(), [],
            paper && Published.TryGetValue(m, out double published) ? published : null))];
        return SlcCurves.Run(folder, setting, series, SlcCurves.Factors(0.1, paper ? 5 : 4, paper ? 11 : 6), parameters.Grammars ?? (paper ? 3 : 2),
            paper ? 128 : 32, paper ? 1500 : 800, "figure 3 right: network with local learning");
    }
}
