namespace Rhm.Networks.JointEmbedding;

/// <summary>
/// What an encoder of tuples is trained for: each objective predicts the embedding of a cousin tuple, and keeps embeddings apart in its own
/// way.
/// </summary>
public enum JointEmbeddingObjective
{
    /// <summary>
    /// VAMP-2: the sum of squared singular values of the whitened cross-moments of cousin tuples (Mardt, Pasquali, Wu, Noé,
    /// arXiv:1710.06012); batches are cut in two independent halves, whose product is unbiased.
    /// </summary>
    Vamp,

    /// <summary>Spectral contrastive loss, -2 E z_i^T W z_j + E (z_i^T W z_j')^2 (HaoChen, Wei, Gaidon, Ma, arXiv:2106.04156).</summary>
    SpectralContrastive,

    /// <summary>VICReg: prediction, variance hinge, covariance penalty (Bardes, Ponce, LeCun, arXiv:2105.04906).</summary>
    VicReg,

    /// <summary>Barlow Twins: the cross-correlation of prediction and target to the identity (Zbontar et al., arXiv:2103.03230).</summary>
    BarlowTwins,

    /// <summary>
    /// LeJEPA's SIGReg: prediction, and the Epps-Pulley distance of random projections from a standard Gaussian (arXiv:2511.08544).
    /// </summary>
    SigReg,

    /// <summary>The embedding of an exponential moving average of the encoder, and nothing that keeps embeddings apart.</summary>
    Teacher,

    /// <summary>The same, its embeddings whitened.</summary>
    WhitenedTeacher,

    /// <summary>The control: the elements of the cousin tuple (the paper's target), by the same encoder.</summary>
    Elements,
}
