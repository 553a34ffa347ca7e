using System.Numerics.Tensors;
using System.Runtime.Intrinsics;
using MathNet.Numerics.LinearAlgebra.Double;
using Rhm.Randomness;

namespace Rhm.Clustering;

/// <summary>
/// Where points stand in the leading singular subspace of their co-occurrence counts. Each count matrix A (point x point) is
/// degree-regularised, X = D^(-1/2) (A - d e^T / N) E^(-1/2), with d, e the row and column sums, N their total, D and E the diagonal
/// matrices of d and e plus their mean (Chaudhuri, Chung and Tsiatas 2012; Qin and Rohe 2013). Rows and columns are the same
/// points, so the matrices [X, X^T] of all count matrices have one common left singular subspace.
/// </summary>
internal sealed class SpectralEmbedding
{
    private const double Regularisation = 1;
    private const int Oversampling = 6;
    private const int Panel = 16;
    private const int Piece = 256;

    private readonly int _n;
    private readonly int _threads;

    // Even numbers hold X, odd numbers the transpose of the one before.
    private readonly List<Block> _blocks = [];
    private readonly double[] _degrees;

    /// <summary>Normalises the counts.</summary>
    /// <param name="counts">At least one matrix [n, n] of counts.</param>
    /// <param name="threads">No result depends on it.</param>
    public SpectralEmbedding(IReadOnlyList<SparseMatrix> counts, int threads)
    {
        (_n, _threads, _degrees) = (counts[0].Rows, threads, new double[counts[0].Rows]);
        foreach (SparseMatrix matrix in counts)
        {
            double[] d = matrix.RowSums(), e = matrix.Transposed().RowSums();
            double total = d.Sum();
            double[] left = InverseRoots(d, total), right = InverseRoots(e, total);
            SparseMatrix scaled = matrix.Scaled(left, right);
            for (int i = 0; i < _n; i++)
            {
                _degrees[i] += d[i] + e[i];
                left[i] *= d[i] / Math.Max(1, total);
                right[i] *= e[i];
            }
            _blocks.Add(new Block(scaled, left, right));
            _blocks.Add(new Block(scaled.Transposed(), right, left));
        }
    }

    /// <summary>X = Scaled - left right^T.</summary>
    private sealed record Block(SparseMatrix Scaled, double[] Left, double[] Right);

    /// <summary>
    /// Leading left singular vectors of the n x 2Bn matrix [X_1, X_1^T, X_2, X_2^T, ...] by block subspace iteration with
    /// Rayleigh-Ritz, from Gaussian starting vectors.
    /// </summary>
    /// <param name="k">How many, at most n.</param>
    /// <param name="seed">Seed of the starting vectors.</param>
    /// <param name="tolerance">Stops when no singular value moves by more than this fraction.</param>
    /// <param name="iterations">Stops at the latest then.</param>
    public Spectrum Stacked(int k, ulong seed, double tolerance = 1e-2, int iterations = 60)
    {
        int width = Math.Min(_n, k + Oversampling);
        var random = StreamOffsets.StartingVectors.Open(seed);
        var start = new double[_n * width];
        for (int i = 0; i < start.Length; i++) start[i] = random.NextGaussian();
        return Iterate(Orthonormal(start, width), k, tolerance, iterations, vectors =>
        {
            var sum = new double[_n * width];
            for (int c = 0; c < _blocks.Count; c++) Accumulate(sum, Apply(c, Apply(c ^ 1, vectors, width), width));
            return sum;
        }).Leading(k);
    }

