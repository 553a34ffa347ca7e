using MathNet.Numerics;

namespace Rhm.Numerics;

/// <summary>
/// The activation x Phi(x) with Phi the normal distribution function, Phi(x) = (1 + erf(x / sqrt 2)) / 2 (Hendrycks and Gimpel,
/// arXiv:1606.08415). This is the exact form, PyTorch's default, not the tanh approximation.
/// </summary>
public static class Gelu
{
    /// <summary>y = x Phi(x). y may be x.</summary>
    /// <param name="x">Any number of elements.</param>
    /// <param name="y">As many.</param>
    /// <param name="threads">At least 1; the result does not depend on it.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void Forward(ReadOnlySpan<float> x, Span<float> y, int threads = 1)
    {
        MatrixProduct.Check(nameof(y), y.Length, 1, x.Length);
        Plain.Forward(x, y);
    }

    /// <summary>dx = dy (Phi(x) + x phi(x)), with phi the normal density. dx may be dy.</summary>
    /// <param name="x">The input of the forward pass.</param>
    /// <param name="dy">Gradient with respect to the output.</param>
    /// <param name="dx">Receives the gradient with respect to the input.</param>
    /// <param name="threads">At least 1; the result does not depend on it.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void Backward(ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> dx, int threads = 1)
    {
        MatrixProduct.Check(nameof(dy), dy.Length, 1, x.Length);
        MatrixProduct.Check(nameof(dx), dx.Length, 1, x.Length);
        Plain.Backward(x, dy, dx);
    }

    /// <summary>The plain twin: one element at a time, in double, rounded once.</summary>
    public static class Plain
    {
        /// <summary>x Phi(x).</summary>
        public static float Value(float x) => (float)(x * NormalCumulative(x));

        /// <summary>Phi(x) + x phi(x).</summary>
        public static float Derivative(float x) => (float)(NormalCumulative(x) + x * Math.Exp(-0.5 * x * x) / Math.Sqrt(2 * Math.PI));

        /// <inheritdoc cref="Gelu.Forward"/>
        public static void Forward(ReadOnlySpan<float> x, Span<float> y)
        {
            for (int i = 0; i < x.Length; i++) y[i] = Value(x[i]);
        }

        /// <inheritdoc cref="Gelu.Backward"/>
        public static void Backward(ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> dx)
        {
            for (int i = 0; i < x.Length; i++) dx[i] = dy[i] * Derivative(x[i]);
        }

        private static double NormalCumulative(double x) => 0.5 * SpecialFunctions.Erfc(-x / Math.Sqrt(2));
    }
}
