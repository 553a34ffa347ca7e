using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Rhm.Numerics;

/// <summary>Differences from a mean, with what the norm of the result needs.</summary>
/// <remarks>Bounded by two loads and a store for 16 numbers, from the cache that holds them.</remarks>
internal static unsafe class Centring
{
    /// <summary>u = x - mean; answers the sum and the sum of squares of u, each a fixed tree.</summary>
    /// <param name="x">Any number of elements.</param>
    /// <param name="mean">As many.</param>
    /// <param name="u">As many; may be x.</param>
    public static (T Sum, T Squares) Subtract<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> mean, Span<T> u)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Sizes.Check(nameof(mean), mean.Length, 1, x.Length);
        Sizes.Check(nameof(u), u.Length, 1, x.Length);
        if (!Floats.Are<T>()) return Reference.Subtract(x, mean, u);
        fixed (float* px = Floats.Of(x), pMean = Floats.Of(mean), pu = Floats.Of(u))
        {
            (float sum, float squares) = Subtract(px, pMean, pu, x.Length);
            return (T.CreateChecked(sum), T.CreateChecked(squares));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (float Sum, float Squares) Subtract(float* x, float* mean, float* u, nint count)
    {
        Vector512<float> sum = Vector512<float>.Zero, squares = sum;
        for (nint j = 0; j < count; j += VectorMath.Width)
        {
            nint left = count - j;
            Vector512<float> difference = VectorMath.Load(x + j, left) - VectorMath.Load(mean + j, left);
            VectorMath.Store(difference, u + j, left);
            sum += difference;
            squares = Vector512.FusedMultiplyAdd(difference, difference, squares);
        }
        return (VectorMath.Sum(sum), VectorMath.Sum(squares));
    }

    /// <summary>x = (x - shift) scale.</summary>
    public static void ShiftAndScale<T>(Span<T> x, T shift, T scale) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (!Floats.Are<T>())
        {
            Reference.ShiftAndScale(x, shift, scale);
            return;
        }
        fixed (float* px = Floats.Of(x)) ShiftAndScale(px, float.CreateChecked(shift), float.CreateChecked(scale), x.Length);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ShiftAndScale(float* x, float shift, float scale, nint count)
    {
        Vector512<float> shifts = Vector512.Create(shift), scales = Vector512.Create(scale);
        for (nint j = 0; j < count; j += VectorMath.Width)
        {
            nint left = count - j;
            VectorMath.Store((VectorMath.Load(x + j, left) - shifts) * scales, x + j, left);
        }
    }

    /// <summary>The reference: one number after the other; the sums in double.</summary>
    public static class Reference
    {
        /// <inheritdoc cref="Centring.Subtract"/>
        public static (T Sum, T Squares) Subtract<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> mean, Span<T> u)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            double sum = 0, squares = 0;
            for (int j = 0; j < x.Length; j++)
            {
                u[j] = x[j] - mean[j];
                double difference = double.CreateChecked(u[j]);
                sum += difference;
                squares += difference * difference;
            }
            return (T.CreateChecked(sum), T.CreateChecked(squares));
        }

        /// <inheritdoc cref="Centring.ShiftAndScale"/>
        public static void ShiftAndScale<T>(Span<T> x, T shift, T scale) where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            foreach (ref T value in x) value = (value - shift) * scale;
        }
    }
}
