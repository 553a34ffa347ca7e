namespace Rhm.Levelwise;

/// <summary>Settings of <see cref="OwnLatentClustering"/>.</summary>
public sealed record OwnLatentOptions
{
    /// <summary>The first codes.</summary>
    public OwnLatentStart Start { get; init; } = OwnLatentStart.Element;

    /// <summary>Rounds from a start, at most: it ends when the codes no longer change.</summary>
    public int Rounds { get; init; } = 30;

    /// <summary>Starts, at most: it ends when the best likelihood was found twice.</summary>
    public int Starts { get; init; } = 10;

    /// <summary>Number of latents of every hidden level; 0 (default): as many as there are tokens.</summary>
    public int Latents { get; init; }

    /// <summary>Estimate the number of latents of each level instead, as <see cref="SpectralOptions.EstimateLatents"/> does.</summary>
    public bool EstimateLatents { get; init; }

    /// <summary>Most latents that an estimate may find at a level.</summary>
    public int MostLatents { get; init; } = 128;

    /// <summary>Seed of random codes and of k-means.</summary>
    public ulong Seed { get; init; }

    /// <summary>Threads; no result depends on it.</summary>
    public int Threads { get; init; } = 1;
}
