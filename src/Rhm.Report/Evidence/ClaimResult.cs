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

    /// <summary>The verdict in a word.</summary>
    public string Verdict => Word(Stored.Verdict);

    /// <summary>What speaks against the verdict; empty where nothing does.</summary>
    public string Reservation => Stored.Measured.IsByWidthAlone
        ? "the measured value itself lies outside of what is allowed, and only the width of the interval speaks for the claim"
        : "";

    /// <summary>A verdict in a word.</summary>
    /// <param name="verdict">The verdict.</param>
    public static string Word(Verdict verdict) => verdict.ToString().ToLowerInvariant();

    /// <summary>Whether the negative control says what it must; null where it was not run.</summary>
    public bool? ControlServes => Stored.Control is { } control ? Claim.IsServedBy(control.Verdict) : null;

    /// <summary>The interval that decides, in words.</summary>
    public string Interval(Func<double, string> format)
    {
        ArgumentNullException.ThrowIfNull(format);
        Measurement m = Stored.Measured;
        if (m.Low != m.High) return $"[{format(m.Low)}, {format(m.High)}]";
        return Claim.FalseAlarm == 0 ? "exact" : $"at most {format(m.AcceptHigh)}";
    }
}
