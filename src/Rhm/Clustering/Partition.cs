namespace Rhm.Clustering;

/// <summary>A partition of n points in k clusters.</summary>
/// <param name="Labels">Cluster of each point, 0..k-1.</param>
/// <param name="Inertia">Sum of squared distances of the points to the mean of their cluster.</param>
public sealed record Partition(int[] Labels, double Inertia);
