using System.Numerics;

namespace Rhm.Learners;

/// <summary>
/// What a block keeps between its forward and its backward pass. Shapes: C strings of T tokens, R = C T rows, d_model d, H heads, F units.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
internal sealed class BlockState<T>(TransformerShape shape, int strings) where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // [R] each.
    public T[] Means1 { get; } = new T[strings * shape.Length];

    public T[] Inverses1 { get; } = new T[strings * shape.Length];

    public T[] Means2 { get; } = new T[strings * shape.Length];

    public T[] Inverses2 { get; } = new T[strings * shape.Length];

    /// <summary>LayerNorm of the block's input [R, d].</summary>
    public T[] Normed1 { get; } = new T[strings * shape.Length * shape.Width];

    /// <summary>Queries, keys, values [R, 3 d].</summary>
    public T[] Qkv { get; } = new T[strings * shape.Length * 3 * shape.Width];

    /// <summary>Attention probabilities [C, H, T, T].</summary>
    public T[] Attention { get; } = new T[strings * shape.Heads * shape.Length * shape.Length];

    /// <summary>Mixtures of values [R, d].</summary>
    public T[] Mixed { get; } = new T[strings * shape.Length * shape.Width];

    /// <summary>The input plus what attention adds [R, d].</summary>
    public T[] Middle { get; } = new T[strings * shape.Length * shape.Width];

    /// <summary>LayerNorm of <see cref="Middle"/> [R, d].</summary>
    public T[] Normed2 { get; } = new T[strings * shape.Length * shape.Width];

    /// <summary>Before GELU [R, F].</summary>
    public T[] Before { get; } = new T[strings * shape.Length * shape.FeedForward];

    /// <summary>After GELU [R, F].</summary>
    public T[] After { get; } = new T[strings * shape.Length * shape.FeedForward];

}

/// <summary>A pre-LayerNorm transformer block: x + attention(LayerNorm(x)), then + feed-forward(LayerNorm(.)).</summary>
/// <typeparam name="T">float or double.</typeparam>
internal static class EncoderBlock<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>y [R, d] from x [R, d], for R rows of whole strings.</summary>
    public static void Forward(TransformerShape shape, TransformerBlockLayout w, T[] parameters, BlockState<T> s, ReadOnlySpan<T> x, Span<T> y, int strings, bool causal)
    {
        int rows = strings * shape.Length, d = shape.Width, f = shape.FeedForward;
        Span<T> normed1 = s.Normed1.AsSpan(0, rows * d), qkv = s.Qkv.AsSpan(0, rows * 3 * d), mixed = s.Mixed.AsSpan(0, rows * d), middle = s.Middle.AsSpan(0, rows * d);
        EncoderKernels<T>.Normalise(x, w.Scale1.Of(parameters), w.Shift1.Of(parameters), normed1, s.Means1.AsSpan(0, rows), s.Inverses1.AsSpan(0, rows), rows, d);
        LayerKernels<T>.Multiply(normed1, w.Wqkv.Of(parameters), qkv, rows, 3 * d, d, w.Bqkv.Of(parameters));
        Attention<T>.Forward(qkv, s.Attention, mixed, strings, shape.Length, shape.Heads, shape.HeadWidth, causal);
        x.CopyTo(middle);
        LayerKernels<T>.Multiply(mixed, w.Wo.Of(parameters), middle, rows, d, d, w.Bo.Of(parameters), accumulate: true);

        Span<T> normed2 = s.Normed2.AsSpan(0, rows * d), before = s.Before.AsSpan(0, rows * f), after = s.After.AsSpan(0, rows * f);
        EncoderKernels<T>.Normalise(middle, w.Scale2.Of(parameters), w.Shift2.Of(parameters), normed2, s.Means2.AsSpan(0, rows), s.Inverses2.AsSpan(0, rows), rows, d);
        LayerKernels<T>.MultiplyGelu(normed2, w.W1.Of(parameters), after, rows, f, d, w.B1.Of(parameters), before);
        middle.CopyTo(y);
        LayerKernels<T>.Multiply(after, w.W2.Of(parameters), y, rows, d, f, w.B2.Of(parameters), accumulate: true);
    }
}
