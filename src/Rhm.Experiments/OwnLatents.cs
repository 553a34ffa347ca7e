using System.Globalization;
using Rhm.Experiments.Measurements;
using Rhm.Experiments.Plotting;
using Rhm.Grammars;
using Rhm.Learning;
using Rhm.Levelwise;
using Rhm.Population;
using Rhm.Running;
using Rhm.Statistics;
using Rhm.Sweeps;
using ScottPlot;

namespace Rhm.Experiments;

/// <summary>
/// Beyond the paper: what it saves to predict the latent that is being learned instead of the elements of cousin tuples. Learning curves in
/// units of v m^2 and v m^3, and P* against m, v and L, beside the spectral learner and what theory says any learner needs.
/// </summary>
public static class OwnLatents
{
    /// <summary>The experiment.</summary>
    public static Experiment Experiment { get; } = new("own-latents", """
        Strings P* that are needed to learn all latents when tuples are told apart by the elements of their cousins (the paper's
        algorithm, v m^3), by the cousins' own latents as far as they are known (own-latent clustering, v m^2; started from elements and
        from random codes), and by the spectrum of pair counts, without and with the law of whole tuples. Against m, v and L
        (quick: L=3, s=3, v=8, m=4..16; paper: v=16, m=8..32), beside coverage and the Kesten-Stigum threshold; all cousins and all
        grandparents are used by every learner.

        Examples:
          rhm reproduce own-latents
          rhm reproduce own-latents --branching 2 --vocabulary 32 --multiplicities 4,8,12
        """, ExperimentParameters.All, Run)
    {
        Sweep = (setting, parameters) => SweepOf(setting, parameters).File,
    };

    /// <summary>A series of the grid.</summary>
    private sealed record Method(string Name, Learner Learner, Color Color)
    {
        public bool IsElements => Learner == IterativeLatentClustering.Learner;

        /// <summary>Of which power of m its P* is to leading order.</summary>
        public double Power => IsElements ? 3 : 2;

        /// <summary>Formula H for targets; for learners from the spectrum the Kesten-Stigum threshold.</summary>
        public double Predicted(GrammarShape shape) => Learner == SpectralLatentClustering.Learner
            ? new AnnealedLaws(shape).KestenStigumThreshold
            : new AnnealedLaws(shape).Resolution(IsElements ? Target.Latent : Target.OwnLatent, shape.Depth - 2);
    }

    /// <summary>Settings that differ in one parameter.</summary>
    private sealed record Scan(string Parameter, GrammarShape[] Shapes, Func<GrammarShape, double> Of, bool IsPower, string Title)
    {
        public double At(GrammarShape shape) => IsPower ? Math.Log10(Of(shape)) : Of(shape);
    }

    private sealed record Point(Method Method, GrammarShape Shape, SampleComplexity Threshold)
    {
        /// <summary>The larger of coverage and the Kesten-Stigum threshold.</summary>
        public double OverLimit => Threshold.Value / Limit(Shape);
    }

    private static readonly Method[] s_methods =
    [
        new("elements (ILC)", IterativeLatentClustering.Learner, Figures.Palette[1]),
        new("own latents", OwnLatentClustering.Learner, Figures.Palette[0]),
        new("own latents from random codes", OwnLatentClustering.Learner, Figures.Palette[4]),
        new("spectral", SpectralLatentClustering.Learner, Figures.Palette[2]),
        new("spectral with whole tuples", SpectralLatentClustering.Learner, Figures.Palette[3]),
    ];

    private static ExperimentSweep SweepOf(RunContext setting, ExperimentParameters parameters) =>
        ExperimentSweep.Of("own-latents", setting, ("branching", Given.Of(parameters.Branching)),
            ("vocabulary", Given.Of(parameters.Vocabulary)), ("depths", Given.Ordered(parameters.Depths)),
            ("multiplicities", Given.Ordered(parameters.Multiplicities)), ("grammar_count", Given.Of(parameters.Grammars)));

    private static double Limit(GrammarShape shape) =>
        Math.Max(SampleScales.Coverage(shape), new AnnealedLaws(shape).KestenStigumThreshold);

