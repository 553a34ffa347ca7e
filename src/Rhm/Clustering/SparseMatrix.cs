using System.Numerics;
using Rhm.Sampling;

namespace Rhm.Clustering;

/// <summary>A sparse matrix in compressed rows.</summary>
/// <param name="Rows">Number of rows.</param>
/// <param name="Columns">Number of columns.</param>
/// <param name="Start">Where each row begins among the entries; one more for the end.</param>
/// <param name="Index">Column of each entry, ascending within a row.</param>
/// <param name="Value">Value of each entry.</param>
internal sealed record SparseMatrix(int Rows, int Columns, int[] Start, int[] Index, double[] Value)
{
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

    /// <summary>A B for a dense matrix of the given width, both row by row; 2 entries x width operations.</summary>
    public double[] Times(double[] dense, int width, int threads)
    {
        var product = new double[Rows * width];
        DenseRows.ForEach(Rows, (double)Value.Length * width, threads, i =>
        {
            int start = Start[i], count = Start[i + 1] - start;
            DenseRows.AddCombination(product.AsSpan(i * width, width), dense, count, new Entries(Index.AsSpan(start, count), Value.AsSpan(start, count)));
        });
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

/// <summary>Tall matrices stored row by row. Every sum runs in ascending order, whatever the number of threads.</summary>
internal static class DenseRows
{
    private const double WorthThreads = 300_000;
    private const int RowsAtOnce = 16;

    /// <summary>Which rows are added up, and by which factors.</summary>
    public interface ITerms
    {
        int Row(int t);

        double Factor(int t);
    }

    /// <summary>
    /// sum += the combination of rows of a matrix, term after term for each element, a product and a sum each: the same bits at any
    /// SIMD width. Four vectors of sums stay in registers over all terms.
    /// </summary>
    public static void AddCombination<TTerms>(Span<double> sum, ReadOnlySpan<double> matrix, int terms, TTerms term)
        where TTerms : struct, ITerms, allows ref struct
    {
        int width = sum.Length, lanes = Vector<double>.Count, j = 0;
        for (; j <= width - 4 * lanes; j += 4 * lanes)
        {
            Span<double> part = sum.Slice(j, 4 * lanes);
            Vector<double> a = new(part), b = new(part[lanes..]), c = new(part[(2 * lanes)..]), d = new(part[(3 * lanes)..]);
            for (int t = 0; t < terms; t++)
            {
                ReadOnlySpan<double> row = matrix.Slice(term.Row(t) * width + j, 4 * lanes);
                var factor = new Vector<double>(term.Factor(t));
                a += new Vector<double>(row) * factor;
                b += new Vector<double>(row[lanes..]) * factor;
                c += new Vector<double>(row[(2 * lanes)..]) * factor;
                d += new Vector<double>(row[(3 * lanes)..]) * factor;
            }
            a.CopyTo(part);
            b.CopyTo(part[lanes..]);
            c.CopyTo(part[(2 * lanes)..]);
            d.CopyTo(part[(3 * lanes)..]);
        }
        for (; j <= width - lanes; j += lanes)
        {
            var a = new Vector<double>(sum[j..]);
            for (int t = 0; t < terms; t++) a += new Vector<double>(matrix[(term.Row(t) * width + j)..]) * new Vector<double>(term.Factor(t));
            a.CopyTo(sum[j..]);
        }
        for (; j < width; j++)
        {
            double a = sum[j];
            for (int t = 0; t < terms; t++) a += matrix[term.Row(t) * width + j] * term.Factor(t);
            sum[j] = a;
        }
    }

    /// <summary>Every row in turn, with the factors of a column of another matrix.</summary>
    private readonly ref struct Column(ReadOnlySpan<double> factors, int stride) : ITerms
    {
        private readonly ReadOnlySpan<double> _factors = factors;

        public int Row(int t) => t;

        public double Factor(int t) => _factors[t * stride];
    }

    /// <summary>Runs work that fills row i for all rows, on several threads where that pays.</summary>
    public static void ForEach(int rows, double work, int threads, Action<int> fill)
    {
        int next = 0;
        StringSources.RunOnThreads(work < WorthThreads ? 1 : threads, () =>
        {
            for (int start = Interlocked.Add(ref next, RowsAtOnce) - RowsAtOnce; start < rows; start = Interlocked.Add(ref next, RowsAtOnce) - RowsAtOnce)
            {
                for (int i = start; i < Math.Min(rows, start + RowsAtOnce); i++) fill(i);
            }
        });
    }

    /// <summary>A^T B: [a, b] from A [n, a] and B [n, b].</summary>
    public static double[] TransposedTimes(double[] left, int a, double[] right, int b, int threads)
    {
        int n = left.Length / a;
        var product = new double[a * b];
        ForEach(a, (double)n * a * b, threads, row =>
        {
            AddCombination(product.AsSpan(row * b, b), right, n, new Column(left.AsSpan(row), a));
        });
        return product;
    }

    /// <summary>Adds A B to a sum: A [n, a], B [a, b].</summary>
    public static void AddProduct(double[] left, int a, double[] right, int b, double[] sum, int threads)
    {
        int n = left.Length / a;
        ForEach(n, (double)n * a * b, threads, i =>
        {
            AddCombination(sum.AsSpan(i * b, b), right, a, new Column(left.AsSpan(i * a, a), 1));
        });
    }
}
