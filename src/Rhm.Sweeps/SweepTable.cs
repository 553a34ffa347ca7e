using System.Globalization;
using System.Text;
using System.Text.Json;
using Parquet;
using Parquet.Schema;
using Rhm.Files;
using Rhm.Learning;
using Rhm.Sweeps.Expressions;

namespace Rhm.Sweeps;

/// <summary>
/// The stored cells as a table: parameters, <c>accuracy_level1</c> .. , <c>accuracy_top</c> (the last level of each cell), the learners'
/// further numbers, and what each cell took.
/// </summary>
public sealed class SweepTable
{
    private static readonly string[] s_first = [.. Cell.Common];
    private static readonly string[] s_last =
    [
        "state", "begun", "error", "wall_seconds", "cpu_seconds", "allocated_bytes", "process_peak_bytes",
        "learner_version", "model_version", "code", "host", "processor", "finished", "key",
    ];
    private static readonly string[] s_texts = ["kind", "learner", "state", "error", "code", "host", "processor", "finished", "key"];

    private static readonly string[] s_whole = ["L", "s", "v", "m", "grammar", "seed", "learner_version", "model_version"];
    private static readonly string[] s_results = [.. s_last.Where(name => !s_whole.Contains(name) && name != "function_version")];

    private readonly ResultStore _store;
    private readonly string? _sweep;

    private SweepTable(ResultStore store, string? sweep, IReadOnlyList<Column> columns) =>
        (_store, _sweep, Columns) = (store, sweep, columns);

    /// <summary>What a column holds.</summary>
    public enum ColumnType
    {
        /// <summary>Integers of 64 bits.</summary>
        Whole,

        /// <summary>Doubles.</summary>
        Number,

        /// <summary>True or false.</summary>
        Flag,

        /// <summary>Texts.</summary>
        Text,
    }

    /// <summary>A column; any of its values may be missing.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="Type">What it holds.</param>
    public sealed record Column(string Name, ColumnType Type);

    /// <summary>The columns, the same for the same cells.</summary>
    public IReadOnlyList<Column> Columns { get; }

    /// <summary>A row: values by name; a missing one is not there.</summary>
    /// <param name="Values">long, double, bool or string.</param>
    public sealed record Row(IReadOnlyDictionary<string, object> Values)
    {
        /// <summary>For expressions.</summary>
        /// <param name="name">Column.</param>
        public Value ValueOf(string name) => Values.TryGetValue(name, out object? value) ? value switch
        {
            long integer => Value.Of(integer),
            bool flag => Value.Of(flag ? 1 : 0),
            double number => Value.Of(number),
            _ => new Value.Text((string)value),
        }
        : Value.Missing.Instance;
    }

    /// <summary>The table of a store.</summary>
    /// <param name="store">The store.</param>
    /// <param name="sweep">Of one sweep only, or (null) everything.</param>
    public static SweepTable Of(ResultStore store, string? sweep)
    {
        ArgumentNullException.ThrowIfNull(store);
        var parameters = new SortedDictionary<string, ColumnType>(StringComparer.Ordinal);
        var measures = new SortedSet<string>(StringComparer.Ordinal);
        int levels = 0;
        foreach (ResultStore.StoredCell cell in store.Cells(sweep))
        {
            if (Parse(store, cell) is not { } configuration) continue;
            levels = Math.Max(levels, cell.Outcome.Accuracy?.Count ?? 0);
            measures.UnionWith(cell.Outcome.Measures?.Keys.Where(name => !CellCurve.IsPoint(name)) ?? []);
            foreach ((string name, object value) in configuration)
            {
                parameters[name] = parameters.TryGetValue(name, out ColumnType known) ? Common(known, TypeOf(value)) : TypeOf(value);
            }
        }
        string[] own = [.. parameters.Keys.Where(name => !s_first.Contains(name) && !s_last.Contains(name))];
        bool IsNumber(string name) => name is "wall_seconds" or "cpu_seconds" || measures.Contains(name)
            || name.StartsWith("accuracy_", StringComparison.Ordinal);
        ColumnType TypeOfColumn(string name) => s_texts.Contains(name) ? ColumnType.Text
            : IsNumber(name) ? ColumnType.Number : parameters.GetValueOrDefault(name, ColumnType.Whole);
        string[] names = [.. s_first, .. own, .. Enumerable.Range(1, levels).Select(level => $"accuracy_level{level}"), "accuracy_top",
            .. measures.Where(name => !parameters.ContainsKey(name)), .. s_last];
        return new SweepTable(store, sweep, [.. names.Select(name => new Column(name, TypeOfColumn(name)))]);
    }

