using System.Globalization;

namespace Rhm.Report;

/// <summary>Numbers as people read them: four significant digits, integers in full.</summary>
internal static class Numbers
{
    public static string Plain(double value) =>
        double.IsNaN(value) ? "none"
        : double.IsInfinity(value) ? value > 0 ? "∞" : "−∞"
        : Math.Abs(value) < 1e7 && value == Math.Round(value) ? value.ToString("0", CultureInfo.InvariantCulture)
        : Math.Abs(value) is >= 1e-4 and < 1e7 ? Rounded(value).ToString("0.##########", CultureInfo.InvariantCulture)
        : value.ToString("0.###e0", CultureInfo.InvariantCulture);

    private static decimal Rounded(double value) => decimal.Round((decimal)value, Digits(value));

    private static int Digits(double value) => Math.Clamp(3 - (int)Math.Floor(Math.Log10(Math.Abs(value))), 0, 10);

    /// <summary>In LaTeX's mathematics.</summary>
    public static string Tex(double value)
    {
        string plain = Plain(value);
        return plain switch
        {
            "none" => @"\text{none}",
            "∞" => @"\infty",
            "−∞" => @"-\infty",
            _ when plain.Split('e') is [string mantissa, string exponent] => $@"{mantissa} \times 10^{{{exponent}}}",
            _ => plain,
        };
    }

    public static string Html(double value)
    {
        string plain = Plain(value);
        return plain.Split('e') is [string mantissa, string exponent] && plain != "none"
            ? $"{mantissa} × 10<sup>{exponent.Replace('-', '−')}</sup>"
            : plain.Replace('-', '−');
    }
}
