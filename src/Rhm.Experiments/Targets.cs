using System.Globalization;
using Rhm.Experiments.Measurements;
using Rhm.Experiments.Plotting;
using Rhm.Grammars;
using Rhm.Learning;
using Rhm.Levelwise;
using Rhm.Population;
using Rhm.Running;
using Rhm.Statistics;
using Rhm.Thresholds;
using ScottPlot;

namespace Rhm.Experiments;

/// <summary>
/// The separation in one picture: P* against m and against L for learners that share the strings, the counting, the clustering and its
/// budget, and differ in the target alone; and for the spectral learner.
/// </summary>
public static class Targets
{
    private static readonly Target[] s_targets = [Target.Latent, Target.Token, Target.Root];

    /// <summary>The experiment.</summary>
    public static Experiment Experiment { get; } = new("targets", """
        Strings P* that are needed to learn all latents, against the multiplicity m and the depth L, from latents (v m^3), tokens
        (v m^(L+1)) and labels (v m^L), everything but the target equal. Random grammars with s=3, v=12 (32 against L); half of the way from
        chance to 1 at the top level counts as learned. One target for each tuple, as in the theorem, and all targets concatenated.

        Examples:
          rhm reproduce targets
          rhm reproduce targets --branching 2 --vocabulary 32 --depths 2,3,4 --multiplicities 3,4,6,8
        """, ExperimentParameters.All, Run);

    /// <summary>A curve: a learner and the theory's power of m.</summary>
    private sealed record Curve(string Name, Learner Learner, object Options, ControlledLearner? Controlled, Func<GrammarShape, double> Leading)
    {
        /// <summary>The spectral learner sees all cousins, always.</summary>
        public static readonly Curve Spectral = new("spectral", SpectralLatentClustering.Learner, SpectralLatentClustering.Learner.Defaults, null,
            shape => SampleScales.Spectral(shape) / (1 - shape.LegalFraction));

        /// <summary>Formula H for the controlled learners, the transition of the spectrum for the spectral one.</summary>
        public double Exact(GrammarShape shape) => Controlled?.Resolution(shape) ?? new AnnealedLaws(shape).SpectralThreshold;

        public static Curve Of(Target target, CousinTargets cousins)
        {
            var learner = new ControlledLearner(target, cousins);
            return new Curve(learner.Name + (cousins == CousinTargets.All ? ", all positions" : ""), IterativeLatentClustering.Learner, learner.Options, learner, learner.LeadingOrder);
        }
    }

    private sealed record Point(Curve Curve, GrammarShape Shape, SampleComplexity Threshold);

