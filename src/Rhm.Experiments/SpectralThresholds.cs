using System.Globalization;
using Rhm.Experiments.Measurements;
using Rhm.Experiments.Plotting;
using Rhm.Grammars;
using Rhm.Levelwise;
using Rhm.Population;
using Rhm.Running;
using Rhm.Statistics;
using Rhm.Sweeps;
using ScottPlot;

namespace Rhm.Experiments;

/// <summary>
/// Beyond the paper: learning curves of spectral latent clustering and of ILC in units of v m^2 and of v m^3, P* of both against m and
/// L beside the thresholds that theory gives, and how often the whole hierarchy of figure 3 left at m = 32 is recovered.
/// </summary>
public static class SpectralThresholds
{
    /// <summary>The experiment.</summary>
    public static Experiment Experiment { get; } = new("spectral", """
        Spectral latent clustering against ILC (all cousins, 50 runs of k-means): accuracy of the top latents against P/(v m^2) and
        P/(v m^3), P* against m (L=3, s=3, v=16) and L beside coverage, the Kesten-Stigum threshold and the one of the stacked spectrum,
        and the hierarchy L=5, s=3, v=8, m=32 from v m^2/2 to 2 v m^2 strings.

        Examples:
          rhm reproduce spectral --scale paper
          rhm reproduce spectral --branching 2 --vocabulary 32 --multiplicities 4,8,16
        """, ExperimentParameters.All, Run)
    {
        Sweep = (setting, parameters) => SweepOf(setting, parameters).File,
    };

    private sealed record Method(string Name);

    private sealed record Point(Method Method, GrammarShape Shape, SampleComplexity Threshold);

    /// <summary>Whole curves of a method at a shape, on one grid of P over its unit.</summary>
    private sealed record Curve(Method Method, GrammarShape Shape, CurveFamily Family);

    /// <summary>How often the whole hierarchy is recovered from so many strings.</summary>
    private sealed record Recovery(double Factor, long Samples, int Recovered, int Grammars, double Mean, double Smallest,
        double OverCoverage);

    private static readonly Method[] s_methods = [new("spectral"), new("ilc")];

    private static readonly (string Name, Func<GrammarShape, double> Of)[] s_units =
        [("v m²", SampleScales.Spectral), ("v m³", SampleScales.Latents)];

    private static ExperimentSweep SweepOf(RunContext setting, ExperimentParameters parameters) => ExperimentSweep.Of("spectral", setting,
        ("branching", Given.Of(parameters.Branching)), ("vocabulary", Given.Of(parameters.Vocabulary)),
        ("depths", Given.Ordered(parameters.Depths)), ("multiplicities", Given.Ordered(parameters.Multiplicities)),
        ("grammar_count", Given.Of(parameters.Grammars)));

