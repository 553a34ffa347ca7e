using System.Numerics;
using System.Runtime.Intrinsics;
using Rhm.Parallelism;

namespace Rhm.Clustering;

/// <summary>Tall matrices stored row by row. Every sum runs in ascending order, whatever the number of threads.</summary>
internal static class DenseRows
{
    private const double WorthThreads = 300_000;
    private const int RowsAtOnce = 16;
    private const int TermsAtOnce = 64;

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
            for (int t = 0; t < terms; t++)
                a += new Vector<double>(matrix[(term.Row(t) * width + j)..]) * new Vector<double>(term.Factor(t));
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

    /// <summary>
    /// <see cref="AddCombination"/> of the same terms for several rows of sums, four at a time where a register holds eight numbers:
    /// the same products and sums in the same order. The factor of row r and term t is at r rowStride + t termStride.
    /// </summary>
    private static void AddCombinations(Span<double> sums, int width, ReadOnlySpan<double> matrix, int terms, ReadOnlySpan<double> factors,
        int rowStride, int termStride)
    {
        int rows = sums.Length / width, r = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            for (; r <= rows - 4; r += 4)
            {
                Span<double> four = sums.Slice(r * width, 4 * width);
                AddFourCombinations(four, width, matrix, terms, factors[(r * rowStride)..], rowStride, termStride);
            }
        }
        for (; r < rows; r++)
            AddCombination(sums.Slice(r * width, width), matrix, terms, new Column(factors[(r * rowStride)..], termStride));
    }

    private static void AddFourCombinations(Span<double> sums, int width, ReadOnlySpan<double> matrix, int terms,
        ReadOnlySpan<double> factors, int rowStride, int termStride)
    {
        const int lanes = 8;
        Span<double> sum0 = sums[..width], sum1 = sums.Slice(width, width), sum2 = sums.Slice(2 * width, width),
            sum3 = sums.Slice(3 * width, width);
        int j = 0;
        for (; j <= width - 3 * lanes; j += 3 * lanes)
        {
            Vector512<double> a0 = At(sum0, j), a1 = At(sum1, j), a2 = At(sum2, j), a3 = At(sum3, j);
            Vector512<double> b0 = At(sum0, j + lanes), b1 = At(sum1, j + lanes), b2 = At(sum2, j + lanes), b3 = At(sum3, j + lanes);
            Vector512<double> c0 = At(sum0, j + 2 * lanes), c1 = At(sum1, j + 2 * lanes), c2 = At(sum2, j + 2 * lanes),
                c3 = At(sum3, j + 2 * lanes);
            for (int t = 0; t < terms; t++)
            {
                ReadOnlySpan<double> row = matrix.Slice(t * width + j, 3 * lanes);
                Vector512<double> a = At(row, 0), b = At(row, lanes), c = At(row, 2 * lanes);
                int place = t * termStride;
                Vector512<double> factor = Vector512.Create(factors[place]);
                a0 += a * factor;
                b0 += b * factor;
                c0 += c * factor;
                factor = Vector512.Create(factors[place + rowStride]);
                a1 += a * factor;
                b1 += b * factor;
                c1 += c * factor;
                factor = Vector512.Create(factors[place + 2 * rowStride]);
                a2 += a * factor;
                b2 += b * factor;
                c2 += c * factor;
                factor = Vector512.Create(factors[place + 3 * rowStride]);
                a3 += a * factor;
                b3 += b * factor;
                c3 += c * factor;
            }
            Put(sum0, j, a0, b0, c0);
            Put(sum1, j, a1, b1, c1);
            Put(sum2, j, a2, b2, c2);
            Put(sum3, j, a3, b3, c3);
        }
        for (; j <= width - lanes; j += lanes)
        {
            Vector512<double> a0 = At(sum0, j), a1 = At(sum1, j), a2 = At(sum2, j), a3 = At(sum3, j);
            for (int t = 0; t < terms; t++)
            {
                Vector512<double> a = At(matrix, t * width + j);
                int place = t * termStride;
                a0 += a * Vector512.Create(factors[place]);
                a1 += a * Vector512.Create(factors[place + rowStride]);
                a2 += a * Vector512.Create(factors[place + 2 * rowStride]);
                a3 += a * Vector512.Create(factors[place + 3 * rowStride]);
            }
            a0.CopyTo(sum0[j..]);
            a1.CopyTo(sum1[j..]);
            a2.CopyTo(sum2[j..]);
            a3.CopyTo(sum3[j..]);
        }
        for (; j < width; j++)
        {
            for (int r = 0; r < 4; r++)
            {
                double a = sums[r * width + j];
                for (int t = 0; t < terms; t++) a += matrix[t * width + j] * factors[r * rowStride + t * termStride];
                sums[r * width + j] = a;
            }
        }

        static Vector512<double> At(ReadOnlySpan<double> numbers, int start) => Vector512.Create(numbers[start..]);

        static void Put(Span<double> sum, int start, Vector512<double> a, Vector512<double> b, Vector512<double> c)
        {
            a.CopyTo(sum[start..]);
            b.CopyTo(sum[(start + lanes)..]);
            c.CopyTo(sum[(start + 2 * lanes)..]);
        }
    }

    /// <summary>Fills all rows, some neighbouring ones at a time, on several threads where that pays.</summary>
    /// <param name="rows">Their number.</param>
    /// <param name="work">Operations in all.</param>
    /// <param name="threads">Threads at most.</param>
    /// <param name="fill">Fills rows begin..end-1.</param>
    public static void ForEachRange(int rows, double work, int threads, Action<int, int> fill)
    {
        ParallelLoop.Unordered(work < WorthThreads ? 1 : threads, (rows + RowsAtOnce - 1) / RowsAtOnce, blocks =>
        {
            foreach (long block in blocks) fill((int)block * RowsAtOnce, Math.Min(rows, ((int)block + 1) * RowsAtOnce));
        });
    }

    /// <summary>A^T B:
    /// [a, b] from A [n, a] and B [n, b], for some columns of A and some rows at a time, which then stay in the cache.</summary>
    public static double[] TransposedTimes(double[] left, int a, double[] right, int b, int threads)
    {
        int n = left.Length / a;
        var product = new double[a * b];
        ForEachRange(a, (double)n * a * b, threads, (begin, end) =>
        {
            for (int i = 0; i < n; i += TermsAtOnce)
            {
                int terms = Math.Min(TermsAtOnce, n - i);
                AddCombinations(product.AsSpan(begin * b, (end - begin) * b), b, right.AsSpan(i * b, terms * b), terms,
                    left.AsSpan(i * a + begin), 1, a);
            }
        });
        return product;
    }

    /// <summary>Adds A B to a sum: A [n, a], B [a, b].</summary>
    public static void AddProduct(double[] left, int a, double[] right, int b, double[] sum, int threads)
    {
        int n = left.Length / a;
        ForEachRange(n, (double)n * a * b, threads, (begin, end) =>
        {
            AddCombinations(sum.AsSpan(begin * b, (end - begin) * b), b, right, a, left.AsSpan(begin * a, (end - begin) * a), a, 1);
        });
    }
}
