namespace Rhm.Networks.JointEmbedding;

/// <summary>A point of a training curve.</summary>
/// <param name="Level">Level of the tuples' elements, 0..L-2; what is learned is the level above.</param>
/// <param name="Step">Steps done.</param>
/// <param name="Loss">Of the step before.</param>
/// <param name="EffectiveRank">exp of the entropy of the eigenvalues of the embeddings' covariance, 1..d: 1 where they have
/// collapsed.</param>
public sealed record JointEmbeddingCurvePoint(int Level, long Step, double Loss, double EffectiveRank);
