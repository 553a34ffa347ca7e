namespace Rhm.Networks.JointEmbedding;

/// <summary>A level in a point of the training curves.</summary>
/// <param name="Level">The level whose latents are learned, 1..L-1.</param>
/// <param name="Loss">Mean of the steps since the last point.</param>
/// <param name="EffectiveRank">exp of the entropy of the eigenvalues of the embeddings' covariance, 1..d: 1 where they have collapsed; 0
/// where nothing had to be learned.</param>
public sealed record JointEmbeddingLevelPoint(int Level, double Loss, double EffectiveRank);
