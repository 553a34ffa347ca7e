using System.Globalization;
using Rhm.Experiments.Measurements;
using Rhm.Experiments.Plotting;
using Rhm.Grammars;
using Rhm.Levelwise;
using Rhm.Population;
using Rhm.Running;
using Rhm.Statistics;
using Rhm.Sweeps;
using ScottPlot;

namespace Rhm.Experiments;

/// <summary>
/// The factor 1/(1-f) of the theorem, which the paper leaves untested near f = 1: P*(1-f)/(v m^3) as the fraction f of legal tuples goes
/// from 0.05 to 0.98, at fixed m (f = m/v^(s-1)) so that nothing else changes; and that at f = 1 nothing is learned except from labels.
/// </summary>
public static class Fraction
{
    /// <summary>The experiment.</summary>
    public static Experiment Experiment { get; } = new("fraction", """
        P* of iterative latent clustering as the fraction f = m/v^(s-1) of legal tuples (L=2, all cousins, 10 restarts of k-means) grows
        to 1 at fixed m: the theorem's factor 1/(1-f). At f = 1 accuracies from latents, tokens and labels: only labels teach anything
        there.

        Examples:
          rhm reproduce fraction --scale paper
          rhm reproduce fraction --branching 3 --multiplicities 8,48
        """, [nameof(ExperimentParameters.Branching), nameof(ExperimentParameters.Multiplicities),
            nameof(ExperimentParameters.Grammars)], Run)
    {
        Sweep = (setting, parameters) => SweepOf(setting, parameters).File,
    };

    private const string ThresholdSeries = "threshold";

    private static readonly string[] s_fullSeries = ["latent", "token", "label"];

    private sealed record Point(GrammarShape Shape, SampleComplexity Threshold);

    /// <summary>A controlled learner at f = 1.</summary>
    private sealed record FullPoint(string Target, int Level, long Samples, double Accuracy);

    private static ExperimentReport Run(ExperimentFolder folder, RunContext setting, ExperimentParameters parameters)
    {
        ExperimentSweep sweep = SweepOf(setting, parameters);
        var learner = new ControlledLearner(Target.Latent, CousinTargets.All);
        GrammarShape[] shapes = [.. sweep.File.SeriesCells().OfType<ThresholdCell>().Select(cell => cell.Shape).Distinct()];
        foreach (GrammarShape shape in shapes) Unlearnable.Refuse(shape);
        sweep.Measure(folder);
        var measured = sweep.Results<ThresholdCell>().Thresholds();
        Point[] points = [.. shapes.Select(shape => new Point(shape, measured[(ThresholdSeries, shape)]))];
        int grammars = (int)sweep.File.ValuesOf("grammar_count")[0];
        var table = ResultTable.Of(points,
            ("s", point => point.Shape.Branching),
            ("m", point => point.Shape.Multiplicity),
            ("v", point => point.Shape.Vocabulary),
            ("f", point => point.Shape.LegalFraction),
            ("P*", point => point.Threshold.Known.Value),
            ("95% low", point => point.Threshold.Known.Interval.Low),
            ("95% high", point => point.Threshold.Known.Interval.High),
            ("P*/(v m^3)", point => point.Threshold.Known.Value / SampleScales.Latents(point.Shape)),
            ("P*(1-f)/(v m^3)", point => point.Threshold.Known.Value / learner.LeadingOrder(point.Shape)),
            ("P*/formula H", point => point.Threshold.Known.Value / learner.Resolution(point.Shape)));
        folder.Write(table);

        var notes = new List<string>();
        if (grammars > 1) notes.AddRange(Powers(points, learner));
        IReadOnlyList<FullPoint> full = FullGrammar(sweep);
        folder.Write(ResultTable.Of(full, ("target", point => point.Target), ("level", point => point.Level), ("P", point => point.Samples),
            ("accuracy", point => point.Accuracy)), "full-grammar.csv");
        long most = full.Max(point => point.Samples);
        notes.AddRange(full.Where(point => point.Samples == most).Select(point => string.Create(CultureInfo.InvariantCulture,
            $"f = 1 (v = m = 8, L = 3), {most} strings, {point.Target} targets: "
            + $"accuracy at the top {point.Accuracy:0.000} (1/v = 0.125)")));
        Draw(folder, points, learner, full);
        return new ExperimentReport(table, notes);
    }

