using MathNet.Numerics.LinearAlgebra;

namespace Rhm.Networks.Probes;

/// <summary>How many directions features fill.</summary>
public static class EffectiveRank
{
    /// <summary>
    /// Participation ratio (tr S)^2 / tr S^2 of the eigenvalues of the covariance S of the features: the number of equal eigenvalues with
    /// the same first two moments. Between 1 and the number of columns; v equidistant points have v - 1; constant features have 0.
    /// </summary>
    /// <param name="features">Any number of rows.</param>
    /// <remarks>Cost: 2 rows columns^2 operations.</remarks>
    public static double Of(LabelledFeatures features)
    {
        ArgumentNullException.ThrowIfNull(features);
        float[] x = features.Minus(features.Mean());
        Matrix<double> covariance = LabelledFeatures.Moments(x, features.Columns, x, features.Columns);
        double trace = covariance.Trace(), square = covariance.Enumerate().Sum(entry => entry * entry);
        return square > 0 ? trace * trace / square : 0;
    }
}
