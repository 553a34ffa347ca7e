using Rhm.Sweeps.Expressions;

namespace Rhm.Sweeps;

/// <summary>A sweep with its open store, from the plan to the results: what <c>rhm sweep run</c> and experiments do.</summary>
public sealed class SweepRun : IDisposable
{
    private readonly SweepExecution _how;
    private readonly HashSet<string> _problems = [];

    private readonly Func<Cell, double> _seconds;

    private SweepRun(SweepFile file, ResultStore store, SweepPlan plan, SweepExecution how)
    {
        (File, Store, Plan, _how, _seconds) = (file, store, plan, how, Costs.Of(store, file.Catalog).Seconds);
        Progress = new SweepProgress(plan.ToRun, _seconds);
    }

    /// <summary>The sweep.</summary>
    public SweepFile File { get; }

    /// <summary>Its results.</summary>
    public ResultStore Store { get; }

    /// <summary>What is to do.</summary>
    public SweepPlan Plan { get; }

    /// <summary>How far it is.</summary>
    public SweepProgress Progress { get; }

    /// <summary>Seconds that the cells to run take on this machine, about: by what finished ones took, where there are some.</summary>
    public double ExpectedSeconds =>
        Math.Max(Plan.ToRun.Select(_seconds).DefaultIfEmpty().Max(), Plan.ToRun.Sum(_seconds) / _how.Threads);

    /// <summary>What a cluster does, in a few words; empty on this machine.</summary>
    public string Note { get; private set; } = "";

    /// <summary>Damaged lines of shards, one sentence each.</summary>
    public IReadOnlyCollection<string> Problems => _problems;

    /// <summary>Opens the store, takes in what a cluster's tasks wrote, and plans.</summary>
    /// <param name="file">The sweep.</param>
    /// <param name="storePath">The store; made where there is none.</param>
    /// <param name="how">Where and how.</param>
    /// <param name="only">Chooses cells; null for all.</param>
    /// <param name="import">Fills in results that are known from elsewhere: receives the store and the cells without a result.</param>
    /// <param name="cancellation">Stops planning.</param>
    /// <exception cref="ArgumentException">The file or the condition makes no sense, or another process uses the store.</exception>
    public static SweepRun Open(SweepFile file, string storePath, SweepExecution how, Expression? only = null,
        Action<ResultStore, IReadOnlyList<Cell>>? import = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(how);
        if (how.Slurm is not null) SlurmCommands.Require();
        var store = ResultStore.OpenToWrite(storePath);
        try
        {
            if (how.Slurm is not null) new ShardCollector(SlurmEngine.FolderOf(storePath)).Collect(store);
            SweepPlan PlanNow() => SweepPlan.Of(file, store, only, how.RetryFailed, how.MemoryBytes, cancellation);
            SweepPlan plan = PlanNow();
            store.Register(file.Name, file.Fingerprint, plan.All);
            if (import is not null && plan.ToRun.Count + plan.Refused.Count > 0)
            {
                import(store, [.. plan.ToRun, .. plan.Refused]);
                plan = PlanNow();
            }
            store.NoteRefused(file.Name, plan.Refused.Count);
            if (how.RetryFailed) store.Forgive(plan.ToRun);
            // A cluster may run some of them now: there its engine knows.
            else if (how.Slurm is null) plan = plan.Without(store.GiveUp(plan.ToRun));
            return new SweepRun(file, store, plan, how);
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>Runs what is to do.</summary>
    /// <param name="cancellation">Stops it; what was finished stays, and a cluster's tasks go on.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public void Execute(CancellationToken cancellation)
    {
        if (Plan.ToRun.Count == 0) return;
        if (_how.Slurm is { } options)
        {
            var seconds = new Lazy<Func<Cell, double>>(() => Plan.Calibrate(2, cell => Store.Begin(cell.Key), cancellation).Seconds);
            new SlurmEngine(Store.Path, options).Run(Plan.ToRun, File.Assemblies, Store, seconds, _how.Wait, news =>
            {
                foreach (CellOutcome outcome in news.New) Progress.Add(outcome);
                Note = $"{news.Running} tasks run, {news.Waiting} wait";
                _problems.UnionWith(news.Problems.Where(problem => !problem.Incomplete).Select(problem => problem.ToString()));
            }, cancellation);
            return;
        }
        LocalEngine.Run(Plan.ToRun, Plan.Begun, _how.Threads, _how.CellThreads, _how.MemoryBytes, cell => Store.Begin(cell.Key), outcome =>
        {
            Store.Finish(outcome);
            Progress.Add(outcome);
        }, cancellation);
    }

    /// <summary>
    /// Runs what several sweeps have to do as one queue on this machine: the longest cells first, whichever sweep they are of. A cell of
    /// several sweeps is run once.
    /// </summary>
    /// <param name="runs">The sweeps.</param>
    /// <param name="how">Threads and memory.</param>
    /// <param name="finished">Receives each outcome once it is stored.</param>
    /// <param name="cancellation">Stops it; what was finished stays.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static void ExecuteTogether(IReadOnlyList<SweepRun> runs, SweepExecution how, Action<CellOutcome> finished,
        CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(how);
        var cells = (from run in runs
                     from cell in run.Plan.ToRun.Index()
                     let begun = cell.Index >= run.Plan.ToRun.Count - run.Plan.Begun
                     select (Run: run, Cell: cell.Item, cell.Item.Key, Begun: begun, Seconds: run._seconds(cell.Item))).ToList();
        var owners = cells.ToLookup(cell => cell.Key, cell => cell.Run);
        HashSet<CellKey> suspects = [.. cells.Where(cell => cell.Begun).Select(cell => cell.Key)];
        Cell[] ordered = [.. cells.DistinctBy(cell => cell.Key).OrderBy(cell => suspects.Contains(cell.Key))
            .ThenByDescending(cell => cell.Seconds).Select(cell => cell.Cell)];
        if (ordered.Length == 0) return;
        LocalEngine.Run(ordered, suspects.Count, how.Threads, how.CellThreads, how.MemoryBytes, cell =>
        {
            foreach (SweepRun owner in owners[cell.Key]) owner.Store.Begin(cell.Key);
        }, outcome =>
        {
            foreach (SweepRun owner in owners[outcome.Key])
            {
                owner.Store.Finish(outcome);
                owner.Progress.Add(outcome);
            }
            finished(outcome);
        }, cancellation);
    }

    /// <inheritdoc/>
    public void Dispose() => Store.Dispose();
}
