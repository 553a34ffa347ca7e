using Rhm.Sampling;
using ScottPlot;
using SkiaSharp;

namespace Rhm.Experiments;

/// <summary>What all figures share: colours, logarithmic axes, vector and raster output.</summary>
internal static class Figures
{
    /// <summary>Colours that stay apart in print and for colour-blind readers (Okabe and Ito).</summary>
    public static readonly Color[] Palette =
    [
        Color.FromHex("#0072B2"), Color.FromHex("#D55E00"), Color.FromHex("#009E73"),
        Color.FromHex("#CC79A7"), Color.FromHex("#56B4E9"), Color.FromHex("#000000"),
    ];

    /// <summary>Decades from the logarithms (base 10) that are plotted.</summary>
    private static IXAxis Decades(IXAxis axis)
    {
        axis.TickGenerator = DecadeTicks();
        return axis;
    }

    public static void LogarithmicX(Plot plot) => Decades(plot.Axes.Bottom);

    public static void LogarithmicY(Plot plot) => plot.Axes.Left.TickGenerator = DecadeTicks();

    private static ScottPlot.TickGenerators.NumericAutomatic DecadeTicks() => new()
    {
        MinorTickGenerator = new ScottPlot.TickGenerators.LogMinorTickGenerator(),
        IntegerTicksOnly = true,
        LabelFormatter = exponent => "10" + Superscript((int)Math.Round(exponent)),
    };

    private static string Superscript(int number) =>
        string.Concat(number.ToString(System.Globalization.CultureInfo.InvariantCulture).Select(c => c == '-' ? '⁻' : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c - '0']));

    /// <summary>Writes NAME.svg and NAME.png.</summary>
    public static void Save(Multiplot figure, string folder, string name, int width, int height)
    {
        OutputFile.Write(Path.Combine(folder, name + ".svg"), stream =>
        {
            using var canvas = SKSvgCanvas.Create(new SKRect(0, 0, width, height), stream);
            figure.Render(canvas, new PixelRect(0, width, height, 0));
        });
        OutputFile.Write(Path.Combine(folder, name + ".png"), stream =>
        {
            const int scale = 2;
            using var surface = SKSurface.Create(new SKImageInfo(width * scale, height * scale));
            surface.Canvas.Clear(SKColors.White);
            surface.Canvas.Scale(scale);
            figure.Render(surface.Canvas, new PixelRect(0, width, height, 0));
            using SKImage image = surface.Snapshot();
            using SKData data = image.Encode(SKEncodedImageFormat.Png, 100);
            data.SaveTo(stream);
        });
    }
}