    private static ExperimentReport Run(ExperimentFolder folder, RunContext setting, ExperimentParameters parameters)
    {
        ExperimentSweep sweep = SweepOf(setting, parameters);
        Scan[] scans = Scans(sweep.File);
        GrammarShape[] shapes = [.. scans.SelectMany(scan => scan.Shapes).Distinct()];
        foreach (GrammarShape shape in shapes) Unlearnable.Refuse(shape);
        sweep.Measure(folder);
        var measured = sweep.Results<ThresholdCell>().Thresholds();
        Point[] points = [.. from method in s_methods
                             from shape in shapes
                             where measured.ContainsKey((method.Name, shape))
                             select new Point(method, shape, measured[(method.Name, shape)])];
        ResultTable table = Table(points);
        folder.Write(table);
        GrowthLaw[] laws = [.. from method in s_methods
                               from scan in scans
                               let law = Law(points, method, scan)
                               where law is not null
                               select law];
        folder.Write(GrowthLaw.Table(laws), "laws.csv");
        var runs = sweep.Results<RunCell>().ToLookup(cell => (cell.Series, cell.Cell.Shape));
        CurveFamily[][] curves = [.. s_methods.Take(2).Select(method =>
            scans[0].Shapes.Select(shape => runs[(method.Name, shape)].Curves()).ToArray())];
        Draw(folder, points, scans, curves);
        return new ExperimentReport(table, [.. Notes(points, laws)]);
    }

    private static Scan[] Scans(SweepFile file)
    {
        int[] Values(string name) => [.. file.ValuesOf(name).Select(value => (int)value)];
        int s = Values("branching")[0], v = Values("vocabulary")[0], depth = Values("depth")[0], m = Values("multiplicity")[0];
        int[] multiplicities = Values("multiplicities"), depths = Values("depths");
        IEnumerable<int> vocabularies = Values("vocabularies").Where(value => value >= 2 && m < Math.Pow(value, s - 1));
        return
        [
            new Scan("m", [.. multiplicities.Select(value => new GrammarShape(depth, s, v, value))], shape => shape.Multiplicity, true,
                $"multiplicity m (L = {depth}, v = {v})"),
            new Scan("v", [.. vocabularies.Select(value => new GrammarShape(depth, s, value, m))], shape => shape.Vocabulary, true,
                $"vocabulary v (L = {depth}, m = {m})"),
            new Scan("L", [.. depths.Select(value => new GrammarShape(value, s, v, m))], shape => shape.Depth, false,
                $"depth L (v = {v}, m = {m})"),
        ];
    }

    private static ResultTable Table(IReadOnlyList<Point> points) => ResultTable.Of(points,
        ("learner", point => point.Method.Name),
        ("L", point => point.Shape.Depth),
        ("s", point => point.Shape.Branching),
        ("v", point => point.Shape.Vocabulary),
        ("m", point => point.Shape.Multiplicity),
        ("P*", point => point.Threshold.Known.Value),
        ("95% low", point => point.Threshold.Known.Interval.Low),
        ("95% high", point => point.Threshold.Known.Interval.High),
        ("P*/(v m^2)", point => point.Threshold.Known.Value / SampleScales.Spectral(point.Shape)),
        ("P*/(v m^3)", point => point.Threshold.Known.Value / SampleScales.Latents(point.Shape)),
        ("P*/formula", point => point.Threshold.Known.Value / point.Method.Predicted(point.Shape)),
        ("P*/Kesten-Stigum", point => point.Threshold.Known.Value / new AnnealedLaws(point.Shape).KestenStigumThreshold),
        ("P*/coverage", point => point.Threshold.Known.Value / SampleScales.Coverage(point.Shape)),
        ("P*/larger of both", point => point.OverLimit));

    private static GrowthLaw? Law(Point[] points, Method method, Scan scan)
    {
        // A single level is easier than several.
        IEnumerable<Point> own = points.Where(point => point.Method == method && scan.Shapes.Contains(point.Shape)
            && (scan.IsPower || point.Shape.Depth >= 3));
        GrammarShape first = scan.Shapes[0];
        string quantity = scan.Parameter switch
        {
            "m" => $"d log P*/d log m at L={first.Depth} v={first.Vocabulary}",
            "v" => $"d log P*/d log v at L={first.Depth} m={first.Multiplicity}",
            _ => $"d log P*/dL at v={first.Vocabulary} m={first.Multiplicity}",
        };
        double leading = scan.Parameter switch
        {
            "m" => method.Power,
            "v" => 1,
            _ => 0,
        };
        return GrowthLaw.Of(method.Name, quantity,
            [.. own.Select(point => (scan.Of(point.Shape), point.Threshold, double.NaN, method.Predicted(point.Shape)))], scan.IsPower,
            leading);
    }

