using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Rhm.Randomness;

namespace Rhm.Networks.Training;

/// <summary>
/// Dropout (Srivastava et al., JMLR 15, 2014): each number is set to 0 with probability p, or divided by 1 - p. Whether it is kept is a
/// function of (seed, step, site, row, column) alone, so the backward pass finds the same choice anew and nothing is stored.
/// </summary>
/// <remarks>
/// Column j of row i takes half j mod 2 of word i w + j / 2 of <see cref="NodeRandom"/>, w being half the columns rounded up to a multiple
/// of 16; it is kept if these 32 bits are at least p 2^32, so p is met within 2^-32. Bounded by twelve vector operations for sixteen
/// numbers.
/// </remarks>
internal readonly struct Dropout
{
    private readonly NodeRandom _random;
    private readonly uint _threshold;

    /// <param name="share">p, in [0, 1).</param>
    /// <param name="seed">Seed of the training.</param>
    /// <param name="step">The step.</param>
    /// <param name="site">Which place of the network.</param>
    public Dropout(double share, ulong seed, long step, int site)
    {
        (Share, _threshold) = (share, (uint)(share * 4294967296.0));
        _random = new NodeRandom(StreamOffsets.DroppedNumbers.Key(seed, (ulong)site), step);
    }

    /// <summary>p.</summary>
    public double Share { get; }

    /// <summary>Whether anything is dropped.</summary>
    public bool IsActive => Share > 0;

    private static ulong WordsPerRow(int columns) => (ulong)((columns + 15) / 16 * 8);

    /// <summary>Whether a number is kept: the reference of <see cref="Apply"/>.</summary>
    public bool Keeps(long row, int column, int columns)
    {
        ulong word = _random.Word((ulong)row * WordsPerRow(columns) + (ulong)(column / 2));
        return (uint)(column % 2 == 0 ? word : word >> 32) >= _threshold;
    }

    /// <summary>
    /// y = dropout(x), for all rows of the batch from <paramref name="firstRow"/> on, or those of them in a list; y may be x.
    /// </summary>
    public void Apply<T>(ReadOnlySpan<T> x, Span<T> y, long firstRow, int columns, ReadOnlySpan<int> rows = default)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T scale = T.CreateChecked(1 / (1 - Share));
        for (int i = 0; i < x.Length / columns; i++)
        {
            int j = 0;
            long row = firstRow + (rows.IsEmpty ? i : rows[i]);
            if (typeof(T) == typeof(float)) j = ApplyWhole(x.Slice(i * columns, columns), y.Slice(i * columns, columns), row, scale);
            for (; j < columns; j++) y[i * columns + j] = Keeps(row, j, columns) ? x[i * columns + j] * scale : T.Zero;
        }
    }

    /// <summary>Whole vectors of a row; answers how many numbers that were.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int ApplyWhole<T>(ReadOnlySpan<T> x, Span<T> y, long row, T scale) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ref float input = ref Unsafe.As<T, float>(ref MemoryMarshal.GetReference(x));
        ref float output = ref Unsafe.As<T, float>(ref MemoryMarshal.GetReference(y));
        Vector512<ulong> state = _random.StateAt((ulong)row * WordsPerRow(x.Length)), step = NodeRandom.Step(8), key = _random.Key;
        Vector512<uint> threshold = Vector512.Create(_threshold);
        Vector512<float> scales = Vector512.Create(float.CreateChecked(scale));
        int j = 0;
        for (; j <= x.Length - 16; j += 16, state += step)
        {
            Vector512<uint> kept = Vector512.GreaterThanOrEqual(NodeRandom.Words(state, key).AsUInt32(), threshold);
            Vector512<float> value = Vector512.LoadUnsafe(ref input, (nuint)j) * scales;
            (value.AsUInt32() & kept).AsSingle().StoreUnsafe(ref output, (nuint)j);
        }
        return j;
    }
}
