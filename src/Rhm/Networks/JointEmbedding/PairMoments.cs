using MathNet.Numerics.LinearAlgebra;

namespace Rhm.Networks.JointEmbedding;

/// <summary>
/// First and second moments of embeddings over pairs of cousin tuples: means, covariances of either side and across. Every objective but
/// for projections is a function of them, and its gradient goes back through them: d cov(z) = 2 G (z - mean), d cross = G (z_j - mean_j).
/// </summary>
internal sealed class PairMoments
{
    private readonly CousinPairs _pairs;
    private readonly double[] _z;
    private readonly double[] _t;
    private readonly double[] _meanFirst;
    private readonly double[] _meanSecond;

    /// <summary>Sums the moments. Cost: pairs (d^2 + 2 d e) operations at most; equal tuples are summed once for covariances.</summary>
    /// <param name="pairs">The pairs.</param>
    /// <param name="z">Embeddings of the first tuples, [tuples, d].</param>
    /// <param name="t">Embeddings of the second tuples, [tuples, e]; the same array as z where both sides are the encoder's.</param>
    /// <param name="tuples">Number of tuples.</param>
    public PairMoments(CousinPairs pairs, double[] z, double[] t, int tuples)
    {
        (_pairs, _z, _t) = (pairs, z, t);
        int d = z.Length / tuples, e = t.Length / tuples;
        (FirstWeight, SecondWeight) = (new double[tuples], new double[tuples]);
        for (int p = 0; p < pairs.Weight.Length; p++)
        {
            FirstWeight[pairs.First[p]] += pairs.Weight[p];
            SecondWeight[pairs.Second[p]] += pairs.Weight[p];
        }
        _meanFirst = Mean(z, FirstWeight, d);
        _meanSecond = Mean(t, SecondWeight, e);
        First = Covariance(z, FirstWeight, _meanFirst, d);
        Second = Covariance(t, SecondWeight, _meanSecond, e);
        // z^T (N t), the counts times the second embeddings first: as many operations as pairs, then as tuples.
        double[] images = Images(pairs.First, pairs.Second, t, _meanSecond, tuples, e);
        Cross = Matrix<double>.Build.Dense(d, e);
        for (int a = 0; a < tuples; a++)
        {
            if (FirstWeight[a] == 0) continue;
            for (int k = 0; k < d; k++)
            {
                double value = z[a * d + k] - _meanFirst[k];
                for (int l = 0; l < e; l++) Cross[k, l] += value * images[a * e + l];
            }
        }
    }

    /// <summary>Share of each tuple at the first position.</summary>
    public double[] FirstWeight { get; }

    /// <summary>Share of each tuple at the second position.</summary>
    public double[] SecondWeight { get; }

    /// <summary>Covariance of the first embeddings, d x d.</summary>
    public Matrix<double> First { get; }

    /// <summary>Covariance of the second embeddings, e x e.</summary>
    public Matrix<double> Second { get; }

    /// <summary>Covariance of first and second embeddings, d x e.</summary>
    public Matrix<double> Cross { get; }

    /// <summary>Adds the gradient with respect to the first embeddings.</summary>
    /// <param name="ofFirst">dL/d<see cref="First"/>, symmetric; null for none.</param>
    /// <param name="ofCross">dL/d<see cref="Cross"/>.</param>
    /// <param name="gradient">[tuples, d].</param>
    public void AddToFirst(Matrix<double>? ofFirst, Matrix<double> ofCross, double[] gradient)
    {
        int tuples = FirstWeight.Length, d = _meanFirst.Length;
        double[] images = Images(_pairs.First, _pairs.Second, _t, _meanSecond, tuples, _meanSecond.Length);
        Add(_z, FirstWeight, _meanFirst, ofFirst, images, ofCross, transpose: false, gradient, d);
    }

    /// <summary>Adds the gradient with respect to the second embeddings.</summary>
    /// <param name="ofSecond">dL/d<see cref="Second"/>, symmetric; null for none.</param>
    /// <param name="ofCross">dL/d<see cref="Cross"/>.</param>
    /// <param name="gradient">[tuples, e].</param>
    public void AddToSecond(Matrix<double>? ofSecond, Matrix<double> ofCross, double[] gradient)
    {
        int tuples = SecondWeight.Length, e = _meanSecond.Length;
        double[] images = Images(_pairs.Second, _pairs.First, _z, _meanFirst, tuples, _meanFirst.Length);
        Add(_t, SecondWeight, _meanSecond, ofSecond, images, ofCross, transpose: true, gradient, e);
    }

    private static void Add(double[] z, double[] weight, double[] mean, Matrix<double>? ofCovariance, double[] images,
        Matrix<double> ofCross, bool transpose, double[] gradient, int d)
    {
        int others = images.Length / weight.Length;
        for (int a = 0; a < weight.Length; a++)
        {
            if (weight[a] == 0) continue;
            for (int k = 0; k < d; k++)
            {
                double sum = 0;
                for (int l = 0; l < others; l++) sum += (transpose ? ofCross[l, k] : ofCross[k, l]) * images[a * others + l];
                if (ofCovariance is not null)
                {
                    double own = 0;
                    for (int l = 0; l < d; l++) own += ofCovariance[k, l] * (z[a * d + l] - mean[l]);
                    sum += 2 * weight[a] * own;
                }
                gradient[a * d + k] += sum;
            }
        }
    }

    /// <summary>For each tuple, the weighted sum of its partners' embeddings less their mean.</summary>
    private double[] Images(int[] own, int[] partner, double[] embedding, double[] mean, int tuples, int width)
    {
        var images = new double[tuples * width];
        for (int p = 0; p < own.Length; p++)
        {
            double weight = _pairs.Weight[p];
            int at = own[p] * width, from = partner[p] * width;
            for (int l = 0; l < width; l++) images[at + l] += weight * (embedding[from + l] - mean[l]);
        }
        return images;
    }

    private static double[] Mean(double[] z, double[] weight, int d)
    {
        var mean = new double[d];
        for (int a = 0; a < weight.Length; a++)
        {
            for (int k = 0; k < d; k++) mean[k] += weight[a] * z[a * d + k];
        }
        return mean;
    }

    private static Matrix<double> Covariance(double[] z, double[] weight, double[] mean, int d)
    {
        var covariance = Matrix<double>.Build.Dense(d, d);
        for (int a = 0; a < weight.Length; a++)
        {
            if (weight[a] == 0) continue;
            for (int k = 0; k < d; k++)
            {
                double value = weight[a] * (z[a * d + k] - mean[k]);
                for (int l = 0; l <= k; l++) covariance[k, l] += value * (z[a * d + l] - mean[l]);
            }
        }
        for (int k = 0; k < d; k++)
        {
            for (int l = 0; l < k; l++) covariance[l, k] = covariance[k, l];
        }
        return covariance;
    }
}
