namespace Rhm.Learning;

/// <summary>What came out.</summary>
/// <param name="Accuracy">Element l-1 is the accuracy of level l, each in 0..1; the last element is the top level that was learned.</param>
public sealed record LearningResult(IReadOnlyList<double> Accuracy)
{
    /// <summary>Further numbers by name, such as a loss or the accuracy of a probe.</summary>
    public IReadOnlyDictionary<string, double> Measures { get; init; } = new Dictionary<string, double>();
}
