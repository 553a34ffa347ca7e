namespace Rhm.Levelwise;

/// <summary>How a learner groups the tuples of a level.</summary>
/// <param name="Labels">A label for every tuple.</param>
/// <param name="Symbols">How many labels there are.</param>
internal sealed record Grouping(int[] Labels, int Symbols)
{
    /// <summary>What is doubtful about it, one clause each.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>How an iterative learner came to it.</summary>
    public Learning.LevelSearch? Search { get; init; }
}
