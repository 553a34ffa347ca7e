using Rhm.Claims;
using Rhm.Learning;
using Rhm.Thresholds;

namespace Rhm.Report.Evidence;

/// <summary>What was measured for a claim, with everything needed to repeat it.</summary>
/// <param name="Id">Identifier of the claim.</param>
/// <param name="Statement">The statement that was measured; another one means results of another version.</param>
/// <param name="Scale">quick or paper.</param>
/// <param name="Seed">Seed of all random numbers.</param>
/// <param name="Program">Version that measured it.</param>
/// <param name="Commit">Commit of that version; null where the program was not built in a clone.</param>
/// <param name="Learners">Versions of the learners that the claim is about, by name; null where they are not known.</param>
/// <param name="Measured">Predicted and measured value.</param>
/// <param name="Control">The same measurement with the planted error; null where it was not run.</param>
public sealed record StoredClaim(string Id, string Statement, string Scale, ulong Seed, string Program, string? Commit,
    IReadOnlyDictionary<string, int>? Learners, Measurement Measured, Measurement? Control)
{
    /// <summary>The command that repeats the measurement.</summary>
    public string Command
    {
        get
        {
            string scale = Scale == "quick" ? "" : $" --scale {Scale}", seed = Seed == 1 ? "" : $" --seed {Seed}";
            return $"rhm verify --claims {Id}{scale}{seed}{(Control is null ? "" : " --controls")}";
        }
    }

    /// <summary>What this says of the claim.</summary>
    public Verdict Verdict => Measured.Verdict;

    /// <summary>Why this has to be measured anew, in a few words; null where it does not.</summary>
    /// <param name="claim">The claim as it is today.</param>
    /// <param name="isInHistory">Whether a commit is one of those that led here.</param>
    public string? Staleness(Claim claim, Func<string, bool> isInHistory)
    {
        ArgumentNullException.ThrowIfNull(claim);
        ArgumentNullException.ThrowIfNull(isInHistory);
        if (claim.Statement != Statement) return "of another statement";
        if (Learners is null) return "by a version without 95% intervals and rivals";
        if (Commit is null || !isInHistory(Commit)) return "at a commit that is not in the history";
        int search = Learners.GetValueOrDefault(SearchName, 1); // older evidence does not say it
        if (!claim.Learners.IsEmpty && search != ThresholdMeasurement.SearchVersion)
            return $"by version {search} of the search for P*, which is at version {ThresholdMeasurement.SearchVersion} today";
        return claim.Learners.FirstOrDefault(learner => Learners.GetValueOrDefault(learner.Name) != learner.Version) is { } changed
            ? $"by version {Learners.GetValueOrDefault(changed.Name)} of {changed.Name}, which is at version {changed.Version} today"
            : null;
    }

    // No learner has a name with a blank.
    private const string SearchName = "search for P*";

    /// <summary>Versions of what a claim is measured with: its learners and, if there are any, the search for P*.</summary>
    internal static SortedDictionary<string, int> VersionsOf(IReadOnlyCollection<Learner> learners)
    {
        var versions = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (Learner learner in learners) versions.Add(learner.Name, learner.Version);
        if (learners.Count > 0) versions.Add(SearchName, ThresholdMeasurement.SearchVersion);
        return versions;
    }
}
