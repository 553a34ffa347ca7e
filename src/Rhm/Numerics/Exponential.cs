using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Rhm.Numerics;

/// <summary>
/// e^x of all numbers of an array, the same bits at every vector width. <see cref="VectorMath.Exp"/> is the quicker one of the softmax.
/// </summary>
/// <remarks>
/// x = n log 2 + r, and e^r by a polynomial whose multiply-adds are fused. Coefficients and their order are those of AMD's library, which
/// .NET 10 has too: results on record were made with them. Bounded by arithmetic: for 16 floats some 30 operations on vectors of 8 doubles.
/// </remarks>
internal static unsafe class Exponential
{
    private const double Log2E = 1.4426950408889634;

    // Adding 1.5 x 2^52 rounds to a whole number and leaves it in the low bits.
    private const double Rounding = 6755399441055744;

    /// <summary>Beyond it powers of two are subnormal or infinite.</summary>
    private const double LargestPlain = 708;

    /// <summary>y = e^x. y may be x.</summary>
    /// <param name="x">
    /// Float: within 2.4 x 2^-24 of its size (measured), infinity beyond 88.72284 and 0 below -103.97208. Double: within 4 x 2^-53.
    /// </param>
    /// <param name="y">As many.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void Compute<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Sizes.Check(nameof(y), y.Length, 1, x.Length);
        if (!Floats.Are<T>()) ComputeDoubles(MemoryMarshal.Cast<T, double>(x), MemoryMarshal.Cast<T, double>(y));
        else if (x.Length < 4) Reference.Compute(x, y);
        else fixed (float* px = Floats.Of(x), py = Floats.Of(y)) ComputeFloats(px, py, x.Length);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ComputeFloats(float* x, float* y, nint count)
    {
        Vector512<float> largest = Vector512.Create(88.72284f), least = Vector512.Create(-103.97208f);
        Vector512<float> infinity = Vector512.Create(float.PositiveInfinity);
        for (nint i = 0; i < count; i += VectorMath.Width)
        {
            nint left = count - i;
            Vector512<float> input = VectorMath.Load(x + i, left);
            (Vector512<double> low, Vector512<double> high) = Vector512.Widen(input);
            Vector512<float> e = Vector512.Narrow(OfFloats(low), OfFloats(high));
            e = Vector512.ConditionalSelect(Vector512.GreaterThan(input, largest), infinity, e);
            e = Vector512.ConditionalSelect(Vector512.LessThan(input, least), Vector512<float>.Zero, e);
            VectorMath.Store(e, y + i, left);
        }
    }

    /// <summary>2^n 2^r with x log2 e = n + r: what is to be rounded to float.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> OfFloats(Vector512<double> x)
    {
        Vector512<double> shift = Vector512.Create(Rounding), z = x * Vector512.Create(Log2E), shifted = z + shift;
        Vector512<double> r = z - (shifted - shift), r2 = r * r;
        Vector512<double> low = Line(0.6931472254087585, r, 1.0000000754895704);
        Vector512<double> middle = Line(0.05550297297702539, r, 0.2402210737432219);
        Vector512<double> high = Line(0.001341000536524434, r, 0.009676036358193323);
        Vector512<double> power = Vector512.FusedMultiplyAdd(r2 * r2, high, Vector512.FusedMultiplyAdd(r2, middle, low));
        return (power.AsInt64() + (shifted.AsInt64() << 52)).AsDouble();
    }

    /// <summary>
    /// Eight numbers at a time (four or two, if there are fewer than eight or four in all), the last of them the last eight. A number
    /// beyond 708 in size sends all of its group to the C library.
    /// </summary>
    private static void ComputeDoubles(ReadOnlySpan<double> x, Span<double> y)
    {
        int n = x.Length, lanes = n >= 8 ? 8 : n >= 4 ? 4 : 2;
        if (n < 2)
        {
            Reference.Compute(x, y);
            return;
        }
        Vector512<double> first = OfGroup(x[..lanes]), last = OfGroup(x[^lanes..]);
        for (int i = 8; i < n - 8; i += 8) OfGroup(x.Slice(i, 8)).CopyTo(y[i..]);
        if (lanes == 8)
        {
            last.CopyTo(y[^8..]);
            first.CopyTo(y);
            return;
        }
        for (int i = 0; i < lanes; i++) y[i] = first[i];
        for (int i = 0; i < lanes; i++) y[n - lanes + i] = last[i];
    }

    private static Vector512<double> OfGroup(ReadOnlySpan<double> x)
    {
        Vector512<double> input = Vector512<double>.Zero;
        if (x.Length == 8) input = Vector512.Create(x);
        else for (int i = 0; i < x.Length; i++) input = input.WithElement(i, x[i]);
        if (Vector512.LessThanOrEqualAll(Vector512.Abs(input), Vector512.Create(LargestPlain))) return OfPlain(input);
        for (int i = 0; i < x.Length; i++) input = input.WithElement(i, Math.Exp(x[i]));
        return input;
    }

    private static Vector512<double> OfPlain(Vector512<double> x)
    {
        Vector512<double> shift = Vector512.Create(Rounding), shifted = Vector512.FusedMultiplyAdd(x, Vector512.Create(Log2E), shift);
        Vector512<double> n = shifted - shift;
        Vector512<double> r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-0.693359375), x);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(0.00021219444005469057), r);
        Vector512<double> r2 = r * r, r4 = r2 * r2, r8 = r4 * r4;
        Vector512<double> a = Vector512.FusedMultiplyAdd(Line(0.1666666666666617, r, 0.5000000000000018), r2, r + Vector512<double>.One);
        Vector512<double> b = Vector512.FusedMultiplyAdd(Line(0.00019841269432677495, r, 0.001388888895122404), r2,
            Line(0.008333333333559272, r, 0.04166666666649277));
        Vector512<double> c = Vector512.FusedMultiplyAdd(Line(2.499430431958571E-08, r, 2.7632293298250954E-07), r2,
            Line(2.7557622532543023E-06, r, 2.4801486521374483E-05));
        Vector512<double> power = Vector512.FusedMultiplyAdd(c, r8, Vector512.FusedMultiplyAdd(b, r4, a));
        return power * ((shifted.AsInt64() + Vector512.Create(1023L)) << 52).AsDouble();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> Line(double slope, Vector512<double> x, double start) =>
        Vector512.FusedMultiplyAdd(Vector512.Create(slope), x, Vector512.Create(start));

    /// <summary>The reference: the C library, number after number; within two units in the last place.</summary>
    public static class Reference
    {
        /// <inheritdoc cref="Exponential.Compute"/>
        public static void Compute<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            for (int i = 0; i < x.Length; i++) y[i] = T.Exp(x[i]);
        }
    }
}
