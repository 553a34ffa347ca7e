namespace Rhm.Files;

/// <summary>An array of a safetensors file.</summary>
/// <param name="Shape">Its axes, in C order.</param>
/// <param name="Values">As many numbers as the axes say.</param>
public sealed record SafetensorsArray(IReadOnlyList<long> Shape, float[] Values);
