namespace Rhm.Networks.Dense;

/// <summary>One layer of a <see cref="DenseNetwork{T}"/>: the same map of every row of an example.</summary>
/// <param name="Rows">Rows of an example; the layer below has Rows (Inputs / its Outputs) of them, read side by side.</param>
/// <param name="Inputs">Entries of a row.</param>
/// <param name="Outputs">Entries of a row after the map.</param>
internal readonly record struct DenseLayer(int Rows, int Inputs, int Outputs);
