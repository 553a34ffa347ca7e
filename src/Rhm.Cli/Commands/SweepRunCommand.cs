using System.CommandLine;
using Rhm.Learning;
using Rhm.Sweeps;
using Rhm.Sweeps.Expressions;

namespace Rhm.Cli.Commands;

/// <summary>rhm sweep run: runs what has no result yet.</summary>
internal sealed class SweepRunCommand
{
    private readonly SweepTarget _target = new(file: true);
    private readonly Option<string?> _only = SweepTarget.Only();
    private readonly Option<int> _threads = Options.Threads();
    private readonly Option<int> _cellThreads = CellThreads("Threads of each cell; several cells run side by side otherwise.");
    private readonly Option<string?> _memory = SweepPlanCommand.Memory();
    private readonly Option<bool> _retry = new("--retry-failed") { Description = "Run cells that failed once more." };
    private readonly Option<string> _engine = Options.Of<string>(new LearnerParameter("engine", typeof(string), "local")
    {
        Meaning = "Where cells run.",
        Texts = ["local", "slurm"],
    });

    private readonly Option<bool> _dry = new("--dry-run") { Description = "Print Slurm's script and submit nothing." };
    private readonly Option<bool> _noWait = new("--no-wait")
    {
        Description = "Submit and return; rhm sweep collect, or the next run, brings the results in.",
    };

    private readonly Option<string?> _partition = new("--partition") { Description = "Slurm partition." };
    private readonly Option<string?> _account = new("--account") { Description = "Slurm account." };
    private readonly Option<string?> _time = new("--time") { Description = "Slurm's time limit of a task, such as 2:00:00." };
    private readonly Option<int?> _arrayLimit = Options.Number<int>("--array-limit", "Slurm tasks at a time, at most.", least: 1);
    private readonly Option<int?> _tasks =
        Options.Number<int>("--tasks", "Number of Slurm tasks; by default tasks of about ten minutes.", least: 1);

    private readonly Option<int> _cpus = Options.Number("--cpus", "Cores of a Slurm task.", 1, 1, 1024);
    private readonly Option<string?> _setup = new("--setup")
    {
        Description = "Shell command before each Slurm task, such as \"module load dotnet\".",
    };

    private Option[] SlurmOnly => [_dry, _noWait, _partition, _account, _time, _arrayLimit, _tasks, _cpus, _setup];

    public static Command Create()
    {
        var run = new SweepRunCommand();
        var command = new Command("run", """
            Run the cells of a sweep that have no result yet. Stopped in whatever way, run it again: nothing is lost or done twice.
            Exit code 0: all cells have results; 1: some failed or do not fit in memory; 2: bad input; 130: interrupted.
            """);
        Option[] options = [run._only, run._threads, run._cellThreads, run._memory, run._retry, run._engine, .. run.SlurmOnly];
        foreach (Option option in options) command.Add(option);
        run._target.AddTo(command);
        command.SetAction((result, cancellation) => Task.Run(() => run.Run(result, cancellation), cancellation));
        return command;
    }

    public static Option<int> CellThreads(string meaning) => Options.Number("--cell-threads", meaning, 1, 1, 1024);

    private int Run(ParseResult result, CancellationToken cancellation)
    {
        bool slurm = result.GetValue(_engine) == "slurm";
        if (!slurm && SlurmOnly.FirstOrDefault(option => result.GetResult(option) is { Implicit: false }) is { } stray)
            throw new ArgumentException($"{stray.Name} needs --engine slurm");
        (SweepFile? sweep, string path) = _target.Resolve(result);
        double limit = SweepPlanCommand.MemoryLimitOf(result, _memory);
        Expression? chosen = SweepTarget.Condition(result, _only);
        bool retry = result.GetValue(_retry);
        SlurmOptions options = OptionsOf(result);
        if (slurm && result.GetValue(_dry)) return DryRun(sweep!, path, options, chosen, retry, limit);
        if (slurm) SlurmEngine.RequireCommands();
        using ResultStore store = ResultStore.OpenToWrite(path);
        SweepPlan plan = Planned(store, sweep!, slurm, chosen, retry, limit);
        SweepPlanCommand.Show(plan, limit);
        var work = new SweepWork(plan, store, options);
        try
        {
            if (slurm) work.RunOnSlurm(path, sweep!.Assemblies, !result.GetValue(_noWait), cancellation);
            else work.RunHere(result.GetValue(_threads), limit, cancellation);
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine($"rhm: interrupted: {work.Progress.Now()}; {(slurm ? "Slurm's tasks go on; " : "")}run again to go on");
            return ExitCode.Interrupted;
        }
        foreach (string problem in work.Problems) Console.Error.WriteLine($"rhm: {problem}");
        SweepProgress.Moment end = work.Progress.Now();
        if (plan.ToRun.Count > 0) Console.WriteLine($"{end}{(slurm && result.GetValue(_noWait) ? $"; {work.Note}" : "")}");
        Conclude(store, sweep!, path);
        return end.Failed + plan.Failed + plan.Refused.Count > 0 ? ExitCode.CellsFailed : ExitCode.Success;
    }

    private SlurmOptions OptionsOf(ParseResult result) => new()
    {
        Partition = result.GetValue(_partition),
        Account = result.GetValue(_account),
        Time = result.GetValue(_time),
        Memory = result.GetValue(_memory),
        ArrayLimit = result.GetValue(_arrayLimit),
        Tasks = result.GetValue(_tasks),
        Threads = result.GetValue(_cpus),
        CellThreads = result.GetValue(_cellThreads),
        Setup = result.GetValue(_setup),
    };

    private static int DryRun(SweepFile sweep, string path, SlurmOptions options, Expression? chosen, bool retry, double limit)
    {
        using ResultStore? known = File.Exists(path) ? ResultStore.OpenToRead(path) : null;
        SweepPlan plan = SweepPlan.Of(sweep, known, chosen, retry, limit);
        if (plan.ToRun.Count == 0) throw new ArgumentException("there is nothing to run");
        Console.Write(new SlurmEngine(path, options).DryRun(plan.ToRun, cell => cell.Seconds).Script);
        return ExitCode.Success;
    }

    private static SweepPlan Planned(ResultStore store, SweepFile sweep, bool slurm, Expression? chosen, bool retry, double limit)
    {
        if (slurm) new ShardCollector(SlurmEngine.FolderOf(store.Path)).Collect(store);
        var plan = SweepPlan.Of(sweep, store, chosen, retry, limit);
        store.Register(sweep.Name, sweep.Fingerprint, plan.All);
        store.NoteRefused(sweep.Name, plan.Refused.Count);
        if (retry) store.Forgive(plan.ToRun);
        // A cluster may run some of them now: there its engine knows.
        else if (!slurm) plan = plan.Without(store.GiveUp(plan.ToRun));
        return plan;
    }

    private static void Conclude(ResultStore store, SweepFile sweep, string path)
    {
        ResultStore.SweepCounts counts = store.Find(sweep.Name)!;
        Console.WriteLine($"{counts.Done} of {counts.Cells} cells of {sweep.Name} have results in {path}");
        if (counts.Failed == 0) return;
        string show = $"rhm sweep show {sweep.GivenPath} --only \"state == 'failed'\"";
        Console.WriteLine($"{counts.Failed} failed: {show} says why, --retry-failed runs them again");
    }
}
