using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Rhm.Numerics;

/// <summary>Numbers between two others: one step of a moving average.</summary>
/// <remarks>Bounded by two loads and a store for 16 numbers.</remarks>
internal static unsafe class Interpolation
{
    /// <summary>x = x (1 - amount) + y amount, the second product rounded, the first and the sum rounded together.</summary>
    /// <param name="x">Any number of elements.</param>
    /// <param name="y">As many.</param>
    /// <param name="amount">0 leaves x as it is.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void MoveTowards<T>(Span<T> x, ReadOnlySpan<T> y, T amount) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Sizes.Check(nameof(y), y.Length, 1, x.Length);
        if (!Floats.Are<T>())
        {
            Reference.MoveTowards(x, y, amount);
            return;
        }
        fixed (float* px = Floats.Of(x), py = Floats.Of(y)) MoveTowards(px, py, float.CreateChecked(amount), x.Length);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MoveTowards(float* x, float* y, float amount, nint count)
    {
        nint i = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            Vector512<float> amounts = Vector512.Create(amount), rest = Vector512.Create(1 - amount);
            for (; i <= count - 16; i += 16)
                Vector512.FusedMultiplyAdd(Vector512.Load(x + i), rest, Vector512.Load(y + i) * amounts).Store(x + i);
        }
        else
        {
            Vector128<float> amounts = Vector128.Create(amount), rest = Vector128.Create(1 - amount);
            for (; i <= count - 4; i += 4)
                Vector128.FusedMultiplyAdd(Vector128.Load(x + i), rest, Vector128.Load(y + i) * amounts).Store(x + i);
        }
        for (; i < count; i++) x[i] = MathF.FusedMultiplyAdd(x[i], 1 - amount, y[i] * amount);
    }

    /// <summary>The reference: one number after the other, the same bits.</summary>
    public static class Reference
    {
        /// <inheritdoc cref="Interpolation.MoveTowards"/>
        public static void MoveTowards<T>(Span<T> x, ReadOnlySpan<T> y, T amount) where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            for (int i = 0; i < x.Length; i++) x[i] = T.FusedMultiplyAdd(x[i], T.One - amount, y[i] * amount);
        }
    }
}
