namespace Rhm.Levelwise;

/// <summary>Settings of <see cref="SpectralLatentClustering"/>.</summary>
public sealed record SpectralOptions
{
    /// <summary>Number of latents of every hidden level; 0 (default): as many as there are tokens.</summary>
    public int Latents { get; init; }

    /// <summary>Estimate the number of latents of each level instead: one more than the directions of the spectrum above noise, and more
    /// while one more shortens the description of labels and counts.</summary>
    public bool EstimateLatents { get; init; }

    /// <summary>Most latents that an estimate may find at a level.</summary>
    public int MostLatents { get; init; } = 128;

    /// <summary>
    /// Starts of k-means and likelihood, at most: it ends when the best likelihood was found twice. Far above the threshold that is
    /// after two; near it more starts find labels that fewer do not.
    /// </summary>
    public int Starts { get; init; } = 10;

    /// <summary>Seed of starting vectors and starts.</summary>
    public ulong Seed { get; init; }

    /// <summary>Threads; no result depends on it.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Refuses settings out of range.</summary>
    /// <exception cref="ArgumentException">A setting is out of range, or the number of latents is both given and estimated.</exception>
    public void Validate() => PairClustering.Require(Starts, Latents, EstimateLatents, MostLatents, Threads);
}
