using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Rhm.Numerics;

namespace Rhm.Networks.Transformers;

/// <summary>
/// Scaled dot-product attention (Vaswani et al., arXiv:1706.03762) of all heads of a few strings: for each head, with q, k, v [T, e],
/// P = softmax(q k^T / sqrt e) [T, T] and o = dropout(P) v [T, e].
/// </summary>
/// <remarks>
/// Shapes: C strings, T tokens, H heads of e numbers, d = H e. qkv [C, T, 3 d]: queries, keys, values, each with heads side by side.
/// P [C, H, T, T]. o [C, T, d]. With a causal mask position i sees 0..i.
/// </remarks>
/// <typeparam name="T">float or double.</typeparam>
internal static class Attention<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private static bool IsFloat => typeof(T) == typeof(float);

    /// <summary>P and o from q, k, v; <paramref name="dropped"/>, as large as P, is used if numbers are dropped.</summary>
    public static void Forward(ReadOnlySpan<T> qkv, Span<T> p, Span<T> o, int strings, TransformerShape shape, bool causal, Dropout dropout, int firstString, Span<T> dropped)
    {
        (int t, int h, int e, int d) = (shape.Length, shape.Heads, shape.HeadWidth, shape.Width);
        T scale = T.One / T.Sqrt(T.CreateChecked(e));
        MatrixLayout packed = new(3 * d, 1, e, 3 * t * d), scores = MatrixLayout.Whole(h, t, t), side = MatrixLayout.Heads(t, h, e);
        p = p[..(strings * h * t * t)];
        Multiply(qkv, packed, qkv[d..], packed.Transpose(), p, scores, strings, h, t, t, e);
        SoftmaxForward(p, scale, t, causal);
        ReadOnlySpan<T> used = Drop(p, dropped, dropout, (long)firstString * h * t, t);
        Multiply(used, scores, qkv[(2 * d)..], packed, o, side, strings, h, t, e, t);
    }

    /// <summary>The gradient of q, k, v from that of o; <paramref name="dp"/> and <paramref name="dropped"/> are as large as P.</summary>
    public static void Backward(ReadOnlySpan<T> qkv, ReadOnlySpan<T> p, ReadOnlySpan<T> dO, Span<T> dQkv, Span<T> dp, int strings, TransformerShape shape,
        Dropout dropout, int firstString, Span<T> dropped)
    {
        (int t, int h, int e, int d) = (shape.Length, shape.Heads, shape.HeadWidth, shape.Width);
        T scale = T.One / T.Sqrt(T.CreateChecked(e));
        MatrixLayout packed = new(3 * d, 1, e, 3 * t * d), scores = MatrixLayout.Whole(h, t, t), side = MatrixLayout.Heads(t, h, e);
        p = p[..(strings * h * t * t)];
        dp = dp[..p.Length];
        long firstRow = (long)firstString * h * t;
        ReadOnlySpan<T> used = Drop(p, dropped, dropout, firstRow, t);
        Multiply(used, scores.Transpose(), dO, side, dQkv[(2 * d)..], packed, strings, h, t, e, t);
        Multiply(dO, side, qkv[(2 * d)..], packed.Transpose(), dp, scores, strings, h, t, t, e);
        if (dropout.IsActive) dropout.Apply(dp, dp, firstRow, t);
        // Positions that a causal mask hides have p = 0, hence no gradient.
        SoftmaxBackward(p, dp, scale, t);
        Multiply(dp, scores, qkv[d..], packed, dQkv, packed, strings, h, t, e, t);
        Multiply(dp, scores.Transpose(), qkv, packed, dQkv[d..], packed, strings, h, t, e, t);
    }

    private static ReadOnlySpan<T> Drop(ReadOnlySpan<T> p, Span<T> dropped, Dropout dropout, long firstRow, int columns)
    {
        if (!dropout.IsActive) return p;
        dropout.Apply(p, dropped[..p.Length], firstRow, columns);
        return dropped[..p.Length];
    }

    /// <summary>Probabilities in place of scores: softmax of scale x over what each position sees, 0 for the rest.</summary>
    private static void SoftmaxForward(Span<T> p, T scale, int columns, bool causal)
    {
        if (IsFloat)
        {
            AttentionSoftmax.Forward(MemoryMarshal.Cast<T, float>(p), float.CreateChecked(scale), columns, causal);
            return;
        }
        for (int row = 0; row < p.Length / columns; row++)
        {
            Span<T> all = p.Slice(row * columns, columns), seen = causal ? all[..(row % columns + 1)] : all;
            T max = TensorPrimitives.Max<T>(seen), sum = T.Zero;
            foreach (ref T value in seen) sum += value = T.Exp((value - max) * scale);
            foreach (ref T value in seen) value /= sum;
            all[seen.Length..].Clear();
        }
    }

    /// <summary>The gradient of scores before they are scaled, in place of that of probabilities.</summary>
    private static void SoftmaxBackward(ReadOnlySpan<T> p, Span<T> dp, T scale, int columns)
    {
        if (IsFloat)
        {
            AttentionSoftmax.Backward(MemoryMarshal.Cast<T, float>(p), MemoryMarshal.Cast<T, float>(dp), float.CreateChecked(scale), columns);
            return;
        }
        for (int i = 0; i < p.Length / columns; i++)
        {
            ReadOnlySpan<T> probabilities = p.Slice(i * columns, columns);
            Span<T> gradient = dp.Slice(i * columns, columns);
            T mean = TensorPrimitives.Dot(probabilities, gradient);
            for (int j = 0; j < columns; j++) gradient[j] = probabilities[j] * (gradient[j] - mean) * scale;
        }
    }

    private static void Multiply(ReadOnlySpan<T> a, MatrixLayout layoutA, ReadOnlySpan<T> b, MatrixLayout layoutB, Span<T> c, MatrixLayout layoutC, int strings,
        int heads, int rows, int columns, int inner)
    {
        if (IsFloat)
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
