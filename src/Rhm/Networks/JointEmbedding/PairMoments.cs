using MathNet.Numerics.LinearAlgebra;
using Rhm.Clustering;

namespace Rhm.Networks.JointEmbedding;

/// <summary>
/// First and second moments of embeddings over pairs of cousin tuples: means, covariances of either side and across. Every objective but
/// for projections is a function of them, and its gradient goes back through them: d cov(z) = 2 G (z - mean), d cross = G (z_j - mean_j).
/// </summary>
internal sealed class PairMoments
{
    // Rows of so many numbers fill whole vector registers.
    private const int Lanes = 8;

    private readonly CousinPairs _pairs;
    private readonly int _threads;
    private readonly Side _first, _second;
    private readonly double[] _images;

    /// <summary>Sums the moments. Cost: pairs e + tuples (d^2 + e^2 + d e) multiply-adds.</summary>
    /// <param name="pairs">The pairs.</param>
    /// <param name="z">Embeddings of the first tuples, [tuples, d].</param>
    /// <param name="t">Embeddings of the second tuples, [tuples, e].</param>
    /// <param name="threads">No result depends on it.</param>
    public PairMoments(CousinPairs pairs, double[] z, double[] t, int threads = 1)
    {
        (_pairs, _threads) = (pairs, threads);
        (_first, _second) = (Side.Of(z, pairs.FirstWeight), Side.Of(t, pairs.SecondWeight));
        (First, Second) = (_first.Covariance(threads), _second.Covariance(threads));
        // z^T (N t), the counts times the second embeddings first: as many operations as pairs, then as tuples.
        _images = pairs.Matrix.Times(_second.Centred, _second.Stride, threads);
        double[] cross = DenseRows.TransposedTimes(_first.Centred, _first.Stride, _images, _second.Stride, threads);
        Cross = Matrix<double>.Build.Dense(_first.Width, _second.Width, (k, l) => cross[k * _second.Stride + l]);
    }

    /// <summary>Covariance of the first embeddings, d x d.</summary>
    public Matrix<double> First { get; }

    /// <summary>Covariance of the second embeddings, e x e.</summary>
    public Matrix<double> Second { get; }

    /// <summary>Covariance of first and second embeddings, d x e.</summary>
    public Matrix<double> Cross { get; }

    /// <summary>Adds the gradient with respect to the first embeddings.</summary>
    /// <param name="ofFirst">dL/d<see cref="First"/>, symmetric.</param>
    /// <param name="ofCross">dL/d<see cref="Cross"/>.</param>
    /// <param name="gradient">[tuples, d].</param>
    public void AddToFirst(Matrix<double> ofFirst, Matrix<double> ofCross, double[] gradient) =>
        _first.Add(ofFirst, _images, _second.Stride, ofCross.Transpose(), gradient, _threads);

    /// <summary>Adds the gradient with respect to the second embeddings.</summary>
    /// <param name="ofSecond">dL/d<see cref="Second"/>, symmetric.</param>
    /// <param name="ofCross">dL/d<see cref="Cross"/>.</param>
    /// <param name="gradient">[tuples, e].</param>
    public void AddToSecond(Matrix<double> ofSecond, Matrix<double> ofCross, double[] gradient)
    {
        double[] images = _pairs.Transposed.Times(_first.Centred, _first.Stride, _threads);
        _second.Add(ofSecond, images, _first.Stride, ofCross, gradient, _threads);
    }

    /// <summary>Embeddings at one position, less their mean; rows are padded with zeros to whole vectors.</summary>
    private sealed record Side(int Width, int Stride, double[] Centred, double[] Weighted)
    {
        public static Side Of(double[] z, double[] weight)
        {
            int n = weight.Length, width = z.Length / n, stride = (width + Lanes - 1) / Lanes * Lanes;
            var mean = new double[width];
            for (int a = 0; a < n; a++)
            {
                for (int k = 0; k < width; k++) mean[k] += weight[a] * z[a * width + k];
            }
            var (centred, weighted) = (new double[n * stride], new double[n * stride]);
            for (int a = 0; a < n; a++)
            {
                for (int k = 0; k < width; k++)
                {
                    double value = z[a * width + k] - mean[k];
                    (centred[a * stride + k], weighted[a * stride + k]) = (value, weight[a] * value);
                }
            }
            return new Side(width, stride, centred, weighted);
        }

        public Matrix<double> Covariance(int threads)
        {
            double[] product = DenseRows.TransposedTimes(Centred, Stride, Weighted, Stride, threads);
            // The mean of both triangles, which differ by rounding.
            return Matrix<double>.Build.Dense(Width, Width, (k, l) => 0.5 * (product[k * Stride + l] + product[l * Stride + k]));
        }

        /// <summary>Adds images times ofCross, and 2 w (z - mean) times ofCovariance.</summary>
        public void Add(Matrix<double> ofCovariance, double[] images, int others, Matrix<double> ofCross, double[] gradient, int threads)
        {
            var sum = new double[Centred.Length];
            DenseRows.AddProduct(images, others, Padded(ofCross, others), Stride, sum, threads);
            DenseRows.AddProduct(Weighted, Stride, Padded(2 * ofCovariance, Stride), Stride, sum, threads);
            for (int a = 0; a < sum.Length / Stride; a++)
            {
                for (int k = 0; k < Width; k++) gradient[a * Width + k] += sum[a * Stride + k];
            }
        }

        private double[] Padded(Matrix<double> matrix, int rows)
        {
            var padded = new double[rows * Stride];
            for (int k = 0; k < matrix.RowCount; k++)
            {
                for (int l = 0; l < matrix.ColumnCount; l++) padded[k * Stride + l] = matrix[k, l];
            }
            return padded;
        }
    }
}
