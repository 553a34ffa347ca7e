using System.Globalization;
using System.Text.RegularExpressions;
using Rhm.Claims;
using Rhm.Experiments;

namespace Rhm.Report;

/// <summary>A claim with its place in the appendix and what was measured.</summary>
/// <param name="Number">1, 2, ...: the same in the appendix and in the report.</param>
/// <param name="Entry">The claim, what it rests on, its source.</param>
/// <param name="Stored">The stored measurement.</param>
/// <param name="Experiments">Experiments of the figures that the claim names.</param>
public sealed record ClaimResult(int Number, Blueprint.Entry Entry, StoredClaim Stored, IReadOnlyList<StoredExperiment> Experiments)
{
    /// <summary>Identifier of the claim.</summary>
    public string Id => Entry.Claim.Id;

    /// <summary>The interval as people read it.</summary>
    public string Interval(Func<double, string> format)
    {
        ArgumentNullException.ThrowIfNull(format);
        Measurement m = Stored.Measured;
        if (m.Low != m.High) return $"[{format(m.Low)}, {format(m.High)}]";
        return Entry.Claim.FalseAlarm == 0 ? "exact" : $"at most {format(m.AcceptHigh)}";
    }
}

/// <summary>A table that rhm reproduce wrote; empty where there is none.</summary>
/// <param name="Columns">Its header.</param>
/// <param name="Rows">Its rows.</param>
public sealed record StoredTable(IReadOnlyList<string> Columns, IReadOnlyList<string[]> Rows)
{
    private static readonly string[] s_keys = ["learner", "quantity", "objective", "variant", "target", "curve", "unit", "tuple_level", "level", "m", "L", "depth", "v", "s"];

    /// <summary>The leading columns that say which row it is.</summary>
    public int KeyColumns => Math.Max(1, Columns.TakeWhile(s_keys.Contains).Count());

    /// <summary>The name of a value for whoever quotes it: key columns and column, of letters, digits and a few signs.</summary>
    /// <param name="row">The row.</param>
    /// <param name="column">Which value.</param>
    public string FieldName(string[] row, int column)
    {
        ArgumentNullException.ThrowIfNull(row);
        return string.Join(':', [.. row[..KeyColumns], Columns[column]]).Split(' ', '_', '%', '^', '(', ')', '{', '}', '\\', '#', '$', '&', '~')
            .Where(part => part.Length > 0).Aggregate((a, b) => $"{a}-{b}");
    }

    /// <summary>Whether a column holds numbers alone.</summary>
    public bool IsNumeric(int column) => Rows.All(row => double.TryParse(row[column], CultureInfo.InvariantCulture, out _));

    internal static StoredTable Read(string path)
    {
        string[][] lines = File.Exists(path) ? [.. File.ReadLines(path).Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split(','))] : [];
        foreach (string[] line in lines)
        {
            if (line.Length != lines[0].Length) throw new ArgumentException($"{path} is damaged: \"{string.Join(',', line)}\" has {line.Length} values, its header {lines[0].Length}");
        }
        return lines.Length == 0 ? new StoredTable([], []) : new StoredTable(lines[0], lines[1..]);
    }
}

/// <summary>What rhm reproduce wrote into a folder.</summary>
/// <param name="Name">Name of the folder, for example fig3-left-paper.</param>
/// <param name="Folder">Where it is.</param>
/// <param name="Command">The command that makes it.</param>
/// <param name="Thresholds">thresholds.csv: what was measured.</param>
/// <param name="Laws">laws.csv: what follows, beside what is predicted.</param>
public sealed partial record StoredExperiment(string Name, string Folder, string Command, StoredTable Thresholds, StoredTable Laws)
{
    /// <summary>Number and side of the published figure, or null where the name has none.</summary>
    public (string Number, string Side)? Published =>
        FigureName().Match(Name) is { Success: true } match ? (match.Groups[1].Value, match.Groups[2].Value) : null;

    /// <summary>The published figure in words, or the name.</summary>
    public string Title => Published is (string number, string side) ? $"Figure {number}{(side.Length > 0 ? $", {side}" : "")}" : Name;

    /// <summary>Tells it from others of the same published figure.</summary>
    public string Heading => Published is null ? Name : $"{Title} ({Name})";

    /// <summary>Whether the legend names published values.</summary>
    public bool ShowsPublished => File.ReadAllText(Path.Combine(Folder, "figure.svg")).Contains("published", StringComparison.Ordinal);

