using Rhm.Experiments.Measurements;
using Rhm.Experiments.Plotting;
using Rhm.Running;
using ScottPlot;

namespace Rhm.Experiments;

/// <summary>Figure 13: the teacher's targets carry linear traces of the latents, level by level.</summary>
public static class Figure13Traces
{
    /// <summary>The experiment.</summary>
    public static Experiment Experiment { get; } = new("fig13-traces", """
        Figure 13: linear probe, on the teacher's target at one position, of the latent of each level above that position, while data2vec trains;
        and the effective rank of the targets, which shows a collapse. Scales as of fig4-data2vec.

        Example:
          rhm reproduce fig13-traces --multiplicities 2,3,4
        """, [.. ExperimentParameters.All, nameof(ExperimentParameters.Budget)], Run);

    private static ExperimentReport Run(ExperimentFolder folder, RunContext setting, ExperimentParameters parameters)
    {
        IReadOnlyList<TransformerCell> cells = TransformerRuns.Data2VecGrid(setting, parameters);
        using var runs = new TransformerRuns(folder.Path, setting, width: 64);
        IReadOnlyList<TransformerPoint> points = runs.Measure(cells);
        int depth = cells[0].Shape.Depth;
        Multiplot figure = Plots.Panels(1, depth + 1);
        var rows = new List<IReadOnlyList<object>>();
        for (int level = 1; level <= depth; level++)
        {
            TransformerPoint[] own = [.. points.Where(point => point.Level == level)];
            Plot plot = figure.GetPlot(level - 1);
            TransformerRuns.Curves(plot, own, point => point.Trace, level == depth ? $"level {level}, root" : $"level {level}", "probe of the target (dotted: untrained)");
            plot.Axes.SetLimitsY(0, 1.05);
            foreach (var group in own.GroupBy(point => point.Shape.Multiplicity).OrderBy(group => group.Key))
            {
                TransformerPoint[] one = [.. group];
                rows.Add([level, group.Key, TransformerRuns.Untrained(one, point => point.Trace), TransformerRuns.Trained(one, point => point.Trace), one.Where(point => point.Read > 0).Max(point => point.Trace),
                    TransformerRuns.Untrained(one, point => point.TargetRank), TransformerRuns.Trained(one, point => point.TargetRank)]);
            }
        }
        Plot rank = figure.GetPlot(depth);
        TransformerRuns.Curves(rank, points.Where(point => point.Level == 1), point => point.TargetRank, "targets", "effective rank (dotted: untrained)");
        rank.Axes.AutoScale();
        var table = new ResultTable(["level", "m", "trace untrained", "trace trained", "largest trace", "target rank untrained", "target rank trained"], rows);
        folder.Write(table);
        folder.Write(figure, 420 * (depth + 1), 460);
        return new ExperimentReport(table, TransformerNotes.Of(cells, points, runs.Path));
    }
}
