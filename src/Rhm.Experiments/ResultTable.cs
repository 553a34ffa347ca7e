using System.Globalization;
using Rhm.Files;

namespace Rhm.Experiments;

/// <summary>A table of results: shown on the terminal, written as CSV.</summary>
/// <param name="Columns">Names; words and numbers without commas.</param>
/// <param name="Rows">Strings, integers or doubles, as many as there are columns.</param>
public sealed record ResultTable(IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<object>> Rows)
{
    /// <summary>Writes the table as CSV; numbers that do not exist are NaN.</summary>
    /// <param name="path">Target file.</param>
    /// <param name="command">The command that makes it: the first line, after "# ".</param>
    public void WriteCsv(string path, string command) => OutputFile.Write(path, stream =>
    {
        using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
        writer.WriteLine($"# {command}");
        writer.WriteLine(string.Join(',', Columns.Select(column => column.Replace(' ', '_'))));
        foreach (IReadOnlyList<object> row in Rows)
            writer.WriteLine(string.Join(',', row.Select(value => value is double number ? number.ToString("G6", CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{value}"))));
    });
}
