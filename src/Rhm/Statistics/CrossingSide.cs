namespace Rhm.Statistics;

/// <summary>Where a crossing lies.</summary>
public enum CrossingSide
{
    /// <summary>Inside the range searched.</summary>
    Found,

    /// <summary>At or below the smallest P allowed, whose accuracy is high enough.</summary>
    Below,

    /// <summary>Beyond the largest P allowed, whose accuracy is not high enough.</summary>
    Beyond,
}
