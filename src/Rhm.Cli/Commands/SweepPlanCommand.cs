using System.CommandLine;
using Rhm.Sweeps;

namespace Rhm.Cli.Commands;

/// <summary>rhm sweep plan: what a sweep would do.</summary>
internal static class SweepPlanCommand
{
    public static Command Create()
    {
        var target = new SweepTarget(file: true);
        Option<string?> only = SweepTarget.Only();
        Option<int> threads = Options.Threads();
        Option<string?> memory = Memory();
        Option<bool> retry = new("--retry-failed") { Description = "Count failed cells as cells to run." };
        Option<double> budget = new("--calibration") { Description = "Seconds that the calibration may take; 0 for none.", DefaultValueFactory = _ => 5 };
        var command = new Command("plan", "Say how many cells a sweep has, the memory of the largest, and about how long it will take.") { only, threads, memory, retry, budget };
        target.AddTo(command);
        command.SetAction((result, cancellation) => Task.Run(() =>
        {
            (SweepFile? sweep, string path) = target.Resolve(result);
            double limit = MemoryLimit(result, memory);
            using ResultStore? store = File.Exists(path) ? ResultStore.OpenToRead(path) : null;
            SweepPlan plan = SweepPlan.Of(sweep!, store, SweepTarget.Condition(result, only), result.GetValue(retry), limit);
            Show(plan, limit);
            if (plan.ToRun.Count > 0 && result.GetValue(budget) > 0)
            {
                (Func<Cell, double> seconds, int runs) = Terminal.WithProgress("calibrating", _ => plan.Calibrate(result.GetValue(budget), _ => { }, cancellation));
                double total = plan.ToRun.Sum(seconds), longest = plan.ToRun.Max(seconds);
                int n = result.GetValue(threads);
                Console.WriteLine($"about {SweepProgress.Format(TimeSpan.FromSeconds(Math.Max(longest, total / n)))} on {n} threads; the longest cell {SweepProgress.Format(TimeSpan.FromSeconds(longest))} (calibrated on {runs} runs; the estimate of a large cell may be off by a factor of two)");
            }
            return ExitCode.Success;
        }, cancellation));
        return command;
    }

    public static Option<string?> Memory() => new("--mem") { Description = "Memory for cells, such as 8G: larger ones are refused. By default nine tenths of the machine's; on Slurm the memory of a task.", HelpName = "SIZE" };

    public static double MemoryLimit(ParseResult result, Option<string?> memory) =>
        result.GetValue(memory) is string size ? SweepPlan.ParseBytes(size) : SweepPlan.AvailableMemoryBytes;

    public static void Show(SweepPlan plan, double limit)
    {
        int chosen = plan.Done + plan.Failed + plan.Refused.Count + plan.ToRun.Count;
        Console.WriteLine($"{plan.File.Name}: {plan.All.Count} cells{(chosen < plan.All.Count ? $", {chosen} of them chosen" : "")}; {plan.Done} done, {plan.Failed} failed, {plan.ToRun.Count} to run");
        if (plan.ToRun.Count > 0)
        {
            Cell largest = plan.ToRun.MaxBy(cell => cell.MemoryBytes)!;
            Console.WriteLine($"the largest cell needs about {Size(largest.MemoryBytes)}: {Name(largest)}");
        }
        if (plan.Begun > 0) Console.WriteLine($"{plan.Begun} of them were begun before and did not end; they go last, one at a time, and count as failed once it happened {ResultStore.MaxLostAttempts} times");
        foreach (string warning in plan.Warnings) Console.WriteLine($"warning: {warning}");
        foreach (Cell cell in plan.Refused.Take(5)) Console.WriteLine($"refused: needs about {Size(cell.MemoryBytes)}, more than the {Size(limit)} there are: {Name(cell)}");
        if (plan.Refused.Count > 5) Console.WriteLine($"refused: {plan.Refused.Count - 5} more");
    }

    private static string Size(double bytes) => bytes < 1L << 30 ? $"{Terminal.Format(Math.Round(bytes / (1 << 20)))} MiB" : $"{Terminal.Format(Math.Round(bytes / (1L << 30), 1))} GiB";

    private static string Name(Cell cell) => $"{cell.Settings.Learner.Name} {cell.Shape} P={cell.Samples}";
}
