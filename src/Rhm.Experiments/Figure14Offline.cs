using Rhm.Experiments.Measurements;
using Rhm.Experiments.Plotting;
using Rhm.Running;
using Rhm.Thresholds;
using ScottPlot;

namespace Rhm.Experiments;

/// <summary>Figure 14: data2vec on P strings that are read again and again.</summary>
public static class Figure14Offline
{
    /// <summary>The experiment.</summary>
    public static Experiment Experiment { get; } = new("fig14-offline", """
        Figure 14: what data2vec knows after many epochs over P strings, against P/(v m^3); all encoders of one m read equally many strings.
        Hollow squares: the range in which the published curves of the root cross 50%. Quick: L=3, s=2, v=8, m=2,3, 300 v m^3 strings
        read, raised to the next power of two; paper: L=4, v=16, m=3,4,5, two grammars, 5000 v m^3.

        Example:
          rhm reproduce fig14-offline --multiplicities 3
        """, [.. ExperimentParameters.All, nameof(ExperimentParameters.Budget)], Run);

    private static ExperimentReport Run(ExperimentFolder folder, RunContext setting, ExperimentParameters parameters)
    {
        double[] factors = setting.Pick<double[]>([0.5, 2, 8, 32, 128], [0.3, 1, 3, 10, 30, 100, 300]);
        IReadOnlyList<EncoderCell> grid = EncoderGrid.Data2Vec(setting, parameters, paperUnits: 5000, quickUnits: 300);
        EncoderCell[] cells = [.. EncoderGrid.Repeated(grid, factors)];
        using var runs = new EncoderRuns(folder.Path, setting, width: 64);
        IReadOnlyList<EncoderPoint> points = runs.Measure(cells);
        EncoderPoint[] ends = [.. EncoderCurves.Ends(points)];
        int depth = cells[0].Shape.Depth;
        ResultTable table = Table(ends, depth);
        folder.Write(table);
        Draw(folder, ends, depth);
        return new ExperimentReport(table, EncoderNotes.Of(cells, points, runs.Path));
    }

    private static double Ratio(EncoderPoint point) => point.Unique / point.Unit;

    private static ResultTable Table(EncoderPoint[] ends, int depth)
    {
        double Probe(EncoderPoint point) => point.Level == depth ? point.Whole : point.Span;
        (int Level, int Multiplicity, long Unique) Key(EncoderPoint point) => (point.Level, point.Shape.Multiplicity, point.Unique);
        var rows = from point in ends
                   where point.Read > 0
                   group point by Key(point) into trained
                   orderby trained.Key
                   let untrained = ends.Where(point => point.Read == 0 && Key(point) == trained.Key).ToList()
                   select (First: trained.First(), Untrained: untrained, Trained: trained);
        return ResultTable.Of(rows,
            ("level", row => row.First.Level),
            ("m", row => row.First.Shape.Multiplicity),
            ("P", row => row.First.Unique),
            ("P/(v m^3)", row => Ratio(row.First)),
            ("epochs", row => Math.Round((double)row.First.Read / row.First.Unique, 1)),
            ("untrained", row => row.Untrained.Average(Probe)),
            ("trained", row => row.Trained.Average(Probe)),
            ("new subtrees untrained", row => row.Untrained.Average(point => point.NewSubtrees)),
            ("new subtrees trained", row => row.Trained.Average(point => point.NewSubtrees)),
            ("target rank", row => row.Trained.Average(point => point.TargetRank)));
    }

    private static void Draw(ExperimentFolder folder, EncoderPoint[] ends, int depth)
    {
        const string probe = "linear probe (dotted: untrained)";
        Multiplot figure = Plots.Panels(3);
        EncoderPoint[] root = [.. ends.Where(point => point.Level == depth)], below = [.. ends.Where(point => point.Level == depth - 1)];
        EncoderCurves.Draw(figure.GetPlot(0), root, point => point.Whole, "root, mean-pooled", probe, Ratio);
        EncoderCurves.Draw(figure.GetPlot(1), below, point => point.Span, $"level {depth - 1}, over its span", probe, Ratio);
        EncoderCurves.Draw(figure.GetPlot(2), below, point => point.NewSubtrees, $"level {depth - 1}, new subtrees", probe, Ratio);
        (double low, double high) = Published.Figure14Offline;
        Plots.Published(figure.GetPlot(0), [(Math.Log10(low), 0.5), (Math.Log10(high), 0.5)]);
        for (int i = 0; i < 3; i++)
        {
            figure.GetPlot(i).Axes.SetLimitsY(0, 1.05);
            figure.GetPlot(i).XLabel("unique strings P / (v m³)");
        }
        folder.Write(figure);
    }
}