    private static ExperimentReport Run(ExperimentFolder folder, RunContext setting, ExperimentParameters parameters)
    {
        ExperimentSweep sweep = SweepOf(setting, parameters);
        int[] Values(string name) => [.. sweep.File.ValuesOf(name).Select(value => (int)value)];
        int s = Values("branching")[0], v = Values("vocabulary")[0], depth = Values("depth")[0], m = Values("multiplicity")[0];
        int[] multiplicities = Values("multiplicities");
        GrammarShape[] acrossM = [.. multiplicities.Select(value => new GrammarShape(depth, s, v, value))];
        GrammarShape[] acrossL = [.. Values("depths").Select(value => new GrammarShape(value, s, v, m))];
        foreach (GrammarShape shape in acrossM.Concat(acrossL)) Unlearnable.Refuse(shape);
        sweep.Measure(folder);
        var measured = sweep.Results<ThresholdCell>().Thresholds();
        Point[] points = [.. from method in s_methods
                             from shape in acrossM.Union(acrossL)
                             select new Point(method, shape, measured[(method.Name, shape)])];
        ResultTable table = Table(points);
        folder.Write(table);
        Curve[] curves = CurvesOf(sweep, acrossM);

        var notes = new List<string>();
        (Method Method, GrowthLaw Law)[] laws = [.. Laws(points, acrossM, acrossL)];
        folder.Write(ResultTable.Of(laws, ("learner", row => row.Law.Learner), ("quantity", row => row.Law.Quantity),
            ("measured", row => row.Law.Measured), ("95% low", row => row.Law.Interval.Low), ("95% high", row => row.Law.Interval.High),
            ("leading order", row => row.Law.Leading), ("formula", row => row.Law.Exact),
            ("which formula", row => FormulaOf(row.Method))), "laws.csv");
        notes.AddRange(laws.Select(row => string.Create(CultureInfo.InvariantCulture,
            $"{row.Law} (95%); leading order {row.Law.Leading:0.00}, "
            + $"{FormulaOf(row.Method)} over the same settings {row.Law.Exact:0.00}")));
        var scores = s_methods.ToDictionary(method => method, method => multiplicities.Length < 2 ? [] : CollapseScore.Compare(
            [.. curves.Where(curve => curve.Method == method).Select(curve => curve.Family)],
            [.. s_units.Select(unit => (IReadOnlyList<double>)[.. acrossM.Select(unit.Of)])], seed: setting.Seed));
        notes.AddRange(scores.Where(entry => entry.Value.Count > 0).Select(entry => Note(entry.Key, entry.Value)));
        Recovery[] hierarchy = Hierarchy(sweep);
        folder.Write(ResultTable.Of(hierarchy, ("P/(v m^2)", row => row.Factor), ("P", row => row.Samples),
            ("recovered", row => row.Recovered), ("grammars", row => row.Grammars), ("mean accuracy", row => row.Mean),
            ("smallest accuracy", row => row.Smallest), ("P/coverage", row => row.OverCoverage)), "hierarchy.csv");
        notes.AddRange(hierarchy.Select(row => string.Create(CultureInfo.InvariantCulture,
            $"L=5 s=3 v=8 m=32, {row.Factor} v m^2 = {row.Samples} strings: top accuracy at least 0.99 in {row.Recovered} of "
            + $"{row.Grammars} grammars, mean {row.Mean:0.000}")));
        Draw(folder, points, acrossM, acrossL, curves, scores);
        return new ExperimentReport(table, notes);
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
        ("P*/Kesten-Stigum", point => point.Threshold.Known.Value / new AnnealedLaws(point.Shape).KestenStigumThreshold),
        ("P*/stacked", point => point.Threshold.Known.Value / new AnnealedLaws(point.Shape).SpectralThreshold),
        ("P*/coverage", point => point.Threshold.Known.Value / SampleScales.Coverage(point.Shape)));

    private static Curve[] CurvesOf(ExperimentSweep sweep, GrammarShape[] shapes)
    {
        var runs = sweep.Results<RunCell>().ToLookup(cell => (cell.Series, cell.Cell.Shape));
        return [.. from method in s_methods
                   from shape in shapes
                   select new Curve(method, shape, runs[($"curve of {method.Name}", shape)].Curves())];
    }

    private static string Note(Method method, IReadOnlyList<CollapseScore> scores) => double.IsFinite(scores[0].Decades)
        ? string.Create(CultureInfo.InvariantCulture,
            $"{method.Name}: curves lie {scores[0].Decades:0.00} decades apart in units of v m^2, "
            + $"{scores[1].Decades:0.00} in units of v m^3")
        : $"{method.Name}: no spread of the curves: one of them does not cross 1/4, 1/2 and 3/4 on this grid";

    /// <summary>How often the hierarchy of figure 3 left with m = 32 is recovered from few strings.</summary>
    private static Recovery[] Hierarchy(ExperimentSweep sweep)
    {
        double[] factors = [.. sweep.File.ValuesOf("hierarchy_factors")];
        var points = sweep.Results<RunCell>().Where(cell => cell.Series == "hierarchy").GroupBy(cell => cell.Cell.Samples)
            .OrderBy(point => point.Key).ToList();
        return [.. factors.Order().Zip(points, (factor, point) =>
        {
            double[] top = [.. point.OrderBy(cell => cell.Cell.Grammar).Select(cell => cell.Outcome.Accuracy![^1])];
            int recovered = top.Count(accuracy => accuracy >= 0.99);
            double coverage = SampleScales.Coverage(point.First().Cell.Shape);
            return new Recovery(factor, point.Key, recovered, top.Length, top.Average(), top.Min(), point.Key / coverage);
        })];
    }

    private static bool IsSpectral(Method method) => method == s_methods[0];

    private static string FormulaOf(Method method) => IsSpectral(method) ? "Kesten-Stigum threshold" : "formula H";

