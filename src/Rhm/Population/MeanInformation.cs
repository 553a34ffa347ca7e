namespace Rhm.Population;

/// <summary>A mean of information over sampled strings, in nats.</summary>
/// <param name="Mean">Mean over strings.</param>
/// <param name="StandardError">Standard error of the mean; strings are independent. Not a number for one string.</param>
/// <param name="Strings">Number of strings.</param>
public readonly record struct MeanInformation(double Mean, double StandardError, long Strings);
