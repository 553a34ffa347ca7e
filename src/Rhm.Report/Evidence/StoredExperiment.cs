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

    /// <summary>Those of its tables that it has.</summary>
    public IEnumerable<StoredTable> Tables => ((StoredTable[])[Thresholds, Laws]).Where(table => table.Rows.Count > 0);

    /// <summary>Whether an experiment of rhm reproduce made it: the folder has its name and what tells this run from others.</summary>
    /// <param name="experiment">The experiment, for example fig3-left.</param>
    public bool IsOf(string experiment) => Name == experiment || Name.StartsWith(experiment + "-", StringComparison.Ordinal);

    internal static StoredExperiment? Read(string folder)
    {
        if (!File.Exists(Path.Combine(folder, "figure.svg")) || !File.Exists(Path.Combine(folder, "figure.pdf"))) return null;
        string table = Path.Combine(folder, "thresholds.csv");
        string name = Path.GetFileName(folder);
        // It becomes a label in LaTeX, an anchor in HTML and a name of files.
        if (!PlainName().IsMatch(name))
        {
            throw new ArgumentException(
                $"{folder} has other characters in its name than letters, digits, dots, hyphens and underscores: rename it");
        }
        string command = File.Exists(table) && File.ReadLines(table).FirstOrDefault() is ['#', ..] head ? head.TrimStart('#', ' ') : "";
        return new StoredExperiment(name, folder, command, StoredTable.Read(table), StoredTable.Read(Path.Combine(folder, "laws.csv")));
    }

    [GeneratedRegex(@"^fig(?:ure)?(\d+)(?:-(left|right))?\b")]
    private static partial Regex FigureName();

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]*\z")]
    private static partial Regex PlainName();
}
