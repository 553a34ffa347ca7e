using System.Numerics.Tensors;

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

    /// <summary>Counts the pairs (first[q], second[q]) in which neither number is negative.</summary>
    public void Add(ReadOnlySpan<int> first, ReadOnlySpan<int> second)
    {
        int largest = Math.Max(TensorPrimitives.Max(first), TensorPrimitives.Max(second));
        if (_sparse is null && largest >= _side) Grow(largest);
        for (int q = 0; q < first.Length; q++)
        {
            int a = first[q], b = second[q];
            if ((a | b) < 0) continue;
            if (_sparse is null)
            {
                if (++_table[a * _side + b] == int.MaxValue) MoveToSparse();
            }
            else
            {
                AddSparse(_sparse, a, b);
            }
        }
    }

    private static void AddSparse(Dictionary<long, long> sparse, int a, int b) =>
        System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(sparse, ((long)a << 32) | (uint)b, out _)++;

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
    /// <param name="numbers">How many common numbers there are.</param>
    public static PairCounts Merge(IReadOnlyList<(PairCounter Counter, int[] CommonNumber)> parts, int numbers)
    {
        if (numbers <= LargestSide / 2 && parts.All(part => part.Counter._sparse is null)) return MergeTables(parts, numbers);
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

    private static PairCounts MergeTables(IReadOnlyList<(PairCounter Counter, int[] CommonNumber)> parts, int numbers)
    {
        var sums = new long[numbers * numbers];
        foreach ((PairCounter counter, int[] common) in parts)
        {
            for (int a = 0; a < Math.Min(common.Length, counter._side); a++)
            {
                ReadOnlySpan<int> row = counter._table.AsSpan(a * counter._side, counter._side);
                for (int b = 0; b < Math.Min(common.Length, row.Length); b++) sums[common[a] * numbers + common[b]] += row[b];
            }
        }
        int pairs = sums.Length - sums.AsSpan().Count(0);
        var merged = new PairCounts(new int[pairs], new int[pairs], new long[pairs]);
        for (int i = 0, at = 0; at < pairs; i++)
        {
            if (sums[i] == 0) continue;
            (merged.First[at], merged.Second[at], merged.Counts[at]) = (i / numbers, i % numbers, sums[i]);
            at++;
        }
        return merged;
    }
}
