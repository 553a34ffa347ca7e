using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Factorization;

namespace Rhm.Networks.JointEmbedding;

/// <summary>
/// The value of an objective at one ordered pair of child positions, and its gradient with respect to moments and predictor.
/// </summary>
/// <param name="Loss">What is minimised.</param>
/// <param name="First">dL/d covariance of the first embeddings.</param>
/// <param name="Second">dL/d covariance of the second embeddings.</param>
/// <param name="Cross">dL/d cross-covariance.</param>
/// <param name="Predictor">dL/dW.</param>
internal sealed record PairObjective(double Loss, Matrix<double> First, Matrix<double> Second, Matrix<double> Cross,
    Matrix<double> Predictor)
{
    /// <summary>Share of the mean variance that is added to covariances before they are inverted.</summary>
    public const double Ridge = 1e-4;

    // Under the root of a variance, so that its derivative stays finite.
    private const double LeastVariance = 1e-4;

    /// <summary>E|W^T z_i - t_j|^2 = tr(W^T A W) - 2 tr(W^T M) + tr(B).</summary>
    public static PairObjective Prediction(PairMoments m, Matrix<double> w, double weight)
    {
        Matrix<double> aw = m.First * w;
        double predicted = w.TransposeThisAndMultiply(aw).Trace(), shared = w.TransposeThisAndMultiply(m.Cross).Trace();
        double loss = (predicted - 2 * shared + m.Second.Trace()) * weight;
        return new PairObjective(loss, weight * w.TransposeAndMultiply(w), weight * Identity(m.Second.RowCount), -2 * weight * w,
            2 * weight * (aw - m.Cross));
    }

    /// <summary>-2 tr(W^T M) + tr(W^T A W B): the spectral contrastive loss of centred embeddings.</summary>
    public static PairObjective SpectralContrastive(PairMoments m, Matrix<double> w)
    {
        Matrix<double> awb = m.First * w * m.Second;
        double loss = w.TransposeThisAndMultiply(awb).Trace() - 2 * w.TransposeThisAndMultiply(m.Cross).Trace();
        return new PairObjective(loss, w * m.Second.TransposeAndMultiply(w), w.TransposeThisAndMultiply(m.First * w), -2 * w,
            2 * (awb - m.Cross));
    }

    /// <summary>
    /// Minus the VAMP-2 score, tr(A^-1 M B^-1 M'^T), M and M' of two independent halves of a batch (the same for all pairs at once);
    /// gradients for either half.
    /// </summary>
    public static (PairObjective One, PairObjective Other) Vamp(PairMoments one, PairMoments other)
    {
        int d = one.First.RowCount;
        Matrix<double> a = (one.First + other.First) / 2, b = (one.Second + other.Second) / 2;
        Matrix<double> inverseA = Regularised(a).Inverse(), inverseB = Regularised(b).Inverse();
        Matrix<double> left = inverseA * one.Cross * inverseB, right = inverseA * other.Cross * inverseB;
        double loss = -left.TransposeThisAndMultiply(other.Cross).Trace();
        Matrix<double> ofA = Half(inverseA * one.Cross.TransposeAndMultiply(right));
        Matrix<double> ofB = Half(inverseB * one.Cross.TransposeThisAndMultiply(right));
        var none = Matrix<double>.Build.Dense(d, d);
        return (new PairObjective(loss, ofA, ofB, -right, none), new PairObjective(0, ofA, ofB, -left, none));

        // d(-tr(A^-1 X)) = tr(A^-1 X A^-1 dA), the ridge included; a half each, since A is the mean of two.
        Matrix<double> Half(Matrix<double> product)
        {
            Matrix<double> gradient = (product + product.Transpose()) / 4;
            return gradient + Identity(d) * (Ridge * gradient.Trace() / d);
        }
    }

    /// <summary>VICReg: prediction, and on either side the hinge of the standard deviations and the squared covariances.</summary>
    public static PairObjective VicReg(PairMoments m, Matrix<double> w, JointEmbeddingOptions options)
    {
        PairObjective prediction = Prediction(m, w, options.PredictionWeight / m.First.RowCount);
        (double first, Matrix<double> ofFirst) = Spread(m.First, options);
        (double second, Matrix<double> ofSecond) = Spread(m.Second, options);
        return prediction with
        {
            Loss = prediction.Loss + first + second,
            First = prediction.First + ofFirst,
            Second = prediction.Second + ofSecond,
        };
    }

    /// <summary>Barlow Twins: the cross-correlation of W^T z_i and z_j to the identity.</summary>
    public static PairObjective BarlowTwins(PairMoments m, Matrix<double> w, double offDiagonal)
    {
        int d = w.ColumnCount;
        Matrix<double> aw = m.First * w, u = w.TransposeThisAndMultiply(m.Cross);
        double[] p = [.. Enumerable.Range(0, d).Select(k => w.Column(k) * aw.Column(k) + LeastVariance)];
        double[] q = [.. Enumerable.Range(0, d).Select(l => m.Second[l, l] + LeastVariance)];
        double loss = 0;
        double[] ofP = new double[d], ofQ = new double[d];
        var ofU = Matrix<double>.Build.Dense(d, d);
        for (int k = 0; k < d; k++)
        {
            for (int l = 0; l < d; l++)
            {
                double scale = 1 / Math.Sqrt(p[k] * q[l]), c = u[k, l] * scale;
                (double weight, double distance) = k == l ? (1, c - 1) : (offDiagonal, c);
                loss += weight * distance * distance;
                double ofC = 2 * weight * distance;
                ofU[k, l] = ofC * scale;
                ofP[k] -= 0.5 * ofC * c / p[k];
                ofQ[l] -= 0.5 * ofC * c / q[l];
            }
        }
        Matrix<double> weighted = w * Matrix<double>.Build.DenseOfDiagonalArray(ofP);
        return new PairObjective(loss, weighted.TransposeAndMultiply(w), Matrix<double>.Build.DenseOfDiagonalArray(ofQ), w * ofU,
            m.Cross.TransposeAndMultiply(ofU) + 2 * m.First * weighted);
    }

    private static (double Loss, Matrix<double> Gradient) Spread(Matrix<double> covariance, JointEmbeddingOptions options)
    {
        int d = covariance.RowCount;
        var gradient = Matrix<double>.Build.Dense(d, d);
        double loss = 0;
        for (int k = 0; k < d; k++)
        {
            double deviation = Math.Sqrt(covariance[k, k] + LeastVariance);
            if (deviation < 1)
            {
                loss += options.SpreadWeight * (1 - deviation) / d;
                gradient[k, k] -= options.SpreadWeight / (2 * deviation * d);
            }
            for (int l = 0; l < d; l++)
            {
                if (l == k) continue;
                loss += options.CovarianceWeight * covariance[k, l] * covariance[k, l] / d;
                gradient[k, l] += 2 * options.CovarianceWeight * covariance[k, l] / d;
            }
        }
        return (loss, gradient);
    }

    private static Matrix<double> Regularised(Matrix<double> covariance)
    {
        int d = covariance.RowCount;
        return covariance + Identity(d) * (Ridge * Math.Max(covariance.Trace() / d, 1e-12));
    }

    /// <summary>(A + ridge)^(-1/2), symmetric.</summary>
    internal static Matrix<double> InverseRoot(Matrix<double> covariance)
    {
        Evd<double> eigen = Regularised(covariance).Evd(Symmetricity.Symmetric);
        Vector<double> roots = eigen.EigenValues.Real().PointwiseMaximum(1e-12).PointwisePower(-0.5);
        return (eigen.EigenVectors * Matrix<double>.Build.DenseOfDiagonalVector(roots)).TransposeAndMultiply(eigen.EigenVectors);
    }

    private static Matrix<double> Identity(int d) => Matrix<double>.Build.DenseIdentity(d);
}
