using System.Numerics;
using Rhm.Networks.Training;
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
    /// <summary>P and o from q, k, v; <paramref name="dropped"/>, as large as P, is used if numbers are dropped.</summary>
    public static void Forward(ReadOnlySpan<T> qkv, Span<T> p, Span<T> o, int strings, TransformerShape shape, bool causal,
        Dropout dropout, int firstString, Span<T> dropped)
    {
        (int t, int h, int e, int d) = (shape.Length, shape.Heads, shape.HeadWidth, shape.Width);
        T scale = T.One / T.Sqrt(T.CreateChecked(e));
        MatrixLayout packed = new(3 * d, 1, e, 3 * t * d), scores = MatrixLayout.Whole(h, t, t), side = MatrixLayout.Heads(t, h, e);
        p = p[..(strings * h * t * t)];
        StridedProduct.Multiply<T>(qkv, packed, qkv[d..], packed.Transpose(), p, scores, strings, h, t, t, e);
        AttentionSoftmax.Forward(p, scale, t, causal);
        ReadOnlySpan<T> used = Drop(p, dropped, dropout, (long)firstString * h * t, t);
        StridedProduct.Multiply(used, scores, qkv[(2 * d)..], packed, o, side, strings, h, t, e, t);
    }

    /// <summary>The gradient of q, k, v from that of o; <paramref name="dp"/> and <paramref name="dropped"/> are as large as P.</summary>
    public static void Backward(ReadOnlySpan<T> qkv, ReadOnlySpan<T> p, ReadOnlySpan<T> dO, Span<T> dQkv, Span<T> dp, int strings,
        TransformerShape shape, Dropout dropout, int firstString, Span<T> dropped)
    {
        (int t, int h, int e, int d) = (shape.Length, shape.Heads, shape.HeadWidth, shape.Width);
        T scale = T.One / T.Sqrt(T.CreateChecked(e));
        MatrixLayout packed = new(3 * d, 1, e, 3 * t * d), scores = MatrixLayout.Whole(h, t, t), side = MatrixLayout.Heads(t, h, e);
        p = p[..(strings * h * t * t)];
        dp = dp[..p.Length];
        long firstRow = (long)firstString * h * t;
        ReadOnlySpan<T> used = Drop(p, dropped, dropout, firstRow, t);
        StridedProduct.Multiply(used, scores.Transpose(), dO, side, dQkv[(2 * d)..], packed, strings, h, t, e, t);
        StridedProduct.Multiply(dO, side, qkv[(2 * d)..], packed.Transpose(), dp, scores, strings, h, t, t, e);
        if (dropout.IsActive) dropout.Apply<T>(dp, dp, firstRow, t);
        AttentionSoftmax.Backward(p, dp, scale, t);
        StridedProduct.Multiply<T>(dp, scores, qkv[d..], packed, dQkv, packed, strings, h, t, e, t);
        StridedProduct.Multiply<T>(dp, scores.Transpose(), qkv, packed, dQkv[d..], packed, strings, h, t, e, t);
    }

    private static ReadOnlySpan<T> Drop(ReadOnlySpan<T> p, Span<T> dropped, Dropout dropout, long firstRow, int columns)
    {
        if (!dropout.IsActive) return p;
        dropout.Apply(p, dropped[..p.Length], firstRow, columns);
        return dropped[..p.Length];
    }
}
