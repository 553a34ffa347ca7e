using System.CommandLine;
using Rhm.Sweeps;
using Rhm.Sweeps.Expressions;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Rhm.Cli.Commands;

/// <summary>rhm sweep run: runs what has no result yet.</summary>
internal static class SweepRunCommand
{
    public static Command Create()
    {
        var target = new SweepTarget(file: true);
        Option<string?> only = SweepTarget.Only();
        Option<int> threads = Options.Threads();
        Option<int> cellThreads = new("--cell-threads") { Description = "Threads of each cell; several cells run side by side otherwise.", DefaultValueFactory = _ => 1 };
        Option<string?> memory = SweepPlanCommand.Memory();
        Option<bool> retry = new("--retry-failed") { Description = "Run cells that failed once more." };
        Option<string> engine = new("--engine") { Description = "local or slurm.", HelpName = "local|slurm", DefaultValueFactory = _ => "local" };
        engine.AcceptOnlyFromAmong("local", "slurm");
        Option<bool> dry = new("--dry-run") { Description = "Print Slurm's script and submit nothing." };
        Option<bool> noWait = new("--no-wait") { Description = "Submit and return; rhm sweep collect, or the next run, brings the results in." };
        Option<string?> partition = new("--partition") { Description = "Slurm partition." };
        Option<string?> account = new("--account") { Description = "Slurm account." };
        Option<string?> time = new("--time") { Description = "Slurm's time limit of a task, such as 2:00:00." };
        Option<int?> arrayLimit = new("--array-limit") { Description = "Slurm tasks at a time, at most." };
        Option<int?> tasks = new("--tasks") { Description = "Number of Slurm tasks; by default tasks of about ten minutes." };
        Option<int> cpus = new("--cpus") { Description = "Cores of a Slurm task.", DefaultValueFactory = _ => 1 };
        Option<string?> setup = new("--setup") { Description = "Shell command before each Slurm task, such as \"module load dotnet\"." };
        Option[] slurmOnly = [dry, noWait, partition, account, time, arrayLimit, tasks, cpus, setup];
        var command = new Command("run", """
            Run the cells of a sweep that have no result yet. Stopped in whatever way, run it again: nothing is lost or done twice.
            Exit code 0: all cells have results; 1: some failed or do not fit in memory; 2: bad input; 130: interrupted.
            """) { only, threads, cellThreads, memory, retry, engine };
        foreach (Option option in slurmOnly) command.Add(option);
        target.AddTo(command);
        command.SetAction((result, cancellation) => Task.Run(() =>
        {
            bool slurm = result.GetValue(engine) == "slurm";
            if (!slurm && slurmOnly.FirstOrDefault(option => result.GetResult(option) is { Implicit: false }) is { } stray)
                throw new ArgumentException($"{stray.Name} needs --engine slurm");
            if (result.GetValue(cellThreads) is < 1 or > 1024) throw new ArgumentException($"--cell-threads {result.GetValue(cellThreads)} is outside 1..1024");
            if (result.GetValue(cpus) is < 1 or > 1024) throw new ArgumentException($"--cpus {result.GetValue(cpus)} is outside 1..1024");
            (SweepFile? sweep, string path) = target.Resolve(result);
            double limit = SweepPlanCommand.MemoryLimit(result, memory);
            Expression? chosen = SweepTarget.Condition(result, only);
            var options = new SlurmOptions
            {
                Partition = result.GetValue(partition),
                Account = result.GetValue(account),
                Time = result.GetValue(time),
                Memory = result.GetValue(memory),
                ArrayLimit = result.GetValue(arrayLimit),
                Tasks = result.GetValue(tasks),
                Threads = result.GetValue(cpus),
                CellThreads = result.GetValue(cellThreads),
                Setup = result.GetValue(setup),
            };
            if (slurm && result.GetValue(dry))
            {
                using ResultStore? known = File.Exists(path) ? ResultStore.OpenToRead(path) : null;
                SweepPlan dryPlan = SweepPlan.Of(sweep!, known, chosen, result.GetValue(retry), limit);
                if (dryPlan.ToRun.Count == 0) throw new ArgumentException("there is nothing to run");
                Console.Write(new SlurmEngine(path, options).DryRun(dryPlan.ToRun, cell => cell.Seconds).Script);
                return ExitCode.Success;
            }
            if (slurm) SlurmEngine.RequireCommands();
            using ResultStore store = ResultStore.OpenToWrite(path);
            if (slurm) new ShardCollector(SlurmEngine.FolderOf(path)).Collect(store);
            SweepPlan plan = SweepPlan.Of(sweep!, store, chosen, result.GetValue(retry), limit);
            store.Register(sweep!.Name, sweep.Fingerprint, plan.All);
            store.NoteRefused(sweep.Name, plan.Refused.Count);
            if (result.GetValue(retry)) store.Forgive(plan.ToRun);
            // A cluster may run some of them now: there its engine knows.
            else if (!slurm) plan = plan.Without(store.GiveUp(plan.ToRun));
            SweepPlanCommand.Show(plan, limit);
            var progress = new SweepProgress(plan.ToRun, cell => cell.Seconds);
            var seconds = new Lazy<Func<Cell, double>>(() => plan.Calibrate(2, cell => store.Begin(cell.Key), cancellation).Seconds);
            string note = "";
            var problems = new HashSet<string>();
            try
            {
                WithLive(progress, () => note, () =>
                {
                    if (plan.ToRun.Count == 0) return;
                    if (!slurm)
                    {
                        LocalEngine.Run(plan.ToRun, plan.Begun, result.GetValue(threads), options.CellThreads, limit, cell => store.Begin(cell.Key), outcome =>
                        {
                            store.Finish(outcome);
                            progress.Add(outcome);
                        }, cancellation);
                        return;
                    }
                    new SlurmEngine(path, options).Run(plan.ToRun, sweep.Assemblies, store, seconds, !result.GetValue(noWait), news =>
                    {
                        foreach (CellOutcome outcome in news.New) progress.Add(outcome);
                        note = $"{news.Running} tasks run, {news.Waiting} wait";
                        foreach (Shard.Problem problem in news.Problems.Where(problem => !problem.Incomplete)) problems.Add(problem.ToString());
                    }, cancellation);
                });
            }
            catch (OperationCanceledException)
            {
                Console.Error.WriteLine($"rhm: interrupted: {progress.Now()}; " + (slurm ? "Slurm's tasks go on; " : "") + "run again to go on");
                return ExitCode.Interrupted;
            }
            foreach (string problem in problems) Console.Error.WriteLine($"rhm: {problem}");
            SweepProgress.Moment end = progress.Now();
            if (plan.ToRun.Count > 0) Console.WriteLine(end.ToString() + (slurm && result.GetValue(noWait) ? $"; {note}" : ""));
            ResultStore.SweepCounts counts = store.Find(sweep.Name)!;
            Console.WriteLine($"{counts.Done} of {counts.Cells} cells of {sweep.Name} have results in {path}");
            if (counts.Failed > 0) Console.WriteLine($"{counts.Failed} failed: rhm sweep show {sweep.GivenPath} --only \"state == 'failed'\" says why, --retry-failed runs them again");
            return end.Failed + plan.Failed + plan.Refused.Count > 0 ? ExitCode.CellsFailed : ExitCode.Success;
        }, cancellation));
        return command;
    }

