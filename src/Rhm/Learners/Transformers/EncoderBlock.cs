using System.Numerics;
using System.Numerics.Tensors;

namespace Rhm.Learners;

/// <summary>
/// What a block keeps between its forward and its backward pass. Shapes: C strings of T tokens, R = C T rows, d_model d, H heads, F units.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
internal sealed class BlockState<T>(TransformerShape shape, int strings) where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Mean and inverse deviation of each row of both LayerNorms [R].</summary>
    public readonly T[] Means1 = new T[strings * shape.Length], Inverses1 = new T[strings * shape.Length], Means2 = new T[strings * shape.Length],
        Inverses2 = new T[strings * shape.Length];

    /// <summary>LayerNorm of the block's input [R, d].</summary>
    public readonly T[] Normed1 = new T[strings * shape.Length * shape.Width];

    /// <summary>Queries, keys, values [R, 3 d].</summary>
    public readonly T[] Qkv = new T[strings * shape.Length * 3 * shape.Width];

    /// <summary>Attention probabilities [C, H, T, T].</summary>
    public readonly T[] Attention = new T[strings * shape.Heads * shape.Length * shape.Length];

    /// <summary>Mixtures of values [R, d].</summary>
    public readonly T[] Mixed = new T[strings * shape.Length * shape.Width];

    /// <summary>The input plus what attention adds [R, d].</summary>
    public readonly T[] Middle = new T[strings * shape.Length * shape.Width];

    /// <summary>LayerNorm of <see cref="Middle"/> [R, d].</summary>
    public readonly T[] Normed2 = new T[strings * shape.Length * shape.Width];

    /// <summary>Before and after GELU [R, F].</summary>
    public readonly T[] Before = new T[strings * shape.Length * shape.FeedForward], After = new T[strings * shape.Length * shape.FeedForward];
}

/// <summary>What blocks use and forget. The same shapes.</summary>
/// <typeparam name="T">float or double.</typeparam>
internal sealed class BlockScratch<T>(TransformerShape shape, int strings, bool withGradients, bool withDropout) where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>[R, F].</summary>
    public readonly T[] DBefore = new T[withGradients ? strings * shape.Length * shape.FeedForward : 0];

    /// <summary>[R, d].</summary>
    public readonly T[] DNormed = new T[withGradients ? strings * shape.Length * shape.Width : 0];

    /// <summary>[R, 3 d].</summary>
    public readonly T[] DQkv = new T[withGradients ? strings * shape.Length * 3 * shape.Width : 0];

    /// <summary>[C, H, T, T].</summary>
    public readonly T[] DAttention = new T[withGradients ? strings * shape.Heads * shape.Length * shape.Length : 0];

    /// <summary>[C, H, T, T].</summary>
    public readonly T[] DroppedAttention = new T[withDropout ? strings * shape.Heads * shape.Length * shape.Length : 0];

    /// <summary>[R, d].</summary>
    public readonly T[] Dropped = new T[withDropout ? strings * shape.Length * shape.Width : 0];
}

/// <summary>Some rows of a matrix, in ascending order, moved together and back in place.</summary>
/// <typeparam name="T">float or double.</typeparam>
internal static class AskedRows<T>
{
    /// <summary>Row i becomes row asked[i]; nothing happens where all rows are asked for (an empty list).</summary>
    public static void Gather(ReadOnlySpan<T> x, ReadOnlySpan<int> asked, Span<T> y, int columns)
    {
        if (asked.IsEmpty) x.CopyTo(y);
        for (int i = 0; i < asked.Length; i++) x.Slice(asked[i] * columns, columns).CopyTo(y.Slice(i * columns, columns));
    }

    /// <summary>Row asked[i] becomes row i, the others 0.</summary>
    public static void Scatter(Span<T> x, ReadOnlySpan<int> asked, int rows, int columns)
    {
        if (asked.IsEmpty) return;
        for (int i = asked.Length - 1, end = rows; i >= 0; i--)
        {
            int row = asked[i];
            x[((row + 1) * columns)..(end * columns)].Clear();
            x.Slice(i * columns, columns).CopyTo(x.Slice(row * columns, columns));
            end = row;
        }
        x[..(asked[0] * columns)].Clear();
    }
}

