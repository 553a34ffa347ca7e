namespace Rhm.Networks.StackedLatentClustering;

/// <summary>A point of the training curves.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Losses">Means over the steps since the last point; null at step 0.</param>
/// <param name="Score">What the network knows of the grammar; null where there is none.</param>
public sealed record SlcCurvePoint(long Step, SlcLosses? Losses, SlcScore? Score);
