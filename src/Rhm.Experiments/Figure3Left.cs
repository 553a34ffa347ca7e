using Rhm.Experiments.Measurements;
using Rhm.Experiments.Plotting;
using Rhm.Grammars;
using Rhm.Population;
using Rhm.Running;
using Rhm.Statistics;
using Rhm.Sweeps;
using Rhm.Thresholds;
using ScottPlot;

namespace Rhm.Experiments;

/// <summary>
/// Figure 3, left: accuracy of the highest non-root latents found by iterative latent clustering against P and P/(v m^3);
/// L=5, s=3, v=8. Two learners: <c>one-cousin</c>, one cousin tuple and the better of two runs of k-means, whose P* is close to the
/// published one, and <c>all-cousins</c>, this project's default.
/// </summary>
public static class Figure3Left
{
    /// <summary>The two learners, as the sweep file calls them.</summary>
    internal static readonly IReadOnlyList<string> Learners = ["one-cousin", "all-cousins"];

    /// <summary>The paper's setting, without m.</summary>
    internal static readonly (int Depth, int Branching, int Vocabulary) PaperSetting = (5, 3, 8);

    /// <summary>The experiment.</summary>
    public static Experiment Experiment { get; } = new("fig3-left", """
        Figure 3, left: iterative latent clustering at L=5, s=3, v=8; accuracy of the top latents against P and P/(v m^3), and P*, the
        strings at which the mean curve of the grammars crosses 50%, beside the published values.

        Examples:
          rhm reproduce fig3-left --scale paper
          rhm reproduce fig3-left --depths 3 --vocabulary 16 --multiplicities 4,8
        """, ExperimentParameters.All, Run)
    {
        Sweep = (setting, parameters) => SweepOf("fig3-left", setting, parameters).File,
    };

    /// <summary>Curves of one learner on the common grid of all its settings.</summary>
    internal sealed record Curves(string Learner, GrammarShape Shape, CurveFamily Family);

    /// <summary>The learning curves of a grid, one for each series and shape.</summary>
    /// <param name="name">The experiment, whose grid it is.</param>
    /// <param name="folder">Keeps the results.</param>
    /// <param name="setting">Scale, seed, threads.</param>
    /// <param name="parameters">The user's parameters.</param>
    internal static IReadOnlyList<Curves> Measure(string name, ExperimentFolder folder, RunContext setting, ExperimentParameters parameters)
    {
        ExperimentSweep sweep = SweepOf(name, setting, parameters);
        GrammarShape[] shapes = [.. sweep.File.SeriesCells().OfType<RunCell>().Select(cell => cell.Shape).Distinct()];
        foreach (GrammarShape shape in shapes) Unlearnable.Refuse(shape);
        sweep.Measure(folder);
        var runs = sweep.Results<RunCell>().ToLookup(cell => (cell.Cell.Shape, cell.Series));
        return [.. from shape in shapes
                   from learner in Learners
                   where runs.Contains((shape, learner))
                   select new Curves(learner, shape, runs[(shape, learner)].Curves())];
    }

    /// <summary>The grid with the user's parameters.</summary>
    internal static ExperimentSweep SweepOf(string name, RunContext setting, ExperimentParameters parameters)
    {
        if (parameters.Depths is { Count: > 1 }) throw new ArgumentException($"{parameters.Depths.Count} depths: this figure has one");
        return ExperimentSweep.Of(name, setting, ("depths", Given.Of(parameters.Depths)), ("branching", Given.Of(parameters.Branching)),
            ("vocabulary", Given.Of(parameters.Vocabulary)), ("multiplicities", Given.Of(parameters.Multiplicities)),
            ("grammar_count", Given.Of(parameters.Grammars)));
    }

