using System.Diagnostics;
using System.Globalization;
using System.Text;
using Rhm.Experiments.Plotting;
using Rhm.Grammars;
using Rhm.Levelwise;
using Rhm.Strings;
using ScottPlot;
using ScottPlot.Plottables;

namespace Rhm.Benchmarks.Compare;

/// <summary>
/// Time and memory of learning all levels against the number of strings P, over four decades: time grows in proportion to P, memory
/// not at all. Each P is measured in a process of its own, since what counts of memory is the most that a process ever held. Time is
/// processor time, of all threads together, which other programs disturb least.
/// </summary>
internal static class Growth
{
    private static readonly GrammarShape s_shape = new(5, 3, 8, 16);

    private sealed record Point(long Strings, double Seconds, double PeakBytes);

    /// <summary>Measures, and writes growth.csv, growth.md and the figure.</summary>
    public static void Run(int threads)
    {
        var points = new List<Point>();
        foreach (long strings in Enumerable.Range(0, 9).Select(half => (long)Math.Round(1e4 * Math.Pow(10, half / 2.0))))
        {
            Console.Error.WriteLine($"growth: P = {strings}");
            points.Add(InChild(strings, threads));
        }
        string folder = Directory.CreateDirectory(Comparisons.ResultsFolder).FullName;
        // Below a million strings what does not depend on P (k-means, starts of threads) still shows.
        var large = points.Where(point => point.Strings >= 1_000_000).ToList();
        double power = Slope(large, point => point.Seconds), nanoseconds = 1e9 * points[^1].Seconds / points[^1].Strings;
        double growth = points[^1].PeakBytes / points[0].PeakBytes;
        string summary = FormattableString.Invariant($"Time grows as P^{power:0.00} from 10^6 to 10^8 strings, ")
            + FormattableString.Invariant($"{nanoseconds:0.0} ns a string at the end; ")
            + FormattableString.Invariant($"the peak of memory at 10^8 strings is {growth:0.00} times that at 10^4.");
        var csv = new StringBuilder("strings,seconds,peak_bytes\n");
        var table = new StringBuilder();
        table.Append(CultureInfo.InvariantCulture, $"# growth\n\n`benchmarks/compare growth --threads {threads}`\n\n");
        table.Append(CultureInfo.InvariantCulture, $"{Comparisons.Describe(threads)}.\nLearning all levels of {s_shape}, 50 restarts; ");
        table.Append("processor time of all threads, median of three runs (one above 10^7 strings) in a process of its own for each P, ");
        table.Append(CultureInfo.InvariantCulture, $"and the most memory that this process ever held.\n{summary}\n\n");
        table.Append("![time and memory against P](growth.svg)\n\n| P | processor time | peak of memory |\n|---|---|---|\n");
        foreach (Point point in points)
        {
            csv.Append(CultureInfo.InvariantCulture, $"{point.Strings},{point.Seconds:G6},{point.PeakBytes:0}\n");
            double milliseconds = 1e3 * point.Seconds, mebibytes = point.PeakBytes / (1 << 20);
            table.Append(CultureInfo.InvariantCulture, $"| {point.Strings} | {milliseconds:0.0} ms | {mebibytes:0.0} MiB |\n");
        }
        File.WriteAllText(Path.Combine(folder, "growth.csv"), csv.ToString());
        File.WriteAllText(Path.Combine(folder, "growth.md"), table.ToString());
        Draw(points, folder);
        Console.WriteLine(summary);
    }

    /// <summary>
    /// The child's part: learns, and prints the median of three processor times (one above 10^7 strings) and the peak of memory.
    /// </summary>
    /// <returns>0.</returns>
    public static int Measure(long count, int threads)
    {
        var strings = new StringSampler(Grammar.Draw(s_shape, seed: 1), seed: 1, count);
        var options = new IlcOptions { Seed = 1, Restarts = 50, Threads = threads };
        void Learn(StringSampler data) => IterativeLatentClustering.Learn(data, s_shape.Branching, options);
        // Until the code is compiled at its best.
        var warmUp = new StringSampler(strings.Grammar, seed: 1, Math.Min(count, 100_000));
        for (var clock = Stopwatch.StartNew(); clock.ElapsedMilliseconds < 1000;) Learn(warmUp);
        var seconds = new double[count > 10_000_000 ? 1 : 3];
        // Many in a row where one is not longer than the clock's steps.
        int repetitions = (int)Math.Clamp(10_000_000 / count, 1, 100);
        for (int i = 0; i < seconds.Length; i++)
        {
            TimeSpan start = Environment.CpuUsage.TotalTime;
            for (int r = 0; r < repetitions; r++) Learn(strings);
            seconds[i] = (Environment.CpuUsage.TotalTime - start).TotalSeconds / repetitions;
        }
        double median = seconds.Order().ElementAt(seconds.Length / 2);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{median:R} {Process.GetCurrentProcess().PeakWorkingSet64}"));
        return 0;
    }

    private static Point InChild(long strings, int threads)
    {
        string[] arguments = [typeof(Growth).Assembly.Location, "growth-point", $"{strings}", $"{threads}"];
        var start = new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true };
        using Process child = Process.Start(start)!;
        string[] numbers = child.StandardOutput.ReadToEnd().Split(' ', StringSplitOptions.TrimEntries);
        child.WaitForExit();
        if (child.ExitCode != 0 || numbers.Length != 2)
            throw new InvalidOperationException($"the process for P = {strings} ended with {child.ExitCode}");
        static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
        return new Point(strings, Number(numbers[0]), Number(numbers[1]));
    }

    /// <summary>Least squares of the logarithms.</summary>
    private static double Slope(IReadOnlyList<Point> points, Func<Point, double> value)
    {
        double[] x = [.. points.Select(point => Math.Log(point.Strings))], y = [.. points.Select(point => Math.Log(value(point)))];
        double meanX = x.Average(), meanY = y.Average();
        return x.Zip(y, (a, b) => (a - meanX) * (b - meanY)).Sum() / x.Sum(a => (a - meanX) * (a - meanX));
    }

    private static void Draw(IReadOnlyList<Point> points, string folder)
    {
        Multiplot figure = Plots.Panels(2);
        double[] x = [.. points.Select(point => Math.Log10(point.Strings))];
        void Panel(int number, string title, string label, Func<Point, double> value)
        {
            Plot plot = figure.GetPlot(number);
            Scatter line = plot.Add.Scatter(x, [.. points.Select(point => Math.Log10(value(point)))], Figures.Palette[number]);
            line.MarkerSize = 5;
            line.LineWidth = 1.5f;
            line.LegendText = "measured";
            Figures.LogarithmicX(plot);
            Figures.LogarithmicY(plot);
            plot.Title(title);
            plot.XLabel("strings P");
            plot.YLabel(label);
        }
        Panel(0, $"learning all levels, {s_shape}", "processor seconds", point => point.Seconds);
        double last = Math.Log10(points[^1].Seconds);
        Plots.Law(figure.GetPlot(0), x.Select(at => (at, last + at - x[^1])), Colors.Gray, "proportional to P");
        Panel(1, "most memory that the process held", "MiB", point => point.PeakBytes / (1 << 20));
        figure.GetPlot(1).Axes.SetLimitsY(0, 4);
        Figures.Save(figure, folder, "growth");
        File.Delete(Path.Combine(folder, "growth.pdf"));
        File.Delete(Path.Combine(folder, "growth.png"));
    }
}
