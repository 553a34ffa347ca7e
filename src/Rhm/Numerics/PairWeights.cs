using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Rhm.Numerics;

/// <summary>
/// What a contrastive loss over pairs computes for each of them: weights from similarities and a margin, and the sums that they enter. Over
/// vectors of T, then over the rest one by one, the same operations for each number. Sums have as many lanes as 256 bits hold.
/// </summary>
/// <remarks>Bounded by one or two loads and at most one store a vector, from the cache that holds the numbers.</remarks>
internal static class PairWeights
{
    /// <summary>The sum of max(x - bound, 0).</summary>
    public static T ExcessSum<T>(ReadOnlySpan<T> x, T bound) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ref T px = ref MemoryMarshal.GetReference(x);
        Vector256<T> sums = Vector256<T>.Zero, bounds = Vector256.Create(bound);
        int i = 0;
        for (; i <= x.Length - Vector256<T>.Count; i += Vector256<T>.Count)
            sums += Vector256.Max(Vector256.LoadUnsafe(ref px, (nuint)i) - bounds, Vector256<T>.Zero);
        return Reference.ExcessSum(x[i..], bound, Vector256.Sum(sums));
    }

    /// <summary>x = (x - bound) times one factor where that is positive, another elsewhere.</summary>
    public static void Weigh<T>(Span<T> x, T bound, T above, T below) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ref T px = ref MemoryMarshal.GetReference(x);
        Vector<T> bounds = new(bound), aboves = new(above), belows = new(below);
        int i = 0;
        for (; i <= x.Length - Vector<T>.Count; i += Vector<T>.Count)
        {
            Vector<T> difference = Vector.LoadUnsafe(ref px, (nuint)i) - bounds;
            Vector<T> factor = Vector.ConditionalSelect(Vector.GreaterThan(difference, Vector<T>.Zero), aboves, belows);
            (difference * factor).StoreUnsafe(ref px, (nuint)i);
        }
        Reference.Weigh(x[i..], bound, above, below);
    }

    /// <summary>y = x + offset where the weight is positive, bound - x elsewhere.</summary>
    public static void Arguments<T>(ReadOnlySpan<T> weights, ReadOnlySpan<T> x, T offset, T bound, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ref T pw = ref MemoryMarshal.GetReference(weights), px = ref MemoryMarshal.GetReference(x), py = ref MemoryMarshal.GetReference(y);
        Vector<T> offsets = new(offset), bounds = new(bound);
        int i = 0;
        for (; i <= x.Length - Vector<T>.Count; i += Vector<T>.Count)
        {
            Vector<T> value = Vector.LoadUnsafe(ref px, (nuint)i);
            Vector<T> isPositive = Vector.GreaterThan(Vector.LoadUnsafe(ref pw, (nuint)i), Vector<T>.Zero);
            Vector.ConditionalSelect(isPositive, value + offsets, bounds - value).StoreUnsafe(ref py, (nuint)i);
        }
        Reference.Arguments(weights[i..], x[i..], offset, bound, y[i..]);
    }

    /// <summary>The sum of |x| y.</summary>
    public static T AbsoluteDot<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> y) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ref T px = ref MemoryMarshal.GetReference(x), py = ref MemoryMarshal.GetReference(y);
        Vector256<T> sums = Vector256<T>.Zero;
        int i = 0;
        for (; i <= x.Length - Vector256<T>.Count; i += Vector256<T>.Count)
            sums += Vector256.Abs(Vector256.LoadUnsafe(ref px, (nuint)i)) * Vector256.LoadUnsafe(ref py, (nuint)i);
        return Reference.AbsoluteDot(x[i..], y[i..], Vector256.Sum(sums));
    }

    /// <summary>The reference: one number after the other. Sums in this order differ by rounding, the rest are the same bits.</summary>
    public static class Reference
    {
        /// <inheritdoc cref="PairWeights.ExcessSum"/>
        public static T ExcessSum<T>(ReadOnlySpan<T> x, T bound, T start = default) where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            T sum = start;
            foreach (T value in x) sum += T.Max(value - bound, T.Zero);
            return sum;
        }

        /// <inheritdoc cref="PairWeights.Weigh"/>
        public static void Weigh<T>(Span<T> x, T bound, T above, T below) where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            foreach (ref T value in x)
            {
                T difference = value - bound;
                value = difference * (difference > T.Zero ? above : below);
            }
        }

        /// <inheritdoc cref="PairWeights.Arguments"/>
        public static void Arguments<T>(ReadOnlySpan<T> weights, ReadOnlySpan<T> x, T offset, T bound, Span<T> y)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            for (int i = 0; i < x.Length; i++) y[i] = weights[i] > T.Zero ? x[i] + offset : bound - x[i];
        }

        /// <inheritdoc cref="PairWeights.AbsoluteDot"/>
        public static T AbsoluteDot<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> y, T start = default)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            T sum = start;
            for (int i = 0; i < x.Length; i++) sum += T.Abs(x[i]) * y[i];
            return sum;
        }
    }
}
