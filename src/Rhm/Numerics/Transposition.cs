using System.Numerics;

namespace Rhm.Numerics;

/// <summary>Rows to columns.</summary>
internal static class Transposition
{
    // One cache line of 64-bit numbers.
    private const int Block = 8;

    /// <summary>to[j][i] = from[i][j], as another type. Limit: the caches' bandwidth; blocks, because a whole column of a matrix whose rows
    /// are a power of two long falls into a few sets of the first-level cache.</summary>
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
