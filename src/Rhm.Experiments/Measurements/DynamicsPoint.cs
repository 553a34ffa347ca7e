namespace Rhm.Experiments.Measurements;

/// <summary>A level of a network at one time of its training.</summary>
/// <param name="Level">l.</param>
/// <param name="Step">Training steps so far.</param>
/// <param name="Accuracy">One-to-one accuracy of the level's latents.</param>
/// <param name="PredictionLoss">Cross-entropy of cousin elements of level l-1, in nats; NaN before the first step.</param>
/// <param name="ClusteringLoss">The clustering loss of the level; NaN before the first step.</param>
internal sealed record DynamicsPoint(int Level, long Step, double Accuracy, double PredictionLoss, double ClusteringLoss);
