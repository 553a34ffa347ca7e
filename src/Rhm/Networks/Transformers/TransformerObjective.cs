namespace Rhm.Networks.Transformers;

/// <summary>What an encoder is trained to do. All see the same strings and the same network, but for the linear head.</summary>
public enum TransformerObjective
{
    /// <summary>
    /// data2vec (Baevski et al., arXiv:2202.03555), as in the paper: at masked positions, predict the mean over the teacher's last K layers
    /// of their hidden states, each LayerNormed; the teacher is a moving average of the network and sees the whole string.
    /// </summary>
    Data2Vec,

    /// <summary>The same, but targets are whitened over the batch: an addition of ours, against collapse of small networks.</summary>
    WhitenedData2Vec,

    /// <summary>Predict the tokens at masked positions (cross-entropy).</summary>
    MaskedTokens,

    /// <summary>Predict each token but the first from those left of it (cross-entropy; causal mask).</summary>
    NextToken,

    /// <summary>
    /// Predict the true latents over masked tokens, at <see cref="TransformerTraining.TargetLevel"/> (cross-entropy); needs a grammar. What
    /// the theory makes of data2vec once its targets carry these latents: without the wait for them, and without a loss of theirs on the
    /// way.
    /// </summary>
    MaskedLatents,

    /// <summary>Predict the root from the mean of the final features (cross-entropy); needs a grammar.</summary>
    Supervised,

    /// <summary>
    /// From what is in sight, predict the embedding of each masked block, which the same encoder makes of the block alone; what keeps
    /// embeddings apart is one of <see cref="BlockEmbeddingOptions.Regulariser"/>. Gradients go into both: own latents without a teacher
    /// (docs/tried.md has the same for tuples).
    /// </summary>
    BlockEmbedding,
}
