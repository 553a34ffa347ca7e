using System.Globalization;
using Rhm.Experiments.Plotting;
using Rhm.Grammars;
using Rhm.Population;
using Rhm.Running;
using Rhm.Statistics;
using ScottPlot;

namespace Rhm.Experiments;

/// <summary>
/// Figure 11, left: the curves of figure 3 left do not collapse when P is measured in v m^(L+1), the sample complexity of token-level
/// learning; with scores of both collapses.
/// </summary>
public static class Figure11Left
{
    /// <summary>The experiment.</summary>
    public static Experiment Experiment { get; } = new("fig11-left", """
        Figure 11, left: the curves of figure 3 left (one cousin tuple) against P/(v m^(L+1)), where they do not collapse, beside
        P/(v m^3), where they do. The score is the spread of the rescaled curves in decades.

        Example:
          rhm reproduce fig11-left --scale paper
        """, Figure3Left.Experiment.Settable, Run)
    {
        Sweep = (setting, parameters) => Figure3Left.SweepOf("fig11-left", setting, parameters).File,
    };

    private static ExperimentReport Run(ExperimentFolder folder, RunContext setting, ExperimentParameters parameters)
    {
        if (parameters.Multiplicities is { Count: 1 })
            throw new ArgumentException("one multiplicity: curves collapse on one another only from two on");
        IReadOnlyList<Figure3Left.Curves> curves = Figure3Left.Measure("fig11-left", folder, setting, parameters);
        int depth = curves[0].Shape.Depth;
        (string Name, Func<GrammarShape, double> Of)[] units =
        [
            ("v m^3", SampleScales.Latents),
            ($"v m^{depth + 1}", SampleScales.Tokens),
        ];
        IReadOnlyList<CollapseScore> scores = CollapseScore.Compare([.. curves.Select(curve => curve.Family)],
            [.. units.Select(unit => (IReadOnlyList<double>)[.. curves.Select(curve => unit.Of(curve.Shape))])], seed: setting.Seed);
        var table = ResultTable.Of(units.Zip(scores, (unit, score) => (unit.Name, Score: score)), ("unit", row => row.Name),
            ("score (decades)", row => row.Score.Decades), ("95% bootstrap low", row => row.Score.Interval.Low),
            ("95% bootstrap high", row => row.Score.Interval.High), ("excess low", row => row.Score.Excess.Low),
            ("excess high", row => row.Score.Excess.High));
        folder.Write(table);

        string Raised(int unit) => $"v m{Figures.Superscript(unit == 0 ? 3 : depth + 1)}";
        Multiplot figure = Plots.Panels(2);
        for (int i = 0; i < units.Length; i++)
        {
            string title = string.Create(CultureInfo.InvariantCulture,
                $"in units of {Raised(i)}: spread {scores[i].Decades:0.00} decades");
            Figure3Left.Panel(figure.GetPlot(i), curves, Figure3Left.Learners[0], units[i].Of, title, $"P / ({Raised(i)})");
        }
        folder.Write(figure);
        return new ExperimentReport(table, [string.Create(CultureInfo.InvariantCulture,
            $"In units of {units[0].Name} the curves lie {scores[0].Decades:0.00} decades apart (standard deviation), "
            + $"in units of {units[1].Name} {scores[1].Decades:0.00}.")]);
    }
}
