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
        Hollow squares: the range in which the published curves of the root cross 50%. Quick: L=3, s=2, v=8, m=2,3, 300 v m^3 strings read, raised
        to the next power of two; paper: L=4, v=16, m=3,4,5, two grammars, 5000 v m^3.

        Example:
          rhm reproduce fig14-offline --multiplicities 3
        """, [.. ExperimentParameters.All, nameof(ExperimentParameters.Budget)], Run);

    private static ExperimentReport Run(ExperimentFolder folder, RunContext setting, ExperimentParameters parameters)
    {
        bool paper = setting.Scale == Scale.Paper;
        TransformerCell[] cells = [.. TransformerRuns.Repeated(TransformerRuns.Data2VecGrid(setting, parameters, paperUnits: 5000, quickUnits: 300),
            paper ? [0.3, 1, 3, 10, 30, 100, 300] : [0.5, 2, 8, 32, 128])];
        using var runs = new TransformerRuns(folder.Path, setting, width: 64);
        IReadOnlyList<TransformerPoint> points = runs.Measure(cells);
        TransformerPoint[] ends = [.. TransformerRuns.Ends(points)];
        int depth = cells[0].Shape.Depth;
        Multiplot figure = Plots.Panels(1, 3);
        double Ratio(TransformerPoint point) => point.Unique / point.Unit;
        TransformerRuns.Curves(figure.GetPlot(0), ends.Where(point => point.Level == depth), point => point.Whole, "root, mean-pooled", "linear probe (dotted: untrained)", Ratio);
        TransformerRuns.Curves(figure.GetPlot(1), ends.Where(point => point.Level == depth - 1), point => point.Span, $"level {depth - 1}, over its span", "linear probe (dotted: untrained)", Ratio);
        TransformerRuns.Curves(figure.GetPlot(2), ends.Where(point => point.Level == depth - 1), point => point.NewSubtrees, $"level {depth - 1}, new subtrees", "linear probe (dotted: untrained)", Ratio);
        (double low, double high) = Published.Figure14Offline;
        Plots.Published(figure.GetPlot(0), [(Math.Log10(low), 0.5), (Math.Log10(high), 0.5)]);
        for (int i = 0; i < 3; i++)
        {
            figure.GetPlot(i).Axes.SetLimitsY(0, 1.05);
            figure.GetPlot(i).XLabel("unique strings P / (v m³)");
        }
        var table = new ResultTable(["level", "m", "P", "P/(v m^3)", "epochs", "untrained", "trained", "new subtrees untrained", "new subtrees trained", "target rank"],
            [.. ends.Where(point => point.Read > 0).GroupBy(point => (point.Level, point.Shape.Multiplicity, point.Unique)).OrderBy(group => group.Key).Select(group =>
            {
                TransformerPoint[] untrained = [.. ends.Where(point => point.Read == 0 && (point.Level, point.Shape.Multiplicity, point.Unique) == group.Key)];
                double Probe(TransformerPoint point) => point.Level == depth ? point.Whole : point.Span;
                TransformerPoint one = group.First();
                return (IReadOnlyList<object>)[one.Level, one.Shape.Multiplicity, one.Unique, Ratio(one), Math.Round((double)one.Read / one.Unique, 1), untrained.Average(Probe), group.Average(Probe),
                    untrained.Average(point => point.NewSubtrees), group.Average(point => point.NewSubtrees), group.Average(point => point.TargetRank)];
            })]);
        folder.Write(table);
        folder.Write(figure, 1500, 480);
        return new ExperimentReport(table, TransformerNotes.Of(cells, points, runs.Path));
    }
}
