namespace Rhm.Networks.JointEmbedding;

/// <summary>A point of the training curves.</summary>
/// <param name="Step">Steps done, over all levels.</param>
/// <param name="Levels">The levels that were trained: one where gradients are local, else all.</param>
public sealed record JointEmbeddingCurvePoint(long Step, IReadOnlyList<JointEmbeddingLevelPoint> Levels);
