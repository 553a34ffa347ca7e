using System.Buffers;
using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Rhm.Levelwise.Counting;

/// <summary>
/// Counts pairs of numbers. While all numbers are small the counts stand in a square table (up to 64 MiB), which is what the
/// paper's sizes need; beyond, in a hash table whose memory grows with the pairs that occur and not with n^2. Numbers below 256 are
/// first counted in 16 bits, in a table that stays in the caches.
/// </summary>
internal sealed class PairCounter
{
    private const int LargestSide = 4096;
    private const int SmallSide = 256;
    private const int PlanesAtOnce = 8;

    private int _side = 64;
    private int[] _table = Rent<int>(64 * 64);
    private Dictionary<long, long>? _sparse;

    // No count of the small table is above _pending.
    private ushort[]? _small;
    private int _pending;

    private int _smallSide = SmallSide;

    // At least the sum of all counts.
    private long _counted;

    /// <summary>
    /// Counts pairs of numbers below 256 out of planes of 64.
    /// </summary>
    /// <param name="planes">Planes of 64 numbers.</param>
    /// <param name="first">Where in every stride the left numbers stand.</param>
    /// <param name="second">Where the right numbers stand.</param>
    /// <param name="stride">Bytes from one pair of planes to the next.</param>
    /// <param name="numbers">All numbers are below this.</param>
    // Limited by an addition in memory for each pair, about one a cycle (one store a cycle) while the table (m v rows of m v counts of 16
    // bits) is in the first-level cache.
    // The places of up to 512 pairs are computed before they are counted, so that stores are long done when read.
    public unsafe void Add(ReadOnlySpan<byte> planes, int first, int second, int stride, int numbers)
    {
        const int lanes = 64;
        int side = numbers <= SmallSide / 2 ? SmallSide / 2 : SmallSide;
        if (side != _smallSide) AddSmallToTable();
        _smallSide = side;
        _small ??= Rent<ushort>(SmallSide * SmallSide);
        ushort* places = stackalloc ushort[PlanesAtOnce * lanes];
        fixed (byte* start = planes)
        fixed (ushort* table = _small)
        {
            int all = planes.Length / stride;
            for (int at = 0; at < all; at += PlanesAtOnce)
            {
                int count = Math.Min(PlanesAtOnce, all - at);
                MakeRoom(count * lanes);
                _counted += count * lanes;
                byte* a = start + (at * stride) + first, b = start + (at * stride) + second;
                if (!Vector512.IsHardwareAccelerated)
                {
                    for (int i = 0; i < count; i++, a += stride, b += stride)
                    {
                        for (int q = 0; q < lanes; q++) table[a[q] * side + b[q]]++;
                    }
                    continue;
                }
                // The order of the lanes does not matter to sums.
                Vector512<ushort> low = Vector512.Create((ushort)255), rows = Vector512.Create((ushort)side);
                for (int i = 0; i < count; i++, a += stride, b += stride)
                {
                    Vector512<ushort> x = Vector512.Load(a).AsUInt16(), y = Vector512.Load(b).AsUInt16();
                    ((x & low) * rows | (y & low)).Store(places + i * lanes);
                    ((x >>> 8) * rows | (y >>> 8)).Store(places + i * lanes + lanes / 2);
                }
                for (ulong* four = (ulong*)places, end = (ulong*)(places + count * lanes); four < end; four += 2)
                {
                    ulong p = four[0], q = four[1];
                    table[(ushort)p]++;
                    table[(ushort)(p >> 16)]++;
                    table[(ushort)(p >> 32)]++;
                    table[p >> 48]++;
                    table[(ushort)q]++;
                    table[(ushort)(q >> 16)]++;
                    table[(ushort)(q >> 32)]++;
                    table[q >> 48]++;
                }
            }
        }
    }

