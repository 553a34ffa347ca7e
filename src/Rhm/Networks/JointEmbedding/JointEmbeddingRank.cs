namespace Rhm.Networks.JointEmbedding;

/// <summary>How many directions the embeddings of a level fill.</summary>
/// <param name="Level">The level whose latents they tell apart, 1..L-1.</param>
/// <param name="EffectiveRank">exp of the entropy of the eigenvalues of their covariance, 1..d; 0 where nothing had to be learned.</param>
/// <param name="Dimension">d; 0 where nothing had to be learned.</param>
public readonly record struct JointEmbeddingRank(int Level, double EffectiveRank, int Dimension);
