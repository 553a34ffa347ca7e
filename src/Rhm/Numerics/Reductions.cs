using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Rhm.Numerics;

/// <summary>
/// Sums of all numbers of an array, the same bits at every vector width: as many lanes as 512 bits hold (16 of float, 8 of double), in
/// each of them a product and a sum for every step, and one tree over the lanes. Machines with narrower vectors do the lanes in pieces.
/// </summary>
/// <remarks>
/// Bounded by the latency of one addition a vector: rows of networks are a few vectors long, and their results are on record with these
/// lanes. The order is that of System.Numerics.Tensors at 512 bits: the vectors 1..8 k, for the largest k that leaves a vector, then the
/// first, then the rest; the numbers after the last whole vector in the last lanes.
/// </remarks>
internal static class Reductions
{
    /// <summary>x_1 + x_2 + ..</summary>
    public static T Sum<T>(ReadOnlySpan<T> x) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Add<T, Elements<T>>(x, x);

    /// <summary>x_1 y_1 + x_2 y_2 + .., each product rounded.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static T Dot<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> y) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Sizes.Check(nameof(y), y.Length, 1, x.Length);
        return Add<T, Products<T>>(x, y);
    }

    /// <summary>x_1^2 + x_2^2 + .., each square rounded.</summary>
    public static T SumOfSquares<T>(ReadOnlySpan<T> x) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Add<T, Products<T>>(x, x);

    /// <summary>|x_1| + |x_2| + ..: finite if all numbers are and their sum does not overflow.</summary>
    public static T SumOfMagnitudes<T>(ReadOnlySpan<T> x) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Add<T, Magnitudes<T>>(x, x);

    private static T Add<T, TTerms>(ReadOnlySpan<T> x, ReadOnlySpan<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TTerms : struct, ITerms<T>
    {
        ref T px = ref MemoryMarshal.GetReference(x), py = ref MemoryMarshal.GetReference(y);
        nint n = x.Length;
        return n < Vector512<T>.Count ? AddFew<T, TTerms>(ref px, ref py, n) : AddVectors<T, TTerms>(ref px, ref py, n);
    }

    // Optimised at once, for a profile of the first calls, which may be of short rows, would slow down long ones.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static T AddVectors<T, TTerms>(ref T px, ref T py, nint n)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TTerms : struct, ITerms<T>
    {
        nint lanes = Vector512<T>.Count, whole = n - n % lanes, before = (n / lanes - 1) / 8 * 8 * lanes;
        if (!Vector512.IsHardwareAccelerated) return AddQuarters<T, TTerms>(ref px, ref py, n, before);
        Vector512<T> sum = Vector512<T>.Zero;
        nint i = lanes;
        for (; i <= before; i += 4 * lanes)
        {
            Vector512<T> a = At(ref px, ref py, i), b = At(ref px, ref py, i + lanes);
            Vector512<T> c = At(ref px, ref py, i + 2 * lanes), d = At(ref px, ref py, i + 3 * lanes);
            sum = sum + a + b + c + d;
        }
        sum += At(ref px, ref py, 0);
        for (; i < whole; i += lanes) sum += At(ref px, ref py, i);
        if (whole < n)
        {
            T first = T.CreateTruncating(lanes - (n - whole));
            sum += At(ref px, ref py, n - lanes) & Vector512.GreaterThanOrEqual(Vector512<T>.Indices, Vector512.Create(first));
        }
        return Vector512.Sum(sum);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector512<T> At(ref T x, ref T y, nint i) =>
            TTerms.Of(Vector512.LoadUnsafe(ref x, (nuint)i), Vector512.LoadUnsafe(ref y, (nuint)i));
    }

    /// <summary>The same lanes in four vectors.</summary>
    private static T AddQuarters<T, TTerms>(ref T x, ref T y, nint n, nint before)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TTerms : struct, ITerms<T>
    {
        nint quarter = Vector128<T>.Count, lanes = 4 * quarter, i = lanes;
        Vector128<T> a = Vector128<T>.Zero, b = a, c = a, d = a;
        for (; i <= before; i += lanes) AddLanes(ref x, ref y, i, ref a, ref b, ref c, ref d);
        AddLanes(ref x, ref y, 0, ref a, ref b, ref c, ref d);
        for (; i <= n - lanes; i += lanes) AddLanes(ref x, ref y, i, ref a, ref b, ref c, ref d);
        if (i < n)
        {
            nint end = n - lanes, none = lanes - (n - i);
            a += End<T, TTerms>(ref x, ref y, end, none);
            b += End<T, TTerms>(ref x, ref y, end + quarter, none - quarter);
            c += End<T, TTerms>(ref x, ref y, end + 2 * quarter, none - 2 * quarter);
            d += End<T, TTerms>(ref x, ref y, end + 3 * quarter, none - 3 * quarter);
        }
        return Tree(a) + Tree(b) + (Tree(c) + Tree(d));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void AddLanes(ref T x, ref T y, nint i, ref Vector128<T> a, ref Vector128<T> b, ref Vector128<T> c, ref Vector128<T> d)
        {
            a += Quarter<T, TTerms>(ref x, ref y, i);
            b += Quarter<T, TTerms>(ref x, ref y, i + Vector128<T>.Count);
            c += Quarter<T, TTerms>(ref x, ref y, i + 2 * Vector128<T>.Count);
            d += Quarter<T, TTerms>(ref x, ref y, i + 3 * Vector128<T>.Count);
        }
    }

    /// <summary>Less than a vector: half or a quarter of the lanes, then what is left in the last of them.</summary>
    private static T AddFew<T, TTerms>(ref T x, ref T y, nint n)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TTerms : struct, ITerms<T>
    {
        nint quarter = Vector128<T>.Count, half = 2 * quarter;
        if (n >= half)
        {
            Vector128<T> a = Quarter<T, TTerms>(ref x, ref y, 0), b = Quarter<T, TTerms>(ref x, ref y, quarter);
            if (n > half)
            {
                a += End<T, TTerms>(ref x, ref y, n - half, 2 * half - n);
                b += End<T, TTerms>(ref x, ref y, n - quarter, 2 * half - n - quarter);
            }
            return Tree(a) + Tree(b);
        }
        if (n >= quarter)
        {
            Vector128<T> sum = Quarter<T, TTerms>(ref x, ref y, 0);
            if (n > quarter) sum += End<T, TTerms>(ref x, ref y, n - quarter, 2 * quarter - n);
            return Tree(sum);
        }
        T total = T.Zero;
        for (nint i = n - 1; i >= 0; i--) total += TTerms.Of(Unsafe.Add(ref x, i), Unsafe.Add(ref y, i));
        return total;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<T> Quarter<T, TTerms>(ref T x, ref T y, nint i) where TTerms : struct, ITerms<T> =>
        TTerms.Of(Vector128.LoadUnsafe(ref x, (nuint)i), Vector128.LoadUnsafe(ref y, (nuint)i));

    /// <summary>With 0 in the first lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<T> End<T, TTerms>(ref T x, ref T y, nint i, nint zeros)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TTerms : struct, ITerms<T> =>
        Quarter<T, TTerms>(ref x, ref y, i)
        & Vector128.GreaterThanOrEqual(Vector128<T>.Indices, Vector128.Create(T.CreateTruncating(zeros)));

    /// <summary>The sum of the lanes. The framework's makes 0 of lanes that are all -0 where it has no instruction for it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Tree<T>(Vector128<T> x) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Vector128<T>.Count == 2 ? x[0] + x[1] : x[0] + x[1] + (x[2] + x[3]);

    /// <summary>What is added.</summary>
    private interface ITerms<T>
    {
        static abstract Vector512<T> Of(Vector512<T> x, Vector512<T> y);

        static abstract Vector128<T> Of(Vector128<T> x, Vector128<T> y);

        static abstract T Of(T x, T y);
    }

    private readonly struct Elements<T> : ITerms<T>
    {
        public static Vector512<T> Of(Vector512<T> x, Vector512<T> y) => x;

        public static Vector128<T> Of(Vector128<T> x, Vector128<T> y) => x;

        public static T Of(T x, T y) => x;
    }

    private readonly struct Products<T> : ITerms<T> where T : IMultiplyOperators<T, T, T>
    {
        public static Vector512<T> Of(Vector512<T> x, Vector512<T> y) => x * y;

        public static Vector128<T> Of(Vector128<T> x, Vector128<T> y) => x * y;

        public static T Of(T x, T y) => x * y;
    }

    private readonly struct Magnitudes<T> : ITerms<T> where T : INumberBase<T>
    {
        public static Vector512<T> Of(Vector512<T> x, Vector512<T> y) => Vector512.Abs(x);

        public static Vector128<T> Of(Vector128<T> x, Vector128<T> y) => Vector128.Abs(x);

        public static T Of(T x, T y) => T.Abs(x);
    }

    /// <summary>The reference: one number after the other, each into its lane; the same bits.</summary>
    public static class Reference
    {
        /// <summary>Of the terms themselves: the products, for <see cref="Reductions.Dot"/>.</summary>
        /// <inheritdoc cref="Reductions.Sum"/>
        public static T Sum<T>(ReadOnlySpan<T> terms) where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            int n = terms.Length, most = 64 / Unsafe.SizeOf<T>(), lanes = n >= most ? most : n >= most / 2 ? most / 2 : most / 4;
            if (n < lanes)
            {
                T total = T.Zero;
                for (int i = n - 1; i >= 0; i--) total += terms[i];
                return total;
            }
            int vectors = n / lanes, before = (vectors - 1) / 8 * 8;
            // A short sum starts from its first vector, a long one from zeros, which makes -0 to 0.
            var sums = new T[lanes];
            if (n < most) terms[..lanes].CopyTo(sums);
            else for (int lane = 0; lane < lanes; lane++) AddLane(terms, sums, lane, vectors, before);
            for (int i = vectors * lanes; i < n; i++) sums[lanes - n + i] += terms[i];
            for (int lane = 0; lane < vectors * lanes + lanes - n && n % lanes > 0; lane++) sums[lane] += T.Zero;
            for (int apart = 1; apart < lanes; apart *= 2)
            {
                for (int lane = 0; lane < lanes; lane += 2 * apart) sums[lane] += sums[lane + apart];
            }
            return sums[0];
        }

        private static void AddLane<T>(ReadOnlySpan<T> terms, T[] sums, int lane, int vectors, int before)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            for (int i = 1; i <= before; i++) sums[lane] += terms[i * sums.Length + lane];
            sums[lane] += terms[lane];
            for (int i = before + 1; i < vectors; i++) sums[lane] += terms[i * sums.Length + lane];
        }
    }
}
