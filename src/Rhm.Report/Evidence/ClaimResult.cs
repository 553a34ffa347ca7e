using Rhm.Claims;

namespace Rhm.Report.Evidence;

/// <summary>A claim with its place in the appendix and what was measured.</summary>
/// <param name="Number">1, 2, ...: the same in the appendix and in the report.</param>
/// <param name="Claim">The claim.</param>
/// <param name="Stored">The stored measurement.</param>
/// <param name="Experiments">Experiments of the figures that show the claim.</param>
public sealed record ClaimResult(int Number, Claim Claim, StoredClaim Stored, IReadOnlyList<StoredExperiment> Experiments)
{
    /// <summary>Identifier of the claim.</summary>
    public string Id => Claim.Id;

    /// <summary>The interval as people read it.</summary>
    public string Interval(Func<double, string> format)
    {
        ArgumentNullException.ThrowIfNull(format);
        Measurement m = Stored.Measured;
        if (m.Low != m.High) return $"[{format(m.Low)}, {format(m.High)}]";
        return Claim.FalseAlarm == 0 ? "exact" : $"at most {format(m.AcceptHigh)}";
    }
}
