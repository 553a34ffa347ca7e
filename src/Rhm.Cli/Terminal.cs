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

    /// <summary>Whether a person watches.</summary>
    public static bool IsWatched => !Console.IsErrorRedirected && !Console.IsOutputRedirected;

    /// <summary>Runs work that reports the fraction done; shows a bar where a person watches, else a line now and then.</summary>
    public static T WithProgress<T>(string title, Func<Action<double>, T> work)
    {
        if (!IsWatched) return WithLines(title, work);
        ProgressColumn[] columns =
        [
            new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn(),
            new RemainingTimeColumn(),
        ];
        return s_error.Progress().AutoClear(true).Columns(columns).Start(context =>
        {
            ProgressTask task = context.AddTask(Markup.Escape(title), maxValue: 1);
            return work(fraction => task.Value = fraction);
        });
    }

    /// <summary>Runs work, with a line on standard error every half minute.</summary>
    private static T WithLines<T>(string title, Func<Action<double>, T> work)
    {
        var clock = Stopwatch.StartNew();
        double done = 0;
        using var timer = new Timer(_ => Console.Error.WriteLine(Line(title, Volatile.Read(ref done), clock.Elapsed)), null,
            s_betweenLines, s_betweenLines);
        return work(fraction => Volatile.Write(ref done, fraction));
    }

    private static string Line(string title, double done, TimeSpan gone)
    {
        string left = done > 0 ? $", about {SweepProgress.Format(gone * ((1 - done) / done))} left" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{title}: {done:0%} done, {SweepProgress.Format(gone)} gone{left}");
    }

    /// <summary>Runs work with a picture that is redrawn when the work says so; where nobody watches, without.</summary>
    public static T WithLive<T>(Func<IRenderable> picture, Func<Action, T> work)
    {
        if (!IsWatched) return work(() => { });
        return s_error.Live(picture()).AutoClear(true).Start(context => work(() => context.UpdateTarget(picture())));
    }

    /// <summary>Writes a table, in full width where nobody watches.</summary>
    public static void Write(Table table)
    {
        if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = 150;
        AnsiConsole.Write(table);
    }

    /// <summary>A number as people read it: four significant digits, thousands and integers in full.</summary>
    public static string Format(double value) =>
        double.IsNaN(value) ? "none"
        : Math.Abs(value) < 1e7 && value == Math.Round(value) ? value.ToString("0", CultureInfo.InvariantCulture)
        : value.ToString("G4", CultureInfo.InvariantCulture);
}
