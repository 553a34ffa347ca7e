using System.Globalization;
using Rhm.Experiments.Measurements;
using Rhm.Experiments.Plotting;
using Rhm.Grammars;
using Rhm.Learning;
using Rhm.Levelwise;
using Rhm.Population;
using Rhm.Running;
using Rhm.Statistics;
using Rhm.Thresholds;
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
        Spectral latent clustering against ILC (all cousins, 50 runs of k-means): accuracy of the top latents against P/(v m^2) and P/(v m^3), P*
        against m (L=3, s=3, v=16) and L beside coverage, the Kesten-Stigum threshold and the one of the stacked spectrum, and the
        hierarchy L=5, s=3, v=8, m=32 from v m^2/2 to 2 v m^2 strings.

        Examples:
          rhm reproduce spectral --scale paper
          rhm reproduce spectral --branching 2 --vocabulary 32 --multiplicities 4,8,16
        """, ExperimentParameters.All, Run);

    private sealed record Method(string Name, Learner Learner, object Options, Func<GrammarShape, double> Start, double Least, double Most);

    private sealed record Point(Method Method, GrammarShape Shape, SampleComplexity Threshold);

    private static readonly Method[] s_methods =
    [
        new("spectral", SpectralLatentClustering.Learner, new SpectralOptions(), shape => 0.5 * SampleScales.Spectral(shape), 0.125, 8),
        new("ilc", IterativeLatentClustering.Learner, new IlcOptions(), shape => 0.25 * SampleScales.Latents(shape), 0.03125, 8),
    ];

    private static readonly (string Name, string File, Func<GrammarShape, double> Of)[] s_units = [("v m²", "v m^2", SampleScales.Spectral), ("v m³", "v m^3", SampleScales.Latents)];

    private static ExperimentReport Run(ExperimentFolder folder, RunContext setting, ExperimentParameters parameters)
    {
        bool paper = setting.Scale == Scale.Paper;
        int s = parameters.Branching ?? 3, v = parameters.Vocabulary ?? 16, grammars = parameters.Grammars ?? (paper ? 12 : 4);
        int[] depths = [.. (parameters.Depths ?? (paper ? [2, 3, 4, 5, 6] : [2, 3, 4])).Distinct().Order()];
        int[] multiplicities = [.. (parameters.Multiplicities ?? (paper ? [4, 6, 8, 12, 16, 24, 32] : [4, 8, 16])).Distinct().Order()];
        int depth = depths.Where(l => l >= 3).DefaultIfEmpty(depths[^1]).First(), m = multiplicities.FirstOrDefault(value => value >= 8, multiplicities[^1]);
        GrammarShape[] acrossM = [.. multiplicities.Select(value => new GrammarShape(depth, s, v, value))];
        GrammarShape[] acrossL = [.. depths.Select(value => new GrammarShape(value, s, v, m))];
        foreach (GrammarShape shape in acrossM.Concat(acrossL)) Unlearnable.Refuse(shape);
        using var runs = new LearningRuns(folder.Path, setting);

        ThresholdMeasurement Measurement(Method method, GrammarShape shape) =>
            runs.Keep(new ThresholdMeasurement(method.Learner, method.Options, shape) { Grammars = grammars, Start = method.Start(shape) });
        (Method Method, GrammarShape Shape)[] wanted = [.. from method in s_methods from shape in acrossM.Union(acrossL) select (method, shape)];
        IReadOnlyList<IReadOnlyList<SampleComplexity>> measured = runs.Measure([.. wanted.Select(item => Measurement(item.Method, item.Shape))]);
        Point[] points = [.. wanted.Zip(measured, (item, threshold) => new Point(item.Method, item.Shape, threshold[0]))];
        var table = new ResultTable(["learner", "L", "s", "v", "m", "P*", "95% low", "95% high", "P*/(v m^2)", "P*/(v m^3)", "P*/Kesten-Stigum", "P*/stacked", "P*/coverage"],
            [.. points.Select(point => (IReadOnlyList<object>)
            [point.Method.Name, point.Shape.Depth, s, v, point.Shape.Multiplicity, point.Threshold.Value, point.Threshold.Interval.Low, point.Threshold.Interval.High,
             point.Threshold.Value / SampleScales.Spectral(point.Shape), point.Threshold.Value / SampleScales.Latents(point.Shape), point.Threshold.Value / new AnnealedLaws(point.Shape).KestenStigumThreshold,
             point.Threshold.Value / new AnnealedLaws(point.Shape).SpectralThreshold, point.Threshold.Value / SampleScales.Coverage(point.Shape)])]);
        folder.Write(table);

        // Whole curves on one grid of P/(v m^2) or P/(v m^3), a factor 2 apart.
        (Method Method, GrammarShape Shape, long[] Samples)[] curves = [.. from method in s_methods
                                                                           from shape in acrossM
                                                                           let unit = method == s_methods[0] ? SampleScales.Spectral(shape) : SampleScales.Latents(shape)
                                                                           let steps = (int)Math.Log2(method.Most / method.Least)
                                                                           select (method, shape, Enumerable.Range(0, steps + 1).Select(i => Math.Max(1, (long)Math.Round(unit * method.Least * Math.Pow(2, i)))).ToArray())];
        runs.Measure([.. from curve in curves
                         let measurement = Measurement(curve.Method, curve.Shape)
                         from samples in curve.Samples
                         from grammar in Enumerable.Range(0, grammars)
                         select (measurement, grammar, samples)]);
        CurveFamily Family((Method Method, GrammarShape Shape, long[] Samples) curve)
        {
            ThresholdMeasurement measurement = Measurement(curve.Method, curve.Shape);
            return new CurveFamily([.. curve.Samples.Select(samples => (double)samples)],
                [.. Enumerable.Range(0, grammars).Select(grammar => (IReadOnlyList<double>)[.. curve.Samples.Select(samples => measurement.Accuracy(grammar, samples)[^1])])]);
        }

        var notes = new List<string>();
        ResultTable laws = Laws(points, acrossM, acrossL);
        folder.Write(laws, "laws.csv");
        foreach (IReadOnlyList<object> row in laws.Rows)
        {
            notes.Add(string.Create(CultureInfo.InvariantCulture,
                $"{row[0]}: {row[1]} = {row[2]:0.00} [{row[3]:0.00}, {row[4]:0.00}] (95%); leading order {row[5]:0.00}, {row[7]} over the same settings {row[6]:0.00}"));
        }
        var scores = s_methods.ToDictionary(method => method, method => multiplicities.Length < 2
            ? []
            : CollapseScore.Compare([.. curves.Where(curve => curve.Method == method).Select(Family)],
                [.. s_units.Select(unit => (IReadOnlyList<double>)[.. acrossM.Select(unit.Of)])], seed: setting.Seed));
        foreach ((Method method, IReadOnlyList<CollapseScore> score) in scores.Where(entry => entry.Value.Count > 0))
            notes.Add(double.IsFinite(score[0].Decades)
                ? string.Create(CultureInfo.InvariantCulture, $"{method.Name}: curves lie {score[0].Decades:0.00} decades apart in units of v m^2, {score[1].Decades:0.00} in units of v m^3")
                : $"{method.Name}: no spread of the curves: one of them does not cross 1/4, 1/2 and 3/4 on this grid");
        ResultTable hierarchy = Hierarchy(runs, paper);
        folder.Write(hierarchy, "hierarchy.csv");
        foreach (IReadOnlyList<object> row in hierarchy.Rows)
            notes.Add(string.Create(CultureInfo.InvariantCulture, $"L=5 s=3 v=8 m=32, {row[0]} v m^2 = {row[1]} strings: top accuracy at least 0.99 in {row[2]} of {row[3]} grammars, mean {row[4]:0.000}"));
        Draw(folder, points, acrossM, acrossL, curves.Select(curve => (curve.Method, curve.Shape, Family(curve))).ToList(), scores);
        return new ExperimentReport(table, notes);
    }

    /// <summary>How often the hierarchy of figure 3 left with m = 32 is recovered from few strings.</summary>
    private static ResultTable Hierarchy(LearningRuns runs, bool paper)
    {
        var shape = new GrammarShape(5, 3, 8, 32);
        int grammars = paper ? 20 : 4;
        ThresholdMeasurement measurement = runs.Keep(new ThresholdMeasurement(SpectralLatentClustering.Learner, new SpectralOptions(), shape));
        double[] factors = paper ? [0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.2, 1.5, 2] : [0.5, 1, 2];
        long Samples(double factor) => (long)Math.Round(factor * SampleScales.Spectral(shape));
        runs.Measure([.. from factor in factors from grammar in Enumerable.Range(0, grammars) select (measurement, grammar, Samples(factor))]);
        return new ResultTable(["P/(v m^2)", "P", "recovered", "grammars", "mean accuracy", "smallest accuracy", "P/coverage"], [.. factors.Select(factor =>
        {
            double[] top = [.. Enumerable.Range(0, grammars).Select(grammar => measurement.Accuracy(grammar, Samples(factor))[^1])];
            return (IReadOnlyList<object>)[factor, Samples(factor), top.Count(accuracy => accuracy >= 0.99), grammars, top.Average(), top.Min(), Samples(factor) / SampleScales.Coverage(shape)];
        })]);
    }

    private static ResultTable Laws(Point[] points, GrammarShape[] acrossM, GrammarShape[] acrossL)
    {
        var rows = new List<IReadOnlyList<object>>();
        foreach (Method method in s_methods)
        {
            bool spectral = method == s_methods[0];
            Func<GrammarShape, double> exact = shape => spectral
                ? new AnnealedLaws(shape).KestenStigumThreshold
                : new ControlledLearner(Target.Latent, CousinTargets.All).Resolution(shape);
            Add($"d log P*/d log m at L={acrossM[0].Depth}", acrossM, shape => shape.Multiplicity, groups => ScalingLaw.Power(groups), ScalingLaw.ExponentOf, spectral ? 2 : 3);
            Add($"d log P*/dL at m={acrossL[0].Multiplicity}", acrossL, shape => shape.Depth, groups => ScalingLaw.Exponential(groups), ScalingLaw.RateOf, 0);

            void Add(string quantity, GrammarShape[] shapes, Func<GrammarShape, double> x, Func<IReadOnlyList<(double, IReadOnlyList<double>)>, ScalingLaw> fit,
                Func<IReadOnlyList<double>, IReadOnlyList<double>, double> predict, double leading)
            {
                Point[] own = [.. points.Where(point => point.Method == method && shapes.Contains(point.Shape) && point.Threshold.Complete && point.Threshold.Crossings.Count > 1)];
                if (own.Length < 2) return;
                ScalingLaw law = fit([.. own.Select(point => (x(point.Shape), point.Threshold.Logarithms))]);
                rows.Add([method.Name, quantity, law.Exponent, law.Interval.Low, law.Interval.High, leading,
                    predict([.. own.Select(point => x(point.Shape))], [.. own.Select(point => exact(point.Shape))]), spectral ? "Kesten-Stigum threshold" : "formula H"]);
            }
        }
        return new ResultTable(["learner", "quantity", "measured", "95% low", "95% high", "leading order", "formula", "which formula"], rows);
    }

    private static void Draw(ExperimentFolder folder, Point[] points, GrammarShape[] acrossM, GrammarShape[] acrossL,
        List<(Method Method, GrammarShape Shape, CurveFamily Family)> curves, Dictionary<Method, IReadOnlyList<CollapseScore>> scores)
    {
        Multiplot figure = Plots.Panels(2, 3);
        for (int row = 0; row < s_methods.Length; row++)
        {
            Method method = s_methods[row];
            for (int unit = 0; unit < s_units.Length; unit++)
            {
                Plot plot = figure.GetPlot(3 * row + unit);
                foreach ((_, GrammarShape shape, CurveFamily family) in curves.Where(curve => curve.Method == method))
                {
                    Plots.LearningCurve(plot, from grammar in Enumerable.Range(0, family.Accuracy.Count)
                                              from i in Enumerable.Range(0, family.Samples.Count)
                                              select new LearningRun(method.Name, shape, grammar, (long)family.Samples[i], [family.Accuracy[grammar][i]]),
                        s_units[unit].Of(shape), Figures.Ordered(Array.IndexOf(acrossM, shape), acrossM.Length), $"m = {shape.Multiplicity}");
                }
                string spread = scores[method].Count > 0 && double.IsFinite(scores[method][unit].Decades) ? string.Create(CultureInfo.InvariantCulture, $": {scores[method][unit].Decades:0.00} decades apart") : "";
                Plots.AccuracyAxes(plot, $"{method.Name}, {s_units[unit].Name}{spread}", $"P / ({s_units[unit].Name})", "accuracy of the top latents", SampleComplexity.HalfWay(acrossM[0].Vocabulary));
            }
        }
        Across(figure.GetPlot(2), acrossM, shape => Math.Log10(shape.Multiplicity), $"depth L = {acrossM[0].Depth}, {acrossM[0].Branching} children, v = {acrossM[0].Vocabulary}", "multiplicity m");
        Across(figure.GetPlot(5), acrossL, shape => shape.Depth, $"multiplicity m = {acrossL[0].Multiplicity}", "depth L");
        Plots.TicksAt(figure.GetPlot(2), acrossM.Select(shape => shape.Multiplicity), Math.Log10);
        Plots.TicksAt(figure.GetPlot(5), acrossL.Select(shape => shape.Depth), x => x);
        folder.Write(figure, 1500, 900);

        void Across(Plot plot, GrammarShape[] shapes, Func<GrammarShape, double> x, string title, string label)
        {
            for (int i = 0; i < s_methods.Length; i++)
                Plots.Thresholds(plot, points.Where(point => point.Method == s_methods[i] && shapes.Contains(point.Shape)).Select(point => (x(point.Shape), point.Threshold, 1.0)), Figures.Palette[i], s_methods[i].Name);
            Plots.Law(plot, shapes.Select(shape => (x(shape), Math.Log10(new AnnealedLaws(shape).SpectralThreshold))), Figures.Palette[2], "threshold of the stacked spectrum");
            Plots.Law(plot, shapes.Select(shape => (x(shape), Math.Log10(new AnnealedLaws(shape).KestenStigumThreshold))), Figures.Palette[3], "Kesten-Stigum threshold");
            Plots.Law(plot, shapes.Select(shape => (x(shape), Math.Log10(SampleScales.Coverage(shape)))), Colors.Gray, "coverage, v m log(v m)");
            Figures.LogarithmicY(plot);
            double least = shapes.Min(shape => Math.Min(new AnnealedLaws(shape).KestenStigumThreshold, SampleScales.Coverage(shape)));
            double most = points.Where(point => shapes.Contains(point.Shape)).Max(point => point.Threshold.Value);
            plot.Axes.SetLimitsY(Math.Log10(least) - 0.2, Math.Log10(most) + 1.2);
            plot.Title(title);
            plot.XLabel(label);
            plot.YLabel("strings P*");
            plot.ShowLegend(Alignment.UpperLeft);
        }
    }
}
