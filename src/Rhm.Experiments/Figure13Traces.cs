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
        Figure 13: linear probe, on the teacher's target at one position, of the latent of each level above that position, while
        data2vec trains; and the effective rank of the targets, which shows a collapse. Scales as of fig4-data2vec.

        Example:
          rhm reproduce fig13-traces --multiplicities 2,3,4
        """, [.. ExperimentParameters.All, nameof(ExperimentParameters.Budget)], Run);

    private static ExperimentReport Run(ExperimentFolder folder, RunContext setting, ExperimentParameters parameters)
    {
        IReadOnlyList<EncoderCell> cells = EncoderGrid.Data2Vec(setting, parameters);
        using var runs = new EncoderRuns(folder.Path, setting, width: 64);
        IReadOnlyList<EncoderPoint> points = runs.Measure(cells);
        int depth = cells[0].Shape.Depth;
        Multiplot figure = Plots.Panels(depth + 1);
        var groups = new List<(int Level, int Multiplicity, EncoderPoint[] Points)>();
        for (int level = 1; level <= depth; level++)
        {
            EncoderPoint[] own = [.. points.Where(point => point.Level == level)];
            Plot plot = figure.GetPlot(level - 1);
            string title = level == depth ? $"level {level}, root" : $"level {level}";
            EncoderCurves.Draw(plot, own, point => point.Trace, title, "probe of the target (dotted: untrained)");
            plot.Axes.SetLimitsY(0, 1.05);
            foreach (var group in own.GroupBy(point => point.Shape.Multiplicity).OrderBy(group => group.Key))
                groups.Add((level, group.Key, [.. group]));
        }
        Plot rank = figure.GetPlot(depth);
        EncoderCurves.Draw(rank, points.Where(point => point.Level == 1), point => point.TargetRank, "targets",
            "effective rank (dotted: untrained)");
        rank.Axes.AutoScale();
        var table = ResultTable.Of(groups,
            ("level", group => group.Level),
            ("m", group => group.Multiplicity),
            ("trace untrained", group => EncoderCurves.Untrained(group.Points, point => point.Trace)),
            ("trace trained", group => EncoderCurves.Trained(group.Points, point => point.Trace)),
            ("largest trace", group => group.Points.Where(point => point.Read > 0).Max(point => point.Trace)),
            ("target rank untrained", group => EncoderCurves.Untrained(group.Points, point => point.TargetRank)),
            ("target rank trained", group => EncoderCurves.Trained(group.Points, point => point.TargetRank)));
        folder.Write(table);
        folder.Write(figure);
        return new ExperimentReport(table, EncoderNotes.Of(cells, points, runs.Path));
    }
}
