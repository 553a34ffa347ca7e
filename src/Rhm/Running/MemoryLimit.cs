using System.Globalization;

namespace Rhm.Running;

/// <summary>What memory there is, and whether work fits into it.</summary>
public static class MemoryLimit
{
    /// <summary>What work may take together: nine tenths of what this machine, or this container, has.</summary>
    public static double AvailableBytes => 0.9 * GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>Refuses work that does not fit.</summary>
    /// <param name="bytes">About what it needs.</param>
    /// <param name="what">The work, as the subject of a sentence.</param>
    /// <exception cref="ArgumentException">It needs more than there is.</exception>
    public static void Require(double bytes, string what)
    {
        double available = AvailableBytes;
        if (!(bytes <= available))
            throw new ArgumentException($"{what} needs about {Size(bytes)} of memory, more than the {Size(available)} there are");
    }

    /// <summary>A number of bytes for people: 12 MiB, 1.5 GiB.</summary>
    /// <param name="bytes">The number.</param>
    public static string Size(double bytes)
    {
        (double size, string unit) = bytes < 1L << 30 ? (Math.Round(bytes / (1 << 20)), "MiB") : (Math.Round(bytes / (1L << 30), 1), "GiB");
        return $"{size.ToString(size < 1e7 ? "0.#" : "G3", CultureInfo.InvariantCulture)} {unit}";
    }
}
