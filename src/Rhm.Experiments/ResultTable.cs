using System.Globalization;
using Rhm.Files;

namespace Rhm.Experiments;

/// <summary>A table of results: shown on the terminal, written as CSV.</summary>
/// <param name="Columns">Names; words and numbers without commas.</param>
/// <param name="Rows">Strings, integers or doubles, as many as there are columns.</param>
public sealed record ResultTable(IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<object>> Rows)
{
    /// <summary>The table of records.</summary>
    /// <typeparam name="T">A record is a row.</typeparam>
    /// <param name="rows">The records.</param>
    /// <param name="columns">Names, and the value of a record: a string, an integer or a double.</param>
    public static ResultTable Of<T>(IEnumerable<T> rows, params (string Name, Func<T, object> Value)[] columns) => new(
        [.. columns.Select(column => column.Name)],
        [.. rows.Select(row => (IReadOnlyList<object>)[.. columns.Select(column => column.Value(row))])]);

    /// <summary>Writes the table as CSV; numbers that do not exist are NaN.</summary>
    /// <param name="path">Target file.</param>
    /// <param name="command">The command that makes it: the first line, after "# ".</param>
    public void WriteCsv(string path, string command) => OutputFile.Write(path, stream =>
    {
        using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
        writer.WriteLine($"# {command}");
        writer.WriteLine(string.Join(',', Columns.Select(column => column.Replace(' ', '_'))));
        foreach (IReadOnlyList<object> row in Rows) writer.WriteLine(string.Join(',', row.Select(Text)));
    });

    private static string Text(object value) => value is double number
        ? number.ToString("G6", CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{value}");
}
