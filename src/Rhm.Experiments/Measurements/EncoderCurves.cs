using System.Globalization;
using Rhm.Experiments.Plotting;
using Rhm.Statistics;
using ScottPlot;

namespace Rhm.Experiments.Measurements;

/// <summary>What figures of encoders show: averages over grammars, curves and P*.</summary>
internal static class EncoderCurves
{
    /// <summary>Mean over grammars of what untrained encoders know.</summary>
    public static double Untrained(IEnumerable<EncoderPoint> points, Func<EncoderPoint, double> value) =>
        points.Where(point => point.Read == 0).Average(value);

    /// <summary>Mean over grammars of what is known at the end.</summary>
    public static double Trained(IReadOnlyCollection<EncoderPoint> points, Func<EncoderPoint, double> value)
    {
        long last = points.Max(point => point.Read);
        return points.Where(point => point.Read == last).Average(value);
    }

    /// <summary>
    /// What is known before the training and at its end, of each encoder: the times between are curves of another figure.
    /// </summary>
    public static IEnumerable<EncoderPoint> Ends(IEnumerable<EncoderPoint> points) =>
        points.GroupBy(point => (point.Objective, point.Shape, point.Grammar, point.Unique)).SelectMany(encoder =>
        {
            long last = encoder.Max(point => point.Read);
            return encoder.Where(point => point.Read == 0 || point.Read == last);
        });

    /// <summary>
    /// P* of points of one objective, shape and level: strings read until the probe is half of the way from the untrained encoder to 1, on
    /// average over grammars.
    /// </summary>
    /// <param name="points">Points of any number of grammars.</param>
    /// <param name="value">Which probe.</param>
    public static SampleComplexity Threshold(IEnumerable<EncoderPoint> points, Func<EncoderPoint, double> value)
    {
        var grammars = points.GroupBy(point => point.Grammar).Select(grammar => grammar.ToList()).ToList();
        // Encoders with smaller budgets, found in the folder, were also looked at at their ends.
        IEnumerable<long> Times(IEnumerable<EncoderPoint> grammar) => grammar.Where(point => point.Read > 0).Select(point => point.Read);
        long[] times = [.. grammars.Select(Times).Aggregate((a, b) => a.Intersect(b)).Order()];
        return SampleComplexity.OfMeanCurve([.. times.Select(time => (double)time)], [.. grammars.Select(grammar =>
        {
            double half = (1 + Untrained(grammar, value)) / 2;
            return (IReadOnlyList<double>)[.. times.Select(time => value(grammar.Single(point => point.Read == time)) - half)];
        })], level: 0);
    }

    /// <summary>
    /// Curves of a value against the strings read over v m^3, one for each multiplicity; grammars are averaged, the untrained encoders are
    /// the dotted lines.
    /// </summary>
    public static void Draw(Plot plot, IEnumerable<EncoderPoint> points, Func<EncoderPoint, double> value, string title, string y,
        Func<EncoderPoint, double>? x = null)
    {
        x ??= point => point.Read / point.Unit;
        var shapes = points.GroupBy(point => point.Shape.Multiplicity).OrderBy(group => group.Key).ToList();
        for (int i = 0; i < shapes.Count; i++)
        {
            Color color = Figures.Ordered(i, shapes.Count);
            double[] untrained = [.. shapes[i].Where(point => point.Read == 0).Select(value).Where(double.IsFinite)];
            if (untrained.Length > 0)
            {
                ScottPlot.Plottables.HorizontalLine line = plot.Add.HorizontalLine(untrained.Average(), 1.5f, color, LinePattern.Dotted);
                line.ExcludeFromLegend = true;
            }
            double Mean(IEnumerable<EncoderPoint> group) => group.Select(value).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average();
            var means = shapes[i].Where(point => point.Read > 0).GroupBy(x).OrderBy(group => group.Key)
                .Select(group => (X: Math.Log10(group.Key), Y: Mean(group))).Where(point => double.IsFinite(point.Y)).ToList();
            ScottPlot.Plottables.Scatter curve =
                plot.Add.Scatter(means.Select(point => point.X).ToArray(), means.Select(point => point.Y).ToArray(), color);
            curve.LegendText = string.Create(CultureInfo.InvariantCulture, $"m = {shapes[i].Key}");
            curve.MarkerSize = 4;
        }
        Figures.LogarithmicX(plot);
        plot.Title(title);
        plot.XLabel("strings read / (v m³)");
        plot.YLabel(y);
    }

    /// <summary>P* against m.</summary>
    public static void Thresholds(Plot plot, IEnumerable<(int M, SampleComplexity P)> thresholds, Color color, string name) =>
        Plots.Thresholds(plot, thresholds.Select(point => (Math.Log10(point.M), point.P, 1.0)), color, name);
}
