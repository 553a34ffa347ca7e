using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Spectre.Console;

namespace Rhm.Benchmarks.Compare;

/// <summary>
/// The command benchmarks/compare: runs ours and the peer's alternately, pair by pair, and takes the median of the pairs' ratios, so
/// that whatever slows the machine down for a while meets both. Everything is warmed up before.
/// </summary>
internal static class Comparisons
{
    private const int DefaultPairs = 7;

    // Not a comparison, but a figure.
    private const string GrowthName = "growth";

    // Ours is repeated until it has run about as long as most peers do, so that neither is measured on cold caches and sleeping threads: a
    // pair's time is the mean of the repetitions.
    private static readonly TimeSpan s_shortest = TimeSpan.FromMilliseconds(250);

    /// <summary>Folder of the benchmarks project in the source tree.</summary>
    public static string BenchmarksFolder => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, ".."));

    /// <summary>One measured row.</summary>
    private sealed record Row(string Work, string Peer, double OursSeconds, double PeerSeconds, double Ratio, double Least, double Most,
        double Goal, double? ShareOfLimit, double? LimitGoal, string? LimitName, double? SecondsGoal = null)
    {
        public bool IsMet => (Goal == 0 || Ratio >= Goal)
            && (LimitGoal is not { } goal || ShareOfLimit >= goal)
            && (SecondsGoal is not { } seconds || OursSeconds <= seconds);
    }

    /// <summary>Measures the named groups, or all.</summary>
    /// <returns>0 when every goal is met, 1 when one is missed, 2 on bad input.</returns>
    public static int Run(string[] arguments)
    {
        int pairs = DefaultPairs, threads = Environment.ProcessorCount;
        var names = new List<string>();
        for (int i = 0; i < arguments.Length; i++)
        {
            string? next = arguments.ElementAtOrDefault(i + 1);
            if (arguments[i] is "--pairs" or "--threads" && int.TryParse(next, out int value) && value > 0)
            {
                if (arguments[i++] == "--pairs") pairs = value;
                else threads = value;
            }
            else if (arguments[i] == GrowthName || Groups.All.ContainsKey(arguments[i]))
            {
                names.Add(arguments[i]);
            }
            else
            {
                string groups = string.Join(", ", [.. Groups.All.Keys, GrowthName]);
                Console.Error.WriteLine(
                    $"compare: {arguments[i]} is neither a group ({groups}) nor --pairs N or --threads N with N at least 1");
                return 2;
            }
        }
        bool met = true;
        foreach (string name in names.Count > 0 ? names : [.. Groups.All.Keys, GrowthName])
        {
            if (name == GrowthName) Growth.Run(threads);
            else met &= Measure(name, pairs, threads);
        }
        return met ? 0 : 1;
    }

    private static bool Measure(string group, int pairs, int threads)
    {
        MachineLimits limits = MachineLimits.Measure(threads);
        var rows = new List<Row>();
        var versions = new SortedDictionary<string, string> { ["dotnet"] = RuntimeInformation.FrameworkDescription };
        var families = new List<(Comparison Comparison, Row Row)>();
        foreach (Comparison comparison in Groups.All[group](threads))
        {
            Console.Error.WriteLine($"{group}: {comparison.Work}, {comparison.Script}");
            rows.Add(Measure(comparison, pairs, limits, versions));
            if (comparison.Family is not null) families.Add((comparison, rows[^1]));
        }
        foreach (var family in families.GroupBy(member => member.Comparison.Family, member => (member.Comparison.FamilyGoal, member.Row)))
            rows.Add(GeometricMean($"geometric mean: {family.Key}", family.First().FamilyGoal, [.. family.Select(member => member.Row)]));
        Print(group, rows, limits, threads);
        Write(group, rows, limits, threads, pairs, versions);
        foreach (Row row in rows.Where(row => !row.IsMet)) Console.Error.WriteLine($"{group}: missed its goal: {row.Work}, {row.Peer}");
        return rows.All(row => row.IsMet);
    }

    private static Row GeometricMean(string name, double goal, IReadOnlyList<Row> rows)
    {
        double Mean(Func<Row, double> value) => Math.Exp(rows.Average(row => Math.Log(value(row))));
        double? share = rows.All(row => row.ShareOfLimit > 0) ? Mean(row => row.ShareOfLimit!.Value) : null;
        return new Row(name, rows[0].Peer, Mean(row => row.OursSeconds), Mean(row => row.PeerSeconds), Mean(row => row.Ratio),
            Mean(row => row.Least), Mean(row => row.Most), goal, share, null, rows[0].LimitName);
    }

    private static Row Measure(Comparison comparison, int pairs, MachineLimits limits, SortedDictionary<string, string> versions)
    {
        using Peer? peer = comparison.Against is null && comparison.Script.Length > 0
            ? new Peer(comparison.Script, comparison.Arguments, comparison.Environment)
            : null;
        foreach ((string name, string version) in peer?.Versions ?? new Dictionary<string, string>()) versions[name] = version;
        // A whole program starts cold whenever it is used, and is long: three runs will do.
        if (comparison.SecondsGoal > 0) pairs = Math.Min(pairs, 3);
        int repetitions = comparison.SecondsGoal > 0 ? 1 : WarmUp(comparison.Ours);
        comparison.Against?.Invoke();
        peer?.Run();
        var ours = new double[pairs];
        var theirs = new double[pairs];
        for (int pair = 0; pair < pairs; pair++)
        {
            // OpenBLAS and OpenMP keep their threads spinning for a while after the last call: until they sleep they take a core from us.
            Thread.Sleep(100);
            (ours[pair], object? result) = Repeat(comparison.Ours, repetitions);
            JsonElement answer = default;
            if (comparison.Against is not null) (theirs[pair], _) = Repeat(comparison.Against, repetitions);
            if (peer is not null)
            {
                answer = peer.Run();
                theirs[pair] = answer.GetProperty("seconds").GetDouble();
            }
            comparison.Check(result, answer);
        }
        double[] ratios = [.. ours.Zip(theirs, (a, b) => b / a).Order()];
        double limit = comparison.Limit switch
        {
            Limit.WriteBandwidth => limits.WriteBandwidth,
            Limit.MultiplyAdds => limits.MultiplyAdds,
            _ => 0,
        };
        return new Row(comparison.Work, comparison.Script, Median(ours), Median(theirs), Median(ratios), ratios[0], ratios[^1],
            comparison.Goal,
            limit > 0 ? comparison.Amount / Median(ours) / limit : null, comparison.LimitGoal > 0 ? comparison.LimitGoal : null,
            limit > 0 ? comparison.Limit.ToString() : null, comparison.SecondsGoal > 0 ? comparison.SecondsGoal : null);
    }

    private static (double Seconds, object? Result) Repeat(Func<object?> work, int repetitions)
    {
        object? result = null;
        var clock = Stopwatch.StartNew();
        for (int i = 0; i < repetitions; i++) result = work();
        return (clock.Elapsed.TotalSeconds / repetitions, result);
    }

    /// <summary>Runs until the code is compiled at its best; answers how many repetitions last long enough to be timed.</summary>
    private static int WarmUp(Func<object?> work)
    {
        var all = Stopwatch.StartNew();
        double fastest = double.PositiveInfinity;
        do
        {
            var clock = Stopwatch.StartNew();
            work();
            fastest = Math.Min(fastest, clock.Elapsed.TotalSeconds);
        }
        while (all.ElapsedMilliseconds < 1000);
        return Math.Max(1, (int)Math.Ceiling(s_shortest.TotalSeconds / fastest));
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static string Cells(Row row, string separator) => string.Join(separator,
        row.Work, Path.GetFileNameWithoutExtension(row.Peer), Time(row.OursSeconds), row.PeerSeconds > 0 ? Time(row.PeerSeconds) : "",
        row.PeerSeconds > 0 ? Ratios(row) : "",
        row.Goal > 0 ? Number($"{row.Goal:0.##}") : row.SecondsGoal is { } seconds ? Number($"under {seconds:0} s") : "",
        row.ShareOfLimit is { } share ? Number($"{share:0%} of {row.LimitName}") : "",
        row.LimitGoal is { } goal ? Number($"{goal:0%}") : "");

    private static string Ratios(Row row) => row.Ratio >= 10
        ? Number($"{row.Ratio:0.0} ({row.Least:0.0} to {row.Most:0.0})")
        : Number($"{row.Ratio:0.00} ({row.Least:0.00} to {row.Most:0.00})");

    private static readonly string[] s_headings =
        ["work", "peer", "ours", "peer's time", "ratio: median (min to max)", "goal", "share of limit", "goal"];

    private static string Number(FormattableString text) => FormattableString.Invariant(text);

    private static string Time(double seconds) => seconds switch
    {
        >= 1 => Number($"{seconds:0.00} s"),
        >= 1e-3 => Number($"{seconds * 1e3:0.00} ms"),
        _ => Number($"{seconds * 1e6:0.0} us"),
    };

    private static string Describe(MachineLimits limits) =>
        Number($"memory write bandwidth {limits.WriteBandwidth / 1e9:0.0} GB/s, ")
        + Number($"peak {limits.MultiplyAdds / 1e9:0} G fused multiply-adds/s (float32)");

    private static void Print(string group, IReadOnlyList<Row> rows, MachineLimits limits, int threads)
    {
        var table = new Table().Border(TableBorder.Simple).Title(Number($"{group}, {threads} threads; {Describe(limits)}").EscapeMarkup());
        foreach (string heading in s_headings) table.AddColumn(heading);
        foreach (Row row in rows) table.AddRow([.. Cells(row, "\t").Split('\t').Select(Markup.Escape)]);
        if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = 200;
        AnsiConsole.Write(table);
    }

    private static void Write(string group, IReadOnlyList<Row> rows, MachineLimits limits, int threads, int pairs,
        SortedDictionary<string, string> versions)
    {
        string folder = Directory.CreateDirectory(ResultsFolder).FullName;
        var environment = new SortedDictionary<string, object>
        {
            ["processor"] = Processor(),
            ["threads"] = threads,
            ["cores"] = Environment.ProcessorCount,
            ["system"] = RuntimeInformation.OSDescription,
            ["commit"] = Commit(),
            ["command"] = $"benchmarks/compare {group} --pairs {pairs} --threads {threads}",
            ["versions"] = versions,
            ["write_bytes_per_second"] = limits.WriteBandwidth,
            ["multiply_adds_per_second"] = limits.MultiplyAdds,
        };
        File.WriteAllText(Path.Combine(folder, $"{group}.json"), JsonSerializer.Serialize(new { environment, rows }, s_json) + "\n");
        var csv = new StringBuilder("work,peer,ours_seconds,peer_seconds,ratio_median,ratio_min,ratio_max,goal,share_of_limit,limit_goal,");
        csv.Append("limit,seconds_goal\n");
        foreach (Row row in rows)
        {
            csv.Append(CultureInfo.InvariantCulture, $"\"{row.Work}\",{row.Peer},{row.OursSeconds:G6},{row.PeerSeconds:G6},");
            csv.Append(CultureInfo.InvariantCulture, $"{row.Ratio:G5},{row.Least:G5},{row.Most:G5},{row.Goal:R},");
            csv.Append(CultureInfo.InvariantCulture, $"{row.ShareOfLimit:G4},{row.LimitGoal:R},");
            csv.Append(CultureInfo.InvariantCulture, $"{row.LimitName},{row.SecondsGoal:R}\n");
        }
        File.WriteAllText(Path.Combine(folder, $"{group}.csv"), csv.ToString());
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# {group}\n\n`{environment["command"]}`\n\n{Machine(threads)}; ");
        text.AppendJoin(", ", versions.Select(version => $"{version.Key} {version.Value}"));
        text.Append(CultureInfo.InvariantCulture, $"; commit {environment["commit"]}.\nMeasured in the same run: {Describe(limits)}. ");
        text.Append(CultureInfo.InvariantCulture, $"Ratios: peer's time over ours, median of {pairs} pairs.\n\n");
        text.Append("| ").AppendJoin(" | ", s_headings).Append(" |\n|").Insert(text.Length, "---|", s_headings.Length).Append('\n');
        foreach (Row row in rows) text.Append("| ").Append(Cells(row, " | ")).Append(" |\n");
        File.WriteAllText(Path.Combine(folder, $"{group}.md"), text.ToString());
    }

    private static readonly JsonSerializerOptions s_json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
    };

    private static string Machine(int threads) =>
        $"{Processor()}, {Environment.ProcessorCount} cores, {threads} threads; {RuntimeInformation.OSDescription}";

    /// <summary>The machine and the commit.</summary>
    public static string Describe(int threads) =>
        $"{Machine(threads)}; {RuntimeInformation.FrameworkDescription}; commit {Commit()}";

    /// <summary>Tables of this kind of processor: a table of another one is not replaced.</summary>
    public static string ResultsFolder =>
        Path.Combine(BenchmarksFolder, "results", Regex.Replace(Processor().ToLowerInvariant(), "[^a-z0-9]+", "-").Trim('-'));

    private static string Processor()
    {
        if (!File.Exists("/proc/cpuinfo")) return RuntimeInformation.ProcessArchitecture.ToString();
        string[] lines = File.ReadAllLines("/proc/cpuinfo");
        string? Line(string name) => lines.FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
        string Field(string name) => Line(name)?.Split(':')[1].Trim() ?? "";
        return $"{Field("model name")} (family {Field("cpu family")}, model {Field("model\t")})";
    }

    private static string Commit()
    {
        string Git(string arguments)
        {
            var start = new ProcessStartInfo("git", arguments) { RedirectStandardOutput = true, WorkingDirectory = BenchmarksFolder };
            using Process git = Process.Start(start)!;
            string text = git.StandardOutput.ReadToEnd().Trim();
            git.WaitForExit();
            return text;
        }
        bool changed = Git("status --porcelain -- ../src ../benchmarks/*.cs ../benchmarks/Compare ../benchmarks/peers").Length > 0;
        return Git("rev-parse --short HEAD") + (changed ? " with changes" : "");
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
