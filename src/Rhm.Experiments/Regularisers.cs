using System.Globalization;
using Rhm.Experiments.Measurements;
using Rhm.Experiments.Plotting;
using Rhm.Grammars;
using Rhm.Networks.JointEmbedding;
using Rhm.Population;
using Rhm.Running;
using Rhm.Statistics;
using Rhm.Sweeps;
using ScottPlot;

namespace Rhm.Experiments;

/// <summary>
/// Beyond the paper: which ways to keep embeddings apart reach the v m^2 strings of own latents. P* against m for every objective of joint
/// embedding on the same encoder, and accuracy and effective rank against steps at 2 v m^2 strings.
/// </summary>
public static class Regularisers
{
    private const double LearnedAccuracy = 0.95;

    /// <summary>The experiment.</summary>
    public static Experiment Experiment { get; } = new("regularisers", """
        Strings P* that the objectives of rhm joint-embedding need, all on the same encoder (L=2, s=3, v=8): against m, with its power, and
        at 2 v m^2 strings and the largest m the accuracy and the effective rank of the embeddings against the number of steps. Settings of
        each objective are the best of twelve (docs/tried.md).

        Examples:
          rhm reproduce regularisers
          rhm reproduce regularisers --vocabulary 16 --multiplicities 8,16
        """, ExperimentParameters.All, Run)
    {
        Sweep = (setting, parameters) => SweepOf(setting, parameters).File,
    };

    /// <summary>A series of the grid.</summary>
    private sealed record Method(string Name, Color Color);

    private sealed record Point(Method Method, GrammarShape Shape, SampleComplexity Threshold);

    /// <summary>A training of so many steps, mean over grammars.</summary>
    private sealed record Training(Method Method, long Steps, double Accuracy, double Rank);

    private static readonly Method[] s_methods =
    [
        new("VAMP-2", Figures.Palette[0]),
        new("spectral contrastive", Figures.Palette[1]),
        new("Barlow Twins", Figures.Palette[2]),
        new("VICReg", Figures.Palette[3]),
        new("SIGReg", Figures.Palette[4]),
        new("whitened teacher", Figures.Palette[6]),
        new("teacher alone", Colors.Gray),
        new("elements", Colors.Black),
    ];

    private static ExperimentReport Run(ExperimentFolder folder, RunContext setting, ExperimentParameters parameters)
    {
        ExperimentSweep sweep = SweepOf(setting, parameters);
        sweep.Measure(folder);
        Point[] points = [.. from measured in sweep.Results<ThresholdCell>().Thresholds()
                             let method = Array.FindIndex(s_methods, method => method.Name == measured.Key.Series)
                             orderby method, measured.Key.Shape.Multiplicity
                             select new Point(s_methods[method], measured.Key.Shape, measured.Value)];
        Training[] trainings = [.. Trainings(sweep)];
        GrowthLaw[] laws = [.. from method in s_methods
                               let law = Law(points, method)
                               where law is not null
                               select law];
        ResultTable table = Table(points, trainings);
        folder.Write(table);
        folder.Write(GrowthLaw.Table(laws), "laws.csv");
        folder.Write(ResultTable.Of(trainings, ("objective", row => row.Method.Name), ("steps", row => row.Steps),
            ("accuracy", row => row.Accuracy), ("effective rank", row => row.Rank)), "steps.csv");
        Draw(folder, points, trainings, [.. points.Select(point => point.Shape).Distinct()]);
        return new ExperimentReport(table, [.. laws.Select(law => string.Create(CultureInfo.InvariantCulture,
            $"{law} (95%); leading order {law.Leading:0.00}, formula over the same settings {law.Exact:0.00}"))]);
    }

    private static ExperimentSweep SweepOf(RunContext setting, ExperimentParameters parameters)
    {
        if (parameters.Depths is { Count: > 1 }) throw new ArgumentException($"{parameters.Depths.Count} depths: this figure has one");
        return ExperimentSweep.Of("regularisers", setting, ("depth", Given.Of(parameters.Depths)),
            ("branching", Given.Of(parameters.Branching)), ("vocabulary", Given.Of(parameters.Vocabulary)),
            ("multiplicities", Given.Ordered(parameters.Multiplicities)), ("grammar_count", Given.Of(parameters.Grammars)));
    }

    /// <summary>Accuracy and rank at 2 v m^2 strings after more and more steps.</summary>
    private static IEnumerable<Training> Trainings(ExperimentSweep sweep) =>
        from run in sweep.Results<RunCell>()
        let steps = ((JointEmbeddingLearnerOptions)run.Cell.Settings.Options).Embedding.Steps
        let rank = run.Outcome.Measures![$"rank_level{run.Cell.Shape.Depth - 1}"]
        group (Accuracy: run.Outcome.Accuracy![^1], Rank: rank) by (run.Series, Steps: steps) into grammars
        orderby grammars.Key.Steps
        select new Training(s_methods.Single(method => method.Name == grammars.Key.Series), grammars.Key.Steps,
            grammars.Average(one => one.Accuracy), grammars.Average(one => one.Rank));

