using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Rhm.Learning;

namespace Rhm.Sweeps;

/// <summary>
/// Runs cells as job arrays of Slurm. Everything is in one shared folder beside the store: a subfolder for each array, with its script,
/// its cells by task, the tasks' logs and their shards. Nothing else is remembered: which tasks are alive says <c>squeue</c>, by the name of
/// the array, so that the submitting program may die and start again at any moment.
/// </summary>
public sealed class SlurmEngine
{
    private const int MaxTasks = 1000;
    private const int MaxWavesWithoutProgress = 3;
    private const string CellsFile = "cells.txt";

    // Behind the number of a task: its cell was begun before and did not end.
    private const char SuspectMark = '!';
    private const string ScriptFile = "job.sh";
    private const string NamePrefix = "rhm-";

    private readonly string _folder;
    private readonly SlurmOptions _options;
    private readonly ShardCollector _collector;
    private readonly Dictionary<CellKey, (string Batch, int Task)> _assigned = [];
    private readonly HashSet<string> _recalled = [];

    /// <summary>For the sweeps of a store.</summary>
    /// <param name="storePath">The store.</param>
    /// <param name="options">The cluster.</param>
    public SlurmEngine(string storePath, SlurmOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        (_folder, _options) = (FolderOf(storePath), options);
        _collector = new ShardCollector(_folder);
        // Slurm's own commands take words, not blanks or quotes.
        foreach ((string name, string? value) in ((string, string?)[])[("partition", options.Partition), ("time", options.Time), ("mem", options.Memory), ("account", options.Account)])
        {
            if (value is not null && (value.Length == 0 || value.Any(c => char.IsWhiteSpace(c) || c is '"' or '\'' or '`' or '$')))
                throw new ArgumentException($"--{name} \"{value.ReplaceLineEndings(" ")}\" is no single word");
        }
        if (options.ArrayLimit < 1 || options.Tasks is < 1 or > MaxTasks) throw new ArgumentException($"--array-limit must be at least 1 and --tasks within 1..{MaxTasks}");
    }

    /// <summary>What happens while tasks run.</summary>
    /// <param name="New">Outcomes that came in.</param>
    /// <param name="Running">Tasks that run.</param>
    /// <param name="Waiting">Tasks that wait.</param>
    /// <param name="Submitted">Tasks that were submitted just now.</param>
    /// <param name="Problems">Damaged lines of shards.</param>
    public sealed record News(IReadOnlyList<CellOutcome> New, int Running, int Waiting, int Submitted, IReadOnlyList<Shard.Problem> Problems);

    /// <summary>The shared folder of a store.</summary>
    /// <param name="storePath">The store.</param>
    public static string FolderOf(string storePath) => Path.GetFullPath(storePath) + ".slurm";

    /// <summary>Refuses to start where Slurm's commands are missing.</summary>
    /// <exception cref="ArgumentException">They are.</exception>
    public static void RequireCommands()
    {
        foreach (string command in (string[])["sbatch", "squeue"])
        {
            bool found = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
                .Any(folder => folder.Length > 0 && File.Exists(Path.Combine(folder, command)));
            if (!found) throw new ArgumentException($"there is no {command} on the PATH: --engine slurm runs where Slurm's commands are installed (--dry-run shows the script anywhere)");
        }
    }

    /// <summary>The script and the number of tasks, without submitting or writing anything.</summary>
    /// <param name="cells">Cells to run.</param>
    /// <param name="seconds">Expected time of a cell.</param>
    public (string Script, int Tasks) DryRun(IReadOnlyList<Cell> cells, Func<Cell, double> seconds)
    {
        int tasks = Chunks(cells, seconds).Count;
        return (Script(NamePrefix + "NAME", Path.Combine(_folder, "NAME"), tasks), tasks);
    }

