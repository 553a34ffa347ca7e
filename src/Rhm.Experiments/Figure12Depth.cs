using Rhm.Experiments.Measurements;
using Rhm.Running;

namespace Rhm.Experiments;

/// <summary>Figure 12: the strings that the stacked latent clustering network needs do not depend on the depth.</summary>
public static class Figure12Depth
{
    /// <summary>Published numbers of strings, in units of v m^3 at v=16 and m=8 those of any shape.</summary>
    private static readonly double[] s_publishedSamples = [3000, 3700, 4500, 5400, 6600, 8000, 9800, 12000];

    /// <summary>Published accuracies (+-0.04; s=3, v=16, m=8).</summary>
    private static readonly Dictionary<int, double[]> s_published = new()
    {
        [3] = [0.15, 0.27, 0.50, 0.41, 0.72, 0.95, 0.97, 0.99],
        [4] = [0.15, 0.38, 0.55, 0.72, 0.84, 0.92, 0.96, 0.98],
        [5] = [0.26, 0.26, 0.38, 0.83, 0.87, 0.96, 0.99, 1.00],
        [6] = [0.19, 0.27, 0.16, 0.82, 0.68, 0.94, 0.97, 0.99],
        [7] = [0.16, 0.06, 0.16, 0.65, 0.77, 0.84, 0.97, 0.99],
    };

    /// <summary>The experiment.</summary>
    public static Experiment Experiment { get; } = new("fig12-depth", """
        Figure 12: probe of the root against P/(v m^3) at several depths (local learning rule). The probe reads the soft tuple below the
        root. Quick: L=3,4,5, v=8, m=3; paper: L=3..7, v=16, m=8, published points beside.

        Example:
          rhm reproduce fig12-depth --depths 3,4
        """, [nameof(ExperimentParameters.Depths), nameof(ExperimentParameters.Grammars)], Run)
    {
        Sweep = (setting, parameters) => SweepOf(setting, parameters).File,
    };

    private static ExperimentReport Run(ExperimentFolder folder, RunContext setting, ExperimentParameters parameters) =>
        SlcCurves.Run(folder, SweepOf(setting, parameters), (_, shape) => new SlcSeries($"L = {shape.Depth}", shape)
        {
            Published = s_published.TryGetValue(shape.Depth, out double[]? published)
                ? [.. s_publishedSamples.Select(count => count / 8192).Zip(published)]
                : [],
            PublishedName = "published, in the same colour (v = 16, m = 8)",
        }, "figure 12: depths", root: true);

    private static ExperimentSweep SweepOf(RunContext setting, ExperimentParameters parameters) =>
        ExperimentSweep.Of("fig12-depth", setting, ("depths", Given.Of(parameters.Depths)),
            ("grammar_count", Given.Of(parameters.Grammars)));
}
