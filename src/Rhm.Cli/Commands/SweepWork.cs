using System.Globalization;
using Rhm.Sweeps;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Rhm.Cli.Commands;

/// <summary>The cells of a plan being run, here or on Slurm, with what is shown meanwhile.</summary>
internal sealed class SweepWork(SweepPlan plan, ResultStore store, SlurmOptions options)
{
    private static readonly TimeSpan s_betweenLines = TimeSpan.FromSeconds(10), s_betweenPictures = TimeSpan.FromSeconds(0.5);

    private readonly HashSet<string> _problems = [];

    public SweepProgress Progress { get; } = new(plan.ToRun, cell => cell.Seconds);

    /// <summary>What Slurm does now.</summary>
    public string Note { get; private set; } = "";

    /// <summary>What is wrong with files of Slurm's tasks.</summary>
    public IReadOnlyCollection<string> Problems => _problems;

    public void RunHere(int threads, double limit, CancellationToken cancellation) => WithProgress(() =>
        LocalEngine.Run(plan.ToRun, plan.Begun, threads, options.CellThreads, limit, cell => store.Begin(cell.Key), outcome =>
        {
            store.Finish(outcome);
            Progress.Add(outcome);
        }, cancellation));

    public void RunOnSlurm(string path, IReadOnlyList<string> assemblies, bool wait, CancellationToken cancellation)
    {
        var seconds = new Lazy<Func<Cell, double>>(() => plan.Calibrate(2, cell => store.Begin(cell.Key), cancellation).Seconds);
        WithProgress(() => new SlurmEngine(path, options).Run(plan.ToRun, assemblies, store, seconds, wait, news =>
        {
            foreach (CellOutcome outcome in news.New) Progress.Add(outcome);
            Note = $"{news.Running} tasks run, {news.Waiting} wait";
            foreach (Shard.Problem problem in news.Problems.Where(problem => !problem.Incomplete)) _problems.Add(problem.ToString());
        }, cancellation));
    }

    /// <summary>Shows progress while work is done: a live picture on a terminal, else a line every ten seconds.</summary>
    private void WithProgress(Action work)
    {
        if (plan.ToRun.Count == 0) return;
        if (!Terminal.IsWatched)
        {
            using var timer = new Timer(_ => Console.WriteLine(Line()), null, s_betweenLines, s_betweenLines);
            work();
            return;
        }
        Terminal.WithLive(Picture, redraw =>
        {
            using var ended = new ManualResetEvent(false);
            var timer = new Timer(_ => redraw(), null, s_betweenPictures, s_betweenPictures);
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

    private string Line() => $"{Progress.Now()}{(Note.Length > 0 ? $"; {Note}" : "")}";

    private Rows Picture()
    {
        SweepProgress.Moment now = Progress.Now();
        BreakdownChart chart = new BreakdownChart().Width(60).HideTags()
            .AddItem("done", now.Done, Color.Green)
            .AddItem("failed", now.Failed, Color.Red)
            .AddItem("left", Math.Max(0, now.Cells - now.Done - now.Failed), Color.Grey);
        var lines = new List<IRenderable> { chart, new Text(Line()) };
        if (now.Points.Count > 0) lines.Add(Curve(now));
        return new Rows(lines);
    }

    private static Table Curve(SweepProgress.Moment now)
    {
        const int most = 12, width = 20;
        Table table = new Table().Border(TableBorder.Simple).Title(Markup.Escape(now.Curve));
        table.AddColumn(new TableColumn("P").RightAligned()).AddColumn(new TableColumn("accuracy_top").RightAligned());
        table.AddColumn("").AddColumn(new TableColumn("cells").RightAligned());
        foreach ((long samples, double accuracy, int count) in now.Points.TakeLast(most))
        {
            string bar = new string('█', (int)Math.Round(width * Math.Clamp(accuracy, 0, 1))).PadRight(width, '░');
            table.AddRow($"{samples}", accuracy.ToString("0.000", CultureInfo.InvariantCulture), bar, $"{count}");
        }
        return table;
    }
}
