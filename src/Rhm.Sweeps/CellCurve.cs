using System.Globalization;

namespace Rhm.Sweeps;

/// <summary>
/// Curves among the measures of a cell: a measure <c>NAME@X</c> is the point of the curve NAME at X. Tables leave them out; they are
/// exported as rows of their own.
/// </summary>
public static class CellCurve
{
    private const char At = '@';

    /// <summary>The measure of a point.</summary>
    /// <param name="curve">Name of the curve.</param>
    /// <param name="x">Where, at least 0.</param>
    public static string NameOf(string curve, long x) => string.Create(CultureInfo.InvariantCulture, $"{curve}{At}{x}");

    /// <summary>Whether a measure is a point of a curve.</summary>
    /// <param name="measure">Its name.</param>
    public static bool IsPoint(string measure)
    {
        ArgumentNullException.ThrowIfNull(measure);
        return measure.Contains(At, StringComparison.Ordinal);
    }

    /// <summary>The points by X, with the values of the curves there, by name.</summary>
    /// <param name="measures">All measures of a cell.</param>
    public static IReadOnlyDictionary<long, IReadOnlyDictionary<string, double>> Points(IReadOnlyDictionary<string, double> measures)
    {
        ArgumentNullException.ThrowIfNull(measures);
        var points = new SortedDictionary<long, IReadOnlyDictionary<string, double>>();
        foreach ((string name, double value) in measures.Where(measure => IsPoint(measure.Key)))
        {
            string[] parts = name.Split(At);
            long x = long.Parse(parts[1], CultureInfo.InvariantCulture);
            if (!points.TryGetValue(x, out IReadOnlyDictionary<string, double>? values))
                points[x] = values = new SortedDictionary<string, double>(StringComparer.Ordinal);
            ((SortedDictionary<string, double>)values)[parts[0]] = value;
        }
        return points;
    }
}
