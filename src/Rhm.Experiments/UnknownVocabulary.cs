using System.Globalization;
using Rhm.Experiments.Cells;
using Rhm.Experiments.Measurements;
using Rhm.Experiments.Plotting;
using Rhm.Grammars;
using Rhm.Population;
using Rhm.Running;
using Rhm.Sweeps;
using ScottPlot;

namespace Rhm.Experiments;

/// <summary>
/// Spectral latent clustering that is not told the number of latents: how many it finds, and its accuracy beside that of one that is told.
/// </summary>
public static class UnknownVocabulary
{
    /// <summary>The experiment.</summary>
    public static Experiment Experiment { get; } = new("unknown-v", """
        The number of latents estimated from the spectrum and the description length, at every level, against P/(v m^2), and the accuracy
        of the top latents with and without being told that number (L=3, s=3, m=8, v=8, 16 and at paper scale 32).

        Examples:
          rhm reproduce unknown-v --scale paper
          rhm reproduce unknown-v --vocabulary 12 --branching 2 --multiplicities 6
        """, [nameof(ExperimentParameters.Branching), nameof(ExperimentParameters.Vocabulary),
            nameof(ExperimentParameters.Multiplicities), nameof(ExperimentParameters.Grammars)], Run)
    {
        Sweep = (setting, parameters) => SweepOf(setting, parameters).File,
    };

    /// <summary>What one grammar gives.</summary>
    internal sealed record Estimate(GrammarShape Shape, long Grammar, long Samples, double Latents, double Estimated, double Told);

    /// <summary>The grammars of one number of strings.</summary>
    internal sealed record Point(GrammarShape Shape, double Factor, IReadOnlyList<Estimate> Grammars)
    {
        public double ShareRight => Grammars.Count(one => one.Latents == Shape.Vocabulary) / (double)Grammars.Count;
    }

    private static ExperimentReport Run(ExperimentFolder folder, RunContext setting, ExperimentParameters parameters)
    {
        ExperimentSweep sweep = SweepOf(setting, parameters);
        sweep.Measure(folder);
        IReadOnlyList<double> factors = sweep.File.ValuesOf("factors");
        GrammarShape[] shapes = [.. sweep.Results<FunctionCell>().Select(cell => OptionsOf(cell).Shape).Distinct()];
        int grammars = (int)sweep.File.ValuesOf("grammar_count")[0];
        var estimates = sweep.Results<FunctionCell>().Select(EstimateOf).ToLookup(one => (one.Shape, one.Samples));
        Point[] points = [.. from shape in shapes
                             from factor in factors
                             let samples = Math.Max(1, (long)Math.Round(factor * SampleScales.Spectral(shape)))
                             select new Point(shape, factor, [.. estimates[(shape, samples)].OrderBy(one => one.Grammar)])];
        var table = ResultTable.Of(points,
            ("v", point => point.Shape.Vocabulary),
            ("m", point => point.Shape.Multiplicity),
            ("P/(v m^2)", point => point.Factor),
            ("P", point => point.Grammars[0].Samples),
            ("latents mean", point => point.Grammars.Average(one => one.Latents)),
            ("fewest", point => point.Grammars.Min(one => one.Latents)),
            ("most", point => point.Grammars.Max(one => one.Latents)),
            ("share right", point => point.ShareRight),
            ("accuracy estimated", point => point.Grammars.Average(one => one.Estimated)),
            ("accuracy told", point => point.Grammars.Average(one => one.Told)));
        folder.Write(table);
        Draw(folder, points, shapes);
        return new ExperimentReport(table, [.. shapes.Select(shape =>
        {
            Point? first = points.Where(point => point.Shape == shape).Reverse().TakeWhile(point => point.ShareRight == 1).LastOrDefault();
            string what = $"{shape}: the number of top latents is";
            return first is null ? $"{what} never right in all {grammars} grammars" : string.Create(CultureInfo.InvariantCulture,
                $"{what} right in all {grammars} grammars from P = {first.Factor:G3} v m^2 = {first.Grammars[0].Samples} on");
        })]);
    }

    private static UnknownVocabularyOptions OptionsOf(MeasuredCell<FunctionCell> cell) => (UnknownVocabularyOptions)cell.Cell.Options;

    private static Estimate EstimateOf(MeasuredCell<FunctionCell> cell)
    {
        (UnknownVocabularyOptions options, IReadOnlyDictionary<string, double> found) = (OptionsOf(cell), cell.Outcome.Measures!);
        return new Estimate(options.Shape, options.Grammar, options.Count, found["latents"], found["accuracy_estimated"],
            found["accuracy_told"]);
    }

    private static ExperimentSweep SweepOf(RunContext setting, ExperimentParameters parameters) => ExperimentSweep.Of("unknown-v", setting,
        ("branching", Given.Of(parameters.Branching)), ("vocabularies", Given.Of(parameters.Vocabulary)),
        ("multiplicities", Given.Ordered(parameters.Multiplicities)), ("grammar_count", Given.Of(parameters.Grammars)));

    private static void Draw(ExperimentFolder folder, Point[] points, GrammarShape[] shapes)
    {
        Multiplot figure = Plots.Panels(2);
        Plot count = figure.GetPlot(0), accuracy = figure.GetPlot(1);
        bool several = shapes.DistinctBy(shape => shape.Multiplicity).Count() > 1;
        for (int i = 0; i < shapes.Length; i++)
        {
            Point[] own = [.. points.Where(point => point.Shape == shapes[i])];
            double[] x = [.. own.Select(point => Math.Log10(point.Factor))];
            Color color = Figures.Ordered(i, shapes.Length);
            string name = $"v = {shapes[i].Vocabulary}" + (several ? $", m = {shapes[i].Multiplicity}" : "");
            ScottPlot.Plottables.Scatter Curve(Plot plot, Func<Estimate, double> value, string label)
            {
                var line = plot.Add.Scatter(x, [.. own.Select(point => point.Grammars.Average(value))], color);
                line.LegendText = label;
                line.MarkerSize = 5;
                return line;
            }
            Curve(count, one => one.Latents, name);
            for (int j = 0; j < own.Length; j++)
            {
                (double fewest, double most) = (own[j].Grammars.Min(one => one.Latents), own[j].Grammars.Max(one => one.Latents));
                count.Add.Line(x[j], fewest, x[j], most).Color = color.WithAlpha(0.5);
            }
            count.Add.HorizontalLine(shapes[i].Vocabulary, 1, color.WithAlpha(0.6), LinePattern.Dashed).ExcludeFromLegend = true;
            Curve(accuracy, one => one.Estimated, $"{name}, estimated");
            var told = Curve(accuracy, one => one.Told, $"{name}, told");
            told.LinePattern = LinePattern.Dotted;
            told.MarkerShape = MarkerShape.OpenCircle;
            told.MarkerSize = 6;
        }
        Figures.LogarithmicX(count);
        count.Title("latents found at the top level");
        count.XLabel("P / (v m²)");
        count.YLabel("number of latents");
        Figures.LogarithmicX(accuracy);
        accuracy.Axes.SetLimitsY(0, 1.05);
        accuracy.Title("with and without being told v");
        accuracy.XLabel("P / (v m²)");
        accuracy.YLabel("accuracy of the top latents");
        folder.Write(figure);
    }
}
