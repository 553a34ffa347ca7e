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

/// <summary>Spectral latent clustering that is not told the number of latents: how many it finds, and its accuracy beside that of one that is told.</summary>
public static class UnknownVocabulary
{
    /// <summary>The experiment.</summary>
    public static Experiment Experiment { get; } = new("unknown-v", """
        The number of latents estimated from the spectrum and the description length, at every level, against P/(v m^2), and the accuracy
        of the top latents with and without being told that number (L=3, s=3, m=8, v=8, 16 and at paper scale 32).

        Examples:
          rhm reproduce unknown-v --scale paper
          rhm reproduce unknown-v --vocabulary 12 --branching 2 --multiplicities 6
        """, [nameof(ExperimentParameters.Branching), nameof(ExperimentParameters.Vocabulary), nameof(ExperimentParameters.Multiplicities), nameof(ExperimentParameters.Grammars)], Run);

    private sealed record Cell(int Vocabulary, int Multiplicity, int Grammar, long Samples, double Latents, double Estimated, double Told)
    {
        public string Row => string.Create(CultureInfo.InvariantCulture, $"estimate,{Vocabulary},{Multiplicity},{Grammar},{Samples},{Latents},{Estimated:R},{Told:R}");
    }

    private static ExperimentReport Run(ExperimentFolder folder, RunContext setting, ExperimentParameters parameters)
    {
        bool paper = setting.Scale == Scale.Paper;
        int s = parameters.Branching ?? 3, grammars = parameters.Grammars ?? (paper ? 12 : 4);
        int[] multiplicities = [.. (parameters.Multiplicities ?? [8]).Distinct().Order()];
        int[] vocabularies = parameters.Vocabulary is { } only ? [only] : paper ? [8, 16, 32] : [8, 16];
        double[] factors = [.. Enumerable.Range(0, paper ? 13 : 7).Select(i => 0.25 * Math.Pow(2, i * (paper ? 0.5 : 1)))];
        GrammarShape[] shapes = [.. from v in vocabularies from m in multiplicities select new GrammarShape(3, s, v, m)];
        foreach (GrammarShape shape in shapes) Unlearnable.Refuse(shape);

        using var store = new CsvStore(Path.Combine(folder.Path, "estimates.csv"),
            $"rhm reproduce unknown-v, branching {s}, seed {setting.Seed}, {CsvStore.Versions(SpectralLatentClustering.Learner)}",
            "kind,v,m,grammar,P,latents_top,accuracy_estimated,accuracy_told");
        Dictionary<(int, int, int, long), Cell> cells = store.Rows.Select(row => row.Skip(1).Select(field => double.Parse(field, CultureInfo.InvariantCulture)).ToArray())
            .Select(x => new Cell((int)x[0], (int)x[1], (int)x[2], (long)x[3], x[4], x[5], x[6])).ToDictionary(Key);
        var grid = (from shape in shapes
                    from factor in factors
                    from grammar in Enumerable.Range(0, grammars)
                    select (Shape: shape, Factor: factor, Grammar: grammar, Samples: Samples(shape, factor))).ToList();
        int done = 0;
        setting.ForEach([.. grid.OrderByDescending(cell => cell.Samples)], wanted =>
        {
            bool known;
            lock (cells) known = cells.ContainsKey((wanted.Shape.Vocabulary, wanted.Shape.Multiplicity, wanted.Grammar, wanted.Samples));
            if (!known)
            {
                Cell cell = Measure(setting, wanted.Shape, wanted.Grammar, wanted.Samples);
                lock (cells)
                {
                    if (cells.TryAdd(Key(cell), cell)) store.Append(cell.Row);
                }
            }
            lock (cells) setting.Progress(++done / (double)grid.Count);
        });

        var rows = new List<IReadOnlyList<object>>();
        foreach (var point in grid.GroupBy(cell => (cell.Shape, cell.Factor)))
        {
            Cell[] own = [.. point.Select(wanted => cells[(wanted.Shape.Vocabulary, wanted.Shape.Multiplicity, wanted.Grammar, wanted.Samples)])];
            rows.Add([point.Key.Shape.Vocabulary, point.Key.Shape.Multiplicity, point.Key.Factor, own[0].Samples, own.Average(cell => cell.Latents), own.Min(cell => cell.Latents),
                own.Max(cell => cell.Latents), own.Count(cell => cell.Latents == point.Key.Shape.Vocabulary) / (double)own.Length, own.Average(cell => cell.Estimated), own.Average(cell => cell.Told)]);
        }
        var table = new ResultTable(["v", "m", "P/(v m^2)", "P", "latents mean", "fewest", "most", "share right", "accuracy estimated", "accuracy told"], rows);
        folder.Write(table);
        Draw(folder, rows, shapes);
        return new ExperimentReport(table, [.. shapes.Select(shape => rows.Where(row => (int)row[0] == shape.Vocabulary && (int)row[1] == shape.Multiplicity).Reverse().TakeWhile(row => (double)row[7] == 1).LastOrDefault() is { } first
            ? string.Create(CultureInfo.InvariantCulture, $"{shape}: the number of top latents is right in all {grammars} grammars from P = {first[2]:G3} v m^2 = {first[3]} on")
            : $"{shape}: the number of top latents is never right in all {grammars} grammars")]);
    }