    /// <summary>How P* grows with 1/(1-f) at each m.</summary>
    private static IEnumerable<string> Powers(Point[] points, ControlledLearner learner)
    {
        IEnumerable<Point> fitted = points.Where(point => point.Threshold.Complete && point.Threshold.Crossings.Count > 1);
        foreach (var group in fitted.GroupBy(point => (point.Shape.Branching, point.Shape.Multiplicity)).Where(group => group.Count() > 1))
        {
            static double Price(Point point) => 1 / (1 - point.Shape.LegalFraction);
            ScalingLaw law = ScalingLaw.Power([.. group.Select(point => (Price(point),
                (IReadOnlyList<double>)[.. point.Threshold.Logarithms.Select(log => log - Math.Log(SampleScales.Latents(point.Shape)))]))]);
            double exact = ScalingLaw.ExponentOf([.. group.Select(Price)],
                [.. group.Select(point => learner.Resolution(point.Shape) / SampleScales.Latents(point.Shape))]);
            double largest = group.Max(point => point.Shape.LegalFraction);
            yield return string.Create(CultureInfo.InvariantCulture, $"s = {group.Key.Branching}, m = {group.Key.Multiplicity}, "
                + $"f up to {largest:0.00}: P*/(v m^3) grows as (1-f)^-b with b = {law.Exponent:0.00} "
                + $"{law.Interval.Text("0.00")} (95%); leading order 1, formula H over the same f {exact:0.00}");
        }
    }

    /// <summary>The grid of the scale; where the user chooses branching or multiplicities, one grid of these.</summary>
    private static ExperimentSweep SweepOf(RunContext setting, ExperimentParameters parameters)
    {
        var grammars = ("grammar_count", Given.Of(parameters.Grammars));
        if (parameters is { Branching: null, Multiplicities: null }) return ExperimentSweep.Of("fraction", setting, grammars);
        var whole = ExperimentSweep.Of("fraction", setting);
        return ExperimentSweep.Of("fraction", setting with { Scale = Scale.Quick },
            ("branching", Given.Of(parameters.Branching)), ("multiplicities", Given.Ordered(parameters.Multiplicities)),
            ("grammar_count", Given.Of(parameters.Grammars) ?? whole.File.ValuesOf("grammar_count")),
            ("largest", whole.File.ValuesOf("largest")));
    }

    /// <summary>Accuracy at f = 1 of the three controlled learners.</summary>
    private static IReadOnlyList<FullPoint> FullGrammar(ExperimentSweep sweep) =>
        [.. from cell in sweep.Results<RunCell>()
            group cell by (cell.Series, cell.Cell.Shape, cell.Cell.Samples) into grammars
            select new FullPoint(grammars.Key.Series, grammars.Key.Shape.Depth - 1, grammars.Key.Samples,
                grammars.OrderBy(cell => cell.Cell.Grammar).Average(cell => cell.Outcome.Accuracy![^1])) into point
            orderby Array.IndexOf(s_fullSeries, point.Target), point.Samples
            select point];

    private static void Draw(ExperimentFolder folder, Point[] points, ControlledLearner learner, IReadOnlyList<FullPoint> full)
    {
        Multiplot figure = Plots.Panels(3);
        Plot raw = figure.GetPlot(0), scaled = figure.GetPlot(1), chance = figure.GetPlot(2);
        var groups = points.GroupBy(point => (point.Shape.Branching, point.Shape.Multiplicity)).ToList();
        for (int i = 0; i < groups.Count; i++)
        {
            string name = $"s = {groups[i].Key.Branching}, m = {groups[i].Key.Multiplicity}";
            Color color = Figures.Ordered(i, groups.Count);
            Plots.Thresholds(raw, groups[i].Select(point =>
                (LogPrice(point), point.Threshold, SampleScales.Latents(point.Shape))), color, name);
            Plots.Thresholds(scaled, groups[i].Select(point =>
                (point.Shape.LegalFraction, point.Threshold, learner.LeadingOrder(point.Shape))), color, name);
        }
        if (points.Length > 0)
        {
            double unit = points.Average(point => Math.Log10(point.Threshold.Value / learner.LeadingOrder(point.Shape)));
            IEnumerable<Point> ordered = points.OrderBy(point => point.Shape.LegalFraction);
            Plots.Law(raw, ordered.Select(point => (LogPrice(point), unit + LogPrice(point))), Colors.Gray, "∝ 1/(1-f)");
            scaled.Axes.SetLimitsY(unit - 1, unit + 1);
        }
        Figures.LogarithmicX(raw);
        Figures.LogarithmicY(raw);
        Figures.LogarithmicY(scaled);
        scaled.Axes.SetLimitsX(0, 1);
        raw.Title("the price of few illegal tuples");
        raw.XLabel("1 / (1-f)");
        raw.YLabel("P* / (v m³)");
        scaled.Title("with the theorem's factor");
        scaled.XLabel("fraction of legal tuples f");
        scaled.YLabel("P* (1-f) / (v m³)");
        var targets = full.GroupBy(point => point.Target).ToList();
        for (int i = 0; i < targets.Count; i++)
        {
            double[] x = [.. targets[i].Select(point => Math.Log10(point.Samples))];
            var line = chance.Add.Scatter(x, targets[i].Select(point => point.Accuracy).ToArray(), Figures.Palette[i]);
            line.LegendText = targets[i].Key;
            line.LineWidth = 1.5f;
            line.MarkerSize = 5;
        }
        Plots.AccuracyAxes(chance, "every tuple legal, f = 1 (v = m = 8, L = 3)", "number of strings P", "accuracy of the top latents",
            0.125);
        folder.Write(figure);

        static double LogPrice(Point point) => -Math.Log10(1 - point.Shape.LegalFraction);
    }
}