    private static GrowthLaw? Law(Point[] points, Method method)
    {
        IEnumerable<Point> own = points.Where(point => point.Method == method);
        GrammarShape first = points[0].Shape;
        bool elements = method == s_methods[^1];
        double Formula(GrammarShape shape) => elements
            ? new AnnealedLaws(shape).Resolution(Target.Latent, shape.Depth - 2)
            : new AnnealedLaws(shape).KestenStigumThreshold;
        return GrowthLaw.Of(method.Name, $"d log P*/d log m at L={first.Depth} v={first.Vocabulary}",
            [.. own.Select(point => ((double)point.Shape.Multiplicity, point.Threshold, double.NaN, Formula(point.Shape)))],
            power: true, elements ? 3 : 2);
    }

    /// <summary>P* at every m, and at the largest one, which alone was trained for more and more steps, what came of that.</summary>
    private static ResultTable Table(Point[] points, Training[] trainings)
    {
        int largest = points.Max(point => point.Shape.Multiplicity);
        Func<Point, object> AtLargest(Func<Point, double?> value) =>
            point => point.Shape.Multiplicity == largest ? value(point) ?? double.NaN : double.NaN;
        return ResultTable.Of(points,
            ("objective", point => point.Method.Name),
            ("L", point => point.Shape.Depth),
            ("s", point => point.Shape.Branching),
            ("v", point => point.Shape.Vocabulary),
            ("m", point => point.Shape.Multiplicity),
            ("P*", point => point.Threshold.Known.Value),
            ("95% low", point => point.Threshold.Known.Interval.Low),
            ("95% high", point => point.Threshold.Known.Interval.High),
            ("P*/(v m^2)", point => point.Threshold.Known.Value / SampleScales.Spectral(point.Shape)),
            ("P*/Kesten-Stigum", point => point.Threshold.Known.Value / new AnnealedLaws(point.Shape).KestenStigumThreshold),
            ("effective rank", AtLargest(point => trainings.Last(one => one.Method == point.Method).Rank)),
            ("steps to 0.95", AtLargest(point =>
                trainings.FirstOrDefault(one => one.Method == point.Method && one.Accuracy >= LearnedAccuracy)?.Steps)));
    }

    private static void Draw(ExperimentFolder folder, Point[] points, Training[] trainings, GrammarShape[] shapes)
    {
        Multiplot figure = Plots.Panels(3);
        Plot plot = figure.GetPlot(0);
        foreach (Method method in s_methods)
        {
            Plots.Thresholds(plot, points.Where(point => point.Method == method)
                .Select(point => (Math.Log10(point.Shape.Multiplicity), point.Threshold, 1.0)), method.Color, method.Name);
        }
        void Law(Func<GrammarShape, double> strings, Color color, string name) =>
            Plots.Law(plot, shapes.Select(shape => (Math.Log10(shape.Multiplicity), Math.Log10(strings(shape)))), color, name);
        Law(shape => new AnnealedLaws(shape).KestenStigumThreshold, Colors.Black, "Kesten-Stigum threshold");
        Figures.LogarithmicY(plot);
        Plots.TicksAt(plot, shapes.Select(shape => shape.Multiplicity), x => Math.Log10(x));
        plot.Title("P* of every objective");
        plot.XLabel($"multiplicity m (L = {shapes[0].Depth}, v = {shapes[0].Vocabulary})");
        plot.YLabel("strings P*");
        int largest = shapes.Max(shape => shape.Multiplicity);
        Curve(figure.GetPlot(1), trainings, one => one.Accuracy, $"accuracy at 2 v m² strings, m = {largest}",
            "accuracy of the top latents");
        Curve(figure.GetPlot(2), trainings, one => one.Rank, $"effective rank of the embeddings, m = {largest}", "effective rank");
        folder.Write(figure);
    }

    private static void Curve(Plot plot, Training[] trainings, Func<Training, double> value, string title, string label)
    {
        foreach (Method method in s_methods)
        {
            Training[] own = [.. trainings.Where(one => one.Method == method)];
            var line = plot.Add.Scatter(own.Select(one => Math.Log10(one.Steps)).ToArray(), own.Select(value).ToArray(), method.Color);
            line.LegendText = method.Name;
        }
        Plots.TicksAt(plot, trainings.Select(one => (int)one.Steps).Distinct(), x => Math.Log10(x));
        plot.Title(title);
        plot.XLabel("steps");
        plot.YLabel(label);
    }
}
