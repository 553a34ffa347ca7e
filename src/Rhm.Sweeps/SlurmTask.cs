namespace Rhm.Sweeps;

/// <summary>One task of a job array: what Slurm's script runs on a node.</summary>
public static class SlurmTask
{
    /// <summary>
    /// Runs the task's cells, and appends their outcomes to a shard of its own. Started again, after it was preempted or killed, it goes on
    /// where it was; the cells during which it died come last.
    /// </summary>
    /// <param name="folder">The array's folder.</param>
    /// <param name="task">Number of the task.</param>
    /// <param name="threads">Cores.</param>
    /// <param name="cellThreads">Threads of a cell.</param>
    /// <param name="functions">Functions that cells may call by name.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>How many outcomes were written.</returns>
    /// <exception cref="ArgumentException">The cells cannot be read, or are of another version of the code.</exception>
    public static int Run(string folder, int task, int threads, int cellThreads, IEnumerable<CellFunction>? functions = null,
        CancellationToken cancellation = default)
    {
        (IReadOnlyList<SlurmArray.Entry> entries, IReadOnlyList<string> assemblies) = new SlurmArray(folder).Read();
        var catalog = new CellCatalog(functions);
        foreach (string assembly in assemblies) SweepCommands.AddLearners(catalog, assembly);
        if (entries.All(entry => entry.Task != task)) throw new ArgumentException($"{folder} has no cells of task {task}");
        var cells = entries.Where(entry => entry.Task == task)
            .Select(entry => (Cell: Cell.Parse(entry.Configuration, catalog), entry.Unfinished)).ToList();

        var problems = new List<Shard.Problem>();
        var earlier = Directory.EnumerateFiles(folder, $"task-{task}-*{Shard.Extension}")
            .Select(path => Shard.Read(path, Shard.Position.Beginning, problems)).ToList();
        HashSet<CellKey> finished = [.. earlier.SelectMany(read => read.Outcomes).Select(outcome => outcome.Key)];
        HashSet<CellKey> unfinished = [.. earlier.SelectMany(read => read.End.Open),
            .. cells.Where(entry => entry.Unfinished).Select(entry => entry.Cell.Key)];
        Cell[] toRun = [.. from entry in cells
                           where !finished.Contains(entry.Cell.Key)
                           orderby unfinished.Contains(entry.Cell.Key)
                           select entry.Cell];
        if (toRun.Length == 0) return 0;

        int written = 0;
        using var shard = new Shard(Path.Combine(folder, $"task-{task}-{Guid.NewGuid().ToString("N")[..12]}{Shard.Extension}"));
        LocalEngine.Run(toRun, toRun.Count(cell => unfinished.Contains(cell.Key)), threads, cellThreads, SweepPlan.AvailableMemoryBytes,
            cell => shard.Begin(cell.Key), outcome =>
            {
                shard.Append(outcome);
                written++;
            }, cancellation);
        return written;
    }
}
