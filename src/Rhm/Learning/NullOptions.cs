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

    /// <summary>Refuses settings out of range.</summary>
    /// <exception cref="ArgumentException">Time or memory is negative or not a number, or the time is 10^9 ms or more.</exception>
    public void Validate()
    {
        if (!(Milliseconds is >= 0 and < 1e9)) throw new ArgumentException($"milliseconds = {Milliseconds} is outside 0..10^9");
        if (!(Gibibytes >= 0)) throw new ArgumentException($"gibibytes = {Gibibytes} must be at least 0");
    }
}
