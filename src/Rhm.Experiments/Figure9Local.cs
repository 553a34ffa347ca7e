using Rhm.Experiments.Measurements;
using Rhm.Grammars;
using Rhm.Networks.StackedLatentClustering;
using Rhm.Running;

namespace Rhm.Experiments;

/// <summary>Figure 9: local learning rules in the stacked latent clustering network.</summary>
public static class Figure9Local
{
    /// <summary>Published numbers of strings (L=4, s=3, v=10, m=10; accuracies +-0.04).</summary>
    private static readonly double[] s_samples = [1000, 3200, 4800, 7000, 10000, 16000, 34000, 50000];

    /// <summary>The clustering losses' weight where gradients stop between modules only: at 1 they swamp the prediction losses.</summary>
    private const double SharedWeight = 0.002;

    /// <summary>
    /// With the clustering losses in the predictors too, L=3 is learned with a weight of 0.002, and L=4 is not. With a weight of 1 in the
    /// clusterers the prediction losses from above undo the codes at m=10.
    /// </summary>
    private static readonly SlcObjective s_endToEnd =
        new() { Gradients = SlcGradients.EndToEnd, SharedClustering = 0, ClusteringWeight = 10 };

    private static readonly SlcObjective s_module = new() { Gradients = SlcGradients.Module, ClusteringWeight = SharedWeight };

    private static readonly (string Name, SlcObjective Objective, double[] Published)[] s_variants =
    [
        ("teacher end to end (clustering losses local)", s_endToEnd with { EmaRate = 0.015 },
            [0.10, 0.12, 0.30, 0.67, 0.97, 0.99, 1.00, 1.00]),
        ("teacher stopped between modules", s_module with { EmaRate = 0.015 }, [0.10, 0.11, 0.13, 0.40, 0.96, 1.00, 1.00, 1.00]),
        ("no teacher stopped between modules (attached targets)", s_module with { AttachedTargets = true },
            [0.10, 0.10, 0.10, 0.10, 0.10, 0.10, 0.15, 0.17]),
        ("no teacher stopped between modules", s_module, []),
        ("no teacher end to end (clustering losses local)", s_endToEnd, []),
        ("no teacher stopped everywhere", new SlcObjective(), [0.10, 0.11, 0.13, 0.22, 0.95, 0.99, 1.00, 1.00]),
    ];

    /// <summary>The experiment.</summary>
    public static Experiment Experiment { get; } = new("fig9-local", """
        Figure 9: where gradients stop (end to end; between modules; also between clusterer and predictor), with and without an EMA
        teacher, and without one also with gradients that reach the targets; end to end the prediction losses alone pass the clusterers.
        Quick: L=3, v=8, m=4; paper: L=4, v=10, m=10, published points beside.

        Example:
          rhm reproduce fig9-local
        """, [nameof(ExperimentParameters.Grammars)], Run);

    private static ExperimentReport Run(ExperimentFolder folder, RunContext setting, ExperimentParameters parameters)
    {
        var shape = new GrammarShape(setting.Pick(3, 4), 3, setting.Pick(8, 10), setting.Pick(4, 10));
        SlcSeries[] series = [.. s_variants.Select(variant => new SlcSeries(variant.Name, shape, variant.Objective)
        {
            Published = [.. s_samples.Select(samples => samples / 10000).Zip(variant.Published)],
            PublishedName = "published, in the same colour (L = 4, v = 10, m = 10)",
        })];
        double[] factors = setting.Scale == Scale.Paper
            ? [.. s_samples.Append(1800).Order().Select(samples => samples / 10000)]
            : SlcCurves.Factors(0.06, 4, 6);
        return SlcCurves.Run(folder, setting, series, factors, parameters.Grammars ?? setting.Pick(2, 3), setting.Pick(32, 128),
            "figure 9: local learning rules");
    }
}
