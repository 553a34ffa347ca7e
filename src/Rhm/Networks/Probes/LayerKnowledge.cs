namespace Rhm.Networks.Probes;

/// <summary>What one layer knows.</summary>
/// <param name="Layer">Number from the input, 0.</param>
/// <param name="EffectiveRank">Participation ratio of the features of single positions, one a string.</param>
/// <param name="Levels">Levels 1..L.</param>
public sealed record LayerKnowledge(int Layer, double EffectiveRank, IReadOnlyList<LevelKnowledge> Levels);
