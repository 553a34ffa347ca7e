namespace Rhm.Networks.Transformers;

/// <summary>A point of a training curve.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Strings">Strings read, repetitions included.</param>
/// <param name="Loss">Mean over the steps since the last point.</param>
/// <param name="GradientNorm">The same, of the norm before clipping.</param>
public sealed record TransformerCurvePoint(long Step, long Strings, double Loss, double GradientNorm);
