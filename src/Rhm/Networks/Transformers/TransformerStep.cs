namespace Rhm.Networks.Transformers;

/// <summary>What a step tells.</summary>
/// <param name="Loss">Mean loss of the batch before the step: nats a token or root, or the smooth L1 loss.</param>
/// <param name="GradientNorm">Euclidean norm of the gradient before it was clipped.</param>
public readonly record struct TransformerStep(double Loss, double GradientNorm);
