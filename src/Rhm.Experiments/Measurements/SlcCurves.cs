using System.Diagnostics;
using System.Globalization;
using Rhm.Experiments.Plotting;
using Rhm.Grammars;
using Rhm.Networks.StackedLatentClustering;
using Rhm.Networks.Training;
using Rhm.Population;
using Rhm.Randomness;
using Rhm.Running;
using Rhm.Statistics;
using Rhm.Strings;
using ScottPlot;

namespace Rhm.Experiments.Measurements;

/// <summary>
/// What the figures of the stacked latent clustering network share: trained networks over a grid of series, grammars and P, kept in
/// networks.csv as they come; curves of the linear probe on the highest non-root latents, the paper's measure, and P*.
/// </summary>
internal static class SlcCurves
{
    /// <summary>A network: trained on so many strings, or untrained where there are none.</summary>
    private sealed record Cell(string Series, GrammarShape Shape, int Grammar, long Samples, double Accuracy, double Probe, double Root);

    private static (string, GrammarShape, int, long, long) Key(SlcSeries series, int grammar, long samples) =>
        (series.Name, series.Shape, grammar, samples, series.StepsOn(samples));

    /// <summary>Measures what is missing, draws, and writes the thresholds.</summary>
    /// <param name="folder">Receives networks.csv, thresholds.csv and the figure.</param>
    /// <param name="setting">Scale, seed, threads.</param>
    /// <param name="series">The curves.</param>
    /// <param name="factors">P over v m^3.</param>
    /// <param name="grammars">Random grammars for each point.</param>
    /// <param name="codes">d_h.</param>
    /// <param name="title">Of the figure.</param>
    /// <param name="root">Whether the curve is the probe of the root, not of the highest non-root latents.</param>
    public static ExperimentReport Run(ExperimentFolder folder, RunContext setting, IReadOnlyList<SlcSeries> series, IReadOnlyList<double> factors, int grammars,
        int codes, string title, bool root = false)
    {
        foreach (SlcSeries one in series)
        {
            Unlearnable.Refuse(one.Shape);
            one.Objective.Validate();
        }
        string path = Path.Combine(folder.Path, "networks.csv");
        using var store = new CsvStore(path, $"networks of rhm reproduce, seed {setting.Seed}, {codes} codes, {CsvStore.Versions(SlcLearner.Learner)}",
            "series,L,s,v,m,grammar,P,steps,accuracy,probe,root,seconds");
        var cells = new Dictionary<(string, GrammarShape, int, long, long), Cell>();
        foreach (string[] row in store.Rows)
        {
            double Number(int column) => double.Parse(row[column], CultureInfo.InvariantCulture);
            var shape = new GrammarShape((int)Number(1), (int)Number(2), (int)Number(3), (int)Number(4));
            cells[(row[0], shape, (int)Number(5), (long)Number(6), (long)Number(7))] = new Cell(row[0], shape, (int)Number(5), (long)Number(6), Number(8), Number(9), Number(10));
        }
        var grid = (from one in series
                    from samples in factors.Select(factor => Math.Max(SlcSeries.BatchSize, (long)Math.Round(factor * one.Unit))).Prepend(0)
                    from grammar in Enumerable.Range(0, grammars)
                    select (Series: one, Grammar: grammar, Samples: samples)).Distinct().ToList();
        var missing = grid.Where(cell => !cells.ContainsKey(Key(cell.Series, cell.Grammar, cell.Samples)))
            .OrderByDescending(cell => Cost(cell.Series, cell.Samples)).ToList();
        double total = missing.Sum(cell => Cost(cell.Series, cell.Samples)), done = 0;
        // One thread a network: networks of a grid do not wait for one another.
        setting.ForEach(missing, cell =>
        {
            var clock = Stopwatch.StartNew();
            Cell measured = Measure(setting, cell.Series, cell.Grammar, cell.Samples, codes);
            lock (cells)
            {
                cells[Key(cell.Series, cell.Grammar, cell.Samples)] = measured;
                store.Append(string.Create(CultureInfo.InvariantCulture,
                    $"{measured.Series},{measured.Shape.Depth},{measured.Shape.Branching},{measured.Shape.Vocabulary},{measured.Shape.Multiplicity},{measured.Grammar},{measured.Samples},{cell.Series.StepsOn(cell.Samples)},{measured.Accuracy:R},{measured.Probe:R},{measured.Root:R},{clock.Elapsed.TotalSeconds:0.000}"));
                setting.Progress(Math.Min(1, (done += Cost(cell.Series, cell.Samples)) / total));
            }
        });

        double Value(Cell cell) => root ? cell.Root : cell.Probe;
        Multiplot figure = Plots.Panels(1, 2);
        Plot probe = figure.GetPlot(0), strict = figure.GetPlot(1);
        bool compared = series.Any(one => one.PublishedThreshold is not null);
        var rows = new List<IReadOnlyList<object>>();
        var measured = new List<(GrammarShape Shape, SampleComplexity Probe, SampleComplexity OneToOne)>();
        for (int i = 0; i < series.Count; i++)
        {
            SlcSeries one = series[i];
            Cell[] all = [.. grid.Where(cell => cell.Series == one).Select(cell => cells[Key(one, cell.Grammar, cell.Samples)])];
            Cell[] own = [.. all.Where(cell => cell.Samples > 0)];
            double untrained = all.Where(cell => cell.Samples == 0).Average(Value);
            double[] samples = [.. own.Select(cell => cell.Samples).Distinct().Order().Select(count => (double)count)];
            SampleComplexity Half(Func<Cell, double> value) => SampleComplexity.OfMeanCurve(samples,
                [.. own.GroupBy(cell => cell.Grammar).Select(curve => (IReadOnlyList<double>)[.. curve.OrderBy(cell => cell.Samples).Select(value)])]);
            (SampleComplexity by, SampleComplexity strictly) = (Half(Value), Half(cell => cell.Accuracy));
            measured.Add((one.Shape, by, strictly));
            (double threshold, double strictThreshold) = (by.Known.Value, strictly.Known.Value);
            Interval interval = by.Known.Interval;
            Color color = Figures.Palette[i % Figures.Palette.Length];
            Curve(probe, own, Value, one.Unit, color, one.Label);
            probe.Add.HorizontalLine(untrained, 1.5f, color, LinePattern.Dotted).ExcludeFromLegend = true;
            Curve(strict, own, cell => cell.Accuracy, one.Unit, color, one.Label);
            if (one.Published.Count > 0)
            {
                Squares(probe, one.Published, color, "");
                // The one legend stands beside the right panel; a name that several series share stands in it once.
                if (!series.Take(i).Any(earlier => earlier.PublishedName == one.PublishedName)) Squares(strict, [], color, $"{one.PublishedName} (left)");
            }
            rows.Add([one.Label, one.Shape.Depth, one.Shape.Multiplicity, untrained, threshold, interval.Low, interval.High, threshold / one.Unit, strictThreshold / one.Unit,
                .. compared ? (object[])[one.PublishedThreshold ?? double.NaN, threshold / (one.PublishedThreshold ?? double.NaN)] : []]);
        }
        Plots.AccuracyAxes(probe, title, "P / (v m³)", root ? "probe of the root (dotted: untrained)" : "linear probe of the top latents (dotted: untrained)", 0.5);
        Plots.AccuracyAxes(strict, "one code for each latent", "P / (v m³)", "one-to-one accuracy of the top latents", 0.5);
        probe.HideLegend();
        strict.ShowLegend(Edge.Right);
        var table = new ResultTable(["series", "L", "m", "untrained", "P*", "95% low", "95% high", "P*/(v m^3)", "one-to-one P*/(v m^3)",
            .. compared ? (string[])["published P*", "P*/published"] : []], rows);
        folder.Write(table);
        folder.Write(figure, 1500, 520);
        ResultTable laws = Laws(measured);
        if (laws.Rows.Count > 0) folder.Write(laws, "laws.csv");
        return new ExperimentReport(table, [.. laws.Rows.Select(row => double.IsNaN((double)row[2])
            ? $"{row[1]} by {row[0]} accuracy: P* was not found everywhere, or not without one of the grammars"
            : string.Create(CultureInfo.InvariantCulture, $"{row[1]} by {row[0]} accuracy: {row[2]:0.00} [{row[3]:0.00}, {row[4]:0.00}] (95%); predicted {row[5]:0.00}, from tokens {row[6]:0.00}")), string.Create(CultureInfo.InvariantCulture,
            $"{grid.Count(cell => cell.Samples > 0)} networks of {codes} codes, {(series[0].Epochs is { } epochs ? epochs.ToString(CultureInfo.InvariantCulture) + " epochs each" : "50 L m steps each (10 L^2 m beyond L=5), on 4 v m^3 strings at least")}; {(grammars == 1 ? "one grammar, hence no interval" : $"95%: jackknife over {grammars} grammars")}; each network is in {path}")]);
    }

