using System.Numerics;
using System.Numerics.Tensors;
using Rhm.Networks.Training;
using Rhm.Numerics;

namespace Rhm.Networks.Transformers;

/// <summary>
/// A pre-LayerNorm transformer block: z = x + dropout(attention(LayerNorm(x))), y = z + dropout(feed-forward(LayerNorm(z))), for R rows x
/// [R, d] of C whole strings. Where only M rows of y are needed (in the last block), everything after the attention is done for these
/// alone.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
/// <param name="shape">Sizes.</param>
/// <param name="w">Where the block's weights stand.</param>
/// <param name="layer">Number of the block.</param>
internal readonly struct EncoderBlock<T>(TransformerShape shape, TransformerBlockLayout w, int layer)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>y [M, d] from x; the state keeps what the backward pass needs.</summary>
    public void Forward(T[] parameters, BlockState<T> s, BlockScratch<T> scratch, ReadOnlySpan<T> x, Span<T> y, int strings,
        ReadOnlySpan<int> outputRows, bool causal, TransformerDropout dropout, int firstString)
    {
        int rows = strings * shape.Length, d = shape.Width, f = shape.FeedForward, m = y.Length / d;
        Span<T> normed = s.Normed1.AsSpan(0, rows * d), qkv = s.Qkv.AsSpan(0, rows * 3 * d), mixed = s.Mixed.AsSpan(0, rows * d);
        Span<T> means = s.Means1.AsSpan(0, rows), inverses = s.Inverses1.AsSpan(0, rows);
        LayerNorm.Forward(x, w.Scale1.Of(parameters), w.Shift1.Of(parameters), normed, means, inverses, rows, d);
        MatrixProduct.Multiply<T>(normed, w.Wqkv.Of(parameters), qkv, rows, 3 * d, d, w.Bqkv.Of(parameters));
        Attention<T>.Forward(qkv, s.Attention, mixed, strings, shape, causal, dropout.Attention(layer), firstString,
            scratch.DroppedAttention);
        if (!outputRows.IsEmpty) RowSelection.Gather(mixed, outputRows, mixed, d);

        Span<T> middle = s.Middle.AsSpan(0, m * d);
        RowSelection.Gather(x, outputRows, middle, d);
        AddLinear(mixed[..(m * d)], w.Wo, w.Bo, parameters, middle, dropout.Mixed(layer), firstString, outputRows, scratch);
        normed = s.Normed2.AsSpan(0, m * d);
        means = s.Means2.AsSpan(0, m);
        inverses = s.Inverses2.AsSpan(0, m);
        Span<T> before = s.Before.AsSpan(0, m * f), after = s.After.AsSpan(0, m * f);
        LayerNorm.Forward<T>(middle, w.Scale2.Of(parameters), w.Shift2.Of(parameters), normed, means, inverses, m, d);
        MatrixProduct.Multiply<T>(normed, w.W1.Of(parameters), after, m, f, d, w.B1.Of(parameters), Activation.Gelu, before);
        middle.CopyTo(y);
        AddLinear(after, w.W2, w.B2, parameters, y, dropout.FeedForward(layer), firstString, outputRows, scratch);
    }

    /// <summary>dx [R, d] from dy [M, d], which is the first M d numbers of dx; adds to the gradient of the block's weights.</summary>
    public void Backward(T[] parameters, T[] gradient, BlockState<T> s, BlockScratch<T> scratch, ReadOnlySpan<T> x, Span<T> dx, int strings,
        ReadOnlySpan<int> outputRows, TransformerDropout dropout, int firstString)
    {
        int rows = strings * shape.Length, d = shape.Width, f = shape.FeedForward, m = outputRows.IsEmpty ? rows : outputRows.Length;
        Span<T> dy = dx[..(m * d)], dNormed = scratch.DNormed.AsSpan(0, m * d), dBefore = scratch.DBefore.AsSpan(0, m * f);

        ReadOnlySpan<T> dz = Dropped(dy, dropout.FeedForward(layer), firstString, outputRows, scratch);
        AddWeightGradient(s.After.AsSpan(0, m * f), dz, w.W2, w.B2, gradient, m);
        MatrixProduct.MultiplyTransposedB(dz, w.W2.Of(parameters), dBefore, m, f, d, geluInput: s.Before.AsSpan(0, m * f));
        AddWeightGradient(s.Normed2.AsSpan(0, m * d), dBefore, w.W1, w.B1, gradient, m);
        MatrixProduct.MultiplyTransposedB<T>(dBefore, w.W1.Of(parameters), dNormed, m, d, f);
        ReadOnlySpan<T> means = s.Means2.AsSpan(0, m), inverses = s.Inverses2.AsSpan(0, m);
        AddThroughNorm(s.Middle.AsSpan(0, m * d), w.Scale2, w.Shift2, parameters, gradient, means, inverses, dNormed, dy, m);

        dz = Dropped(dy, dropout.Mixed(layer), firstString, outputRows, scratch);
        AddWeightGradient(s.Mixed.AsSpan(0, m * d), dz, w.Wo, w.Bo, gradient, m);
        MatrixProduct.MultiplyTransposedB(dz, w.Wo.Of(parameters), dNormed, m, d, d);

        ReadOnlySpan<T> qkv = s.Qkv.AsSpan(0, rows * 3 * d);
        Span<T> dQkv = scratch.DQkv.AsSpan(0, rows * 3 * d);
        dNormed = scratch.DNormed.AsSpan(0, rows * d);
        RowSelection.Scatter(dNormed, outputRows, rows, d);
        RowSelection.Scatter(dx, outputRows, rows, d);
        Attention<T>.Backward(qkv, s.Attention, dNormed, dQkv, scratch.DAttention, strings, shape, dropout.Attention(layer), firstString,
            scratch.DroppedAttention);
        AddWeightGradient(s.Normed1.AsSpan(0, rows * d), dQkv, w.Wqkv, w.Bqkv, gradient, rows);
        MatrixProduct.MultiplyTransposedB<T>(dQkv, w.Wqkv.Of(parameters), dNormed, rows, d, 3 * d);
        means = s.Means1.AsSpan(0, rows);
        inverses = s.Inverses1.AsSpan(0, rows);
        AddThroughNorm(x, w.Scale1, w.Shift1, parameters, gradient, means, inverses, dNormed, dx, rows);
    }

    /// <summary>sum += dropout(a W + b), each [M, d].</summary>
    private void AddLinear(ReadOnlySpan<T> a, TransformerTensor weight, TransformerTensor bias, T[] parameters, Span<T> sum,
        Dropout dropout, int firstString, ReadOnlySpan<int> outputRows, BlockScratch<T> scratch)
    {
        int m = sum.Length / shape.Width;
        ReadOnlySpan<T> b = bias.Of(parameters);
        if (!dropout.IsActive)
        {
            MatrixProduct.Multiply(a, weight.Of(parameters), sum, m, weight.Columns, weight.Rows, b, accumulate: true);
            return;
        }
        Span<T> dropped = scratch.Dropped.AsSpan(0, sum.Length);
        MatrixProduct.Multiply(a, weight.Of(parameters), dropped, m, weight.Columns, weight.Rows, b);
        dropout.Apply<T>(dropped, dropped, (long)firstString * shape.Length, shape.Width, outputRows);
        TensorPrimitives.Add(sum, dropped, sum);
    }

    private ReadOnlySpan<T> Dropped(ReadOnlySpan<T> dy, Dropout dropout, int firstString, ReadOnlySpan<int> outputRows,
        BlockScratch<T> scratch)
    {
        if (!dropout.IsActive) return dy;
        Span<T> dropped = scratch.Dropped.AsSpan(0, dy.Length);
        dropout.Apply(dy, dropped, (long)firstString * shape.Length, shape.Width, outputRows);
        return dropped;
    }

    private static void AddWeightGradient(ReadOnlySpan<T> a, ReadOnlySpan<T> dy, TransformerTensor weight, TransformerTensor bias,
        T[] gradient, int rows)
    {
        MatrixProduct.MultiplyTransposedA(a, dy, weight.Of(gradient), weight.Rows, weight.Columns, rows, accumulate: true);
        ColumnSums.Add(dy, bias.Of(gradient), rows, weight.Columns);
    }

    /// <summary>dx += the gradient through the LayerNorm of x, from that of its output, which is changed.</summary>
    private void AddThroughNorm(ReadOnlySpan<T> x, TransformerTensor scale, TransformerTensor shift, T[] parameters, T[] gradient,
        ReadOnlySpan<T> means, ReadOnlySpan<T> inverses, Span<T> dNormed, Span<T> dx, int rows)
    {
        LayerNorm.Backward(x, scale.Of(parameters), means, inverses, dNormed, dNormed, scale.Of(gradient), shift.Of(gradient), rows,
            shape.Width);
        TensorPrimitives.Add(dx, dNormed, dx);
    }
}
