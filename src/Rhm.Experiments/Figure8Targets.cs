using Rhm.Experiments.Measurements;
using Rhm.Grammars;
using Rhm.Networks.StackedLatentClustering;
using Rhm.Running;

namespace Rhm.Experiments;

/// <summary>Figure 8: with more cousin targets the stacked latent clustering network needs fewer strings, with the same law.</summary>
public static class Figure8Targets
{
    /// <summary>The experiment.</summary>
    public static Experiment Experiment { get; } = new("fig8-targets", """
        Figure 8: the network predicts one cousin element or all of them. Quick: L=3, v=8, m=4; paper: L=4, v=10, m=10.

        Example:
          rhm reproduce fig8-targets
        """, [nameof(ExperimentParameters.Multiplicities), nameof(ExperimentParameters.Grammars)], Run);

    private static ExperimentReport Run(ExperimentFolder folder, RunContext setting, ExperimentParameters parameters)
    {
        IReadOnlyList<int> multiplicities = parameters.Multiplicities ?? [setting.Pick(4, 10)];
        SlcSeries[] series = [.. from m in multiplicities
                                 from targets in (SlcTargets[])[SlcTargets.All, SlcTargets.One]
                                 let name = targets == SlcTargets.All ? "all cousin elements" : "one cousin element"
                                 let shape = new GrammarShape(setting.Pick(3, 4), 3, setting.Pick(8, 10), m)
                                 select new SlcSeries($"{name} m = {m}", shape, new SlcObjective { Targets = targets })];
        return SlcCurves.Run(folder, setting, series, SlcCurves.Factors(0.1, 10, 8), parameters.Grammars ?? 3,
            setting.Pick(32, 128), "figure 8: one or all cousin targets");
    }
}
