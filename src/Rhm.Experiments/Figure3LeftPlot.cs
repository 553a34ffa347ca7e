using ScottPlot;

namespace Rhm.Experiments;

/// <summary>The picture of <see cref="Figure3Left"/>.</summary>
internal static class Figure3LeftPlot
{
    public static void Write(string folder, IReadOnlyList<Figure3Left.Cell> cells, IReadOnlyList<Figure3Left.ThresholdRow> thresholds)
    {
        var figure = new Multiplot();
        figure.AddPlots(4);
        figure.Layout = new ScottPlot.MultiplotLayouts.Grid(2, 2);
        string paper = Figure3Left.Learners[0].Name, own = Figure3Left.Learners[1].Name;
        Curves(figure.GetPlot(0), cells, paper, rescaled: false, "one cousin tuple, better of 2 runs of k-means");
        Curves(figure.GetPlot(1), cells, paper, rescaled: true, "the same, rescaled");
        Thresholds(figure.GetPlot(2), thresholds);
        Curves(figure.GetPlot(3), cells, own, rescaled: true, "all cousins, best of 50 runs, rescaled");
        Figures.Save(figure, folder, "figure", 1100, 860);
    }

    private static void Curves(Plot plot, IReadOnlyList<Figure3Left.Cell> cells, string learner, bool rescaled, string title)
    {
        int number = 0;
        foreach (var group in cells.Where(cell => cell.Learner == learner).GroupBy(cell => cell.Multiplicity))
        {
            var points = group.GroupBy(cell => cell.Samples).OrderBy(point => point.Key).ToList();
            double unit = rescaled ? Figure3Left.Unit(group.Key) : 1;
            double[] x = [.. points.Select(point => Math.Log10(point.Key / unit))];
            double[] mean = [.. points.Select(point => point.Average(cell => cell.Accuracy[^1]))];
            Color color = Figures.Palette[number++ % Figures.Palette.Length];
            var line = plot.Add.Scatter(x, mean, color);
            line.LegendText = $"m = {group.Key}";
            line.MarkerSize = 6;
            foreach (var point in points)
            {
                double at = Math.Log10(point.Key / unit);
                double low = point.Min(cell => cell.Accuracy[^1]), high = point.Max(cell => cell.Accuracy[^1]);
                if (high > low) plot.Add.Line(at, low, at, high).Color = color.WithAlpha(0.5);
            }
        }
        var half = plot.Add.HorizontalLine(0.5, 1, Colors.Gray, LinePattern.Dashed);
        half.ExcludeFromLegend = true;
        plot.Axes.SetLimitsY(0, 1.05);
        Figures.LogarithmicX(plot);
        plot.Title(title);
        plot.XLabel(rescaled ? "P / (v m³)" : "number of strings P");
        plot.YLabel("accuracy of the top latents (level 4)");
        plot.ShowLegend(Alignment.UpperLeft);
    }

    private static void Thresholds(Plot plot, IReadOnlyList<Figure3Left.ThresholdRow> rows)
    {
        int number = 0;
        foreach (var learner in rows.GroupBy(row => row.Learner))
        {
            Color color = Figures.Palette[number++];
            Figure3Left.ThresholdRow[] known = [.. learner.Where(row => double.IsFinite(row.Measured))];
            double[] m = [.. known.Select(row => Math.Log10(row.Multiplicity))];
            foreach (var row in known)
            {
                plot.Add.Line(Math.Log10(row.Multiplicity), Math.Log10(row.Interval.Low), Math.Log10(row.Multiplicity), Math.Log10(row.Interval.High)).Color = color;
            }
            var points = plot.Add.Scatter(m, [.. known.Select(row => Math.Log10(row.Measured))], color);
            points.LegendText = learner.Key;
            points.MarkerSize = 8;
        }
        var published = rows.DistinctBy(row => row.Multiplicity).ToArray();
        var squares = plot.Add.ScatterPoints(published.Select(row => Math.Log10(row.Multiplicity)).ToArray(),
            published.Select(row => Math.Log10(row.Published)).ToArray(), Colors.Black);
        squares.LegendText = "published";
        squares.MarkerShape = MarkerShape.OpenSquare;
        squares.MarkerSize = 10;
        double[] ends = [published.Min(row => row.Multiplicity), published.Max(row => row.Multiplicity)];
        var law = plot.Add.ScatterLine(ends.Select(m => Math.Log10(m)).ToArray(), ends.Select(m => Math.Log10(Figure3Left.Unit((int)m))).ToArray(), Colors.Gray);
        law.LinePattern = LinePattern.Dashed;
        law.LegendText = "v m³";
        var ticks = new ScottPlot.TickGenerators.NumericManual();
        foreach (var row in published) ticks.AddMajor(Math.Log10(row.Multiplicity), $"{row.Multiplicity}");
        plot.Axes.Bottom.TickGenerator = ticks;
        Figures.LogarithmicY(plot);
        plot.Title("strings needed for 50% accuracy");
        plot.XLabel("multiplicity m");
        plot.YLabel("P*");
        plot.ShowLegend(Alignment.UpperLeft);
    }
}
