namespace Rhm.Networks.Probes;

/// <summary>What the regression targets of a network carry, at random positions.</summary>
/// <param name="EffectiveRank">Participation ratio of the targets.</param>
/// <param name="Dimension">Features of a target.</param>
/// <param name="Levels">Element l-1: accuracy of a linear probe of the symbol of level l above the position.</param>
/// <param name="Collapsed">
/// Whether the effective rank is below v - 1, that of v equidistant points: no room for the latents of one level.
/// </param>
public sealed record TargetKnowledge(double EffectiveRank, int Dimension, IReadOnlyList<double> Levels, bool Collapsed);
