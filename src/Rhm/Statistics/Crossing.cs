namespace Rhm.Statistics;

/// <summary>Where a learning curve crosses an accuracy.</summary>
/// <param name="Samples">P at the crossing; the end of the range searched where there is none.</param>
/// <param name="Side">Whether it was found.</param>
public readonly record struct Crossing(double Samples, CrossingSide Side);
