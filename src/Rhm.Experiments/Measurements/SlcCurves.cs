using System.Globalization;
using Rhm.Experiments.Plotting;
using Rhm.Grammars;
using Rhm.Statistics;
using Rhm.Sweeps;
using ScottPlot;

namespace Rhm.Experiments.Measurements;

/// <summary>
/// What the figures of the stacked latent clustering network share: networks over a grid of series, grammars and P; curves of the linear
/// probe on the highest non-root latents, the paper's measure, and P*.
/// </summary>
internal static class SlcCurves
{
    /// <summary>What was measured of a series.</summary>
    private sealed record Result(SlcSeries Series, IReadOnlyList<SlcNetwork> Trained, double Untrained, SampleComplexity Probe,
        SampleComplexity OneToOne);

    /// <summary>Measures what is missing, draws, and writes the thresholds.</summary>
    /// <param name="folder">Receives results, thresholds.csv and the figure.</param>
    /// <param name="sweep">The networks.</param>
    /// <param name="describe">How a series of the sweep is shown at a shape.</param>
    /// <param name="title">Of the figure.</param>
    /// <param name="root">Whether the curve is the probe of the root, not of the highest non-root latents.</param>
    /// <param name="epochs">Passes over the strings, where these and not steps were given.</param>
    public static ExperimentReport Run(ExperimentFolder folder, ExperimentSweep sweep, Func<string, GrammarShape, SlcSeries> describe,
        string title, bool root = false, double? epochs = null)
    {
        sweep.Measure(folder);
        SlcNetwork[] measured = [.. sweep.Results<FunctionCell>().Select(SlcNetwork.Of)];
        double Value(SlcNetwork network) => root ? network.Root : network.Probe;
        Result[] results = [.. measured.GroupBy(network => (network.Shape, network.Series))
            .Select(own => Summary(describe(own.Key.Series, own.Key.Shape), [.. own], Value))];

        ResultTable table = Table(results);
        folder.Write(table);
        Draw(folder, results, Value, title, root);
        IReadOnlyList<SlcLaw> laws = Laws([.. results.Select(one => (one.Series.Shape, one.Probe, one.OneToOne))]);
        if (laws.Count > 0)
        {
            folder.Write(ResultTable.Of(laws, ("curve", law => law.Curve), ("quantity", law => law.Quantity),
                ("measured", law => law.Measured), ("95% low", law => law.Interval.Low), ("95% high", law => law.Interval.High),
                ("predicted", law => law.Predicted), ("from tokens", law => law.FromTokens)), "laws.csv");
        }
        string steps = epochs is { } passes
            ? string.Create(CultureInfo.InvariantCulture, $"{passes} epochs each")
            : "50 L m steps each (10 L^2 m beyond L=5), on 4 v m^3 strings at least";
        int grammars = measured.Select(network => network.Grammar).Distinct().Count();
        string interval = grammars == 1 ? "one grammar, hence no interval" : $"95%: over {grammars} grammars";
        int trained = measured.Count(network => network.Samples > 0);
        return new ExperimentReport(table,
            [.. laws.Select(Note), $"{trained} networks, {steps}; {interval}; each network is in {ExperimentFolder.ExportName}"]);
    }

    private static Result Summary(SlcSeries series, IReadOnlyList<SlcNetwork> all, Func<SlcNetwork, double> value)
    {
        SlcNetwork[] trained = [.. all.Where(network => network.Samples > 0)];
        double[] samples = [.. trained.Select(network => network.Samples).Distinct().Order().Select(count => (double)count)];
        SampleComplexity Half(Func<SlcNetwork, double> value) => SampleComplexity.OfMeanCurve(samples,
            [.. trained.GroupBy(network => network.Grammar)
                .Select(curve => (IReadOnlyList<double>)[.. curve.OrderBy(network => network.Samples).Select(value)])]);
        double untrained = all.Where(network => network.Samples == 0).Average(value);
        return new Result(series, trained, untrained, Half(value), Half(network => network.Accuracy));
    }

    private static ResultTable Table(IReadOnlyList<Result> results)
    {
        double Threshold(Result one) => one.Probe.Known.Value;
        double Published(Result one) => one.Series.PublishedThreshold ?? double.NaN;
        (string, Func<Result, object>)[] columns =
        [
            ("series", one => one.Series.Label),
            ("L", one => one.Series.Shape.Depth),
            ("m", one => one.Series.Shape.Multiplicity),
            ("untrained", one => one.Untrained),
            ("P*", one => Threshold(one)),
            ("95% low", one => one.Probe.Known.Interval.Low),
            ("95% high", one => one.Probe.Known.Interval.High),
            ("P*/(v m^3)", one => Threshold(one) / one.Series.Unit),
            ("one-to-one P*/(v m^3)", one => one.OneToOne.Known.Value / one.Series.Unit),
            ("published P*", one => Published(one)),
            ("P*/published", one => Threshold(one) / Published(one)),
        ];
        bool compared = results.Any(one => one.Series.PublishedThreshold is not null);
        return ResultTable.Of(results, compared ? columns : columns[..^2]);
    }

