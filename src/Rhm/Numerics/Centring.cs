using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Rhm.Numerics;

/// <summary>Differences from a mean, with what the norm of the result needs.</summary>
/// <remarks>Limit: two loads and a store for 16 numbers, from the cache that holds them.</remarks>
internal static unsafe class Centring
{
    /// <summary>u = x - mean; answers the sum and the sum of squares of u, each a fixed tree.</summary>
    /// <param name="x">Any number of elements.</param>
    /// <param name="mean">As many.</param>
    /// <param name="u">As many; may be x.</param>
    public static (float Sum, float Squares) Subtract(ReadOnlySpan<float> x, ReadOnlySpan<float> mean, Span<float> u)
    {
        MatrixProduct.Check(nameof(mean), mean.Length, 1, x.Length);
        MatrixProduct.Check(nameof(u), u.Length, 1, x.Length);
        fixed (float* px = x, pMean = mean, pu = u) return Subtract(px, pMean, pu, x.Length);
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
    public static void ShiftAndScale(Span<float> x, float shift, float scale)
    {
        fixed (float* px = x) ShiftAndScale(px, shift, scale, x.Length);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ShiftAndScale(float* x, float shift, float scale, nint count)
    {
        Vector512<float> shifts = Vector512.Create(shift), scales = Vector512.Create(scale);
        for (nint j = 0; j < count; j += VectorMath.Width) VectorMath.Store((VectorMath.Load(x + j, count - j) - shifts) * scales, x + j, count - j);
    }
}
