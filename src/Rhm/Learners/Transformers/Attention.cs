using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Rhm.Numerics;

namespace Rhm.Learners;

/// <summary>
/// Scaled dot-product attention (Vaswani et al., arXiv:1706.03762) of all heads of a few strings: for each head, with q, k, v [T, e],
/// P = softmax(q k^T / sqrt e) [T, T] and o = P v [T, e].
/// </summary>
/// <remarks>
/// Shapes: C strings, T tokens, H heads of e numbers, d = H e. qkv [C, T, 3 d]: queries, keys, values, each with heads side by side.
/// P [C, H, T, T]. o [C, T, d]. With a causal mask position i sees 0..i.
/// </remarks>
/// <typeparam name="T">float or double.</typeparam>
internal static class Attention<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>P and o from q, k, v.</summary>
    public static void Forward(ReadOnlySpan<T> qkv, Span<T> p, Span<T> o, int strings, int length, int heads, int headWidth, bool causal)
    {
        int d = heads * headWidth;
        T scale = T.One / T.Sqrt(T.CreateChecked(headWidth));
        MatrixLayout packed = new(3 * d, 1, headWidth, 3 * length * d), scores = MatrixLayout.Whole(heads, length, length);
        Multiply(qkv, packed, qkv[d..], packed.Transpose(), p, scores, strings, heads, length, length, headWidth);
        for (int row = 0; row < strings * heads * length; row++)
        {
            Span<T> all = p.Slice(row * length, length), seen = causal ? all[..(row % length + 1)] : all;
            TensorPrimitives.Multiply(seen, scale, seen);
            SoftmaxRow(seen);
            all[seen.Length..].Clear();
        }
        Multiply(p, scores, qkv[(2 * d)..], packed, o, MatrixLayout.Heads(length, heads, headWidth), strings, heads, length, headWidth, length);
    }

    private static void SoftmaxRow(Span<T> x)
    {
        if (typeof(T) == typeof(float))
        {
            Span<float> row = MemoryMarshal.Cast<T, float>(x);
            Softmax.Forward(row, row, 1, row.Length);
            return;
        }
        T max = TensorPrimitives.Max<T>(x), sum = T.Zero;
        foreach (ref T value in x) sum += value = T.Exp(value - max);
        foreach (ref T value in x) value /= sum;
    }

    private static void Multiply(ReadOnlySpan<T> a, MatrixLayout layoutA, ReadOnlySpan<T> b, MatrixLayout layoutB, Span<T> c, MatrixLayout layoutC, int strings,
        int heads, int rows, int columns, int inner)
    {
        if (typeof(T) == typeof(float))
        {
            StridedProduct.Multiply(MemoryMarshal.Cast<T, float>(a), layoutA, MemoryMarshal.Cast<T, float>(b), layoutB, MemoryMarshal.Cast<T, float>(c), layoutC,
                strings, heads, rows, columns, inner);
            return;
        }
        for (int n = 0; n < strings; n++)
        {
            for (int h = 0; h < heads; h++)
            {
                ReadOnlySpan<T> matrixA = a[(n * layoutA.Sequence + h * layoutA.Head)..], matrixB = b[(n * layoutB.Sequence + h * layoutB.Head)..];
                Span<T> matrixC = c[(n * layoutC.Sequence + h * layoutC.Head)..];
                for (int i = 0; i < rows; i++)
                {
                    for (int j = 0; j < columns; j++)
                    {
                        T sum = T.Zero;
                        for (int k = 0; k < inner; k++) sum += matrixA[i * layoutA.Row + k * layoutA.Column] * matrixB[k * layoutB.Row + j * layoutB.Column];
                        matrixC[i * layoutC.Row + j * layoutC.Column] = sum;
                    }
                }
            }
        }
    }
}