    private static void Draw(ExperimentFolder folder, IReadOnlyList<Result> results, Func<SlcNetwork, double> value, string title,
        bool root)
    {
        Multiplot figure = Plots.Panels(2);
        Plot probe = figure.GetPlot(0), strict = figure.GetPlot(1);
        for (int i = 0; i < results.Count; i++)
        {
            (SlcSeries one, IReadOnlyList<SlcNetwork> trained) = (results[i].Series, results[i].Trained);
            Color color = Figures.Palette[i % Figures.Palette.Length];
            Curve(probe, trained, value, one.Unit, color, one.Label);
            probe.Add.HorizontalLine(results[i].Untrained, 1.5f, color, LinePattern.Dotted).ExcludeFromLegend = true;
            Curve(strict, trained, network => network.Accuracy, one.Unit, color, one.Label);
            if (one.Published.Count == 0) continue;
            Squares(probe, one.Published, color, one.PublishedName);
        }
        string what = root ? "probe of the root (dotted: untrained)" : "linear probe of the top latents (dotted: untrained)";
        Plots.AccuracyAxes(probe, title, "P / (v m³)", what, 0.5);
        Plots.AccuracyAxes(strict, "one code for each latent", "P / (v m³)", "one-to-one accuracy of the top latents", 0.5);
        folder.Write(figure);
    }

    private static string Note(SlcLaw law) => double.IsNaN(law.Measured)
        ? $"{law.Quantity} by {law.Curve} accuracy: P* was not found everywhere, or not without one of the grammars"
        : string.Create(CultureInfo.InvariantCulture, $"{law.Quantity} by {law.Curve} accuracy: {law.Measured:0.00} "
            + $"{law.Interval.Text("0.00")} (95%); predicted {law.Predicted:0.00}, "
            + $"from tokens {law.FromTokens:0.00}");

    /// <summary>
    /// How P* grows with m, or with L, where that is all that series differ in and there are several grammars; not a number where some P*
    /// was not found, or not without one of the grammars. Predicted: m^3/(1-f) over the same m, and 0.
    /// </summary>
    internal static IReadOnlyList<SlcLaw> Laws(
        IReadOnlyList<(GrammarShape Shape, SampleComplexity Probe, SampleComplexity OneToOne)> series)
    {
        GrammarShape first = series[0].Shape;
        int multiplicities = series.Select(one => one.Shape.Multiplicity).Distinct().Count();
        int depths = series.Select(one => one.Shape.Depth).Distinct().Count();
        bool acrossM = depths == 1 && multiplicities == series.Count, acrossL = multiplicities == 1 && depths == series.Count;
        if (series.Count == 1 || series[0].Probe.Crossings.Count == 1 || !(acrossM || acrossL)) return [];
        double[] x = [.. series.Select(one => (double)(acrossM ? one.Shape.Multiplicity : one.Shape.Depth))];
        double Unit(GrammarShape shape) => Math.Pow(shape.Multiplicity, 3) / (1 - shape.LegalFraction);
        double predicted = acrossM ? ScalingLaw.ExponentOf(x, [.. series.Select(one => Unit(one.Shape))]) : 0;
        double tokens = acrossM ? first.Depth + 1 : Math.Log(first.Multiplicity);
        return [Law("probe", [.. series.Select(one => one.Probe)]), Law("one-to-one", [.. series.Select(one => one.OneToOne)])];

        SlcLaw Law(string curve, SampleComplexity[] thresholds)
        {
            (double, IReadOnlyList<double>)[] groups = [.. x.Zip(thresholds, (value, threshold) => (value, threshold.Logarithms))];
            ScalingLaw? law = !thresholds.All(threshold => threshold.Complete) ? null
                : acrossM ? ScalingLaw.Power(groups) : ScalingLaw.Exponential(groups);
            return new SlcLaw(curve, acrossM ? "d log P*/d log m" : "d log P*/dL", law?.Exponent ?? double.NaN,
                law?.Interval ?? new Interval(double.NaN, double.NaN), predicted, tokens);
        }
    }

    private static void Curve(Plot plot, IEnumerable<SlcNetwork> networks, Func<SlcNetwork, double> value, double unit, Color color,
        string name)
    {
        var points = networks.GroupBy(network => network.Samples).OrderBy(point => point.Key).ToList();
        double[] x = [.. points.Select(point => Math.Log10(point.Key / unit))];
        var line = plot.Add.Scatter(x, points.Select(point => point.Average(value)).ToArray(), color);
        line.LegendText = name;
        line.MarkerSize = 4;
        line.LineWidth = 1.5f;
    }

    private static void Squares(Plot plot, IReadOnlyList<(double Relative, double Accuracy)> points, Color color, string name)
    {
        double[] x = [.. points.Select(point => Math.Log10(point.Relative))];
        var squares = plot.Add.ScatterPoints(x, points.Select(point => point.Accuracy).ToArray(), color);
        squares.MarkerShape = MarkerShape.OpenSquare;
        squares.MarkerSize = 6;
        squares.LegendText = name;
    }
}
