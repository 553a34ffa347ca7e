namespace Rhm.Networks.StackedLatentClustering;

/// <summary>Settings of <see cref="SlcLearner"/>.</summary>
public sealed record SlcLearnerOptions
{
    /// <summary>d_h, codes of a level.</summary>
    public int Codes { get; init; } = 128;

    /// <summary>Width of the hidden layers.</summary>
    public int Width { get; init; } = 150;

    /// <summary>What is minimised.</summary>
    public SlcObjective Objective { get; init; } = new();

    /// <summary>How.</summary>
    public SlcTraining Training { get; init; } = new();

    /// <summary>Whether linear probes are fitted as well; with 2000 held-out strings they take longer than most training.</summary>
    public bool Probes { get; init; }
}
