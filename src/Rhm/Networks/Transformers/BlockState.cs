using System.Numerics;

namespace Rhm.Networks.Transformers;

/// <summary>
/// What a block keeps between its forward and its backward pass. Shapes: C strings of T tokens, R = C T rows, d_model d, H heads, F units.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
internal sealed class BlockState<T>(TransformerShape shape, int strings) where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Mean and inverse deviation of each row of both LayerNorms [R].</summary>
    public readonly T[] Means1 = new T[strings * shape.Length], Inverses1 = new T[strings * shape.Length],
        Means2 = new T[strings * shape.Length], Inverses2 = new T[strings * shape.Length];

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
    public readonly T[] Before = new T[strings * shape.Length * shape.FeedForward],
        After = new T[strings * shape.Length * shape.FeedForward];
}
