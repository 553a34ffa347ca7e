using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Rhm.Learning;

namespace Rhm.Levelwise;

/// <summary>Settings of <see cref="OwnLatentClustering"/>.</summary>
public sealed record OwnLatentOptions
{
    /// <summary>The first codes.</summary>
    [Description("First codes of the tuples: clusters of contexts of cousin elements, or random ones.")]
    public OwnLatentStart Start { get; init; } = OwnLatentStart.Element;

    /// <summary>Rounds from a start, at most: it ends when the codes no longer change.</summary>
    [Description("Most rounds from a start; it ends when the codes no longer change.")]
    [Range(1, 1_000_000)]
    public int Rounds { get; init; } = 30;

    /// <summary>Starts, at most: it ends when the best likelihood was found twice.</summary>
    [Description("Most starts; it ends when the best likelihood was found twice.")]
    [Range(1, 1_000_000)]
    public int Starts { get; init; } = 10;

    /// <summary>Number of latents of every hidden level; 0 (default): as many as there are tokens.</summary>
    [Description("Latents of every hidden level; 0: as many as tokens.")]
    [Range(0, 65535)]
    public int Latents { get; init; }

    /// <summary>Estimate the number of latents of each level instead, as <see cref="SpectralOptions.EstimateLatents"/> does.</summary>
    [Description("Whether their number is estimated level by level from the spectrum.")]
    public bool EstimateLatents { get; init; }

    /// <summary>Most latents that an estimate may find at a level.</summary>
    [Description("Most latents that an estimate may find at a level.")]
    [Range(2, 65535)]
    public int MostLatents { get; init; } = 128;

    /// <summary>
    /// Also use the law of whole s-tuples of cousin tuples: the labels that pairs give are drawn anew, one after the other, given all
    /// others and every tuple of labels that occurs. Needs fewer strings near the threshold and up to some ten times as long. Left out at a
    /// level with more than 2^20 grandparents or more than 2^22 tuples of labels, k^s.
    /// </summary>
    [Description("Whether the law of whole tuples of cousin tuples is used beside that of pairs: fewer strings, more time.")]
    public bool WholeTuples { get; init; }

    /// <summary>Seed of random codes and of k-means.</summary>
    public ulong Seed { get; init; }

    /// <summary>Threads; no result depends on it.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Refuses settings out of range.</summary>
    /// <exception cref="ArgumentException">A setting is out of range, or the number of latents is both given and estimated.</exception>
    public void Validate()
    {
        LearnerParameter.RequireAll(this);
        PairClustering.Require(Latents, EstimateLatents, Threads);
    }
}
