namespace Rhm.Networks.Probes;

/// <summary>What a layer makes of a batch of strings.</summary>
/// <param name="Values">[strings, positions, dimension], or more; the rest is not read.</param>
/// <param name="Positions">Of a string: s^L for a transformer, s^(L-l) for the layer of a convolution that stands at level l.</param>
/// <param name="Dimension">Features of a position.</param>
public readonly record struct LayerStates(float[] Values, int Positions, int Dimension);
