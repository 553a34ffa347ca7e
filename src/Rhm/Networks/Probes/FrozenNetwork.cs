namespace Rhm.Networks.Probes;

/// <summary>The layers of a frozen network, from its input up, for some strings. The arrays are read before the next call.</summary>
/// <param name="tokens">[strings, s^L].</param>
public delegate IReadOnlyList<LayerStates> FrozenNetwork(ReadOnlySpan<ushort> tokens);
