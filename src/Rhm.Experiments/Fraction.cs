using System.Globalization;
using Rhm.Experiments.Measurements;
using Rhm.Experiments.Plotting;
using Rhm.Grammars;
using Rhm.Levelwise;
using Rhm.Population;
using Rhm.Running;
using Rhm.Statistics;
using Rhm.Thresholds;
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
            nameof(ExperimentParameters.Grammars)], Run);

    // f = 0.98 needs m = 48 at least. With two children that is v = 49 and 2352 rules a level, on which k-means takes minutes; with three
    // it is
    // v = 7 and 336 rules.
    private static readonly double[] s_fractions = [0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.98];

    /// <summary>Largest number of rules v m of a level: beyond, clustering takes longer than the strings.</summary>
    private const int MostRules = 2600;

    private sealed record Point(GrammarShape Shape, SampleComplexity Threshold);

    /// <summary>A controlled learner at f = 1.</summary>
    private sealed record FullPoint(string Target, int Level, long Samples, double Accuracy);

    private static ExperimentReport Run(ExperimentFolder folder, RunContext setting, ExperimentParameters parameters)
    {
        bool paper = setting.Scale == Scale.Paper;
        int grammars = parameters.Grammars ?? (paper ? 8 : 6);
        (int Branching, int Multiplicity)[] curves = parameters is { Branching: null, Multiplicities: null }
            ? paper ? [(2, 8), (2, 16), (3, 24), (3, 48)] : [(2, 6), (2, 12)]
            : [.. (parameters.Multiplicities ?? [6, 12]).Distinct().Order().Select(m => (parameters.Branching ?? 2, m))];
        var learner = new ControlledLearner(Target.Latent, CousinTargets.All);
        GrammarShape[] shapes = [.. curves.SelectMany(curve => Shapes(curve.Branching, curve.Multiplicity))];
        foreach (GrammarShape shape in shapes) Unlearnable.Refuse(shape);
        using var runs = new LearningRuns(folder.Path, setting);
        ThresholdMeasurement Measurement(GrammarShape shape) =>
            runs.Keep(new ThresholdMeasurement(IterativeLatentClustering.Learner, learner.Options, shape)
            {
                Grammars = shape.Multiplicity > 16 ? Math.Min(grammars, 4) : grammars,
                Start = 0.12 * learner.LeadingOrder(shape),
                Most = 1L << 32,
            });
        IReadOnlyList<IReadOnlyList<SampleComplexity>> measured = runs.Measure([.. shapes.Select(Measurement)]);
        Point[] points = [.. shapes.Zip(measured, (shape, threshold) => new Point(shape, threshold[0]))];
        var table = ResultTable.Of(points,
            ("s", point => point.Shape.Branching),
            ("m", point => point.Shape.Multiplicity),
            ("v", point => point.Shape.Vocabulary),
            ("f", point => point.Shape.LegalFraction),
            ("P*", point => point.Threshold.Value),
            ("95% low", point => point.Threshold.Interval.Low),
            ("95% high", point => point.Threshold.Interval.High),
            ("P*/(v m^3)", point => point.Threshold.Value / SampleScales.Latents(point.Shape)),
            ("P*(1-f)/(v m^3)", point => point.Threshold.Value / learner.LeadingOrder(point.Shape)),
            ("P*/formula H", point => point.Threshold.Value / learner.Resolution(point.Shape)));
        folder.Write(table);

        var notes = new List<string>();
        if (grammars > 1) notes.AddRange(Powers(points, learner));
        IReadOnlyList<FullPoint> full = FullGrammar(runs, setting, grammars);
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
        foreach (var group in points.GroupBy(point => (point.Shape.Branching, point.Shape.Multiplicity)).Where(group => group.Count() > 1))
        {
            static double Price(Point point) => 1 / (1 - point.Shape.LegalFraction);
            ScalingLaw law = ScalingLaw.Power([.. group.Select(point => (Price(point),
                (IReadOnlyList<double>)[.. point.Threshold.Logarithms.Select(log => log - Math.Log(SampleScales.Latents(point.Shape)))]))]);
            double exact = ScalingLaw.ExponentOf([.. group.Select(Price)],
                [.. group.Select(point => learner.Resolution(point.Shape) / SampleScales.Latents(point.Shape))]);
            double largest = group.Max(point => point.Shape.LegalFraction);
            yield return string.Create(CultureInfo.InvariantCulture, $"s = {group.Key.Branching}, m = {group.Key.Multiplicity}, "
                + $"f up to {largest:0.00}: P*/(v m^3) grows as (1-f)^-b with b = {law.Exponent:0.00} "
                + $"[{law.Interval.Low:0.00}, {law.Interval.High:0.00}] (95%); leading order 1, formula H over the same f {exact:0.00}");
        }
    }

    /// <summary>f = m/v^(s-1) near each of the wanted fractions, f below 1.</summary>
    private static IEnumerable<GrammarShape> Shapes(int s, int m)
    {
        int least = 2;
        while (Math.Pow(least, s - 1) <= m) least++;
        return s_fractions.Select(f => Math.Max(least, (int)Math.Round(Math.Pow(m / f, 1.0 / (s - 1))))).Distinct()
            .Where(v => v * m <= MostRules).Select(v => new GrammarShape(2, s, v, m));
    }

    /// <summary>Accuracy at f = 1 of the three controlled learners.</summary>
    private static IReadOnlyList<FullPoint> FullGrammar(LearningRuns runs, RunContext setting, int grammars)
    {
        var shape = new GrammarShape(3, 2, 8, 8);
        long[] samples = [.. Enumerable.Range(4, setting.Pick(6, 8)).Select(k => 4L << (2 * k))];
        ThresholdMeasurement Measurement(ControlledLearner learner) =>
            runs.Keep(new ThresholdMeasurement(IterativeLatentClustering.Learner, learner.Options, shape));
        var grid = (from target in (Target[])[Target.Latent, Target.Token, Target.Root]
                    let learner = new ControlledLearner(target, CousinTargets.All)
                    let measurement = Measurement(learner)
                    from count in samples
                    select (learner.Name, Measurement: measurement, Samples: count)).ToList();
        int[] numbers = [.. Enumerable.Range(0, grammars)];
        runs.Measure([.. from cell in grid from grammar in numbers select (cell.Measurement, grammar, cell.Samples)]);
        return [.. from cell in grid
                   let accuracy = numbers.Average(grammar => cell.Measurement.Accuracy(grammar, cell.Samples)[^1])
                   select new FullPoint(cell.Name, shape.Depth - 1, cell.Samples, accuracy)];
    }

    private static void Draw(ExperimentFolder folder, Point[] points, ControlledLearner learner, IReadOnlyList<FullPoint> full)
    {
        Multiplot figure = Plots.Panels(1, 3);
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
        raw.ShowLegend(Alignment.UpperLeft);
        scaled.ShowLegend(Alignment.UpperLeft);
        var targets = full.GroupBy(point => point.Target).ToList();
        for (int i = 0; i < targets.Count; i++)
        {
            double[] x = [.. targets[i].Select(point => Math.Log10(point.Samples))];
            var line = chance.Add.Scatter(x, targets[i].Select(point => point.Accuracy).ToArray(), Figures.Palette[i]);
            line.LegendText = targets[i].Key;
            line.LineWidth = 2;
            line.MarkerSize = 7;
        }
        Plots.AccuracyAxes(chance, "every tuple legal, f = 1 (v = m = 8, L = 3)", "number of strings P", "accuracy of the top latents",
            0.125);
        chance.ShowLegend(Alignment.MiddleRight);
        folder.Write(figure, 1500, 470);

        static double LogPrice(Point point) => -Math.Log10(1 - point.Shape.LegalFraction);
    }
}
