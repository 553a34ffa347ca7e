namespace Rhm.Networks.StackedLatentClustering;

/// <summary>The losses of a batch, each an array over the modules l = 0..L-2.</summary>
/// <param name="Prediction">Mean cross-entropy of a cousin element, in nats.</param>
/// <param name="Clustering">Clustering loss: see <see cref="ClusteringLoss{T}"/>.</param>
/// <param name="Margin">The margin S_m used.</param>
public sealed record SlcLosses(double[] Prediction, double[] Clustering, double[] Margin);
