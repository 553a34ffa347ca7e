using System.Globalization;
using System.Text;

namespace Rhm.Sweeps;

/// <summary>Takes over results from a table that <see cref="SweepTable.Export"/> wrote as CSV, by the identity of their cells.</summary>
public static class SweepImport
{
    private const string AccuracyPrefix = "accuracy_level";

    // Columns that are neither parameters nor measures.
    private static readonly HashSet<string> s_others =
    [
        .. Cell.Common, "kind", "state", "begun", "error", "wall_seconds", "cpu_seconds", "allocated_bytes", "process_peak_bytes",
        "learner_version", "model_version", "code", "host", "processor", "finished", "key", "accuracy_top",
    ];

    /// <summary>Fills in results of a table.</summary>
    /// <param name="path">The .csv file; none is no error.</param>
    /// <param name="curves">The .csv file of <see cref="SweepTable.ExportCurves"/>; none is no error.</param>
    /// <param name="store">Receives the results.</param>
    /// <param name="cells">Cells without a result; rows of others are left out.</param>
    /// <returns>How many results came in.</returns>
    /// <exception cref="ArgumentException">A row cannot be read; with its line.</exception>
    public static int Read(string path, string curves, ResultStore store, IReadOnlyList<Cell> cells)
    {
        ArgumentNullException.ThrowIfNull(store);
        Dictionary<string, Cell> wanted = cells.ToDictionary(cell => cell.Key.ToString());
        var points = Rows(curves).ToLookup(row => row.GetValueOrDefault("key", ""));
        IEnumerable<CellOutcome> outcomes = from row in Rows(path)
                                            where row.GetValueOrDefault("state") == "done"
                                            let cell = wanted.GetValueOrDefault(row.GetValueOrDefault("key", ""))
                                            where cell is not null
                                            select Outcome(cell, row, points[row["key"]]);
        try
        {
            return store.FinishAll([.. outcomes]);
        }
        catch (FormatException error)
        {
            throw new ArgumentException($"{path} or {curves} is damaged: {error.Message}", error);
        }
    }

    /// <summary>The rows by column; a first line may say which command wrote the table, a last one may be incomplete.</summary>
    private static IEnumerable<Dictionary<string, string>> Rows(string path)
    {
        if (!File.Exists(path)) yield break;
        string[]? names = null;
        foreach (string line in File.ReadLines(path))
        {
            if (names is null && line.StartsWith('#')) continue;
            string[] fields = [.. Fields(line)];
            if (names is null) names = fields;
            else if (fields.Length == names.Length) yield return names.Zip(fields).ToDictionary(pair => pair.First, pair => pair.Second);
        }
    }

    private static CellOutcome Outcome(Cell cell, Dictionary<string, string> row, IEnumerable<Dictionary<string, string>> points)
    {
        double? Number(string name) => row.GetValueOrDefault(name) is { Length: > 0 } text
            ? double.Parse(text, CultureInfo.InvariantCulture)
            : null;
        long? Whole(string name) => row.GetValueOrDefault(name) is { Length: > 0 } text
            ? long.Parse(text, CultureInfo.InvariantCulture)
            : null;
        var accuracy = new List<double>();
        while (Number($"{AccuracyPrefix}{accuracy.Count + 1}") is { } value) accuracy.Add(value);
        HashSet<string> parameters = [.. cell.ParameterNames];
        var measures = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach ((string name, string text) in row)
        {
            if (text.Length == 0 || s_others.Contains(name) || parameters.Contains(name)) continue;
            if (name.StartsWith(AccuracyPrefix, StringComparison.Ordinal)) continue;
            if (double.TryParse(text, CultureInfo.InvariantCulture, out double value)) measures[name] = value;
        }
        foreach (Dictionary<string, string> point in points)
        {
            long x = long.Parse(point["x"], CultureInfo.InvariantCulture);
            foreach ((string curve, string text) in point.Where(value => value.Key is not ("key" or "x") && value.Value.Length > 0))
                measures[CellCurve.NameOf(curve, x)] = double.Parse(text, CultureInfo.InvariantCulture);
        }
        return new CellOutcome(cell.Key, cell.Configuration, accuracy, measures, null, Number("wall_seconds") ?? double.NaN,
            Number("cpu_seconds"), Whole("allocated_bytes"), Whole("process_peak_bytes"), row.GetValueOrDefault("code", ""),
            row.GetValueOrDefault("host", ""), row.GetValueOrDefault("finished", ""))
        {
            Processor = row.GetValueOrDefault("processor", ""),
        };
    }

    /// <summary>The fields of a line; those in quotes may hold commas, and quotes twice.</summary>
    private static IEnumerable<string> Fields(string line)
    {
        var field = new StringBuilder();
        bool quoted = false;
        for (int i = 0; i < line.Length; i++)
        {
            char c = line[i];
            if (c == '"' && quoted && i + 1 < line.Length && line[i + 1] == '"') field.Append(line[++i]);
            else if (c == '"') quoted = !quoted;
            else if (c == ',' && !quoted)
            {
                yield return field.ToString();
                field.Clear();
            }
            else field.Append(c);
        }
        yield return field.ToString();
    }
}
