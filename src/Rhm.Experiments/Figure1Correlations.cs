using Rhm.Experiments.Cells;
using Rhm.Experiments.Measurements;
using Rhm.Experiments.Plotting;
using Rhm.Grammars;
using Rhm.Levelwise;
using Rhm.Population;
using Rhm.Running;
using Rhm.Sweeps;
using ScottPlot;

namespace Rhm.Experiments;

/// <summary>
/// Figure 1, the paper's schematic, as exact numbers: squared correlation of a tuple with its target for latent prediction,
/// token-level learning and supervised learning, against the level to be learned and against the tree distance, counted in production
/// rules on the path between the tuple's parent and the target. No strings are drawn: the laws of each random grammar are exact.
/// </summary>
public static class Figure1Correlations
{
    private static readonly Target[] s_targets = [Target.Latent, Target.Token, Target.Root];

    /// <summary>The experiment.</summary>
    public static Experiment Experiment { get; } = new("fig1-correlations", """
        Figure 1 as exact numbers: squared correlation of a tuple with a latent, a token and the root, against the level to be learned and
        against the tree distance (production rules between the tuple's parent and the target). Exact in each of some random grammars;
        lines: the formulas for the average over grammars.

        Examples:
          rhm reproduce fig1-correlations
          rhm reproduce fig1-correlations --depths 4 --branching 3 --vocabulary 8 --multiplicities 6
        """, ExperimentParameters.All, Run)
    {
        Sweep = (setting, parameters) => SweepOf(setting, parameters).File,
    };

    private sealed record Point(Target Target, int TupleLevel, int Rules, double Mean, double Least, double Most, double Formula);

    private static ExperimentReport Run(ExperimentFolder folder, RunContext setting, ExperimentParameters parameters)
    {
        if (parameters.Depths is { Count: > 1 } || parameters.Multiplicities is { Count: > 1 })
            throw new ArgumentException("several depths or multiplicities: this figure has one grammar shape");
        ExperimentSweep sweep = SweepOf(setting, parameters);
        sweep.Measure(folder);
        MeasuredCell<FunctionCell>[] exact = [.. sweep.Results<FunctionCell>()];
        GrammarShape shape = ((CorrelationsOptions)exact[0].Cell.Options).Shape;
        int grammars = exact.Length;
        var annealed = new AnnealedLaws(shape);
        Point[] points = [.. CorrelationsCell.SitesOf(shape).Select(site =>
        {
            double[] found = [.. exact.Select(cell => cell.Outcome.Measures![CorrelationsCell.NameOf(site.Target, site.Level)])];
            return new Point(site.Target, site.Level, Rules(shape, site.Target, site.Level), found.Average(), found.Min(), found.Max(),
                annealed.SquaredCorrelation(site.Target, site.Level));
        })];
        var table = ResultTable.Of(points,
            ("target", point => ControlledLearner.NameOf(point.Target)),
            ("tuple level", point => point.TupleLevel),
            ("rules between", point => point.Rules),
            ("sum of C^2 (mean)", point => point.Mean),
            ("least grammar", point => point.Least),
            ("greatest grammar", point => point.Most),
            ("formula", point => point.Formula),
            ("mean/formula", point => point.Mean / point.Formula));
        folder.Write(table);
        Draw(folder, shape, points, grammars);
        string[] notes = Unlearnable.Reason(shape, Target.Latent) is string reason ? [reason] : [];
        string what = $"{shape}, {grammars} random grammars, exact laws of the leftmost tuple and its nearest cousin.";
        return new ExperimentReport(table, [what, .. notes]);
    }

    private static ExperimentSweep SweepOf(RunContext setting, ExperimentParameters parameters) => ExperimentSweep.Of("fig1-correlations",
        setting, ("depth", Given.Of(parameters.Depths)), ("branching", Given.Of(parameters.Branching)),
        ("vocabulary", Given.Of(parameters.Vocabulary)), ("multiplicity", Given.Of(parameters.Multiplicities)),
        ("grammar_count", Given.Of(parameters.Grammars)));

    /// <summary>The first element of the next cousin tuple, the first token below it, or the root.</summary>
    internal static Site Place(GrammarShape shape, Target target, int level) => target switch
    {
        Target.Latent => Site.Symbol(level, shape.Branching),
        Target.Token => Site.Symbol(0, (int)Math.Pow(shape.Branching, level + 1)),
        _ => Site.Symbol(shape.Depth, 0),
    };

    /// <summary>
    /// Production rules on the path between the parent of a level-l tuple and its target: the grandparent's, the cousin's, and one for each
    /// level further down; for the root those between it and the parent.
    /// </summary>
    private static int Rules(GrammarShape shape, Target target, int level) => target switch
    {
        Target.Latent => 2,
        Target.Token => 2 + level,
        _ => shape.Depth - level - 1,
    };

    private static void Draw(ExperimentFolder folder, GrammarShape shape, Point[] points, int grammars)
    {
        Multiplot figure = Plots.Panels(2);
        Plot levels = figure.GetPlot(0), distances = figure.GetPlot(1);
        for (int i = 0; i < s_targets.Length; i++)
        {
            Point[] own = [.. points.Where(point => point.Target == s_targets[i])];
            Series(levels, own, point => point.TupleLevel + 1, i);
            // Tuples of the same distance lie on one another; apart a little, so that all can be seen.
            Series(distances, own, point => point.Rules + 0.06 * (i - 1), i);
        }
        double kappa = new AnnealedLaws(shape).Kappa, top = points.Max(point => point.Mean * Math.Pow(kappa, -point.Rules));
        int[] rules = [.. Enumerable.Range(0, points.Max(point => point.Rules) + 1)];
        Plots.Law(distances, rules.Select(d => ((double)d, Math.Log10(top) + d * Math.Log10(kappa))), Colors.Gray,
            "a factor κ ≈ 1/m per rule");
        foreach (Plot plot in (Plot[])[levels, distances])
        {
            Figures.LogarithmicY(plot);
            plot.YLabel("squared correlation, sum of C²");
        }
        Plots.TicksAt(levels, points.Select(point => point.TupleLevel + 1), x => x);
        Plots.TicksAt(distances, rules, x => x);
        levels.Title($"what a tuple tells about its target, {shape}");
        levels.XLabel("level of the latent to be learned");
        distances.Title($"the same; exact in {grammars} grammars");
        distances.XLabel("tree distance: rules between the tuple's parent and its target");
        folder.Write(figure);

        static void Series(Plot plot, Point[] own, Func<Point, double> x, int i)
        {
            Color color = Figures.Palette[i];
            Point[] known = [.. own.Where(point => point.Mean > 1e-20)];
            foreach (Point point in known.Where(point => point.Least > 0))
                plot.Add.Line(x(point), Math.Log10(point.Least), x(point), Math.Log10(point.Most)).Color = color.WithAlpha(0.6);
            var markers = plot.Add.ScatterPoints(known.Select(x).ToArray(), known.Select(point => Math.Log10(point.Mean)).ToArray(), color);
            markers.MarkerSize = 6;
            markers.LegendText = s_targets[i] switch { Target.Latent => "latent prediction", Target.Token => "tokens", _ => "labels" };
            Plots.Law(plot, own.Where(point => point.Formula > 0).Select(point => (x(point), Math.Log10(point.Formula))), color, "");
        }
    }
}
