using Rhm.Grammars;
using Rhm.Population;

namespace Rhm.Experiments.Measurements;

/// <summary>How a figure shows a curve of accuracy against the number of strings, and what was published of it.</summary>
/// <param name="Label">In figure and table.</param>
/// <param name="Shape">The grammars.</param>
/// <param name="PublishedThreshold">Published P*; null where there is none for this shape.</param>
internal sealed record SlcSeries(string Label, GrammarShape Shape, double? PublishedThreshold = null)
{
    /// <summary>Published accuracies at P/(v m^3), perhaps for another shape; empty where there are none.</summary>
    public IReadOnlyList<(double Relative, double Accuracy)> Published { get; init; } = [];

    /// <summary>Legend of the published accuracies.</summary>
    public string PublishedName { get; init; } = $"{Label}, published";

    /// <summary>v m^3.</summary>
    public double Unit => SampleScales.Latents(Shape);
}
