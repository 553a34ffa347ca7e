using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Rhm.Experiments;
using Rhm.Running;
using Rhm.Sweeps;
using Spectre.Console;

namespace Rhm.Cli.Commands;

/// <summary>rhm reproduce all: every experiment, one after the other.</summary>
internal static class ReproduceAllCommand
{
    /// <summary>What is known of an experiment before it runs.</summary>
    private sealed record Estimate(Experiment Experiment, int Cells, int ToRun, double Seconds, double Longest, double MemoryBytes);

    public static Command Create()
    {
        Option<Scale> scale = Options.Scale();
        Option<ulong> seed = Options.Seed();
        Option<int> threads = Options.Threads();
        Option<bool> plan = new("--plan") { Description = "Say what is to do and what it costs, and do nothing." };
        var engine = new EngineOptions();
        var command = new Command("all", """
            Every experiment, one after the other; interrupted, it goes on where it stopped. With --engine slurm those that are sweeps
            run on the cluster, the others here.
            """) { scale, seed, threads, plan };
        engine.AddTo(command);
        command.SetAction((result, cancellation) => Task.Run(() =>
        {
            SweepExecution how = engine.Chosen(result, result.GetValue(threads));
            var setting = new RunContext(result.GetValue(scale), result.GetValue(seed), result.GetValue(threads), _ => { }, cancellation);
            Estimate[] estimates = [.. ExperimentTable.All.Select(experiment => EstimateOf(experiment, setting))];
            Show(estimates, setting.Threads);
            if (result.GetValue(plan)) return ExitCode.Success;
            var clock = Stopwatch.StartNew();
            for (int i = 0; i < estimates.Length; i++)
            {
                var left = TimeSpan.FromSeconds(estimates.Skip(i).Sum(estimate => estimate.Seconds) / setting.Threads);
                Console.WriteLine($"{estimates[i].Experiment.Name} ({i + 1} of {estimates.Length}); "
                    + $"{SweepProgress.Format(clock.Elapsed)} gone, about {SweepProgress.Format(left)} left in sweeps");
                Run(estimates[i], setting, how);
            }
            Console.WriteLine($"all experiments, {SweepProgress.Format(clock.Elapsed)}");
            return ExitCode.Success;
        }, cancellation));
        return command;
    }

    private static readonly ExperimentParameters s_none = new();

    private static Estimate EstimateOf(Experiment experiment, RunContext setting)
    {
        if (experiment.Sweep is null) return new Estimate(experiment, 0, 0, 0, 0, 0);
        SweepFile file = experiment.Sweep(setting, s_none);
        string path = Path.Combine(experiment.DefaultFolder(setting, s_none), ExperimentFolder.StoreName);
        using ResultStore? store = File.Exists(path) ? ResultStore.OpenToRead(path) : null;
        SweepPlan plan = SweepPlan.Of(file, store, null, retryFailed: false, double.PositiveInfinity);
        Func<Cell, double> seconds = store is null ? cell => cell.Seconds : Costs.Of(store, file.Catalog).Seconds;
        double[] each = [.. plan.ToRun.Select(seconds)];
        return new Estimate(experiment, plan.All.Count, each.Length, each.Sum(), each.DefaultIfEmpty().Max(),
            plan.ToRun.Select(cell => cell.MemoryBytes).DefaultIfEmpty().Max());
    }

    private static void Run(Estimate estimate, RunContext setting, SweepExecution how)
    {
        Experiment experiment = estimate.Experiment;
        var folder = new ExperimentFolder(experiment.DefaultFolder(setting, s_none), experiment.Command(setting, s_none))
        {
            Execution = how,
        };
        folder.RequireOwn();
        var clock = Stopwatch.StartNew();
        ExperimentReport report = Terminal.WithProgress(experiment.Name,
            progress => experiment.Run(folder, setting with { Progress = progress }, s_none));
        ReproduceCommand.Show(report);
        string expected = experiment.Sweep is null ? "" : string.Create(CultureInfo.InvariantCulture,
            $", expected {estimate.Seconds / setting.Threads:0} s on {setting.Threads} threads");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{clock.Elapsed.TotalSeconds:0} s{expected}"));
        foreach (string file in folder.Files) Console.WriteLine(file);
    }

    private static void Show(IReadOnlyList<Estimate> estimates, int threads)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumn("experiment");
        foreach (string name in (string[])["cells", "to run", "core hours", "longest cell", "memory"])
            table.AddColumn(new TableColumn(name).RightAligned());
        foreach (Estimate one in estimates)
        {
            if (one.Experiment.Sweep is null)
            {
                table.AddRow(one.Experiment.Name, "no sweep", "", "", "", "");
                continue;
            }
            table.AddRow(one.Experiment.Name, $"{one.Cells}", $"{one.ToRun}", Hours(one.Seconds),
                SweepProgress.Format(TimeSpan.FromSeconds(one.Longest)), MemoryLimit.Size(one.MemoryBytes));
        }
        Terminal.Write(table);
        double total = estimates.Sum(one => one.Seconds), longest = estimates.Max(one => one.Longest);
        string time = SweepProgress.Format(TimeSpan.FromSeconds(Math.Max(longest, total / threads)));
        Console.WriteLine($"the sweeps take about {Hours(total)} core hours, {time} on {threads} threads; the others are not estimated");
    }

    private static string Hours(double seconds) => (seconds / 3600).ToString("0.00", CultureInfo.InvariantCulture);
}
