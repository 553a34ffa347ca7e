namespace Rhm.Learning;

/// <summary>Settings of <see cref="NullLearner"/>.</summary>
public sealed record NullOptions
{
    /// <summary>How long it computes, at least.</summary>
    public double Milliseconds { get; init; }

    /// <summary>Whether it fails instead of answering.</summary>
    public bool Fail { get; init; }

    /// <summary>Whether it kills its process, as a system does that runs out of memory.</summary>
    public bool Kill { get; init; }

    /// <summary>How much memory it says that it needs, in GiB.</summary>
    public double Gibibytes { get; init; }
}
