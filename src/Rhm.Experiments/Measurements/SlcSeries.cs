using Rhm.Grammars;
using Rhm.Networks.StackedLatentClustering;
using Rhm.Population;

namespace Rhm.Experiments.Measurements;

/// <summary>A curve of accuracy against the number of strings.</summary>
/// <param name="Name">Says how it differs from other networks, in networks.csv too; no commas.</param>
/// <param name="Shape">The grammars.</param>
/// <param name="Objective">What the network minimises.</param>
/// <param name="PublishedThreshold">Published P*; null where there is none for this shape.</param>
internal sealed record SlcSeries(string Name, GrammarShape Shape, SlcObjective Objective, double? PublishedThreshold = null)
{
    /// <summary>Published accuracies at P/(v m^3), perhaps for another shape; empty where there are none.</summary>
    public IReadOnlyList<(double Relative, double Accuracy)> Published { get; init; } = [];

    /// <summary>Legend of the published accuracies.</summary>
    public string PublishedName { get; init; } = $"{Name}, published";

    /// <summary>In figure and table: the name, or without what all series share.</summary>
    public string Label { get; init; } = Name;

    /// <summary>Passes over the strings, instead of <see cref="Steps"/>.</summary>
    public double? Epochs { get; init; }

    /// <summary>v m^3.</summary>
    public double Unit => SampleScales.Latents(Shape);

    /// <summary>
    /// Training steps, 50 L m up to L=5: a level is learned in of the order of 50 m steps once the level below is, from P of the order of
    /// the threshold upwards (measured over L=3..5, m=3..10), and a batch shows each tuple 1/m as often. Higher levels take longer (figure
    /// 10): 10 L^2 m beyond. Yet at least so many that 4 v m^3 strings are seen, or seen again: with 2.8 v m^3 (L=4, v=10, m=15) the top
    /// level ends between 0.88 and 1, with 4 v m^3 at 1 (hard grammars need more: CONTRIBUTING.md).
    /// </summary>
    public long Steps => Math.Max(
        10L * Math.Max(5, Shape.Depth) * Shape.Depth * Shape.Multiplicity,
        (long)Math.Ceiling(4 * Unit / BatchSize));

    /// <summary>B, strings of a batch.</summary>
    public const int BatchSize = 32;

    /// <summary>Training steps on so many strings: none on none.</summary>
    public long StepsOn(long samples) => samples == 0 ? 0
        : Epochs is { } epochs ? new SlcTraining { BatchSize = BatchSize }.WithEpochs(epochs, samples).Steps : Steps;
}
