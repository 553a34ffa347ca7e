using System.Globalization;
using Rhm.Grammars;

namespace Rhm.Experiments.Measurements;

/// <summary>A row of a CSV file; its values are found by the names of their columns.</summary>
/// <param name="columns">Where each column stands.</param>
/// <param name="fields">The values.</param>
internal readonly struct CsvRow(IReadOnlyDictionary<string, int> columns, string[] fields)
{
    /// <summary>The grammar shape of the columns L, s, v and m.</summary>
    public GrammarShape Shape => new(Int("L"), Int("s"), Int("v"), Int("m"));

    /// <summary>A text.</summary>
    /// <exception cref="FormatException">There is no such column.</exception>
    public string Text(string column) => columns.TryGetValue(column, out int index)
        ? fields[index]
        : throw new FormatException($"there is no column \"{column}\"");

    /// <summary>A whole number.</summary>
    /// <exception cref="FormatException">It is none, or there is no such column.</exception>
    public int Int(string column) => int.Parse(Text(column), CultureInfo.InvariantCulture);

    /// <summary>A whole number of 64 bits.</summary>
    /// <exception cref="FormatException">It is none, or there is no such column.</exception>
    public long Long(string column) => long.Parse(Text(column), CultureInfo.InvariantCulture);

    /// <summary>A number.</summary>
    /// <exception cref="FormatException">It is none, or there is no such column.</exception>
    public double Number(string column) => double.Parse(Text(column), CultureInfo.InvariantCulture);
}
