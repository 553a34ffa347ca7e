namespace Rhm.Networks.StackedLatentClustering;

/// <summary>What a network knows of a grammar.</summary>
/// <param name="Levels">Levels 1..L-1.</param>
/// <param name="RootLinear">Accuracy of a linear probe of the root on the latents of level L-1.</param>
/// <param name="RootTuple">The same on the products of one latent of each child, that is, on the soft tuple below the root: the root is a
/// function of the tuple, but seldom of a sum of functions of its elements, which is all that a linear probe can see.</param>
public sealed record SlcScore(IReadOnlyList<SlcLevelScore> Levels, double RootLinear, double RootTuple);
