using System.Diagnostics;
using System.Globalization;
using Rhm.Sweeps;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Rhm.Cli;

/// <summary>Output for people: progress on a terminal, on standard error; tables on standard output.</summary>
internal static class Terminal
{
    private static readonly IAnsiConsole s_error =
        AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });

    private static readonly TimeSpan s_betweenLines = TimeSpan.FromSeconds(30);

    /// <summary>What can pass before something is said.</summary>
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(5);

    /// <summary>Whether a person watches.</summary>
    public static bool IsWatched => !Console.IsErrorRedirected && !Console.IsOutputRedirected;

    /// <summary>Runs work that reports the fraction done; shows a bar where a person watches, else a line now and then.</summary>
    /// <param name="title">What is done.</param>
    /// <param name="work">Does it.</param>
    /// <param name="expected">What it takes, which is said where it is long; null where that is not known.</param>
    public static T WithProgress<T>(string title, Func<Action<double>, T> work, WorkEstimate? expected = null) =>
        WithPieces(1, report => work(fraction => report(title, 0, fraction)), title, expected);

    /// <summary>Says, where work is long, what it takes.</summary>
    public static void Announce(string title, WorkEstimate expected, double? seconds)
    {
        if (!(seconds > WorkEstimate.AnnouncedSeconds)) return;
        string line = $"{Plain(title)}: {expected.Text(seconds.Value)}";
        // Above a bar that is being drawn.
        if (IsWatched) s_error.MarkupLineInterpolated($"{line}");
        else Console.Error.WriteLine(line);
    }

    /// <summary>Runs pieces of work; shows one bar for all, with the name of the piece, where a person watches, else a
    /// line now and then.</summary>
    /// <param name="pieces">How many.</param>
    /// <param name="work">Does them; reports name, number from 0 and fraction of the present one.</param>
    /// <param name="title">What is shown until then.</param>
    /// <param name="expected">What all of it takes; null where that is not known.</param>
    public static T WithPieces<T>(int pieces, Func<Action<string, int, double>, T> work, string title = "", WorkEstimate? expected = null)
    {
        var pace = new WorkPace(expected);
        var clock = Stopwatch.StartNew();
        if (expected is not null) Announce(title, expected, expected.Seconds);
        void Report(double done)
        {
            if (pace.Report(clock.Elapsed.TotalSeconds, done) is { } seconds) Announce(title, expected!, seconds);
        }
        if (!IsWatched) return WithLines(pieces, work, title, pace, clock, Report);
        ProgressColumn[] columns =
        [
            new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn(),
            new RemainingTimeColumn(),
        ];
        return s_error.Progress().AutoClear(true).Columns(columns).Start(context =>
        {
            ProgressTask task = context.AddTask(Cell(title), maxValue: 1);
            // Work that says nothing of its progress shows that it goes on.
            task.IsIndeterminate = true;
            return work((name, number, fraction) =>
            {
                task.IsIndeterminate = false;
                task.Description = Cell(pieces == 1 ? name : $"{name} ({number + 1} of {pieces})");
                task.Value = (number + fraction) / pieces;
                Report(task.Value);
            });
        });
    }

    /// <summary>Runs work, with a line on standard error every half minute.</summary>
    private static T WithLines<T>(int pieces, Func<Action<string, int, double>, T> work, string title, WorkPace pace, Stopwatch clock,
        Action<double> told)
    {
        (string Name, double Done) now = (title, 0);
        object gate = new();
        void Write(object? state)
        {
            (string name, double done) = Now();
            Console.Error.WriteLine(Line(Plain(name), done, clock.Elapsed, pace));
        }
        (string, double) Now()
        {
            lock (gate) return now;
        }
        using var timer = new Timer(Write, null, s_betweenLines, s_betweenLines);
        return work((name, number, fraction) =>
        {
            double done = (number + fraction) / pieces;
            lock (gate) now = (pieces == 1 ? name : $"{name} ({number + 1} of {pieces})", done);
            told(done);
        });
    }

    private static string Line(string title, double done, TimeSpan gone, WorkPace pace)
    {
        string share = done > 0 ? string.Create(CultureInfo.InvariantCulture, $"{done:0%} done, ") : "";
        string left = pace.Left(gone.TotalSeconds) is { } seconds ? $", about {SweepProgress.Format(seconds)} left" : "";
        return $"{title}: {share}{SweepProgress.Format(gone)} gone{left}";
    }

    /// <summary>Runs work that can take long before it has anything to show: says what it does.</summary>
    public static T WithWord<T>(string title, Func<T> work)
    {
        if (IsWatched) return WithProgress(title, _ => work());
        using var timer = new Timer(_ => Console.Error.WriteLine($"rhm: {Plain(title)}"), null, s_silence, Timeout.InfiniteTimeSpan);
        return work();
    }

    /// <summary>Runs work with a picture that is redrawn when the work says so; where nobody watches, without.</summary>
    public static T WithLive<T>(Func<IRenderable> picture, Func<Action, T> work)
    {
        if (!IsWatched) return work(() => { });
        return s_error.Live(picture()).AutoClear(true).Start(context => work(() => context.UpdateTarget(picture())));
    }

    /// <summary>Runs work that reports the fraction done, with a picture and the time left; where nobody watches, a line now and then.
    /// </summary>
    /// <param name="title">What is done.</param>
    /// <param name="picture">What a person sees.</param>
    /// <param name="expected">What it takes; null where that is not known.</param>
    /// <param name="work">Does it: has the picture drawn anew, and reports the fraction done.</param>
    public static void WithCurve(string title, Func<IRenderable> picture, WorkEstimate? expected, Action<Action, Action<double>> work)
    {
        if (!IsWatched)
        {
            _ = WithProgress(title, progress =>
            {
                work(() => { }, progress);
                return true;
            }, expected);
            return;
        }
        var pace = new WorkPace(expected);
        var clock = Stopwatch.StartNew();
        double done = 0;
        Rows Picture() => new(picture(), new Text(Line(title, done, clock.Elapsed, pace)));
        _ = WithLive(Picture, redraw =>
        {
            work(redraw, fraction =>
            {
                done = fraction;
                if (pace.Report(clock.Elapsed.TotalSeconds, fraction) is { } seconds) Announce(title, expected!, seconds);
            });
            return true;
        });
    }

    /// <summary>A text that files or users gave, as one that a terminal only shows: control characters as \u001b and the like.</summary>
    public static string Plain(string text) => text.Any(IsControl)
        ? string.Concat(text.Select(c => IsControl(c) ? $"\\u{(int)c:x4}" : $"{c}"))
        : text;

    /// <summary>Such a text in a table.</summary>
    public static string Cell(string text) => Markup.Escape(Plain(text));

    /// <summary>Writes a table, in full width where nobody watches.</summary>
    public static void Write(Table table)
    {
        if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = 150;
        AnsiConsole.Write(table);
    }

    /// <summary>A share of nodes with four digits; nothing where it is not known.</summary>
    public static string Share(double value) => double.IsNaN(value) ? "" : value.ToString("0.0000", CultureInfo.InvariantCulture);

    /// <summary>Also those that turn the direction of the text around.</summary>
    private static bool IsControl(char c) => char.IsControl(c) || c is '\u200e' or '\u200f' or (>= '\u202a' and <= '\u202e')
        or (>= '\u2066' and <= '\u2069');

    /// <summary>A number as people read it: four significant digits, thousands and integers in full.</summary>
    public static string Format(double value) =>
        double.IsNaN(value) ? "none"
        : double.IsInfinity(value) ? value > 0 ? "∞" : "-∞"
        : Math.Abs(value) < 1e7 && value == Math.Round(value) ? value.ToString("0", CultureInfo.InvariantCulture)
        : value.ToString("G4", CultureInfo.InvariantCulture);
}