    /// <summary>
    /// Submits what no living task has, collects what comes, and submits again what tasks left undone (failed, timed out, killed,
    /// preempted), until every cell has an outcome; a cell during which task after task dies gets that as its outcome.
    /// </summary>
    /// <param name="cells">Cells to run.</param>
    /// <param name="assemblies">Assemblies with the user's own learners.</param>
    /// <param name="store">Receives the outcomes.</param>
    /// <param name="seconds">Expected time of a cell; asked for only when something is submitted.</param>
    /// <param name="wait">Whether to stay until all is done.</param>
    /// <param name="news">What happens.</param>
    /// <param name="cancellation">Stops waiting; the tasks go on.</param>
    /// <exception cref="IOException">Three arrays in a row ended without a single new outcome.</exception>
    public void Run(IReadOnlyList<Cell> cells, IReadOnlyList<string> assemblies, ResultStore store, Lazy<Func<Cell, double>> seconds, bool wait, Action<News> news, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(cells);
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(seconds);
        ArgumentNullException.ThrowIfNull(news);
        var remaining = cells.ToDictionary(cell => cell.Key);
        // Failures that earlier arrays wrote down are to be tried again; their results are not.
        foreach (CellOutcome outcome in _collector.Collect(store).Outcomes.Where(outcome => outcome.Accuracy is not null)) remaining.Remove(outcome.Key);
        int fruitless = 0;
        var clock = Stopwatch.StartNew();
        while (true)
        {
            // The queue first: whatever a task wrote before it left the queue is then in the shards.
            Dictionary<(string Batch, int Task), bool> alive = Alive(cancellation);
            foreach (string batch in alive.Keys.Select(task => task.Batch).Distinct()) Recall(batch);
            ShardCollector.Report report = _collector.Collect(store);
            foreach (CellOutcome outcome in report.Outcomes) remaining.Remove(outcome.Key);
            if (report.Outcomes.Count > 0) fruitless = 0;
            Cell[] lost = [.. remaining.Values.Where(cell => !_assigned.TryGetValue(cell.Key, out var task) || !alive.ContainsKey(task))];
            IReadOnlyList<CellOutcome> given = store.GiveUp(lost);
            foreach (CellOutcome outcome in given) remaining.Remove(outcome.Key);
            if (given.Count > 0) lost = [.. lost.Where(cell => remaining.ContainsKey(cell.Key))];
            int submitted = 0;
            if (lost.Length > 0)
            {
                if (++fruitless > MaxWavesWithoutProgress)
                    throw new IOException($"{MaxWavesWithoutProgress} arrays in a row ended without a single result; the last log says: {LastLog()}");
                submitted = Submit(lost, store.Begun(), assemblies, seconds.Value);
            }
            news(new News([.. report.Outcomes, .. given], alive.Values.Count(running => running), alive.Values.Count(running => !running) + submitted, submitted, report.Problems));
            if (remaining.Count == 0 || !wait) return;
            double pause = Math.Min(_options.Poll.TotalSeconds, 1 + clock.Elapsed.TotalSeconds / 20);
            if (cancellation.WaitHandle.WaitOne(TimeSpan.FromSeconds(pause))) cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Runs the cells of one task of an array, and appends their outcomes to a shard of its own.</summary>
    /// <param name="batchFolder">The array's folder.</param>
    /// <param name="task">Number of the task.</param>
    /// <param name="threads">Cores.</param>
    /// <param name="cellThreads">Threads of a cell.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>How many outcomes were written.</returns>
    public static int RunTask(string batchFolder, int task, int threads, int cellThreads, CancellationToken cancellation)
    {
        var catalog = new LearnerCatalog();
        var cells = new List<Cell>();
        var suspects = new HashSet<CellKey>();
        foreach (string line in File.ReadLines(Path.Combine(batchFolder, CellsFile)))
        {
            int blank = line.IndexOf(' ', StringComparison.Ordinal);
            if (line[..blank] == "assembly") catalog.AddAssembly(line[(blank + 1)..]);
            else if (int.Parse(line.AsSpan(0, blank).TrimEnd(SuspectMark), CultureInfo.InvariantCulture) == task)
            {
                cells.Add(Cell.Parse(line[(blank + 1)..], catalog));
                if (line[blank - 1] == SuspectMark) suspects.Add(cells[^1].Key);
            }
        }
        // What an earlier start of the same task finished, before it was preempted or killed.
        var problems = new List<Shard.Problem>();
        var earlier = Directory.EnumerateFiles(batchFolder, $"task-{task}-*{Shard.Extension}").Select(path => Shard.Read(path, Shard.Position.Beginning, problems)).ToList();
        HashSet<CellKey> finished = [.. earlier.SelectMany(read => read.Outcomes).Select(outcome => outcome.Key)];
        suspects.UnionWith(earlier.SelectMany(read => read.End.Open));
        Cell[] toRun = [.. cells.Where(cell => !finished.Contains(cell.Key)).OrderBy(cell => suspects.Contains(cell.Key))];
        if (toRun.Length == 0) return 0;
        int written = 0;
        using var shard = new Shard(Path.Combine(batchFolder, $"task-{task}-{Guid.NewGuid().ToString("N")[..12]}{Shard.Extension}"));
        LocalEngine.Run(toRun, toRun.Count(cell => suspects.Contains(cell.Key)), threads, cellThreads, SweepPlan.AvailableMemoryBytes, cell => shard.Begin(cell.Key), outcome =>
        {
            shard.Append(outcome);
            written++;
        }, cancellation);
        return written;
    }

    /// <summary>Parts of about the same expected time: the long cells first, each to the part with least.</summary>
    private List<List<Cell>> Chunks(IReadOnlyList<Cell> cells, Func<Cell, double> seconds)
    {
        double total = cells.Sum(seconds);
        int count = Math.Min(cells.Count, _options.Tasks ?? (int)Math.Clamp(Math.Max(total / 600, Math.Min(16, total / 10)), 1, MaxTasks));
        var parts = new PriorityQueue<List<Cell>, (double, int)>(Enumerable.Range(0, count).Select(i => (new List<Cell>(), (0.0, i))));
        foreach (Cell cell in cells.OrderByDescending(seconds))
        {
            parts.TryDequeue(out List<Cell>? part, out (double Time, int Number) least);
            part!.Add(cell);
            parts.Enqueue(part, (least.Time + seconds(cell), least.Number));
        }
        return [.. parts.UnorderedItems.OrderBy(part => part.Priority.Item2).Select(part => part.Element)];
    }

    private int Submit(IReadOnlyList<Cell> cells, IReadOnlyDictionary<CellKey, int> begun, IReadOnlyList<string> assemblies, Func<Cell, double> seconds)
    {
        string batch = NamePrefix + Guid.NewGuid().ToString("N")[..12];
        string folder = Path.Combine(_folder, batch);
        Directory.CreateDirectory(folder);
        _recalled.Add(batch);
        List<List<Cell>> parts = Chunks(cells, seconds);
        using (var writer = new StreamWriter(Path.Combine(folder, CellsFile)) { NewLine = "\n" })
        {
            foreach (string assembly in assemblies) writer.WriteLine($"assembly {assembly}");
            for (int task = 0; task < parts.Count; task++)
            {
                foreach (Cell cell in parts[task])
                {
                    writer.WriteLine($"{task}{(begun.ContainsKey(cell.Key) ? $"{SuspectMark}" : "")} {cell.Configuration}");
                    _assigned[cell.Key] = (batch, task);
                }
            }
        }
        string script = Path.Combine(folder, ScriptFile);
        File.WriteAllText(script, Script(batch, folder, parts.Count));
        (int code, _, string error) = Call("sbatch", "--parsable", script);
        return code == 0 ? parts.Count : throw new IOException($"sbatch refused the array: {error.Trim()}");
    }

    private string Script(string name, string folder, int tasks)
    {
        var script = new StringBuilder("#!/bin/bash\n");
        void Say(string option) => script.Append("#SBATCH ").Append(option).Append('\n');
        Say($"--job-name={name}");
        Say($"--array=0-{tasks - 1}{(_options.ArrayLimit is int limit ? $"%{limit}" : "")}");
        Say($"--output=\"{folder}/task-%a.log\"");
        Say("--open-mode=append");
        Say("--requeue");
        Say($"--cpus-per-task={_options.Threads}");
        if (_options.Partition is string partition) Say($"--partition={partition}");
        if (_options.Account is string account) Say($"--account={account}");
        if (_options.Time is string time) Say($"--time={time}");
        if (_options.Memory is string memory) Say($"--mem={memory}");
        if (_options.Setup is string setup) script.Append(setup).Append('\n');
        string program = string.Join(' ', Program().Select(Quote));
        script.Append($"exec {program} sweep task {Quote(folder)} --task \"$SLURM_ARRAY_TASK_ID\" --threads {_options.Threads} --cell-threads {_options.CellThreads}\n");
        return script.ToString();
    }

    private static string Quote(string word) => $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    /// <summary>How this program was started.</summary>
    private static string[] Program()
    {
        string host = Environment.ProcessPath ?? "dotnet";
        string entry = System.Reflection.Assembly.GetEntryAssembly()?.Location ?? "";
        return Path.GetFileNameWithoutExtension(host) == "dotnet" ? [host, "exec", entry] : [host];
    }

    /// <summary>Which task of an array has which cell, from its folder: it may have been submitted by an earlier run.</summary>
    private void Recall(string batch)
    {
        if (!_recalled.Add(batch)) return;
        foreach (string line in File.ReadLines(Path.Combine(_folder, batch, CellsFile)))
        {
            int blank = line.IndexOf(' ', StringComparison.Ordinal);
            if (int.TryParse(line.AsSpan(0, blank).TrimEnd(SuspectMark), CultureInfo.InvariantCulture, out int task))
                _assigned[CellKey.Of(Encoding.UTF8.GetBytes(line[(blank + 1)..]))] = (batch, task);
        }
    }

    /// <summary>The tasks in the queue, and whether they run. While the queue cannot be asked, nothing is taken for dead.</summary>
    private Dictionary<(string Batch, int Task), bool> Alive(CancellationToken cancellation)
    {
        HashSet<string> names = Directory.Exists(_folder) ? [.. Directory.EnumerateDirectories(_folder, NamePrefix + "*").Select(folder => Path.GetFileName(folder))] : [];
        var alive = new Dictionary<(string, int), bool>();
        if (names.Count == 0) return alive;
        for (int attempt = 1; ; attempt++)
        {
            (int code, string output, string error) = Call("squeue", "--noheader", "--array", "--me", "--format=%j %K %T");
            if (code == 0)
            {
                foreach (string[] field in output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)))
                {
                    if (field is [string name, string task, string state] && names.Contains(name) && int.TryParse(task, CultureInfo.InvariantCulture, out int number)) alive[(name, number)] = state != "PENDING";
                }
                return alive;
            }
            if (attempt == 20) throw new IOException($"squeue does not answer: {error.Trim()}");
            if (cancellation.WaitHandle.WaitOne(TimeSpan.FromSeconds(3))) cancellation.ThrowIfCancellationRequested();
        }
    }

    private string LastLog()
    {
        string? log = Directory.EnumerateFiles(_folder, "*.log", SearchOption.AllDirectories).MaxBy(File.GetLastWriteTimeUtc);
        string? last = log is null ? null : File.ReadLines(log).LastOrDefault(line => line.Trim().Length > 0);
        return last is null ? "nothing" : $"{last} ({log})";
    }

    private static (int Code, string Output, string Error) Call(string command, params ReadOnlySpan<string> arguments)
    {
        var start = new ProcessStartInfo(command) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> error = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output, error.GetAwaiter().GetResult());
        }
        catch (Win32Exception error)
        {
            throw new ArgumentException($"cannot start {command}: {error.Message}", error);
        }
    }
}
