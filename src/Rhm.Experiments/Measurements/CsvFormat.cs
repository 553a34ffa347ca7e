using System.Globalization;

namespace Rhm.Experiments.Measurements;

/// <summary>How records stand in a CSV file: a column for each value, written in this order and read by name in any.</summary>
/// <typeparam name="T">The records.</typeparam>
/// <param name="read">The record of a row.</param>
/// <param name="columns">Names, and the value of a record: a text without commas, or a number, which is written so that it gives back the
/// same bits.</param>
internal sealed class CsvFormat<T>(Func<CsvRow, T> read, params (string Name, Func<T, object> Value)[] columns)
{
    /// <summary>The line of names.</summary>
    public string Header { get; } = string.Join(',', columns.Select(column => column.Name));

    /// <summary>The line of a record.</summary>
    public string Line(T record) => string.Join(',', columns.Select(column => Text(column.Value(record))));

    /// <summary>The records of some lines.</summary>
    /// <param name="header">The line of names.</param>
    /// <param name="lines">The others.</param>
    /// <param name="damaged">Makes the exception for a line, numbered from 0, that is no record.</param>
    public IReadOnlyList<T> Read(string header, IReadOnlyList<string> lines, Func<int, Exception> damaged)
    {
        string[] names = header.Split(',');
        Dictionary<string, int> places = Enumerable.Range(0, names.Length).ToDictionary(i => names[i]);
        var records = new T[lines.Count];
        for (int i = 0; i < lines.Count; i++)
        {
            string[] fields = lines[i].Split(',');
            if (fields.Length != names.Length) throw damaged(i);
            try
            {
                records[i] = read(new CsvRow(places, fields));
            }
            catch (Exception error) when (error is FormatException or OverflowException or ArgumentException)
            {
                throw damaged(i);
            }
        }
        return records;
    }

    private static string Text(object value) => value switch
    {
        string text => text,
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        _ => string.Create(CultureInfo.InvariantCulture, $"{value}"),
    };
}
