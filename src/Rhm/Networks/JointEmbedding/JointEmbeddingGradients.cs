namespace Rhm.Networks.JointEmbedding;

/// <summary>How far gradients go.</summary>
public enum JointEmbeddingGradients
{
    /// <summary>Level by level: the tuples of a level are made of the codes of the one below, which no longer changes.</summary>
    Local,

    /// <summary>All levels at once: the tuples of a level are made of the embeddings of the one below, which its gradient reaches.</summary>
    EndToEnd,
}