    /// <summary>Sees to it that no count of 16 bits overflows before so many more pairs are counted.</summary>
    private void MakeRoom(int pairs)
    {
        if (_pending + pairs > ushort.MaxValue)
        {
            _pending = TensorPrimitives.Max<ushort>(_small.AsSpan(0, _smallSide * _smallSide));
            if (_pending > ushort.MaxValue / 2) AddSmallToTable();
        }
        _pending += pairs;
    }

    /// <summary>Marks the numbers that occurred in a pair, after <see cref="AddSmallToTable"/>.</summary>
    public void MarkSeen(bool[] seen)
    {
        if (_sparse is not null)
        {
            foreach (long key in _sparse.Keys) seen[key >> 32] = seen[(uint)key] = true;
            return;
        }
        var second = new int[_side];
        for (int a = 0; a < Math.Min(seen.Length, _side); a++)
        {
            ReadOnlySpan<int> row = _table.AsSpan(a * _side, _side);
            seen[a] |= row.ContainsAnyExcept(0);
            TensorPrimitives.BitwiseOr(second, row, second);
        }
        for (int b = 0; b < Math.Min(seen.Length, _side); b++) seen[b] |= second[b] != 0;
    }

    // Kept from one pass to the next: fresh memory of this size costs a page fault for every 4 KiB.
    private static T[] Rent<T>(int length) where T : unmanaged
    {
        T[] table = ArrayPool<T>.Shared.Rent(length);
        table.AsSpan(0, length).Clear();
        return table;
    }

    private static void Return<T>(T[]? table)
    {
        if (table is { Length: > 0 }) ArrayPool<T>.Shared.Return(table);
    }

    /// <summary>Moves the 16-bit counts to the others.</summary>
    public void AddSmallToTable()
    {
        if (_pending == 0) return;
        _pending = 0;
        if (_sparse is null && _side < _smallSide) Grow(_smallSide - 1);
        int largest = 0;
        for (int a = 0; a < _smallSide; a++)
        {
            Span<ushort> row = _small.AsSpan(a * _smallSide, _smallSide);
            if (!row.ContainsAnyExcept((ushort)0)) continue;
            if (_sparse is null)
            {
                Span<int> sums = _table.AsSpan(a * _side, _smallSide);
                for (int b = 0; b < _smallSide; b += Vector<ushort>.Count)
                {
                    Vector.Widen(new Vector<ushort>(row[b..]), out Vector<uint> low, out Vector<uint> high);
                    (new Vector<int>(sums[b..]) + low.As<uint, int>()).CopyTo(sums[b..]);
                    Span<int> upper = sums[(b + Vector<int>.Count)..];
                    (new Vector<int>(upper) + high.As<uint, int>()).CopyTo(upper);
                }
                largest = Math.Max(largest, TensorPrimitives.Max<int>(sums));
            }
            else
            {
                for (int b = 0; b < _smallSide; b++)
                {
                    if (row[b] > 0) CollectionsMarshal.GetValueRefOrAddDefault(_sparse, ((long)a << 32) | (uint)b, out _) += row[b];
                }
            }
            row.Clear();
        }
        if (largest > int.MaxValue - ushort.MaxValue - 1) MoveToSparse();
    }

