namespace Rhm.Networks.Transformers;

/// <summary>Some rows of a matrix, in ascending order, moved together and back in place. An empty selection stands for all rows.</summary>
internal static class RowSelection
{
    /// <summary>Row selected[i] becomes row i of <paramref name="y"/>, which may be <paramref name="x"/>.</summary>
    public static void Gather<T>(ReadOnlySpan<T> x, ReadOnlySpan<int> selected, Span<T> y, int columns)
    {
        if (selected.IsEmpty) x.CopyTo(y);
        for (int i = 0; i < selected.Length; i++) x.Slice(selected[i] * columns, columns).CopyTo(y.Slice(i * columns, columns));
    }

    /// <summary>Row i becomes row selected[i], the others 0.</summary>
    public static void Scatter<T>(Span<T> x, ReadOnlySpan<int> selected, int rows, int columns)
    {
        if (selected.IsEmpty) return;
        for (int i = selected.Length - 1, end = rows; i >= 0; i--)
        {
            int row = selected[i];
            x[((row + 1) * columns)..(end * columns)].Clear();
            x.Slice(i * columns, columns).CopyTo(x.Slice(row * columns, columns));
            end = row;
        }
        x[..(selected[0] * columns)].Clear();
    }
}
