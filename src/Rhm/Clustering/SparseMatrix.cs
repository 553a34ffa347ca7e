namespace Rhm.Clustering;

/// <summary>A sparse matrix in compressed rows.</summary>
/// <param name="Rows">Number of rows.</param>
/// <param name="Columns">Number of columns.</param>
/// <param name="Start">Where each row begins among the entries; one more for the end.</param>
/// <param name="Index">Column of each entry, ascending within a row.</param>
/// <param name="Value">Value of each entry.</param>
internal sealed record SparseMatrix(int Rows, int Columns, int[] Start, int[] Index, double[] Value)
{
    // 1 MiB, about a second-level cache, and four vectors of four numbers.
    private const int CachedNumbers = 1 << 17;
    private const int StripeWidth = 16;

    /// <summary>From a list of entries in ascending order of (row, column), each place at most once.</summary>
    public static SparseMatrix FromEntries(int rows, int columns, int[] row, int[] column, double[] value)
    {
        var start = new int[rows + 1];
        foreach (int i in row) start[i + 1]++;
        for (int i = 0; i < rows; i++) start[i + 1] += start[i];
        return new SparseMatrix(rows, columns, start, column, value);
    }

    public SparseMatrix Transposed()
    {
        var start = new int[Columns + 1];
        foreach (int j in Index) start[j + 1]++;
        for (int j = 0; j < Columns; j++) start[j + 1] += start[j];
        var next = (int[])start.Clone();
        var index = new int[Index.Length];
        var value = new double[Index.Length];
        for (int i = 0; i < Rows; i++)
        {
            for (int entry = Start[i]; entry < Start[i + 1]; entry++)
            {
                int place = next[Index[entry]]++;
                (index[place], value[place]) = (i, Value[entry]);
            }
        }
        return new SparseMatrix(Columns, Rows, start, index, value);
    }

    /// <summary>diag(left) A diag(right).</summary>
    public SparseMatrix Scaled(double[] left, double[] right)
    {
        var value = new double[Value.Length];
        for (int i = 0; i < Rows; i++)
        {
            for (int entry = Start[i]; entry < Start[i + 1]; entry++) value[entry] = Value[entry] * left[i] * right[Index[entry]];
        }
        return this with { Value = value };
    }

    public double[] RowSums()
    {
        var sums = new double[Rows];
        for (int i = 0; i < Rows; i++)
        {
            for (int entry = Start[i]; entry < Start[i + 1]; entry++) sums[i] += Value[entry];
        }
        return sums;
    }

    /// <summary>
    /// A B for a dense matrix of the given width, both row by row; 2 entries x width operations. Entries pick rows of B at random, so
    /// where B is larger than the cache it is cut into stripes of columns that fit.
    /// </summary>
    public double[] Times(double[] dense, int width, int threads)
    {
        var product = new double[Rows * width];
        int stripe = (long)Columns * width <= CachedNumbers ? width : StripeWidth;
        double[] columns = stripe == width ? dense : new double[Columns * stripe];
        for (int j = 0; j < width; j += stripe)
        {
            int offset = j, part = Math.Min(stripe, width - j);
            if (stripe < width)
            {
                for (int i = 0; i < Columns; i++) dense.AsSpan(i * width + j, part).CopyTo(columns.AsSpan(i * part));
            }
            DenseRows.ForEachRange(Rows, (double)Value.Length * part, threads, (begin, end) =>
            {
                for (int i = begin; i < end; i++)
                {
                    int start = Start[i], count = Start[i + 1] - start;
                    var entries = new Entries(Index.AsSpan(start, count), Value.AsSpan(start, count));
                    DenseRows.AddCombination(product.AsSpan(i * width + offset, part), columns, count, entries);
                }
            });
        }
        return product;
    }

    /// <summary>The entries of a row.</summary>
    private readonly ref struct Entries(ReadOnlySpan<int> index, ReadOnlySpan<double> value) : DenseRows.ITerms
    {
        private readonly ReadOnlySpan<int> _index = index;
        private readonly ReadOnlySpan<double> _value = value;

        public int Row(int t) => _index[t];

        public double Factor(int t) => _value[t];
    }
}
