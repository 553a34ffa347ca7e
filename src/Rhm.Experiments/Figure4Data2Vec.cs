using Rhm.Experiments.Measurements;
using Rhm.Experiments.Plotting;
using Rhm.Running;
using Rhm.Statistics;
using Rhm.Thresholds;
using ScottPlot;

namespace Rhm.Experiments;

/// <summary>Figure 4: data2vec learns the levels at constant P/(v m^3).</summary>
public static class Figure4Data2Vec
{
    /// <summary>The experiment.</summary>
    public static Experiment Experiment { get; } = new("fig4-data2vec", """
        Figure 4: linear probes of the root and of the level below it while data2vec trains on fresh strings, against strings/(v m^3),
        and P* (half of the way from the untrained encoder to 1; published: 50%, where it is near chance). The published encoder
        has d_model 2048 and a teacher of decay 0.99; here they are 64, L layers, and 0.999. Quick: L=3, s=2, v=8, m=2,3, 600 v m^3
        strings to the next power of two; paper: L=4, v=16, m=3,4,5, two grammars, 10 000 v m^3.

        Example:
          rhm reproduce fig4-data2vec --multiplicities 2,3,4
        """, [.. ExperimentParameters.All, nameof(ExperimentParameters.Budget)], Run);

    private static ExperimentReport Run(ExperimentFolder folder, RunContext setting, ExperimentParameters parameters)
    {
        IReadOnlyList<EncoderCell> cells = EncoderGrid.Data2Vec(setting, parameters);
        using var runs = new EncoderRuns(folder.Path, setting, width: 64);
        IReadOnlyList<EncoderPoint> points = runs.Measure(cells);
        int depth = cells[0].Shape.Depth;
        LevelResult[] results = [.. from level in Enumerable.Range(1, depth)
                                    from result in Results(level, level == depth, points)
                                    select result];
        ResultTable table = Table(results);
        folder.Write(table);
        Draw(folder, cells, points, results, depth);
        return new ExperimentReport(table, EncoderNotes.Of(cells, points, runs.Path));
    }

    /// <summary>The encoders of one multiplicity at one level.</summary>
    private sealed record LevelResult(int Level, bool IsRoot, int Multiplicity, IReadOnlyList<EncoderPoint> Points, SampleComplexity P)
    {
        /// <summary>The paper's probe: of the string as a whole for the root, of the span below it.</summary>
        public Func<EncoderPoint, double> Probe => ProbeOf(IsRoot);

        /// <summary>Published P*; NaN where there is none.</summary>
        public double Published => IsRoot && Thresholds.Published.Figure4Data2Vec.TryGetValue(Multiplicity, out double p) ? p : double.NaN;

        public static Func<EncoderPoint, double> ProbeOf(bool root) => root ? point => point.Whole : point => point.Span;
    }

    private static IEnumerable<LevelResult> Results(int level, bool root, IReadOnlyList<EncoderPoint> points) =>
        from point in points
        where point.Level == level
        group point by point.Shape.Multiplicity into own
        orderby own.Key
        select new LevelResult(level, root, own.Key, [.. own], EncoderCurves.Threshold(own, LevelResult.ProbeOf(root)));

    private static ResultTable Table(IReadOnlyList<LevelResult> results) => ResultTable.Of(results,
        ("level", one => one.Level),
        ("m", one => one.Multiplicity),
        ("untrained", one => EncoderCurves.Untrained(one.Points, one.Probe)),
        ("trained", one => EncoderCurves.Trained(one.Points, one.Probe)),
        ("new subtrees untrained", one => EncoderCurves.Untrained(one.Points, point => point.NewSubtrees)),
        ("new subtrees trained", one => EncoderCurves.Trained(one.Points, point => point.NewSubtrees)),
        ("target rank", one => EncoderCurves.Trained(one.Points, point => point.TargetRank)),
        ("P*", one => one.P.Value),
        ("95% low", one => one.P.Known.Interval.Low),
        ("95% high", one => one.P.Known.Interval.High),
        ("P* is", one => Objectives.Side(one.P)),
        ("P*/(v m^3)", one => one.P.Value / one.Points[0].Unit),
        ("published P*", one => one.Published));

    private static void Draw(ExperimentFolder folder, IReadOnlyList<EncoderCell> cells, IReadOnlyList<EncoderPoint> points,
        IReadOnlyList<LevelResult> results, int depth)
    {
        const string probe = "linear probe (dotted: untrained)";
        Multiplot figure = Plots.Panels(3);
        (Plot root, Plot below, Plot thresholds) = (figure.GetPlot(0), figure.GetPlot(1), figure.GetPlot(2));
        EncoderCurves.Draw(root, points.Where(point => point.Level == depth), point => point.Whole, "root, mean-pooled", probe);
        EncoderCurves.Draw(below, points.Where(point => point.Level == depth - 1), point => point.Span,
            $"level {depth - 1}, over its span", probe);
        foreach (Plot plot in (Plot[])[root, below]) plot.Axes.SetLimitsY(0, 1.05);
        foreach (var level in results.GroupBy(one => one.Level))
        {
            Color color = Figures.Palette[(level.Key - 1) % Figures.Palette.Length];
            EncoderCurves.Thresholds(thresholds, level.Select(one => (one.Multiplicity, one.P)), color,
                level.Key == depth ? "root" : $"level {level.Key}");
        }
        IReadOnlyDictionary<int, double> published = Published.Figure4Data2Vec;
        Plots.Published(thresholds, published.Select(point => (Math.Log10(point.Key), Math.Log10(point.Value))));
        int[] multiplicities = [.. cells.Select(cell => cell.Shape.Multiplicity).Concat(published.Keys).Distinct()];
        Plots.Law(thresholds, multiplicities.Order().Select(m => (Math.Log10(m), Math.Log10(1e4 * 16 * Math.Pow(m, 3)))), Colors.Gray,
            "10⁴ v m³, v = 16");
        Plots.TicksAt(thresholds, multiplicities, Math.Log10);
        Figures.LogarithmicY(thresholds);
        thresholds.Title("P*; published: L=4, v=16, d_model 2048");
        thresholds.XLabel("multiplicity m");
        thresholds.YLabel("strings read");
        folder.Write(figure);
    }
}
