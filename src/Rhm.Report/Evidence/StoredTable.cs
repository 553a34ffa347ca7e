using System.Globalization;

namespace Rhm.Report.Evidence;

/// <summary>A table that rhm reproduce wrote; empty where there is none.</summary>
/// <param name="Columns">Its header.</param>
/// <param name="Rows">Its rows.</param>
public sealed record StoredTable(IReadOnlyList<string> Columns, IReadOnlyList<string[]> Rows)
{
    private static readonly string[] s_keys =
    [
        "learner", "quantity", "objective", "variant", "target", "curve", "unit", "tuple_level", "level", "m", "L", "depth", "v", "s",
    ];

    private static readonly char[] s_notInNames = [' ', '_', '%', '^', '(', ')', '{', '}', '\\', '#', '$', '&', '~'];

    /// <summary>The leading columns that say which row it is.</summary>
    public int KeyColumns => Math.Max(1, Columns.TakeWhile(s_keys.Contains).Count());

    /// <summary>The name of a value for whoever quotes it: key columns and column, of letters, digits and a few signs.</summary>
    /// <param name="row">The row.</param>
    /// <param name="column">Which value.</param>
    public string FieldName(string[] row, int column)
    {
        ArgumentNullException.ThrowIfNull(row);
        return string.Join(':', [.. row[..KeyColumns], Columns[column]]).Split(s_notInNames)
            .Where(part => part.Length > 0).Aggregate((a, b) => $"{a}-{b}");
    }

    /// <summary>Whether a column holds numbers alone.</summary>
    public bool IsNumeric(int column) => Rows.All(row => double.TryParse(row[column], CultureInfo.InvariantCulture, out _));

    internal static StoredTable Read(string path)
    {
        IEnumerable<string> rows = File.Exists(path) ? File.ReadLines(path).Where(line => line.Length > 0 && line[0] != '#') : [];
        string[][] lines = [.. rows.Select(line => line.Split(','))];
        foreach (string[] line in lines)
        {
            if (line.Length == lines[0].Length) continue;
            string values = $"\"{string.Join(',', line)}\" has {line.Length} values";
            throw new ArgumentException($"{path} is damaged: {values}, its header {lines[0].Length}");
        }
        return lines.Length == 0 ? new StoredTable([], []) : new StoredTable(lines[0], lines[1..]);
    }
}
