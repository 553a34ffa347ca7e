namespace Rhm.Learners;

/// <summary>
/// How often tuple a and tuple b stand in the two given child positions of one grandparent: a list of the pairs that occurred, in
/// ascending order of (a, b). Context vectors are linear functions of these counts.
/// </summary>
/// <param name="First">a, the tuple at the left position.</param>
/// <param name="Second">b, the tuple at the right position.</param>
/// <param name="Counts">How often the pair occurred, at least 1.</param>
public sealed record PairCounts(int[] First, int[] Second, long[] Counts);

/// <summary>
/// Counts pairs of numbers. While all numbers are small the counts stand in a square table (up to 64 MiB), which is what the
/// paper's sizes need; beyond, in a hash table whose memory grows with the pairs that occur and not with n^2.
/// </summary>
internal sealed class PairCounter
{
    private const int LargestSide = 4096;

    private int _side = 64;
    private int[] _table = new int[64 * 64];
    private Dictionary<long, long>? _sparse;

    public void Add(int a, int b)
    {
        if (_sparse is null && Math.Max(a, b) >= _side) Grow(Math.Max(a, b));
        if (_sparse is null)
        {
            ref int count = ref _table[a * _side + b];
            if (++count == int.MaxValue) MoveToSparse();
            return;
        }
        System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_sparse, ((long)a << 32) | (uint)b, out _)++;
    }

    private void Grow(int number)
    {
        int side = _side;
        while (side <= number) side *= 2;
        if (side > LargestSide)
        {
            MoveToSparse();
            return;
        }
        var table = new int[side * side];
        for (int a = 0; a < _side; a++) _table.AsSpan(a * _side, _side).CopyTo(table.AsSpan(a * side));
        (_side, _table) = (side, table);
    }

    private void MoveToSparse()
    {
        _sparse = [];
        foreach ((int a, int b, long count) in Entries()) _sparse[((long)a << 32) | (uint)b] = count;
        _table = [];
    }

    private IEnumerable<(int A, int B, long Count)> Entries()
    {
        for (int i = 0; i < _table.Length; i++)
        {
            if (_table[i] > 0) yield return (i / _side, i % _side, _table[i]);
        }
    }

    /// <summary>Adds the counts of several threads, each with its own numbering, under a common one.</summary>
    /// <param name="parts">A thread's counts and the common number of each of its numbers.</param>
    public static PairCounts Merge(IEnumerable<(PairCounter Counter, int[] CommonNumber)> parts)
    {
        var merged = new Dictionary<long, long>();
        foreach ((PairCounter counter, int[] common) in parts)
        {
            IEnumerable<(int A, int B, long Count)> entries = counter._sparse is null
                ? counter.Entries()
                : counter._sparse.Select(pair => ((int)(pair.Key >> 32), (int)(uint)pair.Key, pair.Value));
            foreach ((int a, int b, long count) in entries)
                System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(merged, ((long)common[a] << 32) | (uint)common[b], out _) += count;
        }
        long[] keys = [.. merged.Keys];
        long[] counts = [.. merged.Values];
        Array.Sort(keys, counts);
        return new PairCounts([.. keys.Select(key => (int)(key >> 32))], [.. keys.Select(key => (int)(uint)key)], counts);
    }
}
