namespace Rhm.Benchmarks.Compare;

/// <summary>What benchmarks/compare can measure, by name: from a number of threads to the rows of a table.</summary>
internal static class Groups
{
    /// <summary>All groups, in the order in which they run.</summary>
    public static readonly Dictionary<string, Func<int, IEnumerable<Comparison>>> All = new()
    {
        ["sampling"] = SamplingComparisons.All,
        ["learning"] = LearningComparisons.Learning,
        ["scaling"] = LearningComparisons.Scaling,
        ["figure"] = LearningComparisons.Figure,
        ["matrix"] = MatrixComparisons.All,
        ["layers"] = LayerComparisons.All,
        ["slc"] = SlcComparisons.All,
        ["transformer"] = TransformerComparisons.All,
    };
}
