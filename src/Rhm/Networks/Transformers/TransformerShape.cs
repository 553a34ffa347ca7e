using Rhm.Networks.Training;

namespace Rhm.Networks.Transformers;

/// <summary>
/// The sizes of a transformer encoder (arXiv:2605.27734, appendix on data2vec: d_model 2048, 32 heads, 8 layers, 4 d_model).
/// </summary>
public sealed record TransformerShape
{
    /// <summary>Longest string: attention holds T x T scores for each head.</summary>
    public const int MaxLength = 4096;

    /// <summary>Validates the sizes.</summary>
    /// <param name="vocabulary">v, 2..65533 tokens; two more symbols have embeddings, see <see cref="Mask"/>.</param>
    /// <param name="length">T, tokens of a string, 2..4096.</param>
    /// <param name="width">d_model, numbers at each position, 1..65536; a multiple of the heads.</param>
    /// <param name="heads">H, attention heads, at least 1.</param>
    /// <param name="layers">Blocks of attention and feed-forward, 1..1024.</param>
    /// <param name="feedForward">F, units of the hidden layer of a block, 1..2^20; null for 4 d_model.</param>
    /// <exception cref="ArgumentException">A size is out of its range, or the network is too large for memory.</exception>
    public TransformerShape(int vocabulary, int length, int width, int heads, int layers, int? feedForward = null)
    {
        Bounds.RequireInside("vocabulary v", vocabulary, 2, ushort.MaxValue - 2, "symbols have 16 bits, two of which stand for no token");
        Bounds.RequireInside("string length T", length, 2, MaxLength, "every position attends to every other");
        Bounds.RequireInside("width d_model", width, 1, 65536, "a position holds that many numbers");
        Bounds.RequireInside("number of heads", heads, 1, width, "a head needs a number of its own");
        Bounds.RequireInside("number of layers", layers, 1, 1024, "a block is attention and feed-forward");
        if (width % heads != 0)
        {
            throw new ArgumentException(
                $"width d_model = {width} is not a multiple of the number of heads = {heads}: all heads have the same size");
        }
        int hidden = feedForward ?? 4 * width;
        Bounds.RequireInside("feed-forward width", hidden, 1, 1 << 20, "a hidden layer has that many units");
        (Vocabulary, Length, Width, Heads, Layers, FeedForward) = (vocabulary, length, width, heads, layers, hidden);
        double weights = (double)width * (vocabulary + length) + (double)layers * width * (4.0 * width + 2.0 * hidden);
        Bounds.RequireWeights($"a transformer with {this}", weights);
        double states = Math.Max((double)heads * length, hidden) * length;
        if (states > Array.MaxLength)
        {
            throw new ArgumentException($"a transformer with {this} has {states} numbers of attention or feed-forward in a string: "
                + $"an array holds {Array.MaxLength} at most");
        }
    }

    /// <summary>v.</summary>
    public int Vocabulary { get; }

    /// <summary>T = s^L.</summary>
    public int Length { get; }

    /// <summary>d_model.</summary>
    public int Width { get; }

    /// <summary>H.</summary>
    public int Heads { get; }

    /// <summary>Number of blocks.</summary>
    public int Layers { get; }

    /// <summary>F.</summary>
    public int FeedForward { get; }

    /// <summary>d_model / H.</summary>
    public int HeadWidth => Width / Heads;

    /// <summary>v + 2, symbols with an embedding.</summary>
    public int Symbols => Vocabulary + 2;

    /// <summary>
    /// v: the symbol that stands for a masked token. v + 1 has an embedding, as published, but no objective here uses it.
    /// </summary>
    public ushort Mask => (ushort)Vocabulary;

    /// <summary>For example <c>v=8 T=16 d_model=64 heads=4 layers=4 feed_forward=256</c>.</summary>
    public override string ToString() =>
        $"v={Vocabulary} T={Length} d_model={Width} heads={Heads} layers={Layers} feed_forward={FeedForward}";
}