    /// <summary>Counts the pairs (first[q], second[q]) in which neither number is negative.</summary>
    public void Add(ReadOnlySpan<int> first, ReadOnlySpan<int> second)
    {
        int largest = Math.Max(TensorPrimitives.Max(first), TensorPrimitives.Max(second));
        if (_sparse is null && largest >= _side) Grow(largest);
        _counted += first.Length;
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
        CollectionsMarshal.GetValueRefOrAddDefault(sparse, ((long)a << 32) | (uint)b, out _)++;

    private void Grow(int number)
    {
        int side = _side;
        while (side <= number) side *= 2;
        if (side > LargestSide)
        {
            MoveToSparse();
            return;
        }
        int[] table = Rent<int>(side * side);
        for (int a = 0; a < _side; a++) _table.AsSpan(a * _side, _side).CopyTo(table.AsSpan(a * side));
        Return(_table);
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
        for (int i = 0; i < Math.Min(_table.Length, _side * _side); i++)
        {
            if (_table[i] > 0) yield return (i / _side, i % _side, _table[i]);
        }
    }

    /// <summary>Adds the counts of several threads, each with its own numbering, under a common one, after <see cref="AddSmallToTable"/>.
    /// Ends the counting.</summary>
    /// <param name="parts">A thread's counts and the common number of each of its numbers, which only those that occurred have.</param>
    /// <param name="numbers">How many common numbers there are.</param>
    public static PairCounts Merge(IReadOnlyList<(PairCounter Counter, int[] CommonNumber)> parts, int numbers)
    {
        PairCounts merged = numbers <= LargestSide / 2 && parts.All(part => part.Counter._sparse is null)
            ? MergeTables(parts, numbers)
            : MergeSparse(parts);
        foreach ((PairCounter counter, _) in parts)
        {
            Return(counter._small);
            Return(counter._table);
            (counter._small, counter._table) = (null, []);
        }
        return merged;
    }

    private static PairCounts MergeSparse(IReadOnlyList<(PairCounter Counter, int[] CommonNumber)> parts)
    {
        var merged = new Dictionary<long, long>();
        foreach ((PairCounter counter, int[] common) in parts)
        {
            IEnumerable<(int A, int B, long Count)> entries = counter._sparse is null
                ? counter.Entries()
                : counter._sparse.Select(pair => ((int)(pair.Key >> 32), (int)(uint)pair.Key, pair.Value));
            foreach ((int a, int b, long count) in entries)
                CollectionsMarshal.GetValueRefOrAddDefault(merged, ((long)common[a] << 32) | (uint)common[b], out _) += count;
        }
        long[] keys = [.. merged.Keys];
        long[] counts = [.. merged.Values];
        Array.Sort(keys, counts);
        return new PairCounts([.. keys.Select(key => (int)(key >> 32))], [.. keys.Select(key => (int)(uint)key)], counts);
    }

    private static PairCounts MergeTables(IReadOnlyList<(PairCounter Counter, int[] CommonNumber)> parts, int numbers)
    {
        if (numbers <= PairCounts.LargestTable && parts.Sum(part => part.Counter._counted) <= int.MaxValue)
        {
            var table = new int[numbers * numbers];
            SumTables<int>(parts, numbers, table);
            return new PairCounts(table, numbers);
        }
        long[] rented = Rent<long>(numbers * numbers);
        Span<long> sums = rented.AsSpan(0, numbers * numbers);
        SumTables(parts, numbers, sums);
        (int[] first, int[] second, long[] counts) = PairCounts.EntriesOf(sums, numbers);
        Return(rented);
        return new PairCounts(first, second, counts);
    }

    private static void SumTables<T>(IReadOnlyList<(PairCounter Counter, int[] CommonNumber)> parts, int numbers, Span<T> sums)
        where T : unmanaged, IBinaryInteger<T>
    {
        foreach ((PairCounter counter, int[] common) in parts)
        {
            int rows = Math.Min(common.Length, counter._side);
            bool same = common.Length == numbers && numbers <= counter._side
                && common.Select((number, i) => number == i).All(equal => equal);
            for (int a = 0; a < rows; a++)
            {
                ReadOnlySpan<int> row = counter._table.AsSpan(a * counter._side, rows);
                // A row of a tuple that did not occur, which has no common number, is empty.
                Span<T> sum = common[a] < 0 ? [] : sums.Slice(common[a] * numbers, numbers);
                if (same && typeof(T) == typeof(int))
                {
                    Span<int> whole = MemoryMarshal.Cast<T, int>(sum);
                    TensorPrimitives.Add(whole, row, whole);
                    continue;
                }
                for (int b = 0; b < row.Length; b++)
                {
                    if (row[b] > 0) sum[common[b]] += T.CreateTruncating(row[b]);
                }
            }
        }
    }
}