    private static ColumnType TypeOf(object value) => value switch
    {
        long => ColumnType.Whole,
        double => ColumnType.Number,
        bool => ColumnType.Flag,
        _ => ColumnType.Text,
    };

    /// <summary>The type of a name that two learners share: whole numbers and others are numbers; anything else is text.</summary>
    private static ColumnType Common(ColumnType a, ColumnType b) => a == b ? a
        : a is ColumnType.Whole or ColumnType.Number && b is ColumnType.Whole or ColumnType.Number ? ColumnType.Number : ColumnType.Text;

    /// <summary>Refuses an expression about columns that there are not.</summary>
    /// <param name="expression">The expression.</param>
    /// <exception cref="ArgumentException">A name is no column.</exception>
    public void Require(Expression expression)
    {
        ArgumentNullException.ThrowIfNull(expression);
        foreach (string name in expression.Names) _ = ColumnOf(name);
    }

    /// <summary>The column of a name.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="ArgumentException">There is none.</exception>
    public Column ColumnOf(string name) => Columns.FirstOrDefault(column => column.Name == name)
        ?? throw new ArgumentException(
            $"there is no column \"{name}\"; there are: {string.Join(", ", Columns.Select(column => column.Name))}");

    /// <summary>The rows, in the order in which they were planned.</summary>
    /// <param name="only">Chooses rows; null for all.</param>
    public IEnumerable<Row> Rows(Expression? only = null)
    {
        if (only is not null) Require(only);
        HashSet<string> numbers = [.. Columns.Where(column => column.Type == ColumnType.Number).Select(column => column.Name)];
        HashSet<string> texts = [.. Columns.Where(column => column.Type == ColumnType.Text).Select(column => column.Name)];
        return Read();

        IEnumerable<Row> Read()
        {
            foreach (ResultStore.StoredCell cell in _store.Cells(_sweep))
            {
                if (Parse(_store, cell) is not { } configuration) continue;
                var values = new Dictionary<string, object>();
                foreach ((string name, object value) in configuration)
                {
                    values[name] = numbers.Contains(name) ? Convert.ToDouble(value, CultureInfo.InvariantCulture)
                        : texts.Contains(name) && value is not string ? Convert.ToString(value, CultureInfo.InvariantCulture)! : value;
                }
                values.TryAdd("kind", RunCell.KindName); // which the identity of a run does not say
                values["state"] = LearnerParameter.Format(cell.State);
                values["key"] = cell.Key.ToString();
                values["begun"] = (long)cell.Begun;
                if (cell.State != CellState.Pending) AddOutcome(values, cell.Outcome);
                var row = new Row(values);
                if (only is null || only.IsTrue(row.ValueOf)) yield return row;
            }
        }
    }

    private static void AddOutcome(Dictionary<string, object> values, CellOutcome outcome)
    {
        IReadOnlyList<double> accuracy = outcome.Accuracy ?? [];
        for (int level = 1; level <= accuracy.Count; level++) values[$"accuracy_level{level}"] = accuracy[level - 1];
        if (accuracy.Count > 0) values["accuracy_top"] = accuracy[^1];
        foreach ((string name, double value) in outcome.Measures ?? new Dictionary<string, double>())
        {
            if (!CellCurve.IsPoint(name)) values.TryAdd(name, value);
        }
        if (outcome.Error is string error) values["error"] = error;
        if (double.IsFinite(outcome.WallSeconds)) values["wall_seconds"] = outcome.WallSeconds;
        if (outcome.CpuSeconds is double cpu) values["cpu_seconds"] = cpu;
        if (outcome.AllocatedBytes is long allocated) values["allocated_bytes"] = allocated;
        if (outcome.ProcessPeakBytes is long peak) values["process_peak_bytes"] = peak;
        (values["code"], values["host"], values["finished"]) = (outcome.Code, outcome.Host, outcome.Finished);
        if (outcome.Processor.Length > 0) values["processor"] = outcome.Processor;
    }

