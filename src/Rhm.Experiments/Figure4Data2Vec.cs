using Rhm.Experiments.Measurements;
using Rhm.Experiments.Plotting;
using Rhm.Running;
using Rhm.Thresholds;
using ScottPlot;

namespace Rhm.Experiments;

/// <summary>Figure 4: data2vec learns the levels at constant P/(v m^3).</summary>
public static class Figure4Data2Vec
{
    /// <summary>The experiment.</summary>
    public static Experiment Experiment { get; } = new("fig4-data2vec", """
        Figure 4: linear probes of the root and of the level below it while data2vec trains on fresh strings, against strings/(v m^3), and P*
        (half of the way from the untrained encoder to 1; published: 50%, where the untrained encoder is near chance). The published encoder
        has d_model 2048 and a teacher of decay 0.99; here they are 64, L layers, and 0.999. Quick: L=3, s=2, v=8, m=2,3, 600 v m^3
        strings to the next power of two; paper: L=4, v=16, m=3,4,5, two grammars, 10 000 v m^3.

        Example:
          rhm reproduce fig4-data2vec --multiplicities 2,3,4
        """, [.. ExperimentParameters.All, nameof(ExperimentParameters.Budget)], Run);

    private static ExperimentReport Run(ExperimentFolder folder, RunContext setting, ExperimentParameters parameters)
    {
        IReadOnlyList<TransformerCell> cells = TransformerRuns.Data2VecGrid(setting, parameters);
        using var runs = new TransformerRuns(folder.Path, setting, width: 64);
        IReadOnlyList<TransformerPoint> points = runs.Measure(cells);
        int depth = cells[0].Shape.Depth;
        Multiplot figure = Plots.Panels(1, 3);
        (Plot root, Plot below, Plot thresholds) = (figure.GetPlot(0), figure.GetPlot(1), figure.GetPlot(2));
        TransformerRuns.Curves(root, points.Where(point => point.Level == depth), point => point.Whole, "root, mean-pooled", "linear probe (dotted: untrained)");
        TransformerRuns.Curves(below, points.Where(point => point.Level == depth - 1), point => point.Span, $"level {depth - 1}, over its span", "linear probe (dotted: untrained)");
        foreach (Plot plot in (Plot[])[root, below]) plot.Axes.SetLimitsY(0, 1.05);

        var rows = new List<IReadOnlyList<object>>();
        for (int level = 1; level <= depth; level++)
        {
            int l = level;
            var own = points.Where(point => point.Level == l).GroupBy(point => point.Shape.Multiplicity).OrderBy(group => group.Key)
                .Select(group => (M: group.Key, Points: group.ToList(), P: TransformerRuns.Threshold(group, point => l == depth ? point.Whole : point.Span))).ToList();
            TransformerRuns.Thresholds(thresholds, own.Select(one => (one.M, one.P)), Figures.Palette[(l - 1) % Figures.Palette.Length], l == depth ? "root" : $"level {l}");
            foreach (var one in own)
            {
                Func<TransformerPoint, double> probe = l == depth ? point => point.Whole : point => point.Span;
                rows.Add([l, one.M, TransformerRuns.Untrained(one.Points, probe), TransformerRuns.Trained(one.Points, probe),
                    TransformerRuns.Untrained(one.Points, point => point.NewSubtrees), TransformerRuns.Trained(one.Points, point => point.NewSubtrees), TransformerRuns.Trained(one.Points, point => point.TargetRank),
                    one.P.Value, one.P.Known.Interval.Low, one.P.Known.Interval.High, Objectives.Side(one.P), one.P.Value / one.Points[0].Unit, Published.Figure4Data2Vec.TryGetValue(one.M, out double p) && l == depth ? p : double.NaN]);
            }
        }
        Plots.Published(thresholds, Published.Figure4Data2Vec.Select(point => (Math.Log10(point.Key), Math.Log10(point.Value))));
        int[] multiplicities = [.. cells.Select(cell => cell.Shape.Multiplicity).Concat(Published.Figure4Data2Vec.Keys).Distinct()];
        Plots.Law(thresholds, multiplicities.Order().Select(m => (Math.Log10(m), Math.Log10(1e4 * 16 * Math.Pow(m, 3)))), Colors.Gray, "10⁴ v m³, v = 16");
        Plots.TicksAt(thresholds, multiplicities, Math.Log10);
        Figures.LogarithmicY(thresholds);
        thresholds.Title("P*; published: L=4, v=16, d_model 2048");
        thresholds.XLabel("multiplicity m");
        thresholds.YLabel("strings read");
        thresholds.ShowLegend(Alignment.LowerRight);
        var table = new ResultTable(["level", "m", "untrained", "trained", "new subtrees untrained", "new subtrees trained", "target rank", "P*", "95% low", "95% high", "P* is", "P*/(v m^3)", "published P*"], rows);
        folder.Write(table);
        folder.Write(figure, 1500, 480);
        return new ExperimentReport(table, TransformerNotes.Of(cells, points, runs.Path));
    }
}
