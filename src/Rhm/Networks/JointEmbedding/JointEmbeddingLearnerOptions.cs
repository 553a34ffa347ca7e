using System.ComponentModel;

namespace Rhm.Networks.JointEmbedding;

/// <summary>Settings of <see cref="JointEmbeddingLearner"/>.</summary>
public sealed record JointEmbeddingLearnerOptions
{
    /// <summary>What is trained, and how.</summary>
    public JointEmbeddingOptions Embedding { get; init; } = new();

    /// <summary>Whether linear probes of the embeddings are fitted as well.</summary>
    [Description("Whether linear probes of the embeddings are fitted as well.")]
    public bool Probes { get; init; }
}