    /// <summary>Those of its tables that it has.</summary>
    public IEnumerable<StoredTable> Tables => ((StoredTable[])[Thresholds, Laws]).Where(table => table.Rows.Count > 0);

    /// <summary>Whether a claim's source names this figure.</summary>
    public bool IsNamedIn(string source)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (Published is not (string number, string side)) return false;
        int at = source.IndexOf("figure", StringComparison.Ordinal);
        return at >= 0 && FigureReference().Matches(source[at..]).Any(match =>
            match.Groups[1].Value == number && (match.Groups[2].Length == 0 || side.Length == 0 || match.Groups[2].Value == side));
    }

    internal static StoredExperiment? Read(string folder)
    {
        if (!File.Exists(Path.Combine(folder, "figure.svg")) || !File.Exists(Path.Combine(folder, "figure.pdf"))) return null;
        string table = Path.Combine(folder, "thresholds.csv");
        string name = Path.GetFileName(folder);
        string cells = Path.Combine(folder, "cells.csv");
        string head = File.Exists(cells) ? File.ReadLines(cells).FirstOrDefault() ?? "" : "";
        if (File.Exists(table) && File.ReadLines(table).FirstOrDefault() is ['#', ..] own) head = own;
        Match match = Head().Match(head);
        string command = match.Success
            ? match.Groups[1].Value + (match.Groups[2].Value is "Quick" or "quick" ? "" : $" --scale {match.Groups[2].Value.ToLowerInvariant()}") + (match.Groups[3].Value == "1" ? "" : $" --seed {match.Groups[3].Value}")
            : head.TrimStart('#', ' ');
        return new StoredExperiment(name, folder, command, StoredTable.Read(table), StoredTable.Read(Path.Combine(folder, "laws.csv")));
    }

    [GeneratedRegex(@"^fig(?:ure)?(\d+)(?:-(left|right))?\b")]
    private static partial Regex FigureName();

    [GeneratedRegex(@"\b(\d+)(?:,? (left|right))?")]
    private static partial Regex FigureReference();

    [GeneratedRegex(@"^# (rhm reproduce [\w-]+), scale (\w+), seed (\d+)")]
    private static partial Regex Head();
}

/// <summary>All stored results: what the appendix, the report and citations are written from.</summary>
/// <param name="Claims">Every claim of the ledger, by chapter.</param>
/// <param name="Experiments">Every experiment found.</param>
public sealed record StoredResults(IReadOnlyList<ClaimResult> Claims, IReadOnlyList<StoredExperiment> Experiments)
{
    /// <summary>Every claim of the ledger in the order of the chapters; numbers them.</summary>
    public static IReadOnlyList<(int Number, Blueprint.Entry Entry)> Numbered { get; } =
    [
        .. Blueprint.chapters.SelectMany(chapter => Blueprint.entries.Where(entry => entry.Chapter.Name == chapter.Name)).Select((entry, i) => (i + 1, entry)),
    ];

    /// <summary>Reads a results folder.</summary>
    /// <param name="folder">Where rhm verify and rhm reproduce store.</param>
    /// <exception cref="ArgumentException">Nothing has been measured yet, or by another version; the message names the command to run.</exception>
    public static StoredResults Read(string folder)
    {
        Dictionary<string, StoredClaim> stored = StoredClaims.ReadAll(folder).ToDictionary(claim => claim.Id);
        StoredExperiment[] experiments = [.. Directory.GetDirectories(folder).Order(StringComparer.Ordinal).Select(StoredExperiment.Read).OfType<StoredExperiment>()];
        return new StoredResults(
            [.. Numbered.Select(n => new ClaimResult(n.Number, n.Entry, stored[n.Entry.Claim.Id], [.. experiments.Where(e => e.IsNamedIn(n.Entry.Claim.Source))]))],
            experiments);
    }

    /// <summary>The chapter in which an experiment is shown: that of the last claim that names it, else by what was learned.</summary>
    public string ChapterOf(StoredExperiment experiment)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        if (experiment.Name.Contains("spectral", StringComparison.Ordinal)) return "spectral";
        if (experiment.Name.Contains("slc", StringComparison.Ordinal) || experiment.Published is ("3", "right") or ("8" or "9" or "10" or "12", _)) return "slc";
        if (experiment.Name.StartsWith("objectives", StringComparison.Ordinal) || experiment.Published is ("4" or "5" or "13" or "14", _)) return "transformers";
        return Claims.LastOrDefault(claim => claim.Experiments.Contains(experiment))?.Entry.Chapter.Name ?? "recovery";
    }
}