    /// <summary>
    /// Rows with a result, for figures and fits. Results of several versions of a learner are never mixed.
    /// </summary>
    /// <param name="only">Chooses rows; null for all.</param>
    /// <exception cref="ArgumentException">There are none, or of several versions.</exception>
    public IReadOnlyList<Row> Results(Expression? only)
    {
        Row[] rows = [.. Rows(only).Where(row => (string)row.Values["state"] == "done")];
        if (rows.Length == 0) throw new ArgumentException("there are no results" + (only is null ? " yet" : $" where {only.Text}"));
        foreach (var learner in rows.GroupBy(row => (string)(row.Values.GetValueOrDefault("learner") ?? row.Values["kind"])))
        {
            static long VersionOf(Row row) =>
                (long)row.Values.GetValueOrDefault("learner_version", row.Values.GetValueOrDefault("kind_version", 0L));
            static (long Learner, long Model) VersionsOf(Row row) => (VersionOf(row), (long)row.Values["model_version"]);
            (long Learner, long Model)[] versions = [.. learner.Select(VersionsOf).Distinct().Order()];
            if (versions.Length > 1)
            {
                string list = string.Join(" and ", versions.Select(version => $"{version.Learner} and {version.Model}"));
                throw new ArgumentException($"the results of learner {learner.Key} are of several versions, learner_version and "
                    + $"model_version {list}: name the sweep file instead of the store, or choose with --only");
            }
        }
        return rows;
    }

    /// <summary>Writes rows to a .csv or .parquet file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="head">A first line of a .csv file, after "# "; none where it is null.</param>
    /// <param name="columns">Which columns; null for all.</param>
    /// <param name="only">Chooses rows; null for all.</param>
    /// <returns>The number of rows.</returns>
    /// <exception cref="ArgumentException">Another ending, or no such column.</exception>
    public long Export(string path, IReadOnlyList<string>? columns, Expression? only, string? head = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        Column[] chosen = [.. columns?.Select(ColumnOf) ?? Columns];
        IEnumerable<Row> rows = Rows(only);
        long count = 0;
        switch (Path.GetExtension(path).ToLowerInvariant())
        {
            case ".csv":
                OutputFile.Write(path, stream => count = WriteCsv(stream, chosen, rows, head));
                return count;
            case ".parquet":
                OutputFile.Write(path, stream => count = WriteParquet(stream, chosen, rows).GetAwaiter().GetResult());
                return count;
            default:
                throw new ArgumentException($"{path} ends neither in .csv nor in .parquet");
        }
    }

    /// <summary>Writes the points of the cells' curves to a .csv file: key of the cell, x, a column for each curve; no file without any.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="head">A first line, after "# ".</param>
    /// <returns>The number of points.</returns>
    public long ExportCurves(string path, string head)
    {
        bool HasPoints(ResultStore.StoredCell cell) => cell.Outcome.Measures?.Keys.Any(CellCurve.IsPoint) == true;
        ResultStore.StoredCell[] cells = [.. _store.Cells(_sweep).Where(HasPoints)];
        if (cells.Length == 0) return 0;
        var points = (from cell in cells
                      from point in CellCurve.Points(cell.Outcome.Measures!)
                      select (cell.Key, X: point.Key, Values: point.Value)).ToList();
        string[] curves = [.. points.SelectMany(point => point.Values.Keys).Distinct().Order(StringComparer.Ordinal)];
        OutputFile.Write(path, stream =>
        {
            using var writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
            writer.WriteLine($"# {head}");
            writer.WriteLine($"key,x,{string.Join(',', curves)}");
            foreach ((CellKey key, long x, IReadOnlyDictionary<string, double> values) in points)
            {
                IEnumerable<string> texts = curves.Select(curve =>
                    values.TryGetValue(curve, out double value) ? LearnerParameter.Format(value) : "");
                writer.WriteLine($"{key},{x},{string.Join(',', texts)}");
            }
        });
        return points.Count;
    }

    /// <summary>A value as the tables write it; empty where it is missing.</summary>
    /// <param name="row">The row.</param>
    /// <param name="column">The column.</param>
    public static string Format(Row row, string column)
    {
        ArgumentNullException.ThrowIfNull(row);
        return row.Values.TryGetValue(column, out object? value) ? LearnerParameter.Format(value) : "";
    }