    /// <summary>Shows progress while work is done: a live picture on a terminal, else a line every ten seconds.</summary>
    private static void WithLive(SweepProgress progress, Func<string> note, Action work)
    {
        if (!Terminal.IsWatched)
        {
            using var timer = new Timer(_ => Console.WriteLine($"{progress.Now()}{(note().Length > 0 ? $"; {note()}" : "")}"), null, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10));
            work();
            return;
        }
        Terminal.WithLive(() => Picture(progress.Now(), note()), redraw =>
        {
            using var ended = new ManualResetEvent(false);
            var timer = new Timer(_ => redraw(), null, TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(0.5));
            try
            {
                work();
            }
            finally
            {
                // A last picture on its way would stay on the screen.
                timer.Dispose(ended);
                ended.WaitOne();
            }
            return 0;
        });
    }

    private static Rows Picture(SweepProgress.Moment now, string note)
    {
        var lines = new List<IRenderable>
        {
            new BreakdownChart().Width(60).HideTags()
                .AddItem("done", now.Done, Color.Green).AddItem("failed", now.Failed, Color.Red).AddItem("left", Math.Max(0, now.Cells - now.Done - now.Failed), Color.Grey),
            new Text(now + (note.Length > 0 ? $"; {note}" : "")),
        };
        if (now.Points.Count > 0)
        {
            const int most = 12;
            Table table = new Table().Border(TableBorder.Simple).Title(Markup.Escape(now.Curve))
                .AddColumn(new TableColumn("P").RightAligned()).AddColumn(new TableColumn("accuracy_top").RightAligned()).AddColumn("").AddColumn(new TableColumn("cells").RightAligned());
            foreach ((long samples, double accuracy, int count) in now.Points.TakeLast(most))
            {
                table.AddRow($"{samples}", accuracy.ToString("0.000", System.Globalization.CultureInfo.InvariantCulture),
                    new string('█', (int)Math.Round(20 * Math.Clamp(accuracy, 0, 1))).PadRight(20, '░'), $"{count}");
            }
            lines.Add(table);
        }
        return new Rows(lines);
    }
}
