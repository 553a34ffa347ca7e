using System.Numerics;
using System.Numerics.Tensors;

namespace Rhm.Numerics;

/// <summary>What turns numbers with a given covariance into nearly uncorrelated ones of variance near 1 (ZCA).</summary>
internal static class Whitening
{
    /// <summary>(A + share lambda I)^(-1/2), lambda the largest eigenvalue of the covariance A [d, d].</summary>
    /// <remarks>
    /// By products alone: lambda by squaring A ten times and one Rayleigh quotient (an error of a part e^(-2048 g) where the next
    /// eigenvalue is smaller by a part g), the root by the coupled iteration of Newton and Schulz (Higham, Functions of Matrices, 2008,
    /// equation 6.35), which at condition 1/share = 100 is exact to rounding after 14 iterations.
    /// </remarks>
    public static T[] InverseRoot<T>(T[] a, int d, double share) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        double largest = double.CreateChecked(LargestEigenvalue(a, d));
        var identity = new T[d * d];
        for (int i = 0; i < d; i++) identity[i * d + i] = T.One;
        // All eigenvalues of (A + share lambda I) / scale lie in (0, 1].
        double scale = Math.Max(largest * (1 + share), 1e-30);
        T[] y = new T[d * d], z = [.. identity], change = new T[d * d], next = new T[d * d];
        TensorPrimitives.Multiply<T>(a, T.CreateChecked(1 / scale), y);
        for (int i = 0; i < d; i++) y[i * d + i] += T.CreateChecked(share * largest / scale);
        int iterations = 10 + (int)Math.Ceiling(Math.Log(1 + 1 / share) / Math.Log(9.0 / 4));
        for (int iteration = 0; iteration < iterations; iteration++)
        {
            MatrixProduct.Multiply<T>(z, y, change, d, d, d);
            for (int i = 0; i < change.Length; i++) change[i] = T.CreateChecked(0.5) * (T.CreateChecked(3) * identity[i] - change[i]);
            MatrixProduct.Multiply<T>(y, change, next, d, d, d);
            (y, next) = (next, y);
            MatrixProduct.Multiply<T>(change, z, next, d, d, d);
            (z, next) = (next, z);
        }
        TensorPrimitives.Multiply(z, T.CreateChecked(1 / Math.Sqrt(scale)), z);
        return z;
    }

    private static T LargestEigenvalue<T>(T[] a, int d) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T[] power = [.. a], next = new T[d * d];
        for (int squaring = 0; squaring <= 10; squaring++)
        {
            T norm = T.Sqrt(Reductions.SumOfSquares<T>(power));
            if (norm == T.Zero) return T.Zero;
            TensorPrimitives.Divide(power, norm, power);
            if (squaring == 10) break;
            MatrixProduct.Multiply<T>(power, power, next, d, d, d);
            (power, next) = (next, power);
        }
        // Every column of a high power points along the first eigenvector; the one with the largest entry on the diagonal is longest.
        int best = Enumerable.Range(0, d).MaxBy(i => power[i * d + i]);
        ReadOnlySpan<T> vector = power.AsSpan(best * d, d);
        T product = T.Zero;
        for (int i = 0; i < d; i++) product += vector[i] * Reductions.Dot(a.AsSpan(i * d, d), vector);
        return product / Reductions.SumOfSquares(vector);
    }
}
