using Rhm.Population;

namespace Rhm.Levelwise;

/// <summary>Settings of <see cref="SingleLevelClustering"/>.</summary>
public sealed record SingleLevelOptions
{
    /// <summary>What context vectors are made of.</summary>
    public Target Target { get; init; } = Target.Latent;

    /// <summary>The level 1..L-1 whose latents are learned; 0: each of them.</summary>
    public int Level { get; init; }

    /// <summary>Restarts of k-means.</summary>
    public int Restarts { get; init; } = 10;
}
