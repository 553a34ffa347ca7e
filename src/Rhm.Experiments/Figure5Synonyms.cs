using Rhm.Experiments.Measurements;
using Rhm.Experiments.Plotting;
using Rhm.Running;
using ScottPlot;

namespace Rhm.Experiments;

/// <summary>Figure 5: synonyms are drawn together level by level.</summary>
public static class Figure5Synonyms
{
    /// <summary>The experiment.</summary>
    public static Experiment Experiment { get; } = new("fig5-synonyms", """
        Figure 5: synonym clustering score of each level, 1 - E|h(x) - h(x_syn)|^2 / E|h(x) - h(x_gen)|^2 with h the final features averaged over
        the changed span, while data2vec trains; below it, since a collapsed encoder can score 0.99, linear probes of new subtrees. Scales as
        of fig4-data2vec.

        Example:
          rhm reproduce fig5-synonyms --multiplicities 2,3,4
        """, [.. ExperimentParameters.All, nameof(ExperimentParameters.Budget)], Run);

    private static ExperimentReport Run(ExperimentFolder folder, RunContext setting, ExperimentParameters parameters)
    {
        IReadOnlyList<TransformerCell> cells = TransformerRuns.Data2VecGrid(setting, parameters);
        using var runs = new TransformerRuns(folder.Path, setting, width: 64);
        IReadOnlyList<TransformerPoint> points = runs.Measure(cells);
        int depth = cells[0].Shape.Depth;
        Multiplot figure = Plots.Panels(2, depth);
        var rows = new List<IReadOnlyList<object>>();
        for (int level = 1; level <= depth; level++)
        {
            TransformerPoint[] own = [.. points.Where(point => point.Level == level)];
            TransformerRuns.Curves(figure.GetPlot(level - 1), own, point => point.Synonyms, level == depth ? $"level {level}, root" : $"level {level}", "synonym score (dotted: untrained)");
            Plot probe = figure.GetPlot(depth + level - 1);
            TransformerRuns.Curves(probe, own, point => point.NewSubtrees, "", "linear probe, new subtrees");
            probe.Axes.SetLimitsY(0, 1.05);
            foreach (var group in own.GroupBy(point => point.Shape.Multiplicity).OrderBy(group => group.Key))
            {
                TransformerPoint[] one = [.. group];
                rows.Add([level, group.Key, TransformerRuns.Untrained(one, point => point.Synonyms), TransformerRuns.Trained(one, point => point.Synonyms),
                    TransformerRuns.Untrained(one, point => point.NewSubtrees), TransformerRuns.Trained(one, point => point.NewSubtrees),
                    TransformerRuns.Trained(one, point => point.Rank), TransformerRuns.Trained(one, point => point.TargetRank)]);
            }
        }
        var table = new ResultTable(["level", "m", "score untrained", "score trained", "new subtrees untrained", "new subtrees trained", "rank of features", "rank of targets"], rows);
        folder.Write(table);
        folder.Write(figure, 480 * depth, 820);
        return new ExperimentReport(table, TransformerNotes.Of(cells, points, runs.Path));
    }
}
