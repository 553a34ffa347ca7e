using System.Text;
using Rhm.Files;
using ScottPlot;
using SkiaSharp;

namespace Rhm.Experiments.Plotting;

/// <summary>What all figures share: font, colours, logarithmic axes, and output as SVG, PDF and PNG from one description.</summary>
internal static class Figures
{
    private static readonly byte[] s_font = ReadFont();
    private static readonly Lock s_drawing = new();

    // The font comes with the program, so that a figure has the same bytes on every machine.
    static Figures()
    {
        ScottPlot.Fonts.FontResolvers.Insert(0, new BundledFont());
        ScottPlot.Fonts.Default = FontName;
        ScottPlot.Fonts.Sans = FontName;
    }

    private const string FontName = "DejaVu Sans";

    /// <summary>Colour of the i-th of n ordered values (multiplicities, depths): dark to light, told apart without hue.</summary>
    public static Color Ordered(int index, int count) =>
        new ScottPlot.Colormaps.Viridis().GetColor(count <= 1 ? 0 : 0.9 * index / (count - 1));

    /// <summary>Colours that stay apart in print and for colour-blind readers (Okabe and Ito).</summary>
    public static readonly Color[] Palette =
    [
        Color.FromHex("#0072B2"), Color.FromHex("#D55E00"), Color.FromHex("#009E73"),
        Color.FromHex("#CC79A7"), Color.FromHex("#56B4E9"), Color.FromHex("#000000"), Color.FromHex("#E69F00"),
    ];

    /// <summary>
    /// Decades from the logarithms (base 10) that are plotted; 1, 2 and 5 times these where fewer than three decades are seen.
    /// </summary>
    public static void LogarithmicX(Plot plot) => plot.Axes.Bottom.TickGenerator = new FewDecades();

    public static void LogarithmicY(Plot plot) => plot.Axes.Left.TickGenerator = DecadeTicks();

    private static ScottPlot.TickGenerators.NumericAutomatic DecadeTicks() => new()
    {
        MinorTickGenerator = new ScottPlot.TickGenerators.LogMinorTickGenerator(),
        IntegerTicksOnly = true,
        LabelFormatter = exponent => "10" + Superscript((int)Math.Round(exponent)),
    };

    private sealed class FewDecades : ITickGenerator
    {
        private readonly ScottPlot.TickGenerators.NumericAutomatic _many = DecadeTicks();

        public Tick[] Ticks { get; set; } = [];

        public int MaxTickCount { get; set; } = 50;

        public void Regenerate(CoordinateRange range, Edge edge, PixelLength size, Paint paint, LabelStyle labelStyle)
        {
            if (range.Length >= 3)
            {
                _many.Regenerate(range, edge, size, paint, labelStyle);
                Ticks = _many.Ticks;
                return;
            }
            Ticks = [.. from decade in Enumerable.Range((int)Math.Floor(range.Min), (int)Math.Ceiling(range.Length) + 2)
                        from digit in Enumerable.Range(1, 9)
                        let at = decade + Math.Log10(digit)
                        where range.Contains(at)
                        select digit is 1 or 2 or 5 ? Tick.Major(at, Label(digit, decade)) : Tick.Minor(at)];
        }

        private static string Label(int digit, int decade) => decade is >= -3 and <= 3
            ? (digit * Math.Pow(10, decade)).ToString("0.###", System.Globalization.CultureInfo.InvariantCulture)
            : (digit == 1 ? "" : $"{digit}·") + "10" + Superscript(decade);
    }

    /// <summary>A whole number in raised digits.</summary>
    public static string Superscript(int number) => string.Concat(number.ToString(System.Globalization.CultureInfo.InvariantCulture)
        .Select(c => c == '-' ? '⁻' : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c - '0']));

    /// <summary>Writes NAME.svg, NAME.pdf and NAME.png, all or none; neither holds a date.</summary>
    public static void Save(Multiplot figure, string folder, string name, int width, int height)
    {
        // Two figures that are drawn at a time disturb one another's layout.
        lock (s_drawing) SaveAlone(figure, Path.Combine(folder, name), width, height);
    }

    private static void SaveAlone(Multiplot figure, string path, int width, int height) => OutputFile.WriteAll(
    [
        (path + ".svg", stream => WriteSvg(figure, stream, width, height)),
        (path + ".pdf", stream => WritePdf(figure, stream, Path.GetFileName(path), width, height)),
        (path + ".png", stream => WritePng(figure, stream, width, height)),
    ]);

    private static PixelRect Area(int width, int height) => new(0, width, height, 0);

    private static void WriteSvg(Multiplot figure, Stream stream, int width, int height)
    {
        using var drawing = new MemoryStream();
        using (SKCanvas canvas = SKSvgCanvas.Create(new SKRect(0, 0, width, height), drawing)) figure.Render(canvas, Area(width, height));
        string text = Encoding.UTF8.GetString(drawing.ToArray());
        int end = text.IndexOf('>', text.IndexOf("<svg", StringComparison.Ordinal)) + 1;
        string size = $" viewBox=\"0 0 {width} {height}\"";
        string source = $"data:font/ttf;base64,{Convert.ToBase64String(s_font)}";
        string font = $"<style>@font-face{{font-family:\"{FontName}\";src:url({source})}}</style>";
        stream.Write(Encoding.UTF8.GetBytes(text[..(end - 1)] + size + ">" + font + text[end..]));
    }

    private static void WritePdf(Multiplot figure, Stream stream, string name, int width, int height)
    {
        // Pixels of the screen become points: 1400 of them are wider than a page, which scales the figure anyway.
        var metadata = new SKDocumentPdfMetadata { Title = name, RasterDpi = 144, EncodingQuality = 101 };
        using SKDocument document = SKDocument.CreatePdf(stream, metadata);
        figure.Render(document.BeginPage(width, height), Area(width, height));
        document.EndPage();
        document.Close();
    }

    private static void WritePng(Multiplot figure, Stream stream, int width, int height)
    {
        const int scale = 2;
        using var surface = SKSurface.Create(new SKImageInfo(width * scale, height * scale));
        surface.Canvas.Clear(SKColors.White);
        surface.Canvas.Scale(scale);
        figure.Render(surface.Canvas, Area(width, height));
        using SKImage image = surface.Snapshot();
        using SKData data = image.Encode(SKEncodedImageFormat.Png, 100);
        data.SaveTo(stream);
    }

    private static byte[] ReadFont()
    {
        using Stream font = typeof(Figures).Assembly.GetManifestResourceStream("DejaVuSans.ttf")!;
        using var bytes = new MemoryStream();
        font.CopyTo(bytes);
        return bytes.ToArray();
    }

    private sealed class BundledFont : IFontResolver
    {
        private readonly SKTypeface _typeface = SKTypeface.FromData(SKData.CreateCopy(s_font));

        public SKTypeface? CreateTypeface(string fontName, FontWeight weight, FontSlant slant, FontSpacing width) => _typeface;

        public SKTypeface? CreateTypeface(string fontName, bool bold, bool italic) => _typeface;
    }
}
