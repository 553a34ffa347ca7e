using System.Numerics;

namespace Rhm.Networks.Transformers;

/// <summary>What blocks use and forget. The same shapes.</summary>
/// <typeparam name="T">float or double.</typeparam>
internal sealed class BlockScratch<T>(TransformerShape shape, int strings, bool withGradients, bool withDropout)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
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
