using System.Globalization;
using Rhm.Claims;
using Rhm.Report.Evidence;

namespace Rhm.Report.Pages;

/// <summary>
/// Predicted against measured on one axis: what is allowed, the measured interval, and below it the negative control, as an arrow where
/// it lies far outside.
/// </summary>
internal static class ClaimFigure
{
    private const double Left = 120;
    private const double Right = 490;

    public static string Draw(ClaimResult claim)
    {
        Measurement measured = claim.Stored.Measured;
        Measurement? control = claim.Stored.Control;
        double[] numbers =
            [measured.Predicted, measured.Measured, measured.Low, measured.High, measured.AcceptLow, measured.AcceptHigh];
        double[] marks = [.. numbers.Where(double.IsFinite)];
        double low = marks.Min(), high = marks.Max();
        // An exact count has no width of its own: the axis goes a unit around it, and the control's thousands are an arrow.
        double reach = high > low ? high - low : Math.Max(1, Math.Abs(high));
        if (control is not null)
        {
            low = Math.Max(Math.Min(low, control.Low), low - reach);
            high = Math.Min(Math.Max(high, control.High), high + reach);
        }
        else if (low == high)
        {
            (low, high) = (low - reach, high + reach);
        }
        double margin = 0.05 * (high - low);
        double X(double value)
        {
            double share = (Math.Clamp(value, low - margin, high + margin) - low + margin) / (high - low + 2 * margin);
            return Left + share * (Right - Left);
        }
        string At(double value) => X(value).ToString("0.#", CultureInfo.InvariantCulture);

        string Mark(Measurement m, double y)
        {
            if (m.Low > high) return $"<path class=\"point\" d=\"M{Right - 12},{y - 7}l12,7l-12,7z\"/>";
            if (m.High < low) return $"<path class=\"point\" d=\"M{Left + 12},{y - 7}l-12,7l12,7z\"/>";
            return $"<line class=\"interval\" x1=\"{At(m.Low)}\" x2=\"{At(m.High)}\" y1=\"{y}\" y2=\"{y}\"/>"
                + $"<circle class=\"point\" cx=\"{At(m.Measured)}\" cy=\"{y}\" r=\"5.5\"/>";
        }

        string Row(Measurement m, double y, string name, string style) =>
            $"<g class=\"{style}\"><text x=\"0\" y=\"{y + 5}\">{name}</text>{Mark(m, y)}"
            + $"<text x=\"{Right + 12}\" y=\"{y + 5}\">{Text(m.Measured)}</text></g>";

        string allowedWidth = Math.Max(2, X(measured.AcceptHigh) - X(measured.AcceptLow)).ToString("0.#", CultureInfo.InvariantCulture);
        string ticks = string.Concat(new[] { low, measured.Predicted, high }.Where(double.IsFinite).Distinct()
            .Where(value => value == measured.Predicted || Math.Abs(X(value) - X(measured.Predicted)) > 60)
            .Select(value => $"<text x=\"{At(value)}\" y=\"130\" text-anchor=\"middle\">{Text(value)}</text>"));
        return $"""
            <svg class="plot" viewBox="0 0 570 142" role="img" aria-label="{Html.Escape(Description(measured, control))}">
            <rect class="allowed" x="{At(measured.AcceptLow)}" y="12" width="{allowedWidth}" height="94"/>
            <line class="predicted" x1="{At(measured.Predicted)}" x2="{At(measured.Predicted)}" y1="8" y2="110"/>
            <line class="axis" x1="{Left}" x2="{Right}" y1="112" y2="112"/>
            {Row(measured, 40, "measured", "true")}
            {(control is null ? "" : Row(control, 78, "planted error", "planted"))}
            {ticks}
            </svg>
            <p class="soft">Shaded: what the claim allows. Dashed: predicted. Bars: intervals. An arrow: beyond the axis.</p>
            """;
    }

    private static string Description(Measurement measured, Measurement? control)
    {
        static string Interval(double low, double high) => $"{Numbers.Plain(low)} to {Numbers.Plain(high)}";
        string planted = control is null
            ? ""
            : $"; with the planted error {Numbers.Plain(control.Measured)}, interval {Interval(control.Low, control.High)}";
        return $"Predicted {Numbers.Plain(measured.Predicted)}; measured {Numbers.Plain(measured.Measured)}, interval "
            + $"{Interval(measured.Low, measured.High)}; allowed {Interval(measured.AcceptLow, measured.AcceptHigh)}{planted}";
    }

    private static string Text(double value) => Numbers.Plain(value).Replace('-', '−');
}