/// <summary>
/// A pre-LayerNorm transformer block: z = x + dropout(attention(LayerNorm(x))), y = z + dropout(feed-forward(LayerNorm(z))), for R rows x [R, d] of
/// C whole strings. Where only M rows of y are asked for (in the last block), everything after the attention is done for these alone.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
/// <param name="shape">Sizes.</param>
/// <param name="w">Where the block's weights stand.</param>
/// <param name="layer">Number of the block.</param>
internal readonly struct EncoderBlock<T>(TransformerShape shape, TransformerBlockLayout w, int layer) where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>y [M, d] from x; the state keeps what the backward pass needs.</summary>
    public void Forward(T[] parameters, BlockState<T> s, BlockScratch<T> scratch, ReadOnlySpan<T> x, Span<T> y, int strings, ReadOnlySpan<int> asked, bool causal,
        DropoutStep dropout, int firstString)
    {
        int rows = strings * shape.Length, d = shape.Width, f = shape.FeedForward, m = y.Length / d;
        Span<T> normed = s.Normed1.AsSpan(0, rows * d), qkv = s.Qkv.AsSpan(0, rows * 3 * d), mixed = s.Mixed.AsSpan(0, rows * d);
        EncoderKernels<T>.Normalise(x, w.Scale1.Of(parameters), w.Shift1.Of(parameters), normed, s.Means1.AsSpan(0, rows), s.Inverses1.AsSpan(0, rows), rows, d);
        LayerKernels<T>.Multiply(normed, w.Wqkv.Of(parameters), qkv, rows, 3 * d, d, w.Bqkv.Of(parameters));
        Attention<T>.Forward(qkv, s.Attention, mixed, strings, shape, causal, dropout.Attention(layer), firstString, scratch.DroppedAttention);
        if (!asked.IsEmpty) AskedRows<T>.Gather(mixed, asked, mixed, d);

        Span<T> middle = s.Middle.AsSpan(0, m * d);
        AskedRows<T>.Gather(x, asked, middle, d);
        AddLinear(mixed[..(m * d)], w.Wo, w.Bo, parameters, middle, dropout.Mixed(layer), firstString, asked, scratch);
        normed = s.Normed2.AsSpan(0, m * d);
        Span<T> before = s.Before.AsSpan(0, m * f), after = s.After.AsSpan(0, m * f);
        EncoderKernels<T>.Normalise(middle, w.Scale2.Of(parameters), w.Shift2.Of(parameters), normed, s.Means2.AsSpan(0, m), s.Inverses2.AsSpan(0, m), m, d);
        LayerKernels<T>.MultiplyGelu(normed, w.W1.Of(parameters), after, m, f, d, w.B1.Of(parameters), before);
        middle.CopyTo(y);
        AddLinear(after, w.W2, w.B2, parameters, y, dropout.FeedForward(layer), firstString, asked, scratch);
    }

    /// <summary>dx [R, d] from dy [M, d], which is the first M d numbers of dx; adds to the gradient of the block's weights.</summary>
    public void Backward(T[] parameters, T[] gradient, BlockState<T> s, BlockScratch<T> scratch, ReadOnlySpan<T> x, Span<T> dx, int strings, ReadOnlySpan<int> asked,
        DropoutStep dropout, int firstString)
    {
        int rows = strings * shape.Length, d = shape.Width, f = shape.FeedForward, m = asked.IsEmpty ? rows : asked.Length;
        Span<T> dy = dx[..(m * d)], dNormed = scratch.DNormed.AsSpan(0, m * d), dBefore = scratch.DBefore.AsSpan(0, m * f);

        ReadOnlySpan<T> dz = Dropped(dy, dropout.FeedForward(layer), firstString, asked, scratch);
        AddWeightGradient(s.After.AsSpan(0, m * f), dz, w.W2, w.B2, gradient, m);
        EncoderKernels<T>.MultiplyTransposedBGelu(dz, w.W2.Of(parameters), dBefore, m, f, d, s.Before.AsSpan(0, m * f));
        AddWeightGradient(s.Normed2.AsSpan(0, m * d), dBefore, w.W1, w.B1, gradient, m);
        LayerKernels<T>.MultiplyTransposedB(dBefore, w.W1.Of(parameters), dNormed, m, d, f);
        EncoderKernels<T>.NormaliseBackward(s.Middle.AsSpan(0, m * d), w.Scale2.Of(parameters), s.Means2.AsSpan(0, m), s.Inverses2.AsSpan(0, m), dNormed,
            w.Scale2.Of(gradient), w.Shift2.Of(gradient), m, d);
        TensorPrimitives.Add(dy, dNormed, dy);

        dz = Dropped(dy, dropout.Mixed(layer), firstString, asked, scratch);
        AddWeightGradient(s.Mixed.AsSpan(0, m * d), dz, w.Wo, w.Bo, gradient, m);
        LayerKernels<T>.MultiplyTransposedB(dz, w.Wo.Of(parameters), dNormed, m, d, d);

        Span<T> dQkv = scratch.DQkv.AsSpan(0, rows * 3 * d);
        dNormed = scratch.DNormed.AsSpan(0, rows * d);
        AskedRows<T>.Scatter(dNormed, asked, rows, d);
        AskedRows<T>.Scatter(dx, asked, rows, d);
        Attention<T>.Backward(s.Qkv.AsSpan(0, rows * 3 * d), s.Attention, dNormed, dQkv, scratch.DAttention, strings, shape, dropout.Attention(layer), firstString,
            scratch.DroppedAttention);
        AddWeightGradient(s.Normed1.AsSpan(0, rows * d), dQkv, w.Wqkv, w.Bqkv, gradient, rows);
        LayerKernels<T>.MultiplyTransposedB(dQkv, w.Wqkv.Of(parameters), dNormed, rows, d, 3 * d);
        EncoderKernels<T>.NormaliseBackward(x, w.Scale1.Of(parameters), s.Means1.AsSpan(0, rows), s.Inverses1.AsSpan(0, rows), dNormed, w.Scale1.Of(gradient),
            w.Shift1.Of(gradient), rows, d);
        TensorPrimitives.Add(dx, dNormed, dx);
    }

    /// <summary>sum += dropout(a W + b), each [M, d].</summary>
    private void AddLinear(ReadOnlySpan<T> a, TransformerTensor weight, TransformerTensor bias, T[] parameters, Span<T> sum, Dropout dropout, int firstString,
        ReadOnlySpan<int> asked, BlockScratch<T> scratch)
    {
        int m = sum.Length / shape.Width;
        if (!dropout.IsActive)
        {
            LayerKernels<T>.Multiply(a, weight.Of(parameters), sum, m, weight.Columns, weight.Rows, bias.Of(parameters), accumulate: true);
            return;
        }
        Span<T> dropped = scratch.Dropped.AsSpan(0, sum.Length);
        LayerKernels<T>.Multiply(a, weight.Of(parameters), dropped, m, weight.Columns, weight.Rows, bias.Of(parameters));
        dropout.Apply<T>(dropped, dropped, (long)firstString * shape.Length, shape.Width, asked);
        TensorPrimitives.Add(sum, dropped, sum);
    }

    private ReadOnlySpan<T> Dropped(ReadOnlySpan<T> dy, Dropout dropout, int firstString, ReadOnlySpan<int> asked, BlockScratch<T> scratch)
    {
        if (!dropout.IsActive) return dy;
        Span<T> dropped = scratch.Dropped.AsSpan(0, dy.Length);
        dropout.Apply(dy, dropped, (long)firstString * shape.Length, shape.Width, asked);
        return dropped;
    }

    private static void AddWeightGradient(ReadOnlySpan<T> a, ReadOnlySpan<T> dy, TransformerTensor weight, TransformerTensor bias, T[] gradient, int rows)
    {
        EncoderKernels<T>.AddTransposedA(a, dy, weight.Of(gradient), weight.Rows, weight.Columns, rows);
        EncoderKernels<T>.AddColumnSums(dy, bias.Of(gradient), rows, weight.Columns);
    }
}
