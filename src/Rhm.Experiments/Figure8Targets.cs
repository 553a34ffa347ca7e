using Rhm.Experiments.Measurements;
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
        """, [nameof(ExperimentParameters.Multiplicities), nameof(ExperimentParameters.Grammars)], Run)
    {
        Sweep = (setting, parameters) => SweepOf(setting, parameters).File,
    };

    private static ExperimentReport Run(ExperimentFolder folder, RunContext setting, ExperimentParameters parameters) =>
        SlcCurves.Run(folder, SweepOf(setting, parameters), (series, shape) => new SlcSeries($"{series} m = {shape.Multiplicity}", shape),
            "figure 8: one or all cousin targets");

    private static ExperimentSweep SweepOf(RunContext setting, ExperimentParameters parameters) =>
        ExperimentSweep.Of("fig8-targets", setting, ("multiplicities", Given.Of(parameters.Multiplicities)),
            ("grammar_count", Given.Of(parameters.Grammars)));
}