    private static long WriteCsv(Stream stream, Column[] columns, IEnumerable<Row> rows, string? head)
    {
        using var writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
        if (head is not null) writer.WriteLine($"# {head}");
        writer.WriteLine(string.Join(',', columns.Select(column => column.Name)));
        long count = 0;
        foreach (Row row in rows)
        {
            writer.WriteLine(string.Join(',', columns.Select(column => Quote(Format(row, column.Name)))));
            count++;
        }
        return count;
    }

    private static string Quote(string text) => text.AsSpan().IndexOfAny(",\"\r\n") < 0
        ? text
        : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static async Task<long> WriteParquet(Stream stream, Column[] columns, IEnumerable<Row> rows)
    {
        const int rowGroup = 100_000;
        DataField[] fields = [.. columns.Select(column => new DataField(column.Name, column.Type switch
        {
            ColumnType.Whole => typeof(long),
            ColumnType.Number => typeof(double),
            ColumnType.Flag => typeof(bool),
            _ => typeof(string),
        }, isNullable: true))];
        long count = 0;
        ParquetWriter writer = await ParquetWriter.CreateAsync(new ParquetSchema(fields), stream).ConfigureAwait(false);
        await using (writer.ConfigureAwait(false))
        {
            foreach (Row[] group in rows.Chunk(rowGroup))
            {
                using ParquetRowGroupWriter part = writer.CreateRowGroup();
                for (int c = 0; c < columns.Length; c++)
                {
                    string name = columns[c].Name;
                    IEnumerable<object?> values = group.Select(row => row.Values.GetValueOrDefault(name));
                    Task written = columns[c].Type switch
                    {
                        ColumnType.Whole => part.WriteAsync<long>(fields[c], values.Select(value => (long?)value).ToArray()),
                        ColumnType.Number => part.WriteAsync<double>(fields[c], values.Select(value => (double?)value).ToArray()),
                        ColumnType.Flag => part.WriteAsync<bool>(fields[c], values.Select(value => (bool?)value).ToArray()),
                        _ => part.WriteAsync(fields[c], values.Select(value => (string?)value).ToArray()!),
                    };
                    await written.ConfigureAwait(false);
                }
                part.CompleteValidate();
                count += group.Length;
            }
        }
        return count;
    }

    /// <summary>The parameters of a cell; null, which the store then tells, where another program wrote them or they are damaged.</summary>
    private static List<(string Name, object Value)>? Parse(ResultStore store, ResultStore.StoredCell cell)
    {
        try
        {
            List<(string Name, object Value)> values = JsonText.Read(Encoding.UTF8.GetBytes(cell.Outcome.Configuration), Values);
            Require(values);
            return values;
        }
        catch (ArgumentException error)
        {
            store.NoteUnreadable(cell.Key, error.Message);
            return null;
        }
    }

    /// <summary>Refuses parameters that no cell has: of another type, or without those that every cell has.</summary>
    private static void Require(List<(string Name, object Value)> values)
    {
        foreach ((string name, object value) in values)
        {
            if (name is "learner" or "kind" ? value is not string : s_whole.Contains(name) && value is not long)
                throw new ArgumentException($"{name} is of another kind");
            if (s_results.Contains(name) || name.StartsWith("accuracy_", StringComparison.Ordinal))
                throw new ArgumentException($"{name} is no parameter");
        }
        HashSet<string> names = [.. values.Select(value => value.Name)];
        if (names.Count < values.Count) throw new ArgumentException("a parameter is given twice");
        string[] needed = names.Contains("learner") ? s_whole : ["kind", "model_version"];
        if (needed.FirstOrDefault(name => !names.Contains(name)) is string missing) throw new ArgumentException($"{missing} is missing");
    }

    private static List<(string Name, object Value)> Values(JsonElement root)
    {
        var values = new List<(string, object)>();
        foreach (JsonProperty property in root.EnumerateObject())
        {
            values.Add((property.Name, property.Value.ValueKind switch
            {
                JsonValueKind.True => true,
                JsonValueKind.False => false,
                JsonValueKind.String => property.Value.GetString()!,
                // A point or an exponent tells doubles from integers.
                _ => property.Value.GetRawText().AsSpan().IndexOfAny(".eE") < 0
                    ? (object)property.Value.GetInt64()
                    : property.Value.GetDouble(),
            }));
        }
        return values;
    }
}
