using System.Globalization;
using Rhm.Report.Evidence;

namespace Rhm.Report.Documents;

/// <summary>
/// Values of stored files as a text quotes them. A file is CSV (a stored experiment or benchmark; lines that begin with # are left out)
/// or the JSON of a stored claim.
/// </summary>
internal static class StoredNumbers
{
    /// <summary>One value with its 95% interval where the file has one, rounded to it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="place">
    /// In CSV COLUMN=VALUE &amp; COLUMN=VALUE: COLUMN, the condition that one row alone meets and the column to quote; without a condition
    /// where there is one row. In the JSON of a claim: measured, predicted, control or verdict.
    /// </param>
    /// <exception cref="ArgumentException">There is no such file or value, or more than one row has what the place says.</exception>
    public static string Read(string path, string place)
    {
        if (!File.Exists(path)) throw new ArgumentException("there is no such file");
        return Path.GetExtension(path) == ".json" ? OfClaim(path, place) : OfTable(StoredTable.Read(path), place);
    }

    private static string OfClaim(string path, string place)
    {
        StoredClaim claim = StoredClaims.Read(path);
        return place switch
        {
            "measured" => Numbers.WithInterval(claim.Measured.Measured, claim.Measured.ReadingLow, claim.Measured.ReadingHigh),
            "predicted" => Numbers.Plain(claim.Measured.Predicted),
            "control" when claim.Control is { } control => Numbers.WithInterval(control.Measured, control.ReadingLow, control.ReadingHigh),
            "verdict" => ClaimResult.Word(claim.Verdict),
            _ => throw new ArgumentException($"a stored claim has measured, predicted, control and verdict, not \"{place}\""),
        };
    }

    private static string OfTable(StoredTable table, string place)
    {
        int colon = place.LastIndexOf(": ", StringComparison.Ordinal);
        string column = colon < 0 ? place : place[(colon + 2)..];
        (int Column, string Value)[] conditions = colon < 0
            ? []
            : [.. place[..colon].Split(" & ").Select(part => part.Split('=', 2)).Select(part => (Index(table, part[0]), part[^1]))];
        string[][] rows = [.. table.Rows.Where(row => conditions.All(c => row[c.Column] == c.Value))];
        if (rows.Length != 1) throw new ArgumentException($"{rows.Length} rows have what \"{place}\" says, and one must");
        int index = Index(table, column);
        if (table.Interval(rows[0], index) is (double value, double low, double high)) return Numbers.WithInterval(value, low, high);
        return double.TryParse(rows[0][index], CultureInfo.InvariantCulture, out double alone) ? Numbers.Plain(alone) : rows[0][index];
    }

    private static int Index(StoredTable table, string column)
    {
        int index = table.Columns.ToList().IndexOf(column);
        string known = string.Join(", ", table.Columns);
        return index >= 0 ? index : throw new ArgumentException($"it has no column \"{column}\"; it has {known}");
    }
}
