namespace Rhm.Sweeps;

/// <summary>Merges the shards of a folder into a store: at any time, as often as one likes, also while tasks write them.</summary>
/// <param name="folder">Shards are in its subfolders.</param>
public sealed class ShardCollector(string folder)
{
    private readonly Dictionary<string, Shard.Position> _read = [];

    /// <summary>What a merge did.</summary>
    /// <param name="Outcomes">What was read that this collector had not read before.</param>
    /// <param name="Added">How many of these were new to the store.</param>
    /// <param name="Problems">Lines that could not be read.</param>
    public sealed record Report(IReadOnlyList<CellOutcome> Outcomes, int Added, IReadOnlyList<Shard.Problem> Problems);

    /// <summary>Merges what was added since this collector's last merge; a new collector starts at the beginning.</summary>
    /// <param name="store">Receives the results of its cells; others are left out.</param>
    public Report Collect(ResultStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        var problems = new List<Shard.Problem>();
        var outcomes = new List<CellOutcome>();
        if (!Directory.Exists(folder)) return new Report(outcomes, 0, problems);
        IEnumerable<string> shards = Directory.EnumerateFiles(folder, "*" + Shard.Extension, SearchOption.AllDirectories);
        foreach (string path in shards.Order(StringComparer.Ordinal))
        {
            Shard.Position from = _read.GetValueOrDefault(path, Shard.Position.Beginning);
            (IReadOnlyList<CellOutcome> found, _read[path]) = Shard.Read(path, from, problems);
            outcomes.AddRange(found);
        }
        int added = outcomes.Count == 0 ? 0 : store.FinishAll(outcomes);
        // The start of an attempt is its array: a task that the cluster moves or preempts, and starts again, is still the same attempt.
        store.Begin(_read.SelectMany(shard => shard.Value.Open.Select(key => (key, Path.GetFileName(Path.GetDirectoryName(shard.Key)!)))));
        return new Report(outcomes, added, problems);
    }
}