    private static IEnumerable<string> Notes(Point[] points, GrowthLaw[] laws)
    {
        foreach (GrowthLaw law in laws)
        {
            yield return string.Create(CultureInfo.InvariantCulture,
                $"{law} (95%); leading order {law.Leading:0.00}, formula over the same settings {law.Exact:0.00}");
        }
        foreach (var shape in points.GroupBy(point => point.Shape).Where(group => group.Key.RuleCount(0) >= 128))
        {
            Point best = shape.MinBy(point => point.Threshold.Value)!;
            double saved = shape.First(point => point.Method == s_methods[0]).Threshold.Value
                / shape.First(point => point.Method == s_methods[1]).Threshold.Value;
            yield return string.Create(CultureInfo.InvariantCulture, $"{shape.Key}: own latents need {saved:0.0} times fewer strings than "
                + $"elements; the best learner, {best.Method.Name}, {best.OverLimit:0.00} times the larger of coverage and the "
                + $"Kesten-Stigum threshold");
        }
    }

    private static void Draw(ExperimentFolder folder, Point[] points, Scan[] scans, CurveFamily[][] curves)
    {
        Multiplot figure = Plots.Panels(6);
        DrawCurves(figure.GetPlot(0), scans[0], curves[1], SampleScales.Spectral, "own latents, in units of v m²", "P / (v m²)");
        DrawCurves(figure.GetPlot(1), scans[0], curves[1], SampleScales.Latents, "own latents, in units of v m³", "P / (v m³)");
        DrawCurves(figure.GetPlot(3), scans[0], curves[0], SampleScales.Latents, "elements (ILC), in units of v m³", "P / (v m³)");
        DrawThresholds(figure.GetPlot(2), points, scans[0], "against m");
        DrawThresholds(figure.GetPlot(4), points, scans[1], "against v");
        DrawThresholds(figure.GetPlot(5), points, scans[2], "against L");
        folder.Write(figure);
    }

    private static void DrawCurves(Plot plot, Scan scan, CurveFamily[] curves, Func<GrammarShape, double> unit, string title, string label)
    {
        GrammarShape[] shapes = scan.Shapes;
        for (int i = 0; i < shapes.Length; i++)
        {
            Plots.LearningCurve(plot, curves[i], unit(shapes[i]), Figures.Ordered(i, shapes.Length), $"m = {shapes[i].Multiplicity}");
        }
        Plots.AccuracyAxes(plot, title, label, "accuracy of the top latents", SampleComplexity.HalfWay(shapes[0].Vocabulary));
    }

    private static void DrawThresholds(Plot plot, Point[] points, Scan scan, string title)
    {
        Point[] own = [.. points.Where(point => scan.Shapes.Contains(point.Shape))];
        foreach (Method method in s_methods)
        {
            Plots.Thresholds(plot, own.Where(point => point.Method == method)
                .Select(point => (scan.At(point.Shape), point.Threshold, 1.0)), method.Color, method.Name);
        }
        void Law(Func<GrammarShape, double> strings, Color color, string name) =>
            Plots.Law(plot, scan.Shapes.Select(shape => (scan.At(shape), Math.Log10(strings(shape)))), color, name);
        Law(shape => new AnnealedLaws(shape).KestenStigumThreshold, Colors.Black, "Kesten-Stigum threshold");
        Law(SampleScales.Coverage, Colors.Gray, "coverage, v m log(v m)");
        Figures.LogarithmicY(plot);
        Plots.TicksAt(plot, scan.Shapes.Select(shape => (int)scan.Of(shape)), x => scan.IsPower ? Math.Log10(x) : x);
        double least = scan.Shapes.Min(shape => Math.Min(new AnnealedLaws(shape).KestenStigumThreshold, SampleScales.Coverage(shape)));
        double most = own.Select(point => point.Threshold.Value).Where(double.IsFinite).DefaultIfEmpty(least).Max();
        // Room for the legend above the curves where it is shown.
        plot.Axes.SetLimitsY(Math.Log10(least) - 0.2, Math.Log10(most) + (scan.Parameter == "m" ? 1.8 : 0.3));
        plot.Title(title);
        plot.XLabel(scan.Title);
        plot.YLabel("strings P*");
    }
}
