using Spectre.Console;
using Spectre.Console.Rendering;

namespace Rhm.Cli;

/// <summary>
/// A curve in one line of a table, in eight heights from 0 to 1: as many of its points as there is room for, the last among them.
/// </summary>
internal sealed class Sparkline(IReadOnlyList<double> values) : Renderable
{
    private const string Bars = "▁▂▃▄▅▆▇█";
    private const int Narrowest = 8;

    /// <summary>The curve in at most so many characters.</summary>
    public string Text(int width)
    {
        int shown = Math.Min(values.Count, Math.Max(1, width));
        IEnumerable<double> points = Enumerable.Range(1, shown).Select(k => values[(int)((long)values.Count * k / shown) - 1]);
        return string.Concat(points.Select(value => Bars[(int)Math.Clamp(value * Bars.Length, 0, Bars.Length - 1)]));
    }

    protected override Measurement Measure(RenderOptions options, int maxWidth) =>
        new(Math.Min(Math.Min(values.Count, Narrowest), maxWidth), Math.Min(values.Count, maxWidth));

    protected override IEnumerable<Segment> Render(RenderOptions options, int maxWidth) => [new Segment(Text(maxWidth))];
}
