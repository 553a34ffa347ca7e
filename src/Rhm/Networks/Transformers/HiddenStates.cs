namespace Rhm.Networks.Transformers;

/// <summary>Hidden states of strings, in evaluation mode (no dropout).</summary>
/// <param name="Layers">
/// layers + 1 arrays [N T, d_model], string by string: element 0 the embeddings, element l what block l adds to.
/// </param>
/// <param name="Final">The final LayerNorm of the last element [N T, d_model]: the features that heads and probes see.</param>
public sealed record HiddenStates(IReadOnlyList<float[]> Layers, float[] Final);
