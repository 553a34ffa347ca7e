namespace Rhm.Population;

/// <summary>A mean loss per predicted token, in nats.</summary>
/// <param name="Mean">Mean over strings.</param>
/// <param name="StandardError">Standard error of the mean; strings are independent.</param>
/// <param name="Strings">Number of strings.</param>
public readonly record struct CrossEntropy(double Mean, double StandardError, long Strings);
