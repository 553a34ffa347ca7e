using System.Numerics;
using System.Numerics.Tensors;
using Rhm.Numerics;

namespace Rhm.Networks.Transformers;

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
