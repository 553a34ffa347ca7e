using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace Rhm.Learning;

/// <summary>The numbers that a parameter may be.</summary>
/// <param name="Least">The least, or minus infinity.</param>
/// <param name="Most">The greatest, or infinity.</param>
/// <param name="AboveLeast">Whether the least itself is left out.</param>
/// <param name="BelowMost">Whether the greatest itself is left out.</param>
public sealed record ParameterRange(double Least, double Most = double.PositiveInfinity, bool AboveLeast = false, bool BelowMost = false)
{
    /// <summary>Every number.</summary>
    public static ParameterRange Any { get; } = new(double.NegativeInfinity);

    /// <summary>Whether a number is in it; one that is not a number is in none.</summary>
    /// <param name="value">The number.</param>
    public bool Contains(double value) => (AboveLeast ? value > Least : value >= Least) && (BelowMost ? value < Most : value <= Most);

    /// <summary>What is said of a number outside.</summary>
    public string Broken => double.IsInfinity(Most) || ToString().StartsWith("in ", StringComparison.Ordinal)
        ? $"must be {this}"
        : $"is outside {this}";

    /// <summary>In words: 1..20, at least 1, positive, in (0, 1].</summary>
    public override string ToString()
    {
        (string least, string most) = (Written(Least), Written(Most));
        if (double.IsInfinity(Least)) return double.IsInfinity(Most) ? "any number" : $"at most {most}";
        if (double.IsInfinity(Most)) return !AboveLeast ? $"at least {least}" : Least == 0 ? "positive" : $"above {least}";
        bool whole = !AboveLeast && !BelowMost && double.IsInteger(Least) && double.IsInteger(Most) && Most > 1;
        return whole ? $"{least}..{most}" : $"in {(AboveLeast ? '(' : '[')}{least}, {most}{(BelowMost ? ')' : ']')}";
    }

    internal static ParameterRange Of(RangeAttribute range) => new(
        Convert.ToDouble(range.Minimum, CultureInfo.InvariantCulture), Convert.ToDouble(range.Maximum, CultureInfo.InvariantCulture),
        range.MinimumIsExclusive, range.MaximumIsExclusive);

    private static string Written(double bound) =>
        bound.ToString(double.IsInteger(bound) && Math.Abs(bound) < 1e15 ? "0" : "R", CultureInfo.InvariantCulture);
}
