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

/// <summary>
/// A pre-LayerNorm transformer block: z = x + dropout(attention(LayerNorm(x))), y = z + dropout(feed-forward(LayerNorm(z))), for R rows x [R, d] of
/// C whole strings.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
/// <param name="shape">Sizes.</param>
/// <param name="w">Where the block's weights stand.</param>
/// <param name="layer">Number of the block.</param>
internal readonly struct EncoderBlock<T>(TransformerShape shape, TransformerBlockLayout w, int layer) where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>y from x; the state keeps what the backward pass needs.</summary>
    public void Forward(T[] parameters, BlockState<T> s, BlockScratch<T> scratch, ReadOnlySpan<T> x, Span<T> y, int strings, bool causal, DropoutStep dropout, int firstString)
    {
        int rows = strings * shape.Length, d = shape.Width, f = shape.FeedForward;
        Span<T> normed = s.Normed1.AsSpan(0, rows * d), qkv = s.Qkv.AsSpan(0, rows * 3 * d), mixed = s.Mixed.AsSpan(0, rows * d), middle = s.Middle.AsSpan(0, rows * d);
        EncoderKernels<T>.Normalise(x, w.Scale1.Of(parameters), w.Shift1.Of(parameters), normed, s.Means1.AsSpan(0, rows), s.Inverses1.AsSpan(0, rows), rows, d);
        LayerKernels<T>.Multiply(normed, w.Wqkv.Of(parameters), qkv, rows, 3 * d, d, w.Bqkv.Of(parameters));
        Attention<T>.Forward(qkv, s.Attention, mixed, strings, shape, causal, dropout.Attention(layer), firstString, scratch.DroppedAttention);
        AddLinear(mixed, w.Wo, w.Bo, parameters, x, middle, rows, dropout.Mixed(layer), firstString, scratch);

        normed = s.Normed2.AsSpan(0, rows * d);
        Span<T> before = s.Before.AsSpan(0, rows * f), after = s.After.AsSpan(0, rows * f);
        EncoderKernels<T>.Normalise(middle, w.Scale2.Of(parameters), w.Shift2.Of(parameters), normed, s.Means2.AsSpan(0, rows), s.Inverses2.AsSpan(0, rows), rows, d);
        LayerKernels<T>.MultiplyGelu(normed, w.W1.Of(parameters), after, rows, f, d, w.B1.Of(parameters), before);
        AddLinear(after, w.W2, w.B2, parameters, middle, y, rows, dropout.FeedForward(layer), firstString, scratch);
    }

    /// <summary>dx, in place of dy [R, d]; adds to the gradient of the block's weights.</summary>
    public void Backward(T[] parameters, T[] gradient, BlockState<T> s, BlockScratch<T> scratch, ReadOnlySpan<T> x, Span<T> dy, int strings, DropoutStep dropout, int firstString)
    {
        int rows = strings * shape.Length, d = shape.Width, f = shape.FeedForward;
        Span<T> dNormed = scratch.DNormed.AsSpan(0, rows * d), dBefore = scratch.DBefore.AsSpan(0, rows * f), dQkv = scratch.DQkv.AsSpan(0, rows * 3 * d);

        ReadOnlySpan<T> dz = Dropped(dy, dropout.FeedForward(layer), firstString, scratch);
        AddWeightGradient(s.After.AsSpan(0, rows * f), dz, w.W2, w.B2, gradient, rows);
        EncoderKernels<T>.MultiplyTransposedBGelu(dz, w.W2.Of(parameters), dBefore, rows, f, d, s.Before.AsSpan(0, rows * f));
        AddWeightGradient(s.Normed2.AsSpan(0, rows * d), dBefore, w.W1, w.B1, gradient, rows);
        LayerKernels<T>.MultiplyTransposedB(dBefore, w.W1.Of(parameters), dNormed, rows, d, f);
        EncoderKernels<T>.NormaliseBackward(s.Middle.AsSpan(0, rows * d), w.Scale2.Of(parameters), s.Means2.AsSpan(0, rows), s.Inverses2.AsSpan(0, rows), dNormed,
            w.Scale2.Of(gradient), w.Shift2.Of(gradient), rows, d);
        TensorPrimitives.Add(dy, dNormed, dy);

        dz = Dropped(dy, dropout.Mixed(layer), firstString, scratch);
        AddWeightGradient(s.Mixed.AsSpan(0, rows * d), dz, w.Wo, w.Bo, gradient, rows);
        LayerKernels<T>.MultiplyTransposedB(dz, w.Wo.Of(parameters), dNormed, rows, d, d);
        Attention<T>.Backward(s.Qkv.AsSpan(0, rows * 3 * d), s.Attention, dNormed, dQkv, scratch.DAttention, strings, shape, dropout.Attention(layer), firstString,
            scratch.DroppedAttention);
        AddWeightGradient(s.Normed1.AsSpan(0, rows * d), dQkv, w.Wqkv, w.Bqkv, gradient, rows);
        LayerKernels<T>.MultiplyTransposedB(dQkv, w.Wqkv.Of(parameters), dNormed, rows, d, 3 * d);
        EncoderKernels<T>.NormaliseBackward(x, w.Scale1.Of(parameters), s.Means1.AsSpan(0, rows), s.Inverses1.AsSpan(0, rows), dNormed, w.Scale1.Of(gradient),
            w.Shift1.Of(gradient), rows, d);
        TensorPrimitives.Add(dy, dNormed, dy);
    }

    /// <summary>sum = x + dropout(a W + b), each [R, d].</summary>
    private void AddLinear(ReadOnlySpan<T> a, TransformerTensor weight, TransformerTensor bias, T[] parameters, ReadOnlySpan<T> x, Span<T> sum, int rows, Dropout dropout,
        int firstString, BlockScratch<T> scratch)
    {
        if (dropout.IsActive)
        {
            Span<T> dropped = scratch.Dropped.AsSpan(0, x.Length);
            LayerKernels<T>.Multiply(a, weight.Of(parameters), dropped, rows, weight.Columns, weight.Rows, bias.Of(parameters));
            dropout.Apply(dropped, dropped, (long)firstString * shape.Length, shape.Width);
            TensorPrimitives.Add(x, dropped, sum);
            return;
        }
        x.CopyTo(sum);
        LayerKernels<T>.Multiply(a, weight.Of(parameters), sum, rows, weight.Columns, weight.Rows, bias.Of(parameters), accumulate: true);
    }

    private ReadOnlySpan<T> Dropped(ReadOnlySpan<T> dy, Dropout dropout, int firstString, BlockScratch<T> scratch)
    {
        if (!dropout.IsActive) return dy;
        Span<T> dropped = scratch.Dropped.AsSpan(0, dy.Length);
        dropout.Apply(dy, dropped, (long)firstString * shape.Length, shape.Width);
        return dropped;
    }

    private static void AddWeightGradient(ReadOnlySpan<T> a, ReadOnlySpan<T> dy, TransformerTensor weight, TransformerTensor bias, T[] gradient, int rows)
    {
        EncoderKernels<T>.AddTransposedA(a, dy, weight.Of(gradient), weight.Rows, weight.Columns, rows);
        EncoderKernels<T>.AddColumnSums(dy, bias.Of(gradient), rows, weight.Columns);
    }
}
