using System.Numerics;

namespace Rhm.Numerics;

/// <summary>Sums of the columns of a matrix: the gradient of a bias.</summary>
/// <remarks>Bounded by a load for 16 numbers of the matrix; the sums stay in the first-level cache.</remarks>
internal static unsafe class ColumnSums
{
    /// <summary>The sums of the columns, in the order of rows.</summary>
    /// <inheritdoc cref="Add"/>
    public static void Compute<T>(ReadOnlySpan<T> x, Span<T> sums, int rows, int columns)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        sums.Clear();
        Add(x, sums, rows, columns);
    }

    /// <summary>Adds the rows of a matrix to <paramref name="sums"/>, in order.</summary>
    /// <param name="x">rows x columns.</param>
    /// <param name="sums">One number for each column.</param>
    /// <param name="rows">At least 0.</param>
    /// <param name="columns">At least 0.</param>
    /// <exception cref="ArgumentException">A size is negative, or a length is not that of the sizes.</exception>
    public static void Add<T>(ReadOnlySpan<T> x, Span<T> sums, int rows, int columns) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Sizes.Check(nameof(x), x.Length, rows, columns);
        Sizes.Check(nameof(sums), sums.Length, 1, columns);
        if (!Floats.Are<T>())
        {
            Reference.Add(x, sums, rows, columns);
            return;
        }
        fixed (float* px = Floats.Of(x), pSums = Floats.Of(sums))
        {
            for (nint i = 0; i < rows; i++)
            {
                for (nint j = 0; j < columns; j += VectorMath.Width)
                {
                    nint left = columns - j;
                    VectorMath.Store(VectorMath.Load(pSums + j, left) + VectorMath.Load(px + i * columns + j, left), pSums + j, left);
                }
            }
        }
    }

    /// <summary>The reference: two loops, the same bits.</summary>
    public static class Reference
    {
        /// <inheritdoc cref="ColumnSums.Add"/>
        public static void Add<T>(ReadOnlySpan<T> x, Span<T> sums, int rows, int columns)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            for (int i = 0; i < rows; i++)
            {
                for (int j = 0; j < columns; j++) sums[j] += x[i * columns + j];
            }
        }
    }
}
