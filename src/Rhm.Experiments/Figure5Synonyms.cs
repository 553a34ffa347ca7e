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
        Figure 5: synonym clustering score of each level, 1 - E|h(x) - h(x_syn)|^2 / E|h(x) - h(x_gen)|^2 with h the final features
        averaged over the changed span, while data2vec trains; below it, since a collapsed encoder can score 0.99, linear probes of
        new subtrees. Scales as of fig4-data2vec.

        Example:
          rhm reproduce fig5-synonyms --multiplicities 2,3,4
        """, [.. ExperimentParameters.All, nameof(ExperimentParameters.Budget)], Run);

    private static ExperimentReport Run(ExperimentFolder folder, RunContext setting, ExperimentParameters parameters)
    {
        IReadOnlyList<EncoderCell> cells = EncoderGrid.Data2Vec(setting, parameters);
        using var runs = new EncoderRuns(folder.Path, setting, width: 64);
        IReadOnlyList<EncoderPoint> points = runs.Measure(cells);
        int depth = cells[0].Shape.Depth;
        Multiplot figure = Plots.Panels(2 * depth, columns: 2);
        var groups = new List<(int Level, int Multiplicity, EncoderPoint[] Points)>();
        for (int level = 1; level <= depth; level++)
        {
            EncoderPoint[] own = [.. points.Where(point => point.Level == level)];
            string title = level == depth ? $"level {level}, root" : $"level {level}";
            EncoderCurves.Draw(figure.GetPlot(2 * (level - 1)), own, point => point.Synonyms, title, "synonym score (dotted: untrained)");
            Plot probe = figure.GetPlot(2 * (level - 1) + 1);
            EncoderCurves.Draw(probe, own, point => point.NewSubtrees, "", "linear probe, new subtrees");
            probe.Axes.SetLimitsY(0, 1.05);
            foreach (var group in own.GroupBy(point => point.Shape.Multiplicity).OrderBy(group => group.Key))
                groups.Add((level, group.Key, [.. group]));
        }
        var table = ResultTable.Of(groups,
            ("level", group => group.Level),
            ("m", group => group.Multiplicity),
            ("score untrained", group => EncoderCurves.Untrained(group.Points, point => point.Synonyms)),
            ("score trained", group => EncoderCurves.Trained(group.Points, point => point.Synonyms)),
            ("new subtrees untrained", group => EncoderCurves.Untrained(group.Points, point => point.NewSubtrees)),
            ("new subtrees trained", group => EncoderCurves.Trained(group.Points, point => point.NewSubtrees)),
            ("rank of features", group => EncoderCurves.Trained(group.Points, point => point.Rank)),
            ("rank of targets", group => EncoderCurves.Trained(group.Points, point => point.TargetRank)));
        folder.Write(table);
        folder.Write(figure);
        return new ExperimentReport(table, EncoderNotes.Of(cells, points, runs.Path));
    }
}
