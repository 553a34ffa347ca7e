using System.CommandLine;
using Rhm.Sweeps;
using Rhm.Sweeps.Expressions;

namespace Rhm.Cli.Commands;

/// <summary>rhm sweep run: runs what has no result yet.</summary>
internal sealed class SweepRunCommand
{
    private readonly SweepTarget _target = new(file: true);
    private readonly Option<string?> _only = SweepTarget.Only();
    private readonly Option<int> _threads = Options.Threads();
    private readonly EngineOptions _engine = new();
    private readonly Option<bool> _dry = new("--dry-run") { Description = "Print Slurm's script and submit nothing." };
    private readonly Option<bool> _noWait = new("--no-wait")
    {
        Description = "Submit and return; rhm sweep collect, or the next run, brings the results in.",
    };

    public static Command Create()
    {
        var run = new SweepRunCommand();
        var command = new Command("run", """
            Run the cells of a sweep that have no result yet. Stopped in whatever way, run it again: nothing is lost or done twice.
            Exit code 0: all cells have results; 1: some failed or do not fit in memory; 2: bad input; 130: interrupted.
            """) { run._only, run._threads };
        run._engine.AddTo(command, run._dry, run._noWait);
        run._target.AddTo(command);
        command.SetAction((result, cancellation) => Task.Run(() => run.Run(result, cancellation), cancellation));
        return command;
    }

    private int Run(ParseResult result, CancellationToken cancellation)
    {
        SweepExecution how = _engine.Chosen(result, result.GetValue(_threads), !result.GetValue(_noWait));
        (SweepFile? sweep, string path) = _target.Resolve(result);
        Expression? only = SweepTarget.Condition(result, _only);
        if (result.GetValue(_dry)) return PrintScript(sweep!, path, how, only);
        using SweepRun run = Terminal.WithWord($"the cells of {sweep!.Name} are listed", () =>
            SweepRun.Open(sweep, path, how, only, cancellation: cancellation));
        SweepPlan plan = run.Plan;
        SweepPlanCommand.Show(plan, how.MemoryBytes);
        double memory = plan.ToRun.Select(cell => cell.MemoryBytes).DefaultIfEmpty().Max();
        if (how.Slurm is null) Terminal.Announce(sweep.Name, new WorkEstimate(sweep.Name, memory, ""), run.ExpectedSeconds);
        try
        {
            SweepPicture.Show(run, () => run.Execute(cancellation));
        }
        catch (OperationCanceledException)
        {
            string tasks = how.Slurm is null ? "" : "Slurm's tasks go on; ";
            Console.Error.WriteLine($"rhm: interrupted: {run.Progress.Now()}; {tasks}run again to go on");
            return ExitCode.Interrupted;
        }
        foreach (string problem in run.Problems) Console.Error.WriteLine($"rhm: {problem}");
        SweepProgress.Moment end = run.Progress.Now();
        if (plan.ToRun.Count > 0) Console.WriteLine($"{end}{(how.Wait ? "" : $"; {run.Note}")}");
        Conclude(run.Store, sweep!, path);
        SweepTarget.TellUnreadable(run.Store);
        return end.Failed + plan.Failed + plan.Refused.Count > 0 ? ExitCode.CellsFailed : ExitCode.Success;
    }

    private static int PrintScript(SweepFile sweep, string path, SweepExecution how, Expression? only)
    {
        using ResultStore? known = File.Exists(path) ? ResultStore.OpenToRead(path) : null;
        SweepPlan plan = SweepPlan.Of(sweep, known, only, how.RetryFailed, how.MemoryBytes);
        if (plan.ToRun.Count == 0) throw new ArgumentException("there is nothing to run");
        Console.Write(new SlurmEngine(path, how.Slurm!).DryRun(plan.ToRun, cell => cell.Seconds).Script);
        return ExitCode.Success;
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
