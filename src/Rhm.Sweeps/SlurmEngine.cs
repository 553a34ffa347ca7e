using System.Diagnostics;

namespace Rhm.Sweeps;

/// <summary>
/// Runs cells as job arrays of Slurm. Everything is in one shared folder beside the store: a subfolder for each array, with its script,
/// its cells by task, the tasks' logs and their shards. Nothing else is remembered: which tasks are in the queue says <c>squeue</c>, by the
/// name of the array, so that the submitting program may die and start again at any moment.
/// </summary>
public sealed class SlurmEngine
{
    private const int MaxTasks = 1000;
    private const int MaxWavesWithoutProgress = 3;

    private readonly string _folder;
    private readonly SlurmOptions _options;
    private readonly ShardCollector _collector;
    private readonly Dictionary<CellKey, (string Array, int Task)> _assigned = [];
    private readonly HashSet<string> _recalled = [];

    /// <summary>For the sweeps of a store.</summary>
    /// <param name="storePath">The store.</param>
    /// <param name="options">The cluster.</param>
    public SlurmEngine(string storePath, SlurmOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        (_folder, _options) = (FolderOf(storePath), options);
        _collector = new ShardCollector(_folder);
        // A line of a file names the files of learners, and squeue shows lines.
        if (_folder.Any(char.IsControl))
        {
            string shown = string.Concat(_folder.Select(c => char.IsControl(c) ? '?' : c));
            throw new ArgumentException($"{shown} has a control character (?) in its name: Slurm needs another");
        }
        // Slurm's own commands take words, not blanks or quotes.
        foreach ((string name, string? value) in ((string, string?)[])
            [("partition", options.Partition), ("time", options.Time), ("mem", options.Memory), ("account", options.Account)])
        {
            if (value is not null && (value.Length == 0 || value.Any(c => char.IsWhiteSpace(c) || c is '"' or '\'' or '`' or '$')))
                throw new ArgumentException($"--{name} \"{value.ReplaceLineEndings(" ")}\" is no single word");
        }
        if (options.ArrayLimit < 1 || options.Tasks is < 1 or > MaxTasks)
            throw new ArgumentException($"--array-limit must be at least 1 and --tasks within 1..{MaxTasks}");
    }

    /// <summary>What happens while tasks run.</summary>
    /// <param name="New">Outcomes that came in.</param>
    /// <param name="Running">Tasks that run.</param>
    /// <param name="Waiting">Tasks that wait.</param>
    /// <param name="Submitted">Tasks that were submitted just now.</param>
    /// <param name="Problems">Damaged lines of shards.</param>
    public sealed record News(IReadOnlyList<CellOutcome> New, int Running, int Waiting, int Submitted,
        IReadOnlyList<Shard.Problem> Problems);

    /// <summary>The shared folder of a store.</summary>
    /// <param name="storePath">The store.</param>
    public static string FolderOf(string storePath) => Path.GetFullPath(storePath) + ".slurm";

    /// <summary>The script and the number of tasks, without submitting or writing anything.</summary>
    /// <param name="cells">Cells to run.</param>
    /// <param name="seconds">Expected time of a cell.</param>
    public (string Script, int Tasks) DryRun(IReadOnlyList<Cell> cells, Func<Cell, double> seconds)
    {
        int tasks = Parts(cells, seconds).Count;
        return (SlurmArray.Script(SlurmArray.NamePrefix + "NAME", Path.Combine(_folder, "NAME"), tasks, _options), tasks);
    }

