using System.Globalization;
using Rhm.Claims;

namespace Rhm.Report.Pages;

/// <summary>Predicted against measured on one axis: what is allowed, the measured interval, and the negative control below it.</summary>
internal static class ClaimFigure
{
    private const double Left = 150;
    private const double Right = 620;

    public static string Draw(ClaimResult claim)
    {
        Measurement measured = claim.Stored.Measured;
        Measurement? control = claim.Stored.Control;
        double[] marks = [.. new double?[] { measured.Predicted, measured.Measured, measured.Low, measured.High, measured.AcceptLow, measured.AcceptHigh, control?.Measured, control?.Low, control?.High }
            .OfType<double>().Where(double.IsFinite)];
        double low = marks.Min(), high = marks.Max();
        // Counts that differ by orders of magnitude (a control with thousands of violations of none) go on an axis that is linear near 0.
        bool compressed = high - low > 100 * Math.Max(1, Math.Abs(measured.Predicted));
        double Scale(double value) => compressed ? Math.Asinh(value) : value;
        double start = Scale(low), end = Scale(high);
        if (start == end) (start, end) = (start - 1, end + 1);
        double margin = 0.06 * (end - start);
        double X(double value) => Left + (Math.Clamp(Scale(Math.Clamp(value, low, high)), start, end) - start + margin) / (end - start + 2 * margin) * (Right - Left);
        string At(double value) => X(value).ToString("0.#", CultureInfo.InvariantCulture);

        string allowedLeft = At(measured.AcceptLow), allowedWidth = Math.Max(2, X(measured.AcceptHigh) - X(measured.AcceptLow)).ToString("0.#", CultureInfo.InvariantCulture);
        string Row(Measurement m, double y, string name, string style) => $"""
            <g class="{style}"><text x="0" y="{y + 5}">{name}</text>
            <line class="interval" x1="{At(m.Low)}" x2="{At(m.High)}" y1="{y}" y2="{y}"/>
            <circle class="point" cx="{At(m.Measured)}" cy="{y}" r="5.5"/>
            <text x="{Right + 12}" y="{y + 5}">{Numbers.Plain(m.Measured).Replace('-', '−')}</text></g>
            """;
        string ticks = string.Concat(new[] { low, measured.Predicted, high }.Where(double.IsFinite).Distinct()
            .Where(value => value == measured.Predicted || Math.Abs(X(value) - X(measured.Predicted)) > 60)
            .Select(value => $"<text x=\"{At(value)}\" y=\"128\" text-anchor=\"middle\">{Numbers.Plain(value).Replace('-', '−')}</text>"));
        string description = $"Predicted {Numbers.Plain(measured.Predicted)}; measured {Numbers.Plain(measured.Measured)}, interval {Numbers.Plain(measured.Low)} to {Numbers.Plain(measured.High)}; allowed {Numbers.Plain(measured.AcceptLow)} to {Numbers.Plain(measured.AcceptHigh)}"
            + (control is null ? "" : $"; with the planted error {Numbers.Plain(control.Measured)}, interval {Numbers.Plain(control.Low)} to {Numbers.Plain(control.High)}");
        return $"""
            <svg class="plot" viewBox="0 0 720 140" role="img" aria-label="{Html.Escape(description)}">
            <rect class="allowed" x="{allowedLeft}" y="12" width="{allowedWidth}" height="92"/>
            <line class="predicted" x1="{At(measured.Predicted)}" x2="{At(measured.Predicted)}" y1="8" y2="108"/>
            <line class="axis" x1="{Left}" x2="{Right}" y1="110" y2="110"/>
            {Row(measured, 40, "measured", "true")}
            {(control is null ? "" : Row(control, 78, "planted error", "planted"))}
            {ticks}
            </svg>
            <p class="soft">Shaded: what the claim allows. Dashed: predicted. Bars: intervals{(compressed ? "; the axis is logarithmic away from 0" : "")}.</p>
            """;
    }
}
