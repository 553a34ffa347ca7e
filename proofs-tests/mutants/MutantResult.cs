namespace Rhm.Mutants;

/// <summary>The outcome of one bug, as it is kept in a file of its own.</summary>
public sealed record MutantResult(string Id, string Fingerprint, Outcome Outcome, IReadOnlyList<string> Checks, double Seconds,
    string Commit)
{
    /// <summary>Whether it need not be measured again: a bug that was killed stays so, one that survived may meet a new check.</summary>
    public bool StandsFor(Mutant mutant, string commit, bool again) =>
        Fingerprint == mutant.Fingerprint && (Outcome == Outcome.Killed || (Commit == commit && !again));
}