    private static ExperimentReport Run(ExperimentFolder folder, RunContext setting, ExperimentParameters parameters)
    {
        bool paper = setting.Scale == Scale.Paper;
        int s = parameters.Branching ?? 3, grammars = parameters.Grammars ?? (paper ? 16 : 8);
        int[] depths = [.. (parameters.Depths ?? [2, 3, 4, 5]).Distinct().Order()];
        int[] multiplicities = [.. (parameters.Multiplicities ?? (paper ? [4, 6, 8, 12, 16, 24] : [4, 6, 8, 12])).Distinct().Order()];
        int depth = depths.Where(l => l >= 3).DefaultIfEmpty(depths[^1]).First(), m = multiplicities.FirstOrDefault(value => value >= 4, multiplicities[^1]);
        // Where the constant of k-means does not drift with m; and where distances of context vectors spread little over many levels.
        GrammarShape[] acrossM = [.. multiplicities.Select(value => new GrammarShape(depth, s, parameters.Vocabulary ?? 12, value))];
        GrammarShape[] acrossL = [.. depths.Select(value => new GrammarShape(value, s, parameters.Vocabulary ?? 32, m))];
        foreach (GrammarShape shape in acrossM.Concat(acrossL)) Unlearnable.RefuseForAll(shape);

        Curve[] single = [.. s_targets.Select(target => Curve.Of(target, CousinTargets.Element)), Curve.Spectral];
        Curve[] all = [.. s_targets.Select(target => Curve.Of(target, CousinTargets.All)), Curve.Spectral];
        using var runs = new LearningRuns(folder.Path, setting);
        var notes = new List<string>();
        var wanted = new List<(Curve Curve, GrammarShape Shape, ThresholdMeasurement Measurement)>();
        // Strings of 81 tokens: 3 million at quick scale, 100 million at paper scale.
        double tokens = paper ? 8e9 : 2.5e8;
        foreach ((Curve curve, GrammarShape shape) in (from curve in single from shape in acrossM.Union(acrossL) select (curve, shape)).Union(from curve in all from shape in acrossM select (curve, shape)))
        {
            if (Unlearnable.Reason(shape, curve.Controlled?.Target ?? Target.Latent) is string reason)
            {
                if (!notes.Contains(reason)) notes.Add(reason);
                continue;
            }
            long most = (long)(tokens / shape.TokenCount);
            double start = curve.Leading(shape) * (curve.Controlled is { Cousins: CousinTargets.Element } ? 1 : 0.25);
            if (start > most / 2.0)
            {
                notes.Add(string.Create(CultureInfo.InvariantCulture, $"{curve.Name}, {shape}: about {start:G2} strings are needed, too many for this scale (at most {most / 2.0:G2}); not measured"));
                continue;
            }
            wanted.Add((curve, shape, runs.Keep(new ThresholdMeasurement(curve.Learner, curve.Options, shape) { Grammars = grammars, Start = start, Most = most })));
        }
        IReadOnlyList<IReadOnlyList<SampleComplexity>> measured = runs.Measure([.. wanted.Select(item => item.Measurement)]);
        Point[] points = [.. wanted.Select((item, i) => new Point(item.Curve, item.Shape, measured[i][0]))];
        foreach (Point point in points)
        {
            int beyond = point.Threshold.Crossings.Count(crossing => crossing.Side == CrossingSide.Beyond);
            if (beyond > 0) notes.Add(string.Create(CultureInfo.InvariantCulture, $"{point.Curve.Name}, {point.Shape}: not learned from {point.Threshold.Crossings.Max(c => c.Samples):G3} strings in {beyond} of {grammars} grammars; P* is a lower bound"));
        }

        if (points.Any(point => point.Threshold.Value < SampleScales.Coverage(point.Shape)))
            notes.Add("P* below coverage, v m log(v m): half of the way to 1 is reached before every tuple of a node was seen; full accuracy needs coverage.");

        var table = new ResultTable(["learner", "L", "s", "v", "m", "P*", "95% low", "95% high", "P*/leading order", "P*/exact formula", "P*/coverage"], [.. points.Select(point => (IReadOnlyList<object>)
            [point.Curve.Name.Replace(",", ""), point.Shape.Depth, s, point.Shape.Vocabulary, point.Shape.Multiplicity, point.Threshold.Value, point.Threshold.Interval.Low, point.Threshold.Interval.High,
             point.Threshold.Value / point.Curve.Leading(point.Shape), point.Threshold.Value / point.Curve.Exact(point.Shape),
             point.Threshold.Value / SampleScales.Coverage(point.Shape)])]);
        folder.Write(table);
        ResultTable laws = Laws(points, acrossM, acrossL);
        folder.Write(laws, "laws.csv");
        foreach (IReadOnlyList<object> row in laws.Rows)
        {
            notes.Add(string.Create(CultureInfo.InvariantCulture,
                $"{row[0]}: {row[1]} = {row[2]:0.00} [{row[3]:0.00}, {row[4]:0.00}]; leading order {row[5]:0.00}, exact formula over the same settings {row[6]:0.00}"));
        }
        Draw(folder, single, all, points, acrossM, acrossL);
        return new ExperimentReport(table, notes);
    }

    /// <summary>Exponents in m and rates in L (from L = 3 on: a single level is easier than several) with 95% intervals, beside both predictions.</summary>
    private static ResultTable Laws(Point[] points, GrammarShape[] acrossM, GrammarShape[] acrossL)
    {
        var rows = new List<IReadOnlyList<object>>();
        foreach (var curve in points.Where(point => point.Threshold.Complete && point.Threshold.Crossings.Count > 1).GroupBy(point => point.Curve))
        {
            Add(curve.Where(point => acrossM.Contains(point.Shape)).ToList(), $"d log P*/d log m at L={acrossM[0].Depth}", shape => shape.Multiplicity,
                groups => ScalingLaw.Power(groups), ScalingLaw.ExponentOf);
            Add(curve.Where(point => acrossL.Contains(point.Shape) && point.Shape.Depth >= 3).ToList(), $"d log P*/dL at m={acrossL[0].Multiplicity}", shape => shape.Depth,
                groups => ScalingLaw.Exponential(groups), ScalingLaw.RateOf);

            void Add(List<Point> group, string quantity, Func<GrammarShape, double> x, Func<IReadOnlyList<(double, IReadOnlyList<double>)>, ScalingLaw> fit,
                Func<IReadOnlyList<double>, IReadOnlyList<double>, double> predict)
            {
                if (group.Count < 2) return;
                ScalingLaw law = fit([.. group.Select(point => (x(point.Shape), point.Threshold.Logarithms))]);
                double[] at = [.. group.Select(point => x(point.Shape))];
                double Predicted(Func<GrammarShape, double> strings) => predict(at, [.. group.Select(point => strings(point.Shape))]);
                rows.Add([curve.Key.Name.Replace(",", ""), quantity, law.Exponent, law.Interval.Low, law.Interval.High, Predicted(curve.Key.Leading), Predicted(curve.Key.Exact)]);
            }
        }
        return new ResultTable(["learner", "quantity", "measured", "95% low", "95% high", "leading order", "exact formula"], rows);
    }

