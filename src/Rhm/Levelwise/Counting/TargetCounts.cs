namespace Rhm.Levelwise.Counting;

/// <summary>How often each tuple met each symbol of each target: a table [tuple][slot][symbol], one slot for each target.</summary>
internal sealed class TargetCounts
{
    private long[] _counts = [];

    internal TargetCounts(int slots, int symbols) => (Slots, Symbols) = (slots, symbols);

    /// <summary>Number of targets.</summary>
    public int Slots { get; }

    /// <summary>Number of symbols that a target can have.</summary>
    public int Symbols { get; }

    /// <summary>The counts of a tuple, slot by slot.</summary>
    /// <param name="tuple">Its number.</param>
    public ReadOnlySpan<long> Of(int tuple) => _counts.AsSpan(tuple * Slots * Symbols, Slots * Symbols);

    /// <summary>Makes room for tuples 0..count-1.</summary>
    internal void Reserve(int count)
    {
        long needed = (long)count * Slots * Symbols;
        if (needed <= _counts.Length) return;
        if (8.0 * needed > GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4.0 || needed > Array.MaxLength)
            throw new ArgumentException($"the counts of {count} tuples with {Slots} targets of {Symbols} symbols do not fit in memory; "
                + "use fewer targets");
        Array.Resize(ref _counts, (int)Math.Min(Math.Max(needed, 2L * _counts.Length), Array.MaxLength));
    }

    /// <summary>Counts (tuple, symbol) for each lane whose tuple is not negative.</summary>
    internal void Add(ReadOnlySpan<int> tuples, ReadOnlySpan<ushort> symbols, int slot)
    {
        int width = Slots * Symbols, start = slot * Symbols;
        for (int lane = 0; lane < tuples.Length; lane++)
        {
            if (tuples[lane] >= 0) _counts[tuples[lane] * width + start + symbols[lane]]++;
        }
    }

    /// <summary>Adds another thread's counts, whose tuple t is tuple common[t] here.</summary>
    internal void Add(TargetCounts other, int[] common)
    {
        int width = Slots * Symbols;
        if (width == 0) return;
        for (int tuple = 0; tuple < common.Length; tuple++)
        {
            ReadOnlySpan<long> from = other.Of(tuple);
            Span<long> to = _counts.AsSpan(common[tuple] * width, width);
            for (int i = 0; i < width; i++) to[i] += from[i];
        }
    }
}
