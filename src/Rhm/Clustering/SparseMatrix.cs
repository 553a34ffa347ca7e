using System.Numerics.Tensors;
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
            Span<double> row = product.AsSpan(i * width, width);
            for (int entry = Start[i]; entry < Start[i + 1]; entry++)
                TensorPrimitives.MultiplyAdd(dense.AsSpan(Index[entry] * width, width), Value[entry], row, row);
        });
        return product;
    }
}

/// <summary>Tall matrices stored row by row. Every sum runs in ascending order, whatever the number of threads.</summary>
internal static class DenseRows
{
    private const double WorthThreads = 300_000;
    private const int RowsAtOnce = 16;

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
            Span<double> sums = product.AsSpan(row * b, b);
            for (int i = 0; i < n; i++)
            {
                double x = left[i * a + row];
                if (x != 0) TensorPrimitives.MultiplyAdd(right.AsSpan(i * b, b), x, sums, sums);
            }
        });
        return product;
    }

    /// <summary>Adds A B to a sum: A [n, a], B [a, b].</summary>
    public static void AddProduct(double[] left, int a, double[] right, int b, double[] sum, int threads)
    {
        int n = left.Length / a;
        ForEach(n, (double)n * a * b, threads, i =>
        {
            Span<double> row = sum.AsSpan(i * b, b);
            for (int c = 0; c < a; c++)
            {
                double x = left[i * a + c];
                if (x != 0) TensorPrimitives.MultiplyAdd(right.AsSpan(c * b, b), x, row, row);
            }
        });
    }
}
