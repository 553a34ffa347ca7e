using System.Text.RegularExpressions;

namespace Rhm.Report.Evidence;

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
