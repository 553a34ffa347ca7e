using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Rhm.Learning;
using Rhm.Population;

namespace Rhm.Levelwise;

/// <summary>Settings of <see cref="IterativeLatentClustering"/>.</summary>
public sealed record IlcOptions
{
    /// <summary>
    /// What context vectors are made of. Latent (default): elements of cousin tuples, the paper's algorithm. Token and Root: the
    /// controls that differ in nothing else, whose contexts are visible tokens below cousin tuples, or the labels of the strings.
    /// </summary>
    [Description("What context vectors are made of: latents, tokens, or the root.")]
    public Target Target { get; init; } = Target.Latent;

    /// <summary>
    /// How many of the targets: all (default), those of one cousin tuple, or one. For tokens: all s^(l+1) below every cousin tuple,
    /// below one, or the first. For the root: tuples of every node, each node a slot of its own, or of the leftmost node.
    /// </summary>
    [Description("Context: one element, one cousin tuple, or all cousins.")]
    public CousinTargets Cousins { get; init; } = CousinTargets.All;

    /// <summary>Pool every grandparent of a level (default), or use the leftmost one only.</summary>
    [Description("Whether all grandparents of a level are pooled, or its first is used alone.")]
    public bool PoolGrandparents { get; init; } = true;

    /// <summary>Restarts of k-means; one bad optimum at a level ruins the levels above it.</summary>
    [Description("Restarts of k-means.")]
    [Range(1, 1_000_000)]
    public int Restarts { get; init; } = 50;

    /// <summary>Seed of the restarts.</summary>
    public ulong Seed { get; init; }

    /// <summary>Threads; no result depends on it.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Refuses settings out of range.</summary>
    /// <exception cref="ArgumentException">There are fewer than 1 restarts or threads, or more than 10^6 restarts, or the target is own
    /// latents.</exception>
    public void Validate()
    {
        LearnerParameter.RequireAll(this);
        RequireObserved(Target);
        if (Threads < 1) throw new ArgumentException($"number of threads {Threads} must be at least 1");
    }

    /// <summary>Refuses a target that the strings do not show.</summary>
    internal static void RequireObserved(Target target)
    {
        if (target == Target.OwnLatent)
            throw new ArgumentException("own latents are no target of this learner: it counts what strings show; use own-latents");
    }
}
