using Rhm.Experiments.Measurements;
using Rhm.Running;

namespace Rhm.Experiments;

/// <summary>Figure 9: local learning rules in the stacked latent clustering network.</summary>
public static class Figure9Local
{
    /// <summary>Published numbers of strings (L=4, s=3, v=10, m=10; accuracies +-0.04).</summary>
    private static readonly double[] s_samples = [1000, 3200, 4800, 7000, 10000, 16000, 34000, 50000];

    /// <summary>Published accuracies, by series.</summary>
    private static readonly Dictionary<string, double[]> s_published = new()
    {
        ["teacher end to end (clustering losses local)"] = [0.10, 0.12, 0.30, 0.67, 0.97, 0.99, 1.00, 1.00],
        ["teacher stopped between modules"] = [0.10, 0.11, 0.13, 0.40, 0.96, 1.00, 1.00, 1.00],
        ["no teacher stopped between modules (attached targets)"] = [0.10, 0.10, 0.10, 0.10, 0.10, 0.10, 0.15, 0.17],
        ["no teacher stopped everywhere"] = [0.10, 0.11, 0.13, 0.22, 0.95, 0.99, 1.00, 1.00],
    };

    /// <summary>The experiment.</summary>
    public static Experiment Experiment { get; } = new("fig9-local", """
        Figure 9: where gradients stop (end to end; between modules; also between clusterer and predictor), with and without an EMA
        teacher, and without one also with gradients that reach the targets; end to end the prediction losses alone pass the clusterers.
        Quick: L=3, v=8, m=4; paper: L=4, v=10, m=10, published points beside.

        Example:
          rhm reproduce fig9-local
        """, [nameof(ExperimentParameters.Grammars)], Run)
    {
        Sweep = (setting, parameters) => SweepOf(setting, parameters).File,
    };

    private static ExperimentReport Run(ExperimentFolder folder, RunContext setting, ExperimentParameters parameters) =>
        SlcCurves.Run(folder, SweepOf(setting, parameters), (series, shape) => new SlcSeries(series, shape)
        {
            Published = s_published.TryGetValue(series, out double[]? published)
                ? [.. s_samples.Select(samples => samples / 10000).Zip(published)]
                : [],
            PublishedName = "published, in the same colour (L = 4, v = 10, m = 10)",
        }, "figure 9: local learning rules");

    private static ExperimentSweep SweepOf(RunContext setting, ExperimentParameters parameters) =>
        ExperimentSweep.Of("fig9-local", setting, ("grammar_count", Given.Of(parameters.Grammars)));
}
