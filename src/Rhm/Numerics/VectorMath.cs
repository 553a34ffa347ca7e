using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Rhm.Numerics;

/// <summary>
/// Functions of sixteen numbers at once. Every operation is one that IEEE 754 rounds correctly, and every reduction is a fixed tree, so
/// that narrower machines, which do them in pieces, get the same bits.
/// </summary>
internal static unsafe class VectorMath
{
    /// <summary>Numbers in a vector.</summary>
    public const int Width = 16;

    /// <summary>
    /// e^x for x up to 88, within 1.5 x 2^-24 of its size for x up to 0 (measured: 1.38); 0 below -87.3, where it would soon be subnormal.
    /// </summary>
    /// <remarks>x = n log 2 + r; e^r = 1 + r + r^2 q(r), q the polynomial of degree 4 with the least relative error, 3.1e-9.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x)
    {
        // Adding 1.5 x 2^23 rounds to a whole number and leaves it in the low bits.
        Vector512<float> shift = Vector512.Create(12582912f);
        Vector512<float> shifted = Vector512.FusedMultiplyAdd(x, Vector512.Create(1.44269504f), shift);
        Vector512<float> n = shifted - shift;
        Vector512<float> r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-0.693147182f), x);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(1.90465430e-9f), r);
        Vector512<float> q = Vector512.Create(0.001381459878757596f);
        q = Vector512.FusedMultiplyAdd(q, r, Vector512.Create(0.008368716575205326f));
        q = Vector512.FusedMultiplyAdd(q, r, Vector512.Create(0.04166838899254799f));
        q = Vector512.FusedMultiplyAdd(q, r, Vector512.Create(0.1666652113199234f));
        q = Vector512.FusedMultiplyAdd(q, r, Vector512.Create(0.4999999403953552f));
        q = Vector512.FusedMultiplyAdd(q, r * r, r) + Vector512<float>.One;
        Vector512<float> power = ((shifted.AsInt32() << 23) + Vector512.Create(127 << 23)).AsSingle();
        return Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512.Create(-87.3f)), Vector512<float>.Zero, q * power);
    }

    /// <summary>Phi(x), the normal distribution function, and e^(-x^2/2).</summary>
    /// <remarks>
    /// Phi(-a) = e^(-a^2/2) W(a) for a at least 0, W being half the scaled complementary error function of a / sqrt 2, here the polynomial
    /// of degree 9 in (a - 3) / (a + 3) with the least relative error on [0, 13.4], 6.6e-9. The rounding error of a^2 is put back, so that
    /// the tails keep their relative accuracy.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> NormalCumulative(Vector512<float> x, out Vector512<float> exponential)
    {
        Vector512<float> a = Vector512.MinNative(Vector512.Abs(x), Vector512.Create(14f)), three = Vector512.Create(3f);
        Vector512<float> t = (a - three) / (a + three);
        Vector512<float> w = Vector512.Create(5.4150856158230454e-05f);
        w = Vector512.FusedMultiplyAdd(w, t, Vector512.Create(0.00011603737948462367f));
        w = Vector512.FusedMultiplyAdd(w, t, Vector512.Create(-0.0003399113193154335f));
        w = Vector512.FusedMultiplyAdd(w, t, Vector512.Create(-0.0009841828141361475f));
        w = Vector512.FusedMultiplyAdd(w, t, Vector512.Create(0.002904702676460147f));
        w = Vector512.FusedMultiplyAdd(w, t, Vector512.Create(0.006132183130830526f));
        w = Vector512.FusedMultiplyAdd(w, t, Vector512.Create(-0.046213313937187195f));
        w = Vector512.FusedMultiplyAdd(w, t, Vector512.Create(0.12322501838207245f));
        w = Vector512.FusedMultiplyAdd(w, t, Vector512.Create(-0.20640261471271515f));
        w = Vector512.FusedMultiplyAdd(w, t, Vector512.Create(0.12151394784450531f));
        Vector512<float> square = a * a, half = Vector512.Create(-0.5f);
        Vector512<float> rest = Vector512.FusedMultiplyAdd(a, a, -square) * half;
        Vector512<float> e = Exp(square * half);
        exponential = Vector512.FusedMultiplyAdd(e, rest, e);
        Vector512<float> tail = exponential * w;
        return Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512<float>.Zero), tail, Vector512<float>.One - tail);
    }

    /// <summary>x Phi(x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Gelu(Vector512<float> x) => x * NormalCumulative(x, out _);

    /// <summary>Phi(x) + x phi(x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> GeluDerivative(Vector512<float> x)
    {
        Vector512<float> cumulative = NormalCumulative(x, out Vector512<float> e);
        return Vector512.FusedMultiplyAdd(x * Vector512.Create(0.398942280f), e, cumulative);
    }

    /// <summary>The first <paramref name="count"/> (up to 16) numbers at an address, <paramref name="fill"/> in the other lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(float* address, nint count, float fill = 0)
    {
        if (count >= Width) return Vector512.Load(address);
        Vector512<float> others = Vector512.Create(fill);
        if (Avx512F.IsSupported) return Avx512F.MaskLoad(address, Mask(count), others);
        float* lanes = (float*)&others;
        for (nint i = 0; i < count; i++) lanes[i] = address[i];
        return others;
    }

    /// <summary>Stores the first <paramref name="count"/> (up to 16) numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> value, float* address, nint count)
    {
        if (count >= Width)
        {
            value.Store(address);
        }
        else if (Avx512F.IsSupported)
        {
            Avx512F.MaskStore(address, Mask(count), value);
        }
        else
        {
            float* lanes = (float*)&value;
            for (nint i = 0; i < count; i++) address[i] = lanes[i];
        }
    }

    /// <summary>Asks for a line that will be read soon; any address will do.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(float* address)
    {
        if (Sse.IsSupported) Sse.Prefetch0(address);
    }

    /// <summary>All bits set in the first <paramref name="count"/> lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Mask(nint count) =>
        Vector512.LessThan(Vector512<int>.Indices, Vector512.Create((int)count)).AsSingle();

    /// <summary>What a sum over a row adds for sixteen of its columns.</summary>
    public interface ITerm
    {
        /// <summary>
        /// sum + the terms of columns j, j + 1, .. of which <paramref name="left"/> (or sixteen, if there are more) exist.
        /// </summary>
        Vector512<float> AddTo(Vector512<float> sum, nint j, nint left);
    }

    /// <summary>
    /// A sum over the columns of a row, in each lane over every sixteenth: four chains, so that none waits for the one before.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float SumColumns<TTerm>(TTerm term, nint columns)
        where TTerm : struct, ITerm
    {
        Vector512<float> a = default, b = default, c = default, d = default;
        nint j = 0;
        for (; j <= columns - 4 * Width; j += 4 * Width)
        {
            a = term.AddTo(a, j, Width);
            b = term.AddTo(b, j + Width, Width);
            c = term.AddTo(c, j + 2 * Width, Width);
            d = term.AddTo(d, j + 3 * Width, Width);
        }
        for (; j < columns; j += Width) a = term.AddTo(a, j, columns - j);
        return Sum(a + b + (c + d));
    }

    /// <summary>x_j.</summary>
    public readonly struct Element(float* x) : ITerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<float> AddTo(Vector512<float> sum, nint j, nint left) => sum + Load(x + j, left);
    }

    /// <summary>x_j y_j.</summary>
    public readonly struct Product(float* x, float* y) : ITerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<float> AddTo(Vector512<float> sum, nint j, nint left) =>
            Vector512.FusedMultiplyAdd(Load(x + j, left), Load(y + j, left), sum);
    }

    /// <summary>(x_j - mean)^2.</summary>
    public readonly struct SquaredDifference(float* x, float mean) : ITerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<float> AddTo(Vector512<float> sum, nint j, nint left)
        {
            Vector512<float> difference = Load(x + j, left, mean) - Vector512.Create(mean);
            return Vector512.FusedMultiplyAdd(difference, difference, sum);
        }
    }

    /// <summary>Sum of the lanes: halves are added until one number is left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector512<float> x)
    {
        Vector256<float> eight = x.GetLower() + x.GetUpper();
        Vector128<float> four = eight.GetLower() + eight.GetUpper();
        Vector128<float> two = four + Vector128.Shuffle(four, Vector128.Create(2, 3, 2, 3));
        return two.ToScalar() + two.GetElement(1);
    }

    /// <summary>Largest of the lanes; anything if one is not a number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Max(Vector512<float> x)
    {
        Vector256<float> eight = Vector256.MaxNative(x.GetLower(), x.GetUpper());
        Vector128<float> four = Vector128.MaxNative(eight.GetLower(), eight.GetUpper());
        Vector128<float> two = Vector128.MaxNative(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 2, 3)));
        return Vector128.MaxNative(two, Vector128.Shuffle(two, Vector128.Create(1, 1, 1, 1))).ToScalar();
    }
}