    /// <summary>
    /// Higher-order orthogonal iteration (De Lathauwer, De Moor and Vandewalle 2000): both sides of every X_b have the same
    /// subspace U, so U becomes the leading left singular vectors of [X_b U, X_b^T U], which holds k/n of the noise of [X_b, X_b^T].
    /// </summary>
    /// <param name="start">The subspace to begin with.</param>
    /// <param name="tolerance">Stops when no singular value moves by more than this fraction.</param>
    /// <param name="iterations">Stops at the latest then.</param>
    public Spectrum Projected(Spectrum start, double tolerance = 2e-3, int iterations = 20)
    {
        int k = start.Values.Length;
        Spectrum current = start;
        for (int iteration = 0; iteration < iterations; iteration++)
        {
            double[][] images = [.. Enumerable.Range(0, _blocks.Count).Select(c => Apply(c, current.Vectors, k))];
            Spectrum next = Iterate(current.Vectors, k, tolerance, 3, vectors =>
            {
                var sum = new double[_n * k];
                foreach (double[] image in images)
                    DenseRows.AddProduct(image, k, DenseRows.TransposedTimes(image, k, vectors, k, _threads), k, sum, _threads);
                return sum;
            });
            bool settled = Settled(current.Values, next.Values, tolerance);
            current = next;
            if (settled) break;
        }
        return current;
    }

    /// <summary>
    /// The embedding: row i is row i of U diag(singular values), over the root of the regularised degree of the point, which makes it
    /// an estimate of the point's conditional distributions in the basis U, the same for all members of a group whatever their
    /// frequency; directions count by the strength of their signal.
    /// </summary>
    public double[] Embed(Spectrum spectrum)
    {
        int k = spectrum.Values.Length;
        double[] scale = InverseRoots(_degrees, _degrees.Sum());
        double[] points = (double[])spectrum.Vectors.Clone();
        for (int i = 0; i < points.Length; i++) points[i] *= spectrum.Values[i % k] * scale[i / k];
        return points;
    }

    private static double[] InverseRoots(double[] degrees, double total)
    {
        double mean = Regularisation * total / degrees.Length;
        return [.. degrees.Select(d => d + mean > 0 ? 1 / Math.Sqrt(d + mean) : 0)];
    }

    private double[] Apply(int block, double[] vectors, int width)
    {
        (SparseMatrix scaled, double[] left, double[] right) = (_blocks[block].Scaled, _blocks[block].Left, _blocks[block].Right);
        double[] product = scaled.Times(vectors, width, _threads);
        double[] along = DenseRows.TransposedTimes(right, 1, vectors, width, _threads);
        DenseRows.ForEachRange(_n, (double)_n * width, _threads, (begin, end) =>
        {
            for (int i = begin; i < end; i++)
            {
                Span<double> row = product.AsSpan(i * width, width);
                TensorPrimitives.MultiplyAdd(along, -left[i], row, row);
            }
        });
        return product;
    }

    private static void Accumulate(double[] sum, double[] term) => TensorPrimitives.Add(sum, term, sum);

    /// <summary>Subspace iteration for the operator M M^T; the values are the singular values of M.</summary>
    private Spectrum Iterate(double[] vectors, int watched, double tolerance, int iterations, Func<double[], double[]> apply)
    {
        int width = vectors.Length / _n;
        var values = new double[width];
        for (int iteration = 0; iteration < iterations; iteration++)
        {
            double[] image = apply(vectors);
            // Rayleigh-Ritz: rotate to the eigenvectors of U^T M M^T U before the next step.
            (double[] squares, double[] rotation) = Eigen(DenseRows.TransposedTimes(vectors, width, image, width, _threads), width);
            double[] ritz = [.. squares.Select(x => Math.Sqrt(Math.Max(0, x)))];
            var rotated = new double[_n * width];
            DenseRows.AddProduct(image, width, rotation, width, rotated, _threads);
            vectors = Orthonormal(rotated, width);
            bool settled = Settled(values[..watched], ritz[..watched], tolerance);
            values = ritz;
            if (settled) break;
        }
        return new Spectrum(vectors, values);
    }

    private static bool Settled(double[] before, double[] after, double tolerance) =>
        before.Length == after.Length && before.Zip(after).All(pair => Math.Abs(pair.First - pair.Second) <= tolerance * after[0]);

