namespace Rhm.Networks.JointEmbedding;

/// <summary>How far gradients go.</summary>
public enum JointEmbeddingGradients
{
    /// <summary>Level by level: the tuples of a level are made of the codes of the one below, which no longer change.</summary>
    Local,

    /// <summary>All levels at once: the tuples of a level are made of the embeddings of the one below, which gradients reach.</summary>
    EndToEnd,
}
