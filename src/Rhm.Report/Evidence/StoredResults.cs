using Rhm.Claims;

namespace Rhm.Report.Evidence;

/// <summary>All stored results: what the appendix, the report and citations are written from.</summary>
/// <param name="Claims">Every claim of the ledger, by chapter.</param>
/// <param name="Experiments">Every experiment found.</param>
public sealed record StoredResults(IReadOnlyList<ClaimResult> Claims, IReadOnlyList<StoredExperiment> Experiments)
{
    /// <summary>Every claim of the ledger in the order of the chapters; numbers them.</summary>
    public static IReadOnlyList<(int Number, Blueprint.Entry Entry)> Numbered { get; } =
    [
        .. Blueprint.chapters.SelectMany(chapter => Blueprint.entries.Where(entry => entry.Chapter.Name == chapter.Name)).Select((entry, i) => (i + 1, entry)),
    ];

    /// <summary>Reads a results folder.</summary>
    /// <param name="folder">Where rhm verify and rhm reproduce store.</param>
    /// <exception cref="ArgumentException">Nothing has been measured yet, or by another version; the message names the command to run.</exception>
    public static StoredResults Read(string folder)
    {
        Dictionary<string, StoredClaim> stored = StoredClaims.ReadAll(folder).ToDictionary(claim => claim.Id);
        StoredExperiment[] experiments = [.. Directory.GetDirectories(folder).Order(StringComparer.Ordinal).Select(StoredExperiment.Read).OfType<StoredExperiment>()];
        return new StoredResults(
            [.. Numbered.Select(n => new ClaimResult(n.Number, n.Entry, stored[n.Entry.Claim.Id], [.. experiments.Where(e => e.IsNamedIn(n.Entry.Claim.Source))]))],
            experiments);
    }

    /// <summary>The chapter in which an experiment is shown: that of the last claim that names it, else by what was learned.</summary>
    public string ChapterOf(StoredExperiment experiment)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        if (experiment.Name.Contains("spectral", StringComparison.Ordinal)) return "spectral";
        if (experiment.Name.Contains("slc", StringComparison.Ordinal) || experiment.Published is ("3", "right") or ("8" or "9" or "10" or "12", _)) return "slc";
        if (experiment.Name.StartsWith("objectives", StringComparison.Ordinal) || experiment.Published is ("4" or "5" or "13" or "14", _)) return "transformers";
        return Claims.LastOrDefault(claim => claim.Experiments.Contains(experiment))?.Entry.Chapter.Name ?? "recovery";
    }
}
