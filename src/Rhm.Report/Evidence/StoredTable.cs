using System.Globalization;
using System.Text.RegularExpressions;

namespace Rhm.Report.Evidence;

/// <summary>A table that rhm reproduce wrote; empty where there is none.</summary>
/// <param name="Columns">Its header.</param>
/// <param name="Rows">Its rows.</param>
public sealed partial record StoredTable(IReadOnlyList<string> Columns, IReadOnlyList<string[]> Rows)
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

    /// <summary>A value with the 95% interval that the columns after it hold; null where it has none.</summary>
    /// <param name="row">The row.</param>
    /// <param name="column">Which value.</param>
    public (double Value, double Low, double High)? Interval(string[] row, int column)
    {
        ArgumentNullException.ThrowIfNull(row);
        return column + 2 < row.Length && Columns[column + 1] == "95%_low" && Columns[column + 2] == "95%_high"
            && double.TryParse(row[column], CultureInfo.InvariantCulture, out double value)
            && double.TryParse(row[column + 1], CultureInfo.InvariantCulture, out double low)
            && double.TryParse(row[column + 2], CultureInfo.InvariantCulture, out double high)
            ? (value, low, high)
            : null;
    }

    /// <summary>The values of a column, row by row; none where there is no such column.</summary>
    /// <param name="name">Its name.</param>
    public IEnumerable<string> Values(string name)
    {
        int column = Columns.ToList().IndexOf(name);
        return column < 0 ? [] : Rows.Select(row => row[column]);
    }

    /// <summary>Whether a column holds numbers alone.</summary>
    public bool IsNumeric(int column) => Rows.All(row => double.TryParse(row[column], CultureInfo.InvariantCulture, out _));

    internal static StoredTable Read(string path)
    {
        IEnumerable<string> rows = File.Exists(path) ? File.ReadLines(path).Where(line => line.Length > 0 && line[0] != '#') : [];
        string[][] lines = [.. rows.Select(Fields)];
        foreach (string[] line in lines)
        {
            if (line.Length == lines[0].Length) continue;
            string values = $"\"{string.Join(',', line)}\" has {line.Length} values";
            throw new ArgumentException($"{path} is damaged: {values}, its header {lines[0].Length}");
        }
        return lines.Length == 0 ? new StoredTable([], []) : new StoredTable(lines[0], lines[1..]);
    }

    /// <summary>The fields of a line; one in double quotes may hold commas.</summary>
    private static string[] Fields(string line) =>
        [.. Field().Matches(line).Select(field => field.Value is ['"', .. string inner, '"'] ? inner.Replace("\"\"", "\"") : field.Value)];

    [GeneratedRegex(@"(?<=^|,)(?:""(?:[^""]|"""")*""|[^,]*)(?=,|$)")]
    private static partial Regex Field();
}
