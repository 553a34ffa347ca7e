using Rhm.Networks.Training;

namespace Rhm.Networks.Transformers;

/// <summary>The dropout of a step, place by place; nothing is dropped in evaluation.</summary>
/// <param name="Share">p.</param>
/// <param name="Seed">Seed of the training.</param>
/// <param name="Step">The step.</param>
internal readonly record struct TransformerDropout(double Share, ulong Seed, long Step)
{
    public static TransformerDropout None { get; }

    public Dropout Embeddings => new(Share, Seed, Step, 0);

    public Dropout Attention(int layer) => new(Share, Seed, Step, 3 * layer + 1);

    public Dropout Mixed(int layer) => new(Share, Seed, Step, 3 * layer + 2);

    public Dropout FeedForward(int layer) => new(Share, Seed, Step, 3 * layer + 3);
}
