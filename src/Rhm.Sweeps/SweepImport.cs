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
    /// <param name="store">Receives the results.</param>
    /// <param name="cells">Cells without a result; rows of others are left out.</param>
    /// <returns>How many results came in.</returns>
    /// <exception cref="ArgumentException">A row cannot be read; with its line.</exception>
    public static int Read(string path, ResultStore store, IReadOnlyList<Cell> cells)
    {
        ArgumentNullException.ThrowIfNull(store);
        if (!File.Exists(path)) return 0;
        Dictionary<string, Cell> wanted = cells.ToDictionary(cell => cell.Key.ToString());
        var outcomes = new List<CellOutcome>();
        string[]? names = null;
        int line = 0;
        foreach (string text in File.ReadLines(path))
        {
            line++;
            // The first line may say which command wrote the table.
            if (line == 1 && text.StartsWith('#')) continue;
            string[] fields = [.. Fields(text)];
            if (names is null)
            {
                names = fields;
                continue;
            }
            // A file whose writing was interrupted.
            if (fields.Length != names.Length) continue;
            Dictionary<string, string> row = Enumerable.Range(0, names.Length).ToDictionary(i => names[i], i => fields[i]);
            if (row.GetValueOrDefault("state") != "done" || !wanted.TryGetValue(row.GetValueOrDefault("key", ""), out Cell? cell)) continue;
            try
            {
                outcomes.Add(Outcome(cell, row));
            }
            catch (FormatException error)
            {
                throw new ArgumentException($"{path}, line {line}: {error.Message}", error);
            }
        }
        return store.FinishAll(outcomes);
    }

    private static CellOutcome Outcome(Cell cell, Dictionary<string, string> row)
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