    /// <summary>
    /// Orthonormal columns of the same span, nearest to the given ones in order: Gram-Schmidt, twice (columns are made contiguous first).
    /// A panel of columns at a time is made orthogonal to all before it, by pieces of rows that stay in the cache.
    /// </summary>
    private double[] Orthonormal(double[] vectors, int width)
    {
        var columns = new double[width][];
        var before = new double[width];
        for (int a = 0; a < width; a++)
        {
            double[] column = columns[a] = new double[_n];
            for (int i = 0; i < _n; i++) column[i] = vectors[i * width + a];
            before[a] = Math.Sqrt(Dot(column, column));
        }
        for (int begin = 0; begin < width; begin += Panel)
        {
            int end = Math.Min(width, begin + Panel);
            for (int pass = 0; pass < 2; pass++) RemoveEarlier(columns, begin, end);
            for (int a = begin; a < end; a++)
            {
                double[] column = columns[a];
                for (int pass = 0; pass < 2; pass++)
                {
                    for (int b = begin; b < a; b++)
                        TensorPrimitives.MultiplyAdd(columns[b], -Dot(columns[b], column), column, column);
                }
                double norm = Math.Sqrt(Dot(column, column));
                // A column inside the span of those before it carries no direction of its own.
                double scale = norm > 1e-12 * before[a] ? 1 / norm : 0;
                for (int i = 0; i < _n; i++) column[i] *= scale;
            }
        }
        var result = new double[vectors.Length];
        for (int a = 0; a < width; a++)
        {
            for (int i = 0; i < _n; i++) result[i * width + a] = columns[a][i];
        }
        return result;
    }

    /// <summary>Takes from the columns of a panel their components along the orthonormal columns before it.</summary>
    private void RemoveEarlier(double[][] columns, int begin, int end)
    {
        int panel = end - begin;
        double work = 2.0 * _n * begin * panel;
        var along = new double[begin * panel];
        DenseRows.ForEachRange(begin, work, _threads, (first, last) =>
        {
            for (int piece = 0; piece < _n; piece += Piece)
            {
                int length = Math.Min(Piece, _n - piece);
                for (int b = first; b < last; b++)
                {
                    for (int a = 0; a < panel; a++)
                        along[b * panel + a] += Dot(columns[b].AsSpan(piece, length), columns[begin + a].AsSpan(piece, length));
                }
            }
        });
        DenseRows.ForEachRange((_n + Piece - 1) / Piece, work, _threads, (first, last) =>
        {
            for (int piece = first; piece < last; piece++)
            {
                Range rows = (piece * Piece)..Math.Min(_n, (piece + 1) * Piece);
                for (int b = 0; b < begin; b++)
                {
                    for (int a = 0; a < panel; a++)
                    {
                        Span<double> column = columns[begin + a].AsSpan(rows);
                        TensorPrimitives.MultiplyAdd(columns[b].AsSpan(rows), -along[b * panel + a], column, column);
                    }
                }
            }
        });
    }

    /// <summary>Sixteen interleaved sums, added up in a fixed order: the same bits at any SIMD width.</summary>
    private static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        const int lanes = 8;
        Vector512<double> a = Vector512<double>.Zero, b = Vector512<double>.Zero;
        int i = 0;
        for (; i <= x.Length - 2 * lanes; i += 2 * lanes)
        {
            a += Vector512.Create(x[i..]) * Vector512.Create(y[i..]);
            b += Vector512.Create(x[(i + lanes)..]) * Vector512.Create(y[(i + lanes)..]);
        }
        a += b;
        double sum = 0;
        for (int lane = 0; lane < lanes; lane++) sum += a[lane];
        for (; i < x.Length; i++) sum += x[i] * y[i];
        return sum;
    }

    /// <summary>Eigenvalues in descending order and eigenvectors (columns) of a symmetric matrix.</summary>
    private static (double[] Values, double[] Vectors) Eigen(double[] matrix, int k)
    {
        var symmetric = DenseMatrix.Create(k, k, (i, j) => 0.5 * (matrix[i * k + j] + matrix[j * k + i]));
        var eigen = symmetric.Evd(MathNet.Numerics.LinearAlgebra.Symmetricity.Symmetric);
        var values = new double[k];
        var vectors = new double[k * k];
        for (int a = 0; a < k; a++)
        {
            values[a] = eigen.EigenValues[k - 1 - a].Real;
            for (int i = 0; i < k; i++) vectors[i * k + a] = eigen.EigenVectors[i, k - 1 - a];
        }
        return (values, vectors);
    }
}