    /// <summary>
    /// How P* grows with m, or with L, where that is all that series differ in and there are several grammars; not a number where some P* was not
    /// found, or not without one of the grammars. Predicted: m^3/(1-f) over the same m, and 0.
    /// </summary>
    internal static ResultTable Laws(IReadOnlyList<(GrammarShape Shape, SampleComplexity Probe, SampleComplexity OneToOne)> series)
    {
        GrammarShape first = series[0].Shape;
        int multiplicities = series.Select(one => one.Shape.Multiplicity).Distinct().Count(), depths = series.Select(one => one.Shape.Depth).Distinct().Count();
        bool acrossM = depths == 1 && multiplicities == series.Count, acrossL = multiplicities == 1 && depths == series.Count;
        var rows = new List<IReadOnlyList<object>>();
        if (series.Count > 1 && series[0].Probe.Crossings.Count > 1 && (acrossM || acrossL))
        {
            double[] x = [.. series.Select(one => (double)(acrossM ? one.Shape.Multiplicity : one.Shape.Depth))];
            double predicted = acrossM ? ScalingLaw.ExponentOf(x, [.. series.Select(one => Math.Pow(one.Shape.Multiplicity, 3) / (1 - one.Shape.LegalFraction))]) : 0;
            double tokens = acrossM ? first.Depth + 1 : Math.Log(first.Multiplicity);
            foreach ((string name, SampleComplexity[] thresholds) in ((string, SampleComplexity[])[])[("probe", [.. series.Select(one => one.Probe)]), ("one-to-one", [.. series.Select(one => one.OneToOne)])])
            {
                (double, IReadOnlyList<double>)[] groups = [.. x.Zip(thresholds, (value, threshold) => (value, threshold.Logarithms))];
                ScalingLaw? law = !thresholds.All(threshold => threshold.Complete) ? null : acrossM ? ScalingLaw.Power(groups) : ScalingLaw.Exponential(groups);
                rows.Add([name, acrossM ? "d log P*/d log m" : "d log P*/dL", law?.Exponent ?? double.NaN, law?.Interval.Low ?? double.NaN, law?.Interval.High ?? double.NaN, predicted, tokens]);
            }
        }
        return new ResultTable(["curve", "quantity", "measured", "95% low", "95% high", "predicted", "from tokens"], rows);
    }

