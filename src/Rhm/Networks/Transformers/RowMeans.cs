using System.Numerics;
using System.Numerics.Tensors;

namespace Rhm.Networks.Transformers;

/// <summary>Means of rows that follow each other: of the features of a masked block, or of a whole string.</summary>
internal static class RowMeans
{
    /// <summary>Row i of <paramref name="means"/> is the mean of rows i run .. i run + run - 1.</summary>
    /// <param name="x">A multiple of <paramref name="run"/> rows.</param>
    /// <param name="run">Rows of a mean.</param>
    /// <param name="means">Receives them.</param>
    /// <param name="columns">Numbers of a row.</param>
    public static void Forward<T>(ReadOnlySpan<T> x, int run, Span<T> means, int columns)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        means.Clear();
        for (int i = 0; i < x.Length / columns; i++)
        {
            Span<T> sum = means.Slice(i / run * columns, columns);
            TensorPrimitives.Add(sum, x.Slice(i * columns, columns), sum);
        }
        TensorPrimitives.Multiply(means, T.One / T.CreateChecked(run), means);
    }

    /// <summary>The gradient of the rows from that of their means.</summary>
    public static void Backward<T>(ReadOnlySpan<T> dMeans, int run, Span<T> dx, int columns)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T share = T.One / T.CreateChecked(run);
        for (int i = 0; i < dx.Length / columns; i++)
            TensorPrimitives.Multiply(dMeans.Slice(i / run * columns, columns), share, dx.Slice(i * columns, columns));
    }
}
