using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Rhm.Numerics;

/// <summary>Natural logarithms of all numbers of an array, the same bits at every vector width.</summary>
/// <remarks>
/// x = 2^n (1 + r), and log(1 + r) by a polynomial whose multiply-adds are fused. Coefficients and their order are those of AMD's library,
/// which .NET 10 has too: results on record were made with them. Bounded by arithmetic, some 30 operations on a vector.
/// </remarks>
internal static unsafe class Logarithm
{
    /// <summary>y = log x: minus infinity at 0, not a number below; within two units in the last place. y may be x.</summary>
    /// <param name="x">Float or double.</param>
    /// <param name="y">As many.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void Compute<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Sizes.Check(nameof(y), y.Length, 1, x.Length);
        if (!Floats.Are<T>()) ComputeDoubles(MemoryMarshal.Cast<T, double>(x), MemoryMarshal.Cast<T, double>(y));
        else fixed (float* px = Floats.Of(x), py = Floats.Of(y)) ComputeFloats(px, py, x.Length);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ComputeFloats(float* x, float* y, nint count)
    {
        for (nint i = 0; i < count; i += VectorMath.Width)
        {
            nint left = count - i;
            VectorMath.Store(Of(VectorMath.Load(x + i, left, 1)), y + i, left);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Of(Vector512<float> x)
    {
        const int twoThirds = 0x3F2AAAAB, fraction = 0x7FFFFF;
        Vector512<float> plain = x;
        // Subnormal numbers are multiplied by 2^23, which is taken out of their exponents again.
        Vector512<float> isSmall = Vector512.LessThan(x, Vector512.Create(1.17549435e-38f));
        Vector512<int> scaled = (x * Vector512.Create(8388608f)).AsInt32() - Vector512.Create(23 << 23);
        Vector512<int> bits = Vector512.ConditionalSelect(isSmall.AsInt32(), scaled, x.AsInt32()) - Vector512.Create(twoThirds);
        Vector512<float> n = Vector512.ConvertToSingle(bits >> 23);
        Vector512<float> r = ((bits & Vector512.Create(fraction)) + Vector512.Create(twoThirds)).AsSingle() - Vector512<float>.One;
        Vector512<float> r2 = r * r, r4 = r2 * r2, r8 = r4 * r4;
        Vector512<float> a = Vector512.FusedMultiplyAdd(Line(0.33332965f, r, -0.5000001f), r2, r);
        Vector512<float> b = Vector512.FusedMultiplyAdd(Line(0.13902695f, r, -0.16700386f), r2, Line(0.20018855f, r, -0.24999046f));
        Vector512<float> c = Vector512.FusedMultiplyAdd(r2, Vector512.Create(-0.13657966f), Line(0.14401625f, r, -0.1197452f));
        Vector512<float> log = Vector512.FusedMultiplyAdd(c, r8, Vector512.FusedMultiplyAdd(b, r4, a));
        return Finish(plain, Vector512.FusedMultiplyAdd(n, Vector512.Create(0.6931472f), log));
    }

    private static void ComputeDoubles(ReadOnlySpan<double> x, Span<double> y)
    {
        Span<double> lanes = stackalloc double[8];
        int i = 0;
        for (; i <= x.Length - 8; i += 8) Of(Vector512.Create(x[i..])).CopyTo(y[i..]);
        if (i == x.Length) return;
        lanes.Fill(1);
        x[i..].CopyTo(lanes);
        Of(Vector512.Create<double>(lanes)).CopyTo(lanes);
        lanes[..(x.Length - i)].CopyTo(y[i..]);
    }

    private static Vector512<double> Of(Vector512<double> x)
    {
        const long twoThirds = 0x3FE5555555555555, fraction = 0xFFFFFFFFFFFFF;
        Vector512<double> isSmall = Vector512.LessThan(x, Vector512.Create(2.2250738585072014e-308));
        Vector512<long> scaled = (x * Vector512.Create(4503599627370496.0)).AsInt64() - Vector512.Create(52L << 52);
        Vector512<long> bits = Vector512.ConditionalSelect(isSmall.AsInt64(), scaled, x.AsInt64()) - Vector512.Create(twoThirds);
        Vector512<double> n = Vector512.ConvertToDouble(bits >> 52);
        Vector512<double> r = ((bits & Vector512.Create(fraction)) + Vector512.Create(twoThirds)).AsDouble() - Vector512<double>.One;
        Vector512<double> r2 = r * r, r4 = r2 * r2, r8 = r4 * r4, r16 = r8 * r8;
        Vector512<double> a = Cubic(0.33333333333341475, -0.49999999999999956, r, r2, r);
        Vector512<double> b = Cubic(0.1428571456002771, -0.1666666666089195, r, r2, Line(0.19999999997598522, r, -0.25000000000029743));
        Vector512<double> c = Cubic(0.09091434982346239, -0.09999975049550124, r, r2, Line(0.11111095235715944, r, -0.12500000512783127));
        Vector512<double> d = Cubic(0.06796346521153573, -0.07129671894628731, r, r2, Line(0.0768176033283113, r, -0.08334060052755186));
        Vector512<double> e = Cubic(0.08897063600357775, -0.04537017099489198, r, r2, Line(0.049370587082412105, r, -0.06399503509896004));
        Vector512<double> log = Vector512.FusedMultiplyAdd(r8, Vector512.FusedMultiplyAdd(r4, d, c), Vector512.FusedMultiplyAdd(r4, b, a));
        log = Vector512.FusedMultiplyAdd(r16, Vector512.FusedMultiplyAdd(Vector512.Create(-0.08690617411690876), r4, e), log);
        // log 2 in two parts, so that n times the first is exact.
        log = Vector512.FusedMultiplyAdd(n, Vector512.Create(-0.00021219444005469057), log);
        return Finish(x, Vector512.FusedMultiplyAdd(n, Vector512.Create(0.693359375), log));
    }

    /// <summary>What is not a positive finite number has a logarithm of its own.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Finish<T>(Vector512<T> x, Vector512<T> log) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Vector512<T> zero = Vector512<T>.Zero, infinity = Vector512.Create(T.PositiveInfinity);
        if (Vector512.GreaterThanAll(x, zero) && Vector512.LessThanAll(x, infinity)) return log;
        log = Vector512.ConditionalSelect(Vector512.Equals(x, infinity), infinity, log);
        log = Vector512.ConditionalSelect(Vector512.Equals(x, zero), Vector512.Create(T.NegativeInfinity), log);
        Vector512<T> isNumber = Vector512.GreaterThanOrEqual(x, zero);
        return Vector512.ConditionalSelect(isNumber, log, Vector512.Create(T.NaN));
    }

    /// <summary>(slope r + middle) r^2 + rest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> Cubic(double slope, double middle, Vector512<double> r, Vector512<double> r2,
        Vector512<double> rest) =>
        Vector512.FusedMultiplyAdd(Line(slope, r, middle), r2, rest);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> Line(double slope, Vector512<double> r, double start) =>
        Vector512.FusedMultiplyAdd(Vector512.Create(slope), r, Vector512.Create(start));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Line(float slope, Vector512<float> r, float start) =>
        Vector512.FusedMultiplyAdd(Vector512.Create(slope), r, Vector512.Create(start));

    /// <summary>The reference: the C library, number after number; within two units in the last place.</summary>
    public static class Reference
    {
        /// <inheritdoc cref="Logarithm.Compute"/>
        public static void Compute<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            for (int i = 0; i < x.Length; i++) y[i] = T.Log(x[i]);
        }
    }
}
