using Rhm.Statistics;
using ScottPlot;
using ScottPlot.Plottables;

namespace Rhm.Experiments.Plotting;

/// <summary>The parts that figures of thresholds and learning curves are made of. Logarithmic axes hold logarithms of base 10.</summary>
internal static class Plots
{
    /// <summary>Panels row by row: by default in pairs where their number is even and not a multiple of three, else in threes.</summary>
    public static Multiplot Panels(int count, int? columns = null)
    {
        int row = columns ?? (count == 1 ? 1 : count % 3 != 0 && count % 2 == 0 ? 2 : 3);
        var figure = new Multiplot();
        figure.AddPlots(count);
        figure.Layout = new ScottPlot.MultiplotLayouts.Grid((count - 1) / row + 1, row);
        return figure;
    }

    /// <summary>
    /// P* with its interval at each x; where it is a bound, a hollow triangle without interval, which points to where P* lies.
    /// </summary>
    /// <param name="plot">P* is on a logarithmic axis.</param>
    /// <param name="points">Coordinate on the x axis, P* and the unit that it is shown in.</param>
    /// <param name="color">Colour.</param>
    /// <param name="name">For the legend; none when empty.</param>
    public static void Thresholds(Plot plot, IEnumerable<(double X, SampleComplexity Threshold, double Unit)> points, Color color,
        string name)
    {
        var all = points.OrderBy(point => point.X).ToList();
        var known = all.Where(point => point.Threshold.Side == CrossingSide.Found).ToList();
        foreach ((double x, SampleComplexity threshold, double unit) in known)
        {
            if (threshold.Interval is { Low: > 0 } interval && double.IsFinite(interval.High))
                plot.Add.Line(x, Math.Log10(interval.Low / unit), x, Math.Log10(interval.High / unit)).Color = color;
        }
        double[] y = [.. known.Select(point => Math.Log10(point.Threshold.Value / point.Unit))];
        Scatter line = plot.Add.Scatter(known.Select(point => point.X).ToArray(), y, color);
        line.LegendText = name;
        line.MarkerSize = 5;
        line.LineWidth = 1.5f;
        foreach (var bound in all.Except(known))
        {
            plot.Add.Marker(bound.X, Math.Log10(bound.Threshold.Value / bound.Unit),
                bound.Threshold.Side == CrossingSide.Beyond ? MarkerShape.OpenTriangleUp : MarkerShape.OpenTriangleDown, 8, color);
        }
    }

    /// <summary>Published values: hollow squares.</summary>
    public static void Published(Plot plot, IEnumerable<(double X, double Y)> points, string name = "published")
    {
        var all = points.ToList();
        if (all.Count == 0) return;
        double[] y = [.. all.Select(point => point.Y)];
        Scatter squares = plot.Add.ScatterPoints(all.Select(point => point.X).ToArray(), y, Colors.Black);
        squares.LegendText = name;
        squares.MarkerShape = MarkerShape.OpenSquare;
        squares.MarkerSize = 7;
    }

    /// <summary>A law as a dashed line through given points.</summary>
    public static void Law(Plot plot, IEnumerable<(double X, double Y)> points, Color color, string name)
    {
        var all = points.ToList();
        Scatter line = plot.Add.ScatterLine(all.Select(point => point.X).ToArray(), all.Select(point => point.Y).ToArray(), color);
        line.LinePattern = LinePattern.Dashed;
        line.LegendText = name;
    }

    /// <summary>Mean accuracy over grammars against P/unit, with the range over grammars.</summary>
    /// <param name="plot">Accuracy is on a linear axis, P/unit on a logarithmic one.</param>
    /// <param name="curves">Curves of one setting.</param>
    /// <param name="unit">The unit.</param>
    /// <param name="color">Colour.</param>
    /// <param name="name">For the legend.</param>
    public static void LearningCurve(Plot plot, CurveFamily curves, double unit, Color color, string name)
    {
        var points = curves.Samples.Index().OrderBy(point => point.Item).Select(point =>
            (At: Math.Log10(point.Item / unit), Accuracy: curves.Accuracy.Select(grammar => grammar[point.Index]).ToList())).ToList();
        double[] y = [.. points.Select(point => point.Accuracy.Average())];
        Scatter line = plot.Add.Scatter(points.Select(point => point.At).ToArray(), y, color);
        line.LegendText = name;
        line.MarkerSize = 4;
        foreach ((double at, List<double> accuracy) in points)
        {
            double low = accuracy.Min(), high = accuracy.Max();
            if (high > low) plot.Add.Line(at, low, at, high).Color = color.WithAlpha(0.5);
        }
    }

    /// <summary>Axes of a panel of learning curves.</summary>
    public static void AccuracyAxes(Plot plot, string title, string x, string y, double threshold)
    {
        HorizontalLine half = plot.Add.HorizontalLine(threshold, 1, Colors.Gray, LinePattern.Dashed);
        half.ExcludeFromLegend = true;
        plot.Axes.SetLimitsY(0, 1.05);
        Figures.LogarithmicX(plot);
        plot.Title(title);
        plot.XLabel(x);
        plot.YLabel(y);
    }

    /// <summary>Labels the x axis at whole numbers.</summary>
    /// <param name="plot">The plot.</param>
    /// <param name="numbers">The numbers.</param>
    /// <param name="at">Where a number stands: its logarithm, or itself.</param>
    public static void TicksAt(Plot plot, IEnumerable<int> numbers, Func<double, double> at)
    {
        var ticks = new ScottPlot.TickGenerators.NumericManual();
        foreach (int number in numbers.Distinct().Order()) ticks.AddMajor(at(number), $"{number}");
        plot.Axes.Bottom.TickGenerator = ticks;
    }
}
