using System.Globalization;
using System.Text.RegularExpressions;

namespace Rhm.Report;

/// <summary>Numbers as people read them: four significant digits, integers in full.</summary>
internal static partial class Numbers
{
    public static string Plain(double value) =>
        double.IsNaN(value) ? "none"
        : double.IsInfinity(value) ? value > 0 ? "∞" : "−∞"
        : Math.Abs(value) < 1e7 && value == Math.Round(value) ? value.ToString("0", CultureInfo.InvariantCulture)
        : Math.Abs(value) is >= 1e-4 and < 1e7 ? Rounded(value).ToString("0.##########", CultureInfo.InvariantCulture)
        : value.ToString("0.###e0", CultureInfo.InvariantCulture);

    private static decimal Rounded(double value) => decimal.Round((decimal)value, Digits(value));

    private static int Digits(double value) => Math.Clamp(3 - (int)Math.Floor(Math.Log10(Math.Abs(value))), 0, 10);

    /// <summary>
    /// A value and its interval, each to the digit at which half of the interval has two, at most four digits of the value; the value
    /// alone where there is no interval.
    /// </summary>
    public static string WithInterval(double value, double low, double high)
    {
        double half = (high - low) / 2;
        if (!double.IsFinite(half) || half <= 0) return Plain(value);
        double digit = Math.Pow(10, Math.Floor(Math.Log10(half)) - 1), least = Math.Pow(10, Math.Floor(Math.Log10(Math.Abs(value))) - 3);
        double unit = value == 0 ? digit : Math.Max(digit, least);
        string To(double x)
        {
            int digits = Math.Max(0, -(int)Math.Round(Math.Log10(unit)));
            return (Math.Round(x / unit) * unit).ToString("F" + digits, CultureInfo.InvariantCulture);
        }
        return $"{To(value)} [{To(low)}, {To(high)}]";
    }

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
            _ => Grouped(plain),
        };
    }

    /// <summary>In LaTeX's mathematics: digits before the point in groups of three where there are five or more.</summary>
    public static string Grouped(string text) => LongInteger().Replace(text, match => Thousands().Replace(match.Value, @"\,"));

    [GeneratedRegex(@"(?<![.\d])\d{5,}")]
    private static partial Regex LongInteger();

    [GeneratedRegex(@"(?<=\d)(?=(?:\d{3})+$)")]
    private static partial Regex Thousands();

    public static string Html(double value)
    {
        string plain = Plain(value);
        return plain.Split('e') is [string mantissa, string exponent] && plain != "none"
            ? $"{mantissa} × 10<sup>{exponent.Replace('-', '−')}</sup>"
            : plain.Replace('-', '−');
    }
}
