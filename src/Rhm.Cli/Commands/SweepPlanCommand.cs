using System.CommandLine;
using Rhm.Running;
using Rhm.Sweeps;
using Rhm.Sweeps.Expressions;

namespace Rhm.Cli.Commands;

/// <summary>rhm sweep plan: what a sweep would do.</summary>
internal sealed class SweepPlanCommand
{
    private readonly SweepTarget _target = new(file: true);
    private readonly Option<string?> _only = SweepTarget.Only();
    private readonly Option<int> _threads = Options.Threads();
    private readonly Option<string?> _memory = Memory();
    private readonly Option<bool> _retry = new("--retry-failed") { Description = "Count failed cells as cells to run." };
    private readonly Option<double> _budget =
        Options.Number("--calibration", "Seconds that the calibration may take; 0 for none.", 5.0, 0, 86_400);

    public static Command Create()
    {
        var plan = new SweepPlanCommand();
        var command = new Command("plan", "Say how many cells a sweep has, the memory of the largest, and about how long it will take.")
        {
            plan._only, plan._threads, plan._memory, plan._retry, plan._budget,
        };
        plan._target.AddTo(command);
        command.SetAction((result, cancellation) => Task.Run(() => plan.Run(result, cancellation), cancellation));
        return command;
    }

    public static Option<string?> Memory() => new("--mem")
    {
        Description = "Memory for cells, such as 8G: larger ones are refused. "
            + "By default nine tenths of the machine's; on Slurm that of a task.",
        HelpName = "SIZE",
    };

    public static double MemoryLimitOf(ParseResult result, Option<string?> memory) =>
        result.GetValue(memory) is string size ? SweepPlan.ParseBytes(size) : MemoryLimit.AvailableBytes;

    public static void Show(SweepPlan plan, double limit)
    {
        int chosen = plan.Done + plan.Failed + plan.Refused.Count + plan.ToRun.Count;
        string part = chosen < plan.All.Count ? $", {chosen} of them chosen" : "";
        string states = $"{plan.Done} done, {plan.Failed} failed, {plan.ToRun.Count} to run";
        Console.WriteLine($"{plan.File.Name}: {plan.All.Count} cells{part}; {states}");
        if (plan.ToRun.Count > 0)
        {
            Cell largest = plan.ToRun.MaxBy(cell => cell.MemoryBytes)!;
            Console.WriteLine($"the largest cell needs about {MemoryLimit.Size(largest.MemoryBytes)}: {largest.Title}");
        }
        if (plan.Begun > 0)
        {
            Console.WriteLine($"{plan.Begun} of them were begun before and did not end; they go last, one at a time, "
                + $"and count as failed once it happened {ResultStore.MaxLostAttempts} times");
        }
        foreach (string warning in plan.Warnings) Console.WriteLine($"warning: {warning}");
        string available = MemoryLimit.Size(limit);
        foreach (Cell cell in plan.Refused.Take(5))
        {
            string needed = MemoryLimit.Size(cell.MemoryBytes);
            Console.WriteLine($"refused: needs about {needed}, more than the {available} there are: {cell.Title}");
        }
        if (plan.Refused.Count > 5) Console.WriteLine($"refused: {plan.Refused.Count - 5} more");
    }

    private int Run(ParseResult result, CancellationToken cancellation)
    {
        (SweepFile? sweep, string path) = _target.Resolve(result);
        double limit = MemoryLimitOf(result, _memory), budget = result.GetValue(_budget);
        using ResultStore? store = File.Exists(path) ? ResultStore.OpenToRead(path) : null;
        Expression? only = SweepTarget.Condition(result, _only);
        SweepPlan plan = Terminal.WithWord($"the cells of {sweep!.Name} are listed", () =>
            SweepPlan.Of(sweep, store, only, result.GetValue(_retry), limit, cancellation));
        Show(plan, limit);
        if (plan.ToRun.Count == 0 || budget == 0) return ExitCode.Success;
        (Func<Cell, double> seconds, int runs) = Terminal.WithProgress("calibrating", _ => plan.Calibrate(budget, _ => { }, cancellation));
        int threads = result.GetValue(_threads);
        double longest = plan.ToRun.Max(seconds), total = Math.Max(longest, plan.ToRun.Sum(seconds) / threads);
        Console.WriteLine($"about {SweepProgress.Format(total)} on {threads} threads; the longest cell {SweepProgress.Format(longest)} "
            + $"(calibrated on {runs} runs; the estimate of a large cell may be off by a factor of two)");
        return ExitCode.Success;
    }
}
