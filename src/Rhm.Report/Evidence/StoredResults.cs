using Rhm.Claims;

namespace Rhm.Report.Evidence;

/// <summary>All stored results: what the appendix, the report and citations are written from.</summary>
/// <param name="Claims">Every claim of the ledger, by chapter.</param>
/// <param name="Experiments">Every experiment found.</param>
public sealed record StoredResults(IReadOnlyList<ClaimResult> Claims, IReadOnlyList<StoredExperiment> Experiments)
{
    /// <summary>How many planted bugs are noticed; null where that was not measured.</summary>
    public MutationScore? Mutants { get; init; }

    /// <summary>Every claim of the ledger in the order of the chapters; numbers them.</summary>
    public static IReadOnlyList<(int Number, Claim Claim)> Numbered { get; } =
    [
        .. Chapter.All.SelectMany(chapter => Ledger.claims.Where(claim => claim.Chapter.Equals(chapter)))
            .Select((claim, i) => (i + 1, claim)),
    ];

    /// <summary>Reads a results folder.</summary>
    /// <param name="folder">Where rhm verify and rhm reproduce store.</param>
    /// <exception cref="ArgumentException">
    /// Nothing has been measured yet, or by another version; the message names the command to run.
    /// </exception>
    public static StoredResults Read(string folder)
    {
        Dictionary<string, StoredClaim> stored = StoredClaims.ReadAll(folder).ToDictionary(claim => claim.Id);
        IEnumerable<string> folders = Directory.GetDirectories(folder).Order(StringComparer.Ordinal);
        StoredExperiment[] experiments = [.. folders.Select(StoredExperiment.Read).OfType<StoredExperiment>()];
        StoredExperiment[] Shown(Claim claim) => [.. experiments.Where(experiment => claim.Figures.Any(experiment.IsOf))];
        return new StoredResults(
            [.. Numbered.Select(n => new ClaimResult(n.Number, n.Claim, stored[n.Claim.Id], Shown(n.Claim)))], experiments)
        {
            Mutants = MutationScore.Read(folder),
        };
    }
}
