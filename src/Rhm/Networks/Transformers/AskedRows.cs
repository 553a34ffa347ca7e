namespace Rhm.Networks.Transformers;

/// <summary>Some rows of a matrix, in ascending order, moved together and back in place.</summary>
/// <typeparam name="T">float or double.</typeparam>
internal static class AskedRows<T>
{
    /// <summary>Row i becomes row asked[i]; nothing happens where all rows are asked for (an empty list).</summary>
    public static void Gather(ReadOnlySpan<T> x, ReadOnlySpan<int> asked, Span<T> y, int columns)
    {
        if (asked.IsEmpty) x.CopyTo(y);
        for (int i = 0; i < asked.Length; i++) x.Slice(asked[i] * columns, columns).CopyTo(y.Slice(i * columns, columns));
    }

    /// <summary>Row asked[i] becomes row i, the others 0.</summary>
    public static void Scatter(Span<T> x, ReadOnlySpan<int> asked, int rows, int columns)
    {
        if (asked.IsEmpty) return;
        for (int i = asked.Length - 1, end = rows; i >= 0; i--)
        {
            int row = asked[i];
            x[((row + 1) * columns)..(end * columns)].Clear();
            x.Slice(i * columns, columns).CopyTo(x.Slice(row * columns, columns));
            end = row;
        }
        x[..(asked[0] * columns)].Clear();
    }
}