    private static IEnumerable<(Method, GrowthLaw)> Laws(Point[] points, GrammarShape[] acrossM, GrammarShape[] acrossL)
    {
        foreach (Method method in s_methods)
        {
            double Exact(GrammarShape shape) => IsSpectral(method)
                ? new AnnealedLaws(shape).KestenStigumThreshold
                : new ControlledLearner(Target.Latent, CousinTargets.All).Resolution(shape);
            GrowthLaw? Law(string quantity, bool power, GrammarShape[] shapes, double leading)
            {
                IEnumerable<Point> own = points.Where(point => point.Method == method && shapes.Contains(point.Shape));
                return GrowthLaw.Of(method.Name, quantity, [.. own.Select(point => (
                    (double)(power ? point.Shape.Multiplicity : point.Shape.Depth), point.Threshold, double.NaN, Exact(point.Shape)))],
                    power, leading);
            }
            if (Law($"d log P*/d log m at L={acrossM[0].Depth}", true, acrossM, IsSpectral(method) ? 2 : 3) is { } withM)
                yield return (method, withM);
            if (Law($"d log P*/dL at m={acrossL[0].Multiplicity}", false, acrossL, 0) is { } withL) yield return (method, withL);
        }
    }

    private static void Draw(ExperimentFolder folder, Point[] points, GrammarShape[] acrossM, GrammarShape[] acrossL, Curve[] curves,
        Dictionary<Method, IReadOnlyList<CollapseScore>> scores)
    {
        Multiplot figure = Plots.Panels(6);
        for (int row = 0; row < s_methods.Length; row++)
        {
            Method method = s_methods[row];
            Curve[] own = [.. curves.Where(curve => curve.Method == method)];
            for (int unit = 0; unit < s_units.Length; unit++)
            {
                bool known = scores[method].Count > 0 && double.IsFinite(scores[method][unit].Decades);
                string spread = known
                    ? string.Create(CultureInfo.InvariantCulture, $": {scores[method][unit].Decades:0.00} decades apart")
                    : "";
                DrawCurves(figure.GetPlot(3 * row + unit), own, s_units[unit], spread);
            }
        }
        string settings = $"{acrossM[0].Branching} children, v = {acrossM[0].Vocabulary}";
        DrawThresholds(figure.GetPlot(2), points, acrossM, shape => Math.Log10(shape.Multiplicity),
            $"depth L = {acrossM[0].Depth}, {settings}", "multiplicity m");
        DrawThresholds(figure.GetPlot(5), points, acrossL, shape => shape.Depth, $"multiplicity m = {acrossL[0].Multiplicity}", "depth L");
        Plots.TicksAt(figure.GetPlot(2), acrossM.Select(shape => shape.Multiplicity), Math.Log10);
        Plots.TicksAt(figure.GetPlot(5), acrossL.Select(shape => shape.Depth), x => x);
        folder.Write(figure);
    }

    private static void DrawCurves(Plot plot, Curve[] curves, (string Name, Func<GrammarShape, double> Of) unit, string spread)
    {
        for (int i = 0; i < curves.Length; i++)
        {
            (_, GrammarShape shape, CurveFamily family) = curves[i];
            Plots.LearningCurve(plot, family, unit.Of(shape), Figures.Ordered(i, curves.Length), $"m = {shape.Multiplicity}");
        }
        Plots.AccuracyAxes(plot, $"{curves[0].Method.Name}, {unit.Name}{spread}", $"P / ({unit.Name})", "accuracy of the top latents",
            SampleComplexity.HalfWay(curves[0].Shape.Vocabulary));
    }

    private static void DrawThresholds(Plot plot, Point[] points, GrammarShape[] shapes, Func<GrammarShape, double> x, string title,
        string label)
    {
        Point[] own = [.. points.Where(point => shapes.Contains(point.Shape))];
        for (int i = 0; i < s_methods.Length; i++)
        {
            Plots.Thresholds(plot, own.Where(point => point.Method == s_methods[i])
                .Select(point => (x(point.Shape), point.Threshold, 1.0)), Figures.Palette[i], s_methods[i].Name);
        }
        void Law(Func<GrammarShape, double> strings, Color color, string name) =>
            Plots.Law(plot, shapes.Select(shape => (x(shape), Math.Log10(strings(shape)))), color, name);
        static double KestenStigum(GrammarShape shape) => new AnnealedLaws(shape).KestenStigumThreshold;
        Law(shape => new AnnealedLaws(shape).SpectralThreshold, Figures.Palette[2], "threshold of the stacked spectrum");
        Law(KestenStigum, Figures.Palette[3], "Kesten-Stigum threshold");
        Law(SampleScales.Coverage, Colors.Gray, "coverage, v m log(v m)");
        Figures.LogarithmicY(plot);
        double least = shapes.Min(shape => Math.Min(KestenStigum(shape), SampleScales.Coverage(shape)));
        plot.Axes.SetLimitsY(Math.Log10(least) - 0.2, Math.Log10(own.Max(point => point.Threshold.Value)) + 1.2);
        plot.Title(title);
        plot.XLabel(label);
        plot.YLabel("strings P*");
    }
}
