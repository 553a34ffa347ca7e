using Rhm.Statistics;

namespace Rhm.Experiments.Measurements;

/// <summary>How P* of networks grows.</summary>
/// <param name="Curve">By which accuracy P* is read.</param>
/// <param name="Quantity">Power of m, or growth with L.</param>
/// <param name="Measured">NaN where some P* was not found, or not without one of the grammars.</param>
/// <param name="Interval">95%.</param>
/// <param name="Predicted">Over the same settings.</param>
/// <param name="FromTokens">What token-level learning would show.</param>
internal sealed record SlcLaw(string Curve, string Quantity, double Measured, Interval Interval, double Predicted, double FromTokens);
