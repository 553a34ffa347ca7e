using System.Globalization;
using Rhm.Sweeps;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Rhm.Cli.Commands;

/// <summary>What is shown while the cells of a sweep run.</summary>
internal static class SweepPicture
{
    private static readonly TimeSpan s_betweenLines = TimeSpan.FromSeconds(10), s_betweenPictures = TimeSpan.FromSeconds(0.5);

    /// <summary>Shows progress while work is done: a live picture on a terminal, else a line every ten seconds.</summary>
    public static void Show(SweepRun run, Action work)
    {
        if (run.Plan.ToRun.Count == 0)
        {
            work();
            return;
        }
        if (!Terminal.IsWatched)
        {
            using var timer = new Timer(_ => Console.WriteLine(Line(run)), null, s_betweenLines, s_betweenLines);
            work();
            return;
        }
        Terminal.WithLive(() => Picture(run), redraw =>
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

    private static string Line(SweepRun run) => $"{run.Progress.Now()}{(run.Note.Length > 0 ? $"; {run.Note}" : "")}";

    private static Rows Picture(SweepRun run)
    {
        SweepProgress.Moment now = run.Progress.Now();
        BreakdownChart chart = new BreakdownChart().Width(60).HideTags()
            .AddItem("done", now.Done, Color.Green)
            .AddItem("failed", now.Failed, Color.Red)
            .AddItem("left", Math.Max(0, now.Cells - now.Done - now.Failed), Color.Grey);
        var lines = new List<IRenderable> { chart, new Text(Line(run)) };
        if (now.Points.Count > 0) lines.Add(Curve(now));
        return new Rows(lines);
    }

    private static Table Curve(SweepProgress.Moment now)
    {
        const int most = 12, width = 20;
        Table table = new Table().Border(TableBorder.Simple).Title(Terminal.Cell(now.Curve));
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
