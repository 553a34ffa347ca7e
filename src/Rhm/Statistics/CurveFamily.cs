namespace Rhm.Statistics;

/// <summary>Learning curves of several grammars at one setting, on a common grid.</summary>
/// <param name="Samples">P in ascending order.</param>
/// <param name="Accuracy">Accuracy[g][i], of grammar g at P_i.</param>
public sealed record CurveFamily(IReadOnlyList<double> Samples, IReadOnlyList<IReadOnlyList<double>> Accuracy);
