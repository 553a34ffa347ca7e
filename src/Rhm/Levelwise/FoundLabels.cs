namespace Rhm.Levelwise;

/// <summary>Labels of the tuples of a level, found by a search from one start or several.</summary>
/// <param name="Labels">A label for every tuple.</param>
/// <param name="LogLikelihood">What they are worth: <see cref="Clustering.PairLikelihood.LogLikelihood"/>.</param>
internal sealed record FoundLabels(int[] Labels, double LogLikelihood)
{
    /// <summary>Whether other starts need not be made.</summary>
    public bool IsFinal { get; init; }

    /// <summary>The way to the best labels; null for a search that does not iterate.</summary>
    public Learning.LevelSearch? Search { get; init; }
}
