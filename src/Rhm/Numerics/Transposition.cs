using System.Numerics;

namespace Rhm.Numerics;

/// <summary>Rows to columns.</summary>
internal static unsafe class Transposition
{
    // One cache line of 64-bit numbers.
    private const int Block = 8;

    /// <summary>
    /// to[j toStride + i] = from[i fromStride + j], for rows i and columns j; float has vectors for it. The reference of that is
    /// <see cref="Copy"/>.
    /// </summary>
    /// <param name="from">rows x fromStride, of which the last row may end after its columns.</param>
    /// <param name="fromStride">At least columns.</param>
    /// <param name="to">columns x toStride, likewise.</param>
    /// <param name="toStride">At least rows.</param>
    /// <param name="rows">At least 0.</param>
    /// <param name="columns">At least 0.</param>
    public static void Transpose<T>(ReadOnlySpan<T> from, int fromStride, Span<T> to, int toStride, int rows, int columns)
        where T : unmanaged, INumberBase<T>
    {
        if (rows == 0 || columns == 0) return;
        if (!Floats.Are<T>())
        {
            Copy(from, fromStride, to, toStride, rows, columns);
            return;
        }
        ReadOnlySpan<float> source = Floats.Of(from)[..((rows - 1) * fromStride + columns)];
        Span<float> target = Floats.Of(to)[..((columns - 1) * toStride + rows)];
        fixed (float* pFrom = source, pTo = target) BlockedProduct.Transpose(pFrom, fromStride, pTo, toStride, rows, columns);
    }

    /// <summary>to[j][i] = from[i][j], as another type. Bounded by the caches' bandwidth; blocks, because a whole column of a matrix whose
    /// rows are a power of two long falls into a few sets of the first-level cache.</summary>
    /// <param name="from">Rows x columns.</param>
    /// <param name="fromStride">Numbers from one row to the next.</param>
    /// <param name="to">Columns x rows.</param>
    /// <param name="toStride">Numbers from one row of the result to the next.</param>
    /// <param name="rows">Of <paramref name="from"/>.</param>
    /// <param name="columns">Of <paramref name="from"/>.</param>
    public static void Copy<TFrom, TTo>(ReadOnlySpan<TFrom> from, int fromStride, Span<TTo> to, int toStride, int rows, int columns)
        where TFrom : unmanaged, INumberBase<TFrom> where TTo : unmanaged, INumberBase<TTo>
    {
        for (int i = 0; i < rows; i += Block)
        {
            int height = Math.Min(Block, rows - i);
            for (int j = 0; j < columns; j++)
            {
                Span<TTo> line = to.Slice(j * toStride + i, height);
                for (int k = 0; k < line.Length; k++) line[k] = TTo.CreateTruncating(from[(i + k) * fromStride + j]);
            }
        }
    }
}
