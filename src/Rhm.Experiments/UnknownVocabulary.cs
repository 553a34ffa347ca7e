using System.Globalization;
using Rhm.Experiments.Measurements;
using Rhm.Experiments.Plotting;
using Rhm.Grammars;
using Rhm.Learning;
using Rhm.Levelwise;
using Rhm.Population;
using Rhm.Randomness;
using Rhm.Running;
using Rhm.Strings;
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
            nameof(ExperimentParameters.Multiplicities), nameof(ExperimentParameters.Grammars)], Run);

    /// <summary>What one grammar gives.</summary>
    private sealed record Estimate(int Vocabulary, int Multiplicity, int Grammar, long Samples, double Latents, double Estimated,
        double Told);

    /// <summary>The grammars of one number of strings.</summary>
    private sealed record Point(GrammarShape Shape, double Factor, IReadOnlyList<Estimate> Grammars)
    {
        public double ShareRight => Grammars.Count(one => one.Latents == Shape.Vocabulary) / (double)Grammars.Count;
    }

    private static readonly CsvFormat<Estimate> s_format = new(
        row => new Estimate(row.Int("v"), row.Int("m"), row.Int("grammar"), row.Long("P"), row.Number("latents_top"),
            row.Number("accuracy_estimated"), row.Number("accuracy_told")),
        ("kind", _ => "estimate"),
        ("v", one => one.Vocabulary),
        ("m", one => one.Multiplicity),
        ("grammar", one => one.Grammar),
        ("P", one => one.Samples),
        ("latents_top", one => one.Latents),
        ("accuracy_estimated", one => one.Estimated),
        ("accuracy_told", one => one.Told));

    private static ExperimentReport Run(ExperimentFolder folder, RunContext setting, ExperimentParameters parameters)
    {
        bool paper = setting.Scale == Scale.Paper;
        int s = parameters.Branching ?? 3, grammars = parameters.Grammars ?? (paper ? 12 : 4);
        int[] multiplicities = [.. (parameters.Multiplicities ?? [8]).Distinct().Order()];
        int[] vocabularies = parameters.Vocabulary is { } only ? [only] : paper ? [8, 16, 32] : [8, 16];
        double[] factors = [.. Enumerable.Range(0, paper ? 13 : 7).Select(i => 0.25 * Math.Pow(2, i * (paper ? 0.5 : 1)))];
        GrammarShape[] shapes = [.. from v in vocabularies from m in multiplicities select new GrammarShape(3, s, v, m)];
        foreach (GrammarShape shape in shapes) Unlearnable.Refuse(shape);

        Point[] points = Measure(folder, setting, shapes, factors, grammars);
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

    private static Point[] Measure(ExperimentFolder folder, RunContext setting, GrammarShape[] shapes, double[] factors, int grammars)
    {
        string title = $"rhm reproduce unknown-v, branching {shapes[0].Branching}, seed {setting.Seed}, "
            + CsvStore.Versions(SpectralLatentClustering.Learner);
        using var store = new CsvStore<Estimate>(Path.Combine(folder.Path, "estimates.csv"), title, s_format);
        Dictionary<(int, int, int, long), Estimate> known = store.Rows.ToDictionary(Key);
        var grid = (from shape in shapes
                    from factor in factors
                    from grammar in Enumerable.Range(0, grammars)
                    select (Shape: shape, Factor: factor, Grammar: grammar, Samples: Samples(shape, factor))).ToList();
        int done = 0;
        setting.ForEach([.. grid.OrderByDescending(cell => cell.Samples)], cell =>
        {
            bool found;
            lock (known) found = known.ContainsKey((cell.Shape.Vocabulary, cell.Shape.Multiplicity, cell.Grammar, cell.Samples));
            if (!found)
            {
                Estimate estimate = Measure(setting, cell.Shape, cell.Grammar, cell.Samples);
                lock (known)
                {
                    if (known.TryAdd(Key(estimate), estimate)) store.Append(estimate);
                }
            }
            lock (known) setting.Progress(++done / (double)grid.Count);
        });
        return [.. from cell in grid
                   let estimate = known[(cell.Shape.Vocabulary, cell.Shape.Multiplicity, cell.Grammar, cell.Samples)]
                   group estimate by (cell.Shape, cell.Factor) into point
                   select new Point(point.Key.Shape, point.Key.Factor, [.. point])];
    }

    private static long Samples(GrammarShape shape, double factor) =>
        Math.Max(1, (long)Math.Round(factor * SampleScales.Spectral(shape)));

    private static (int, int, int, long) Key(Estimate one) => (one.Vocabulary, one.Multiplicity, one.Grammar, one.Samples);

    private static Estimate Measure(RunContext setting, GrammarShape shape, int number, long samples)
    {
        ulong seed = GrammarSeeds.OfUnknownVocabulary(setting.Seed, shape.Branching, shape.Vocabulary, shape.Multiplicity, number);
        Grammar grammar = Grammar.Draw(shape, seed);
        var strings = new StringSampler(grammar, seed, samples);
        var heldOut = new StringSampler(grammar, seed, 1000, RandomPurpose.HeldOut);
        LearnedHierarchy Learn(bool estimate)
        {
            var options = new SpectralOptions { EstimateLatents = estimate, Seed = seed };
            return SpectralLatentClustering.Learn(strings, shape.Branching, options, setting.Cancellation);
        }
        LearnedHierarchy estimated = Learn(true);
        return new Estimate(shape.Vocabulary, shape.Multiplicity, number, samples, estimated.Levels[^1].SymbolCount,
            estimated.Accuracy(heldOut)[^1], Learn(false).Accuracy(heldOut)[^1]);
    }

    private static void Draw(ExperimentFolder folder, Point[] points, GrammarShape[] shapes)
    {
        Multiplot figure = Plots.Panels(1, 2);
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
                line.MarkerSize = 7;
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
            told.MarkerSize = 9;
        }
        Figures.LogarithmicX(count);
        count.Title("latents found at the top level");
        count.XLabel("P / (v m²)");
        count.YLabel("number of latents");
        count.ShowLegend(Alignment.UpperLeft);
        Figures.LogarithmicX(accuracy);
        accuracy.Axes.SetLimitsY(0, 1.05);
        accuracy.Title("with and without being told v");
        accuracy.XLabel("P / (v m²)");
        accuracy.YLabel("accuracy of the top latents");
        accuracy.ShowLegend(Alignment.LowerRight);
        folder.Write(figure, 1100, 450);
    }
}