    private static long Samples(GrammarShape shape, double factor) => Math.Max(1, (long)Math.Round(factor * SampleScales.Spectral(shape)));

    private static (int, int, int, long) Key(Cell cell) => (cell.Vocabulary, cell.Multiplicity, cell.Grammar, cell.Samples);

    private static Cell Measure(RunContext setting, GrammarShape shape, int number, long samples)
    {
        ulong seed = GrammarSeeds.OfUnknownVocabulary(setting.Seed, shape.Branching, shape.Vocabulary, shape.Multiplicity, number);
        Grammar grammar = Grammar.Draw(shape, seed);
        var strings = new StringSampler(grammar, seed, samples);
        var heldOut = new StringSampler(grammar, seed, 1000, RandomPurpose.HeldOut);
        LearnedHierarchy Learn(bool estimate) => SpectralLatentClustering.Learn(strings, shape.Branching, new SpectralOptions { EstimateLatents = estimate, Seed = seed }, setting.Cancellation);
        LearnedHierarchy estimated = Learn(true);
        return new Cell(shape.Vocabulary, shape.Multiplicity, number, samples, estimated.Levels[^1].SymbolCount, estimated.Accuracy(heldOut)[^1], Learn(false).Accuracy(heldOut)[^1]);
    }

    private static void Draw(ExperimentFolder folder, List<IReadOnlyList<object>> rows, GrammarShape[] shapes)
    {
        Multiplot figure = Plots.Panels(1, 2);
        Plot count = figure.GetPlot(0), accuracy = figure.GetPlot(1);
        for (int i = 0; i < shapes.Length; i++)
        {
            IReadOnlyList<object>[] own = [.. rows.Where(row => (int)row[0] == shapes[i].Vocabulary && (int)row[1] == shapes[i].Multiplicity)];
            double[] x = [.. own.Select(row => Math.Log10((double)row[2]))];
            Color color = Figures.Ordered(i, shapes.Length);
            string name = $"v = {shapes[i].Vocabulary}" + (shapes.DistinctBy(shape => shape.Multiplicity).Count() > 1 ? $", m = {shapes[i].Multiplicity}" : "");
            var line = count.Add.Scatter(x, [.. own.Select(row => (double)row[4])], color);
            line.LegendText = name;
            line.MarkerSize = 7;
            for (int j = 0; j < own.Length; j++) count.Add.Line(x[j], (double)own[j][5], x[j], (double)own[j][6]).Color = color.WithAlpha(0.5);
            var truth = count.Add.HorizontalLine(shapes[i].Vocabulary, 1, color.WithAlpha(0.6), LinePattern.Dashed);
            truth.ExcludeFromLegend = true;
            var estimated = accuracy.Add.Scatter(x, [.. own.Select(row => (double)row[8])], color);
            estimated.LegendText = $"{name}, estimated";
            estimated.MarkerSize = 7;
            var told = accuracy.Add.Scatter(x, [.. own.Select(row => (double)row[9])], color);
            told.LegendText = $"{name}, told";
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
