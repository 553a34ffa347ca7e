namespace Rhm.Levelwise.Counting;

/// <summary>
/// How often tuple a and tuple b stand in the two given child positions of one grandparent: a list of the pairs that occurred, in
/// ascending order of (a, b). Context vectors are linear functions of these counts.
/// </summary>
internal sealed class PairCounts
{
    /// <summary>Up to this many tuples the counts are kept as a table.</summary>
    internal const int LargestTable = 512;

    private readonly Lazy<(int[] First, int[] Second, long[] Counts)> _entries;

    /// <summary>A list of pairs.</summary>
    internal PairCounts(int[] first, int[] second, long[] counts) => _entries = new(() => (first, second, counts));

    /// <summary>A table of n x n counts, row a.</summary>
    internal PairCounts(int[] table, int tuples)
    {
        Table = table;
        _entries = new(() => EntriesOf([.. table.Select(count => (long)count)], tuples));
    }

    /// <summary>a, the tuple at the left position.</summary>
    public int[] First => _entries.Value.First;

    /// <summary>b, the tuple at the right position.</summary>
    public int[] Second => _entries.Value.Second;

    /// <summary>How often the pair occurred, at least 1.</summary>
    public long[] Counts => _entries.Value.Counts;

    /// <summary>The same as a table of n x n counts, where there are few tuples and fewer than 2^31 pairs in all; null otherwise.</summary>
    internal int[]? Table { get; }

    internal static (int[] First, int[] Second, long[] Counts) EntriesOf(ReadOnlySpan<long> table, int tuples)
    {
        int pairs = table.Length - table.Count(0);
        var (first, second, counts) = (new int[pairs], new int[pairs], new long[pairs]);
        for (int i = 0, at = 0; at < pairs; i++)
        {
            if (table[i] == 0) continue;
            (first[at], second[at], counts[at]) = (i / tuples, i % tuples, table[i]);
            at++;
        }
        return (first, second, counts);
    }
}
