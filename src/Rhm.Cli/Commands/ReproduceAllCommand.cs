using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Rhm.Experiments;
using Rhm.Running;
using Rhm.Sweeps;
using Spectre.Console;

namespace Rhm.Cli.Commands;

/// <summary>rhm reproduce all: every experiment.</summary>
internal static class ReproduceAllCommand
{
    /// <summary>What is known of an experiment before it runs.</summary>
    internal sealed record Estimate(Experiment Experiment, int Cells, int ToRun, double Seconds, double Longest, double MemoryBytes)
    {
        /// <summary>Time on so many threads.</summary>
        public double SecondsOn(int threads) => Math.Max(Longest, Seconds / threads);
    }

    public static Command Create()
    {
        Option<Scale> scale = Options.Scale();
        Option<ulong> seed = Options.Seed();
        Option<int> threads = Options.Threads();
        Option<bool> plan = new("--plan") { Description = "Say what is to do and what it costs, and do nothing." };
        var engine = new EngineOptions();
        var command = new Command("all", """
            Every experiment: the cells of all sweeps as one queue, the longest first, then tables and figures, and those experiments that
            are no sweeps. Interrupted, it goes on where it stopped. With --engine slurm the sweeps run on the cluster, one after the other.
            """) { scale, seed, threads, plan };
        engine.AddTo(command);
        command.SetAction((result, cancellation) => Task.Run(() =>
        {
            SweepExecution how = engine.Chosen(result, result.GetValue(threads));
            var setting = new RunContext(result.GetValue(scale), result.GetValue(seed), result.GetValue(threads), _ => { }, cancellation);
            Estimate[] estimates = [.. ExperimentTable.All.Select(experiment => EstimateOf(experiment, setting, s_none))];
            Show(estimates, setting.Threads);
            if (result.GetValue(plan)) return ExitCode.Success;
            var clock = Stopwatch.StartNew();
            ExperimentFolder[] folders = [.. estimates.Select(estimate => FolderOf(estimate.Experiment, setting, how))];
            foreach (ExperimentFolder folder in folders) folder.RequireOwn();
            if (how.Slurm is null) MeasureTogether([.. estimates.Zip(folders)], setting, how);
            foreach ((Estimate estimate, ExperimentFolder folder) in estimates.Zip(folders)) Conclude(estimate.Experiment, folder, setting);
            Console.WriteLine($"all experiments, {SweepProgress.Format(clock.Elapsed)}");
            return ExitCode.Success;
        }, cancellation));
        return command;
    }

    private static readonly ExperimentParameters s_none = new();

    /// <summary>What an experiment takes, as its store and the costs of its cells say.</summary>
    /// <param name="experiment">The experiment.</param>
    /// <param name="setting">Scale and seed.</param>
    /// <param name="parameters">Its parameters.</param>
    /// <param name="folder">Its folder; null for the one by default.</param>
    internal static Estimate EstimateOf(Experiment experiment, RunContext setting, ExperimentParameters parameters, string? folder = null)
    {
        if (experiment.Sweep is null) return new Estimate(experiment, 0, 0, 0, 0, 0);
        SweepFile file = experiment.Sweep(setting, parameters);
        string path = Path.Combine(folder ?? experiment.DefaultFolder(setting, parameters), ExperimentFolder.StoreName);
        using ResultStore? store = File.Exists(path) ? ResultStore.OpenToRead(path) : null;
        SweepPlan plan = SweepPlan.Of(file, store, null, retryFailed: false, double.PositiveInfinity);
        Func<Cell, double> seconds = store is null ? cell => cell.Seconds : Costs.Of(store, file.Catalog).Seconds;
        double[] each = [.. plan.ToRun.Select(seconds)];
        return new Estimate(experiment, plan.All.Count, each.Length, each.Sum(), each.DefaultIfEmpty().Max(),
            plan.ToRun.Select(cell => cell.MemoryBytes).DefaultIfEmpty().Max());
    }

    private static ExperimentFolder FolderOf(Experiment experiment, RunContext setting, SweepExecution how) =>
        new(experiment.DefaultFolder(setting, s_none), experiment.Command(setting, s_none)) { Execution = how };

    /// <summary>Runs the cells of all sweeps, and says what they took beside what was expected, and how busy the cores were.</summary>
    private static void MeasureTogether((Estimate Estimate, ExperimentFolder Folder)[] experiments, RunContext setting, SweepExecution how)
    {
        var runs = new List<SweepRun>();
        try
        {
            foreach ((Estimate estimate, ExperimentFolder folder) in experiments.Where(one => one.Estimate.Experiment.Sweep is not null))
                runs.Add(folder.Open(estimate.Experiment.Sweep!(setting, s_none), setting.Threads));
            int cells = 0;
            double inCells = 0, expected = experiments.Sum(one => one.Estimate.Seconds);
            var clock = Stopwatch.StartNew();
            TimeSpan before = Environment.CpuUsage.TotalTime;
            double total = runs.Sum(run => run.Plan.ToRun.Count);
            Terminal.WithProgress("cells of all sweeps", progress =>
            {
                SweepRun.ExecuteTogether(runs, how, outcome =>
                {
                    cells++;
                    inCells += outcome.CpuSeconds ?? outcome.WallSeconds;
                    progress(runs.Sum(run => run.Plan.ToRun.Count * run.Progress.Fraction) / total);
                }, setting.Cancellation);
                return 0;
            });
            if (cells == 0) return;
            double spent = (Environment.CpuUsage.TotalTime - before).TotalSeconds, wall = clock.Elapsed.TotalSeconds;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{cells} cells in {wall:0} s: {inCells:0} s of work, "
                + $"{expected:0} s expected; {setting.Threads} threads busy {spent / (wall * setting.Threads):0.0%} of the time, "
                + $"{1 - (inCells / spent):0.00%} of that outside of cells"));
        }
        finally
        {
            foreach (SweepRun run in runs) run.Dispose();
        }
    }

    private static void Conclude(Experiment experiment, ExperimentFolder folder, RunContext setting)
    {
        ExperimentReport report = Terminal.WithProgress(experiment.Name,
            progress => experiment.Run(folder, setting with { Progress = progress }, s_none));
        Console.WriteLine(experiment.Name);
        ReproduceCommand.Show(report);
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
