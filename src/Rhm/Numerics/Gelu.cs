using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using MathNet.Numerics;
using Rhm.Parallelism;

namespace Rhm.Numerics;

/// <summary>
/// The activation x Phi(x) with Phi the normal distribution function, Phi(x) = (1 + erf(x / sqrt 2)) / 2 (Hendrycks and Gimpel,
/// arXiv:1606.08415). This is the exact form, PyTorch's default, not the tanh approximation.
/// </summary>
/// <remarks>
/// Errors, u = 2^-24: gelu(x) within 8 u of its size and gelu'(x) within 6 u (Phi(x) + |x| phi(x)), plus 2^-118 where they underflow
/// (x below -13); measured over every seventh of all floats: 7.2 u and 5.8 u. Bounded by arithmetic, about 40 vector operations and a
/// division for 16 numbers, 20 cycles.
/// </remarks>
internal static unsafe class Gelu
{
    /// <summary>y = x Phi(x). y may be x.</summary>
    /// <param name="x">Any number of elements.</param>
    /// <param name="y">As many.</param>
    /// <param name="threads">At least 1; the result does not depend on it.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void Forward<T>(ReadOnlySpan<T> x, Span<T> y, int threads = 1) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Sizes.Check(nameof(y), y.Length, 1, x.Length);
        if (!Floats.Are<T>())
        {
            Reference.Forward(x, y);
            return;
        }
        fixed (float* px = Floats.Of(x), py = Floats.Of(y)) Share(px, null, py, x.Length, threads);
    }

    /// <summary>dx = dy (Phi(x) + x phi(x)), with phi the normal density. dx may be dy.</summary>
    /// <param name="x">The input of the forward pass.</param>
    /// <param name="dy">Gradient with respect to the output.</param>
    /// <param name="dx">Receives the gradient with respect to the input.</param>
    /// <param name="threads">At least 1; the result does not depend on it.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void Backward<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> dy, Span<T> dx, int threads = 1)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Sizes.Check(nameof(dy), dy.Length, 1, x.Length);
        Sizes.Check(nameof(dx), dx.Length, 1, x.Length);
        if (!Floats.Are<T>())
        {
            Reference.Backward(x, dy, dx);
            return;
        }
        fixed (float* px = Floats.Of(x), pdy = Floats.Of(dy), pdx = Floats.Of(dx)) Share(px, pdy, pdx, x.Length, threads);
    }

    /// <summary>y = gelu(x), or, if there is a dy, y = dy gelu'(x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Map(float* x, float* dy, float* y, nint count)
    {
        for (nint i = 0; i < count; i += VectorMath.Width)
        {
            nint left = count - i;
            Vector512<float> input = VectorMath.Load(x + i, left);
            Vector512<float> result = dy is null
                ? VectorMath.Gelu(input)
                : VectorMath.Load(dy + i, left) * VectorMath.GeluDerivative(input);
            VectorMath.Store(result, y + i, left);
        }
    }

    private static void Share(float* x, float* dy, float* y, int count, int threads)
    {
        var arguments = new Arguments { X = x, Dy = dy, Y = y };
        Workers.RunRanges(count, 4, threads, &arguments, &MapRange);
    }

    private static void MapRange(void* state, int start, int end)
    {
        Arguments arguments = *(Arguments*)state;
        Map(arguments.X + start, arguments.Dy is null ? null : arguments.Dy + start, arguments.Y + start, end - start);
    }

    private struct Arguments
    {
        public float* X, Dy, Y;
    }

    /// <summary>The reference: one element at a time, in double, rounded once.</summary>
    public static class Reference
    {
        /// <summary>x Phi(x).</summary>
        public static T Value<T>(T x) where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            double z = double.CreateChecked(x);
            return T.CreateChecked(z * NormalCumulative(z));
        }

        /// <summary>Phi(x) + x phi(x).</summary>
        public static T Derivative<T>(T x) where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            double z = double.CreateChecked(x);
            return T.CreateChecked(NormalCumulative(z) + z * Math.Exp(-0.5 * z * z) / Math.Sqrt(2 * Math.PI));
        }

        /// <inheritdoc cref="Gelu.Forward"/>
        public static void Forward<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            for (int i = 0; i < x.Length; i++) y[i] = Value(x[i]);
        }

        /// <inheritdoc cref="Gelu.Backward"/>
        public static void Backward<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> dy, Span<T> dx)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            for (int i = 0; i < x.Length; i++) dx[i] = dy[i] * Derivative(x[i]);
        }

        private static double NormalCumulative(double x) => 0.5 * SpecialFunctions.Erfc(-x / Math.Sqrt(2));
    }
}