    private static ExperimentReport Run(ExperimentFolder folder, RunContext setting, ExperimentParameters parameters)
    {
        IReadOnlyList<Curves> curves = Measure("fig3-left", folder, setting, parameters);
        var rows = curves.Select(curve =>
            (Curve: curve, P: SampleComplexity.OfMeanCurve(curve.Family.Samples, curve.Family.Accuracy))).ToList();
        var table = ResultTable.Of(rows.OrderBy(row => row.Curve.Learner == Learners[0] ? 0 : 1),
            ("learner", row => row.Curve.Learner),
            ("m", row => row.Curve.Shape.Multiplicity),
            ("P*", row => row.P.Known.Value),
            ("95% low", row => row.P.Known.Interval.Low),
            ("95% high", row => row.P.Known.Interval.High),
            ("P*/(v m^3)", row => row.P.Known.Value / SampleScales.Latents(row.Curve.Shape)),
            ("published P*", row => PublishedThreshold(row.Curve.Shape)),
            ("P*/published", row => row.P.Known.Value / PublishedThreshold(row.Curve.Shape)));
        folder.Write(table);
        Draw(folder, curves, rows);
        return new ExperimentReport(table, ["95%: jackknife over the grammars."]);
    }

    private static double PublishedThreshold(GrammarShape shape)
    {
        bool published = (shape.Depth, shape.Branching, shape.Vocabulary) == PaperSetting;
        return published && Published.Figure3Left.TryGetValue(shape.Multiplicity, out double value) ? value : double.NaN;
    }

    private static void Draw(ExperimentFolder folder, IReadOnlyList<Curves> curves, IReadOnlyList<(Curves Curve, SampleComplexity P)> rows)
    {
        Multiplot figure = Plots.Panels(4);
        Panel(figure.GetPlot(0), curves, Learners[0], _ => 1, "one cousin tuple, better of 2 runs of k-means", "number of strings P");
        Panel(figure.GetPlot(1), curves, Learners[0], SampleScales.Latents, "the same, rescaled", "P / (v m³)");
        Panel(figure.GetPlot(3), curves, Learners[1], SampleScales.Latents, "all cousins, best of 50 runs, rescaled", "P / (v m³)");
        Plot plot = figure.GetPlot(2);
        for (int i = 0; i < Learners.Count; i++)
        {
            Plots.Thresholds(plot, rows.Where(row => row.Curve.Learner == Learners[i])
                .Select(row => (Math.Log10(row.Curve.Shape.Multiplicity), row.P, 1.0)), Figures.Palette[i], Learners[i]);
        }
        GrammarShape[] shapes = [.. curves.Select(curve => curve.Shape).Distinct().OrderBy(shape => shape.Multiplicity)];
        Plots.Published(plot, from shape in shapes
                              let published = PublishedThreshold(shape)
                              where double.IsFinite(published)
                              select (Math.Log10(shape.Multiplicity), Math.Log10(published)));
        Plots.Law(plot, shapes.Select(shape => (Math.Log10(shape.Multiplicity), Math.Log10(SampleScales.Latents(shape)))), Colors.Gray,
            "v m³");
        Plots.TicksAt(plot, shapes.Select(shape => shape.Multiplicity), Math.Log10);
        Figures.LogarithmicY(plot);
        plot.Title("strings needed for 50% accuracy");
        plot.XLabel("multiplicity m");
        plot.YLabel("P*");
        folder.Write(figure);
    }

    /// <summary>Learning curves of a learner at all its settings, each in its unit.</summary>
    internal static void Panel(Plot plot, IReadOnlyList<Curves> curves, string learner, Func<GrammarShape, double> unit, string title,
        string x)
    {
        Curves[] chosen = [.. curves.Where(curve => curve.Learner == learner)];
        for (int i = 0; i < chosen.Length; i++)
        {
            GrammarShape shape = chosen[i].Shape;
            Plots.LearningCurve(plot, chosen[i].Family, unit(shape), Figures.Ordered(i, chosen.Length), $"m = {shape.Multiplicity}");
        }
        Plots.AccuracyAxes(plot, title, x, $"accuracy of the top latents (level {chosen[0].Shape.Depth - 1})", 0.5);
    }
}