    private static Cell Measure(RunContext setting, SlcSeries series, int number, long samples, int codes)
    {
        GrammarShape shape = series.Shape;
        ulong seed = GrammarSeeds.OfDepthAndMultiplicity(setting.Seed, shape.Depth, shape.Multiplicity, number);
        var grammar = Grammar.Draw(shape, seed);
        var trainer = new SlcTrainer(new StringSampler(grammar, seed, Math.Max(SlcSeries.BatchSize, samples)), new SlcShape(shape.Depth, shape.Branching, shape.Vocabulary, codes),
            series.Objective, new SlcTraining { BatchSize = SlcSeries.BatchSize, Steps = Math.Max(1, series.StepsOn(samples)), Seed = seed });
        try
        {
            if (samples > 0) trainer.Run(cancellation: setting.Cancellation);
        }
        catch (TrainingDivergedException)
        {
            // scored as it was before the step
        }
        SlcScore score = SlcEvaluation.Score(trainer.Network, grammar, seed, 600);
        return new Cell(series.Name, shape, number, samples, score.Levels[^1].Accuracy, score.Levels[^1].Probe, score.RootTuple);
    }

    private static void Curve(Plot plot, IEnumerable<Cell> cells, Func<Cell, double> value, double unit, Color color, string name)
    {
        var points = cells.GroupBy(cell => cell.Samples).OrderBy(point => point.Key).ToList();
        var line = plot.Add.Scatter(points.Select(point => Math.Log10(point.Key / unit)).ToArray(), points.Select(point => point.Average(value)).ToArray(), color);
        line.LegendText = name;
        line.MarkerSize = 6;
        line.LineWidth = 2;
    }

    private static void Squares(Plot plot, IReadOnlyList<(double Relative, double Accuracy)> points, Color color, string name)
    {
        var squares = plot.Add.ScatterPoints(points.Select(point => Math.Log10(point.Relative)).ToArray(), points.Select(point => point.Accuracy).ToArray(), color);
        squares.MarkerShape = MarkerShape.OpenSquare;
        squares.MarkerSize = 9;
        squares.LegendText = name;
    }

    /// <summary>What a network of a series costs, up to a factor: steps times tuples of a batch.</summary>
    private static double Cost(SlcSeries series, long samples) => (double)Math.Max(1, series.StepsOn(samples)) * series.Shape.TokenCount;

    /// <summary>Geometric steps.</summary>
    public static double[] Factors(double least, double most, int count) =>
        [.. Enumerable.Range(0, count).Select(k => least * Math.Pow(most / least, k / (count - 1.0)))];
}