    /// <summary>
    /// Submits what no task in the queue has, collects what comes, and submits again what tasks left undone (failed, timed out, killed,
    /// preempted), until every cell has an outcome; a cell during which task after task dies gets that as its outcome.
    /// </summary>
    /// <param name="cells">Cells to run.</param>
    /// <param name="assemblies">Assemblies with the user's own learners.</param>
    /// <param name="store">Receives the outcomes.</param>
    /// <param name="seconds">Expected time of a cell; evaluated only when something is submitted.</param>
    /// <param name="wait">Whether to stay until all is done.</param>
    /// <param name="news">What happens.</param>
    /// <param name="cancellation">Stops waiting; the tasks go on.</param>
    /// <exception cref="IOException">Three arrays in a row ended without a single new outcome.</exception>
    public void Run(IReadOnlyList<Cell> cells, IReadOnlyList<string> assemblies, ResultStore store, Lazy<Func<Cell, double>> seconds,
        bool wait, Action<News> news, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(cells);
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(seconds);
        ArgumentNullException.ThrowIfNull(news);
        var remaining = cells.ToDictionary(cell => cell.Key);
        void Remove(IEnumerable<CellOutcome> outcomes)
        {
            foreach (CellOutcome outcome in outcomes) remaining.Remove(outcome.Key);
        }
        // Failures that earlier arrays wrote down are to be tried again; their results are not.
        Remove(_collector.Collect(store).Outcomes.Where(outcome => outcome.Accuracy is not null));
        int fruitless = 0;
        var clock = Stopwatch.StartNew();
        while (true)
        {
            // The queue first: whatever a task wrote before it left the queue is then in the shards.
            Dictionary<(string Array, int Task), bool> queued = SlurmCommands.Queued(Arrays(), cancellation);
            foreach (string array in queued.Keys.Select(task => task.Array).Distinct()) Recall(array);
            ShardCollector.Report report = _collector.Collect(store);
            Remove(report.Outcomes);
            if (report.Outcomes.Count > 0) fruitless = 0;
            bool IsQueued(Cell cell) => _assigned.TryGetValue(cell.Key, out (string, int) task) && queued.ContainsKey(task);
            IReadOnlyList<CellOutcome> given = store.GiveUp(remaining.Values.Where(cell => !IsQueued(cell)));
            Remove(given);
            Cell[] lost = [.. remaining.Values.Where(cell => !IsQueued(cell))];
            int submitted = 0;
            if (lost.Length > 0)
            {
                if (++fruitless > MaxWavesWithoutProgress)
                {
                    throw new IOException(
                        $"{MaxWavesWithoutProgress} arrays in a row ended without a single result; the last log says: {LastLog()}");
                }
                submitted = Submit(lost, store.Begun(), assemblies, seconds.Value);
            }
            int running = queued.Values.Count(runs => runs);
            news(new News([.. report.Outcomes, .. given], running, queued.Count - running + submitted, submitted, report.Problems));
            if (remaining.Count == 0 || !wait) return;
            double pause = Math.Min(_options.Poll.TotalSeconds, 1 + clock.Elapsed.TotalSeconds / 20);
            if (cancellation.WaitHandle.WaitOne(TimeSpan.FromSeconds(pause))) cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Parts of about the same expected time: the long cells first, each to the part with least.</summary>
    private List<List<Cell>> Parts(IReadOnlyList<Cell> cells, Func<Cell, double> seconds)
    {
        double total = cells.Sum(seconds);
        int byTime = (int)Math.Clamp(Math.Max(total / 600, Math.Min(16, total / 10)), 1, MaxTasks);
        int count = Math.Min(cells.Count, _options.Tasks ?? byTime);
        var parts = new PriorityQueue<List<Cell>, (double, int)>(Enumerable.Range(0, count).Select(i => (new List<Cell>(), (0.0, i))));
        foreach (Cell cell in cells.OrderByDescending(seconds))
        {
            parts.TryDequeue(out List<Cell>? part, out (double Time, int Number) least);
            part!.Add(cell);
            parts.Enqueue(part, (least.Time + seconds(cell), least.Number));
        }
        return [.. parts.UnorderedItems.OrderBy(part => part.Priority.Item2).Select(part => part.Element)];
    }

    private int Submit(IReadOnlyList<Cell> cells, IReadOnlyDictionary<CellKey, int> begun, IReadOnlyList<string> assemblies,
        Func<Cell, double> seconds)
    {
        List<List<Cell>> parts = Parts(cells, seconds);
        SlurmArray array = SlurmArray.Create(_folder, parts, begun, assemblies, _options);
        _recalled.Add(array.Name);
        for (int task = 0; task < parts.Count; task++)
        {
            foreach (Cell cell in parts[task]) _assigned[cell.Key] = (array.Name, task);
        }
        array.Submit();
        return parts.Count;
    }

    private HashSet<string> Arrays() => Directory.Exists(_folder)
        ? [.. Directory.EnumerateDirectories(_folder, SlurmArray.NamePrefix + "*").Select(folder => Path.GetFileName(folder))]
        : [];

    /// <summary>Which task of an array has which cell, from its folder: it may have been submitted by an earlier run.</summary>
    private void Recall(string array)
    {
        if (!_recalled.Add(array)) return;
        foreach (SlurmArray.Entry entry in new SlurmArray(Path.Combine(_folder, array)).Read().Cells)
            _assigned[entry.Key] = (array, entry.Task);
    }

    private string LastLog()
    {
        string? log = Directory.EnumerateFiles(_folder, "*.log", SearchOption.AllDirectories).MaxBy(File.GetLastWriteTimeUtc);
        string? last = log is null ? null : File.ReadLines(log).LastOrDefault(line => line.Trim().Length > 0);
        return last is null ? "nothing" : $"{last} ({log})";
    }
}
