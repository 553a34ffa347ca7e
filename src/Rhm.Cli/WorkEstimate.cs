using Rhm.Running;
using Rhm.Sweeps;

namespace Rhm.Cli;

/// <summary>What a command is going to take, as far as that is known before it begins.</summary>
/// <param name="What">The work, as the subject of a sentence.</param>
/// <param name="MemoryBytes">Memory at most.</param>
/// <param name="Remedy">What would need less memory.</param>
internal sealed record WorkEstimate(string What, double MemoryBytes, string Remedy)
{
    /// <summary>Work that takes longer is announced.</summary>
    public const double AnnouncedSeconds = 10;

    /// <summary>Time; null where it is only known from the pace of the first steps.</summary>
    public double? Seconds { get; init; }

    /// <summary>What follows the work whose progress is reported.</summary>
    public double SecondsAfter { get; init; }

    /// <summary>What the files take that are written.</summary>
    public double DiskBytes { get; init; }

    /// <summary>One of them, or their folder.</summary>
    public string? Target { get; init; }

    /// <summary>What would need less room on the disk.</summary>
    public string DiskRemedy { get; init; } = "another folder has to receive them";

    /// <summary>Itself, where all of it fits.</summary>
    /// <exception cref="ArgumentException">It does not; the sentence says what is needed, what there is, and what to do.</exception>
    public WorkEstimate Required()
    {
        double memory = MemoryLimit.AvailableBytes;
        if (!(MemoryBytes <= memory))
        {
            throw new ArgumentException($"{What} needs about {MemoryLimit.Size(MemoryBytes)} of memory, more than the "
                + $"{MemoryLimit.Size(memory)} there are: {Remedy}");
        }
        if (Target is null || DiskSpace.AvailableBytes(Target) is not { } free || DiskBytes <= free) return this;
        throw new ArgumentException($"{What} writes about {MemoryLimit.Size(DiskBytes)}, more than the {MemoryLimit.Size(free)} free on "
            + $"the disk of {Target}: {DiskRemedy}");
    }

    /// <summary>For example <c>about 3 min, 1.2 GiB of memory, 4 GiB on disk</c>.</summary>
    /// <param name="seconds">Time of the whole work.</param>
    public string Text(double seconds)
    {
        string disk = DiskBytes > 0 ? $", {MemoryLimit.Size(DiskBytes)} on disk" : "";
        return $"about {SweepProgress.Format(seconds)}, {MemoryLimit.Size(MemoryBytes)} of memory{disk}";
    }
}
