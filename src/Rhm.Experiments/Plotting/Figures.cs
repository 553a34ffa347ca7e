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

    // A page's text is 158 mm wide: 448 points for 760 units, so that 12 units are 7.1 points.
    private const int FullWidth = 760, SingleWidth = 440;
    private const float Points = 448f / FullWidth, TextSize = 12;

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
    public static void LogarithmicX(Plot plot) => plot.Axes.Bottom.TickGenerator = new FewDecades(3);

    /// <summary>The same, where fewer than one and a half decades are seen: with more there are two labels at least.</summary>
    public static void LogarithmicY(Plot plot) => plot.Axes.Left.TickGenerator = new FewDecades(1.5);

    private static ScottPlot.TickGenerators.NumericAutomatic DecadeTicks() => new()
    {
        MinorTickGenerator = new ScottPlot.TickGenerators.LogMinorTickGenerator(),
        IntegerTicksOnly = true,
        LabelFormatter = exponent => "10" + Superscript((int)Math.Round(exponent)),
    };

    private sealed class FewDecades(double most) : ITickGenerator
    {
        private readonly ScottPlot.TickGenerators.NumericAutomatic _many = DecadeTicks();

        public Tick[] Ticks { get; set; } = [];

        public int MaxTickCount { get; set; } = 50;

        public void Regenerate(CoordinateRange range, Edge edge, PixelLength size, Paint paint, LabelStyle labelStyle)
        {
            if (range.Length >= most)
            {
                _many.Regenerate(range, edge, size, paint, labelStyle);
                Ticks = _many.Ticks;
                return;
            }
            double decades = size.Length / range.Length; // units of width that each has
            int[] named = decades >= 150 ? [1, 2, 5] : decades >= 90 ? [1, 3] : [1];
            Ticks = [.. from decade in Enumerable.Range((int)Math.Floor(range.Min), (int)Math.Ceiling(range.Length) + 2)
                        from digit in Enumerable.Range(1, 9)
                        let at = decade + Math.Log10(digit)
                        where range.Contains(at)
                        select named.Contains(digit) ? Tick.Major(at, Label(digit, decade)) : Tick.Minor(at)];
        }

        private static string Label(int digit, int decade) => decade is >= -3 and <= 3
            ? (digit * Math.Pow(10, decade)).ToString("0.###", System.Globalization.CultureInfo.InvariantCulture)
            : (digit == 1 ? "" : $"{digit}·") + "10" + Superscript(decade);
    }

    /// <summary>A whole number in raised digits.</summary>
    public static string Superscript(int number) => string.Concat(number.ToString(System.Globalization.CultureInfo.InvariantCulture)
        .Select(c => c == '-' ? '⁻' : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c - '0']));

    /// <summary>
    /// Writes NAME.svg, NAME.pdf and NAME.png, all or none; neither holds a date. A figure is as wide as the text of a page, panels are
    /// equal and have letters, and one legend for all of them stands below: every name once.
    /// </summary>
    public static void Save(Multiplot figure, string folder, string name)
    {
        // Two figures that are drawn at a time disturb one another's layout.
        lock (s_drawing) SaveAlone(figure, Path.Combine(folder, name));
    }

    private static void SaveAlone(Multiplot figure, string path)
    {
        Plot[] panels = figure.GetPlots();
        PixelRect[] places = figure.Layout.GetSubplotRectangles(figure.Subplots, new PixelRect(0, FullWidth, FullWidth, 0));
        int columns = places.Select(place => place.Left).Distinct().Count(), rows = (panels.Length - 1) / columns + 1;
        int width = columns == 1 ? SingleWidth : FullWidth, row = columns == 3 ? 260 : 280;
        LegendItem[] items = [.. panels.SelectMany(panel => panel.Legend.GetItems()).DistinctBy(item => item.LabelText)];
        for (int i = 0; i < panels.Length; i++) Style(panels[i], panels.Length == 1 ? "" : $"({(char)('a' + i)}) ", width / columns);
        // Titles of as many lines leave axes of the same height.
        int lines = panels.Max(panel => panel.Axes.Title.Label.Text.Split('\n').Length);
        foreach (LabelStyle title in panels.Select(panel => panel.Axes.Title.Label))
            title.Text += string.Concat(Enumerable.Repeat("\n ", lines - title.Text.Split('\n').Length));
        Legend legend = OneLegend(items);
        using Paint paint = Paint.NewDisposablePaint();
        int below = items.Length == 0 ? 0 : (int)Math.Ceiling(legend.GetLayout(new PixelSize(width, 1000), paint).LegendRect.Height) + 4;
        int height = rows * row + below;
        void Draw(SKCanvas canvas)
        {
            figure.Render(canvas, new PixelRect(0, width, rows * row, 0));
            if (below > 0) legend.Render(canvas, paint, new PixelRect(0, width, height, rows * row), Alignment.MiddleCenter);
        }
        // The first drawing of a plot is done twice, to learn the size of its axes: not onto a canvas that keeps what it is given.
        using (SKSurface nowhere = SKSurface.Create(new SKImageInfo(width, height))) Draw(nowhere.Canvas);
        OutputFile.WriteAll(
        [
            (path + ".svg", stream => WriteSvg(Draw, stream, width, height)),
            (path + ".pdf", stream => WritePdf(Draw, stream, Path.GetFileName(path), width, height)),
            (path + ".png", stream => WritePng(Draw, stream, width, height)),
        ]);
    }

    private static Legend OneLegend(LegendItem[] items) => new(new Plot())
    {
        ManualItems = [.. items],
        Orientation = Orientation.Horizontal,
        TightHorizontalWrapping = true,
        FontSize = TextSize,
        OutlineWidth = 0,
        ShadowColor = Colors.Transparent,
        BackgroundColor = Colors.Transparent,
    };

    private static void Style(Plot panel, string letter, int width)
    {
        panel.HideLegend();
        foreach (LabelStyle label in (LabelStyle[])[panel.Axes.Title.Label, panel.Axes.Bottom.Label, panel.Axes.Left.Label])
        {
            label.FontSize = TextSize;
            label.Bold = false;
        }
        panel.Axes.Bottom.TickLabelStyle.FontSize = panel.Axes.Left.TickLabelStyle.FontSize = TextSize;
        panel.Axes.Title.Label.Text = Wrapped(letter + panel.Axes.Title.Label.Text, width - 60);
        panel.Axes.Bottom.Label.Text = Wrapped(panel.Axes.Bottom.Label.Text, width - 50);
        panel.Axes.Left.Label.Text = Wrapped(panel.Axes.Left.Label.Text, 190);
    }

    /// <summary>In lines of about so many units of width.</summary>
    private static string Wrapped(string text, int width)
    {
        int most = (int)(width / (0.58 * TextSize));
        var lines = new List<string> { "" };
        // A value stays with its name: L = 3.
        foreach (string part in text.Replace(" = ", "\u00a0=\u00a0", StringComparison.Ordinal).Split(' '))
        {
            string word = part.Replace('\u00a0', ' ');
            if (lines[^1].Length > 0 && lines[^1].Length + 1 + word.Length > most) lines.Add(word);
            else lines[^1] = lines[^1].Length == 0 ? word : $"{lines[^1]} {word}";
        }
        return string.Join('\n', lines);
    }

    private static void WriteSvg(Action<SKCanvas> draw, Stream stream, int width, int height)
    {
        using var drawing = new MemoryStream();
        using (SKCanvas canvas = SKSvgCanvas.Create(new SKRect(0, 0, width, height), drawing))
        {
            canvas.DrawRect(0, 0, width, height, new SKPaint { Color = SKColors.White });
            draw(canvas);
        }
        // A canvas that is cleared becomes a rectangle without a colour, which SVG shows in black.
        string cleared = $"<rect width=\"{width}\" height=\"{height}\"/>";
        string text = Encoding.UTF8.GetString(drawing.ToArray()).Replace(cleared, "", StringComparison.Ordinal);
        int end = text.IndexOf('>', text.IndexOf("<svg", StringComparison.Ordinal)) + 1;
        string size = $" viewBox=\"0 0 {width} {height}\"";
        string source = $"data:font/ttf;base64,{Convert.ToBase64String(s_font)}";
        string font = $"<style>@font-face{{font-family:\"{FontName}\";src:url({source})}}</style>";
        stream.Write(Encoding.UTF8.GetBytes(text[..(end - 1)] + size + ">" + font + text[end..]));
    }

    private static void WritePdf(Action<SKCanvas> draw, Stream stream, string name, int width, int height)
    {
        var metadata = new SKDocumentPdfMetadata { Title = name, RasterDpi = 144, EncodingQuality = 101 };
        using SKDocument document = SKDocument.CreatePdf(stream, metadata);
        SKCanvas page = document.BeginPage(width * Points, height * Points);
        page.Scale(Points);
        draw(page);
        document.EndPage();
        document.Close();
    }

    private static void WritePng(Action<SKCanvas> draw, Stream stream, int width, int height)
    {
        const int scale = 3;
        using var surface = SKSurface.Create(new SKImageInfo(width * scale, height * scale));
        surface.Canvas.Clear(SKColors.White);
        surface.Canvas.Scale(scale);
        draw(surface.Canvas);
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