    private static void Draw(ExperimentFolder folder, Curve[] single, Curve[] all, Point[] points, GrammarShape[] acrossM, GrammarShape[] acrossL)
    {
        Multiplot figure = Plots.Panels(1, 3);
        Panel(figure.GetPlot(0), single, acrossM, shape => Math.Log10(shape.Multiplicity), $"one target, L = {acrossM[0].Depth}, v = {acrossM[0].Vocabulary}", "multiplicity m");
        Panel(figure.GetPlot(1), single, acrossL, shape => shape.Depth, $"one target, m = {acrossL[0].Multiplicity}, v = {acrossL[0].Vocabulary}", "depth L");
        Panel(figure.GetPlot(2), all, acrossM, shape => Math.Log10(shape.Multiplicity), $"all targets, L = {acrossM[0].Depth}, v = {acrossM[0].Vocabulary}", "multiplicity m");
        Plots.TicksAt(figure.GetPlot(0), acrossM.Select(shape => shape.Multiplicity), Math.Log10);
        Plots.TicksAt(figure.GetPlot(1), acrossL.Select(shape => shape.Depth), x => x);
        Plots.TicksAt(figure.GetPlot(2), acrossM.Select(shape => shape.Multiplicity), Math.Log10);
        // One legend: the curves have the same colours everywhere, and the middle panel has room above the shallow trees.
        figure.GetPlot(0).HideLegend();
        figure.GetPlot(1).ShowLegend(Alignment.UpperLeft);
        figure.GetPlot(2).HideLegend();
        // One scale of P for all three: the panels are compared.
        Point[] drawn = [.. points.Where(point => double.IsFinite(point.Threshold.Value))];
        if (drawn.Length > 0)
        {
            double low = Math.Log10(Math.Min(drawn.Min(point => point.Threshold.Value), acrossM.Min(shape => SampleScales.Coverage(shape)))) - 0.2, high = Math.Log10(drawn.Max(point => point.Threshold.Value)) + 0.5;
            for (int i = 0; i < 3; i++) figure.GetPlot(i).Axes.SetLimitsY(low, high);
        }
        folder.Write(figure, 1500, 500);

        void Panel(Plot plot, Curve[] curves, GrammarShape[] shapes, Func<GrammarShape, double> x, string title, string label)
        {
            for (int i = 0; i < curves.Length; i++)
            {
                Point[] own = [.. points.Where(point => point.Curve == curves[i] && shapes.Contains(point.Shape)).OrderBy(point => x(point.Shape))];
                Plots.Thresholds(plot, own.Select(point => (x(point.Shape), point.Threshold, 1.0)), Figures.Palette[i], $"{curves[i].Controlled?.Name ?? curves[i].Name}, dashed ∝ v {Power(curves[i])}");
                // The law through the middle measured point.
                if (own.Length == 0) continue;
                Point middle = own[own.Length / 2];
                double factor = middle.Threshold.Value / curves[i].Leading(middle.Shape);
                Plots.Law(plot, own.Select(point => (x(point.Shape), Math.Log10(factor * curves[i].Leading(point.Shape)))), Figures.Palette[i].WithAlpha(0.6), "");
            }
            Plots.Law(plot, shapes.Select(shape => (x(shape), Math.Log10(SampleScales.Coverage(shape)))), Colors.Gray, "coverage, v m log(v m)");
            Figures.LogarithmicY(plot);
            plot.Title(title);
            plot.XLabel(label);
            plot.YLabel("strings P* to learn all latents");
        }
    }

    private static string Power(Curve curve) => curve.Controlled?.Target switch
    {
        Target.Latent => "m³",
        Target.Token => "m^(L+1)",
        Target.Root => "m^L",
        _ => "m²",
    };
}
