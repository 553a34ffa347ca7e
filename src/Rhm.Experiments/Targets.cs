using System.Globalization;
using Rhm.Experiments.Measurements;
using Rhm.Experiments.Plotting;
using Rhm.Grammars;
using Rhm.Learning;
using Rhm.Levelwise;
using Rhm.Population;
using Rhm.Running;
using Rhm.Statistics;
using Rhm.Sweeps;
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
        """, ExperimentParameters.All, Run)
    {
        Sweep = (setting, parameters) => SweepOf(setting, parameters).File,
    };

    /// <summary>A curve: a learner and the theory's power of m.</summary>
    private sealed record Curve(string Name, Learner Learner, object Options, ControlledLearner? Controlled,
        Func<GrammarShape, double> Leading)
    {
        /// <summary>The spectral learner sees all cousins, always.</summary>
        public static readonly Curve Spectral = new("spectral", SpectralLatentClustering.Learner,
            SpectralLatentClustering.Learner.Defaults, null,
            shape => SampleScales.Spectral(shape) / (1 - shape.LegalFraction));

        /// <summary>Formula H for the controlled learners, the transition of the spectrum for the spectral one.</summary>
        public double Exact(GrammarShape shape) => Controlled?.Resolution(shape) ?? new AnnealedLaws(shape).SpectralThreshold;

        public static Curve Of(Target target, CousinTargets cousins)
        {
            var learner = new ControlledLearner(target, cousins);
            string name = learner.Name + (cousins == CousinTargets.All ? ", all positions" : "");
            return new Curve(name, IterativeLatentClustering.Learner, learner.Options, learner, learner.LeadingOrder);
        }
    }

    private sealed record Point(Curve Curve, GrammarShape Shape, SampleComplexity Threshold);

    private static ExperimentSweep SweepOf(RunContext setting, ExperimentParameters parameters) => ExperimentSweep.Of("targets", setting,
        ("branching", Given.Of(parameters.Branching)), ("depths", Given.Ordered(parameters.Depths)),
        ("multiplicities", Given.Ordered(parameters.Multiplicities)), ("grammar_count", Given.Of(parameters.Grammars)),
        ("vocabulary_across_m", Given.Of(parameters.Vocabulary)), ("vocabulary_across_l", Given.Of(parameters.Vocabulary)));

    private static ExperimentReport Run(ExperimentFolder folder, RunContext setting, ExperimentParameters parameters)
    {
        ExperimentSweep sweep = SweepOf(setting, parameters);
        int[] Values(string name) => [.. sweep.File.ValuesOf(name).Select(value => (int)value)];
        int s = Values("branching")[0], depth = Values("depth")[0], m = Values("multiplicity")[0];
        int acrossVocabulary = Values("vocabulary_across_m")[0], deepVocabulary = Values("vocabulary_across_l")[0];
        GrammarShape[] acrossM = [.. Values("multiplicities").Select(value => new GrammarShape(depth, s, acrossVocabulary, value))];
        GrammarShape[] acrossL = [.. Values("depths").Select(value => new GrammarShape(value, s, deepVocabulary, m))];
        foreach (GrammarShape shape in acrossM.Concat(acrossL)) Unlearnable.RefuseForAll(shape);

        Curve[] single = [.. s_targets.Select(target => Curve.Of(target, CousinTargets.Element)), Curve.Spectral];
        Curve[] all = [.. s_targets.Select(target => Curve.Of(target, CousinTargets.All)), Curve.Spectral];
        var notes = new List<string>();
        IEnumerable<(Curve, GrammarShape)> settings = (from curve in single from shape in acrossM.Union(acrossL) select (curve, shape))
            .Union(from curve in all from shape in acrossM select (curve, shape));
        Point[] points = Measure(sweep, folder, settings, notes);

        ResultTable table = Table(points);
        folder.Write(table);
        GrowthLaw[] laws = [.. Laws(points, acrossM, acrossL)];
        folder.Write(ResultTable.Of(laws, ("learner", law => law.Learner), ("quantity", law => law.Quantity),
            ("measured", law => law.Measured), ("95% low", law => law.Interval.Low), ("95% high", law => law.Interval.High),
            ("leading order", law => law.Leading), ("exact formula", law => law.Exact)), "laws.csv");
        notes.AddRange(laws.Select(law => string.Create(CultureInfo.InvariantCulture,
            $"{law}; leading order {law.Leading:0.00}, exact formula over the same settings {law.Exact:0.00}")));
        Draw(folder, single, all, points, acrossM, acrossL);
        return new ExperimentReport(table, notes);
    }

    /// <summary>Measures what can be learned and is not too large for the scale, and says what is left out.</summary>
    private static Point[] Measure(ExperimentSweep sweep, ExperimentFolder folder, IEnumerable<(Curve Curve, GrammarShape Shape)> settings,
        List<string> notes)
    {
        var planned = sweep.File.SeriesCells().OfType<ThresholdCell>().ToLookup(cell => (cell.Series, cell.Shape));
        var leftOut = sweep.File.LeftOut().OfType<ThresholdCell>().ToLookup(cell => (cell.Series, cell.Shape));
        foreach ((Curve curve, GrammarShape shape) in settings.Where(one => !planned.Contains((one.Curve.Name, one.Shape))))
        {
            string reason = Unlearnable.Reason(shape, curve.Controlled?.Target ?? Target.Latent)
                ?? TooLarge(curve, shape, leftOut[(curve.Name, shape)].First());
            if (!notes.Contains(reason)) notes.Add(reason);
        }
        if (planned.Count > 0) sweep.Measure(folder);
        var measured = sweep.Results<ThresholdCell>().Thresholds();
        Point[] points = [.. from one in settings
                             where planned.Contains((one.Curve.Name, one.Shape))
                             select new Point(one.Curve, one.Shape, measured[(one.Curve.Name, one.Shape)])];
        foreach (Point point in points)
        {
            IReadOnlyList<Crossing> crossings = point.Threshold.Crossings;
            int beyond = crossings.Count(crossing => crossing.Side == CrossingSide.Beyond);
            if (beyond == 0) continue;
            notes.Add(string.Create(CultureInfo.InvariantCulture, $"{point.Curve.Name}, {point.Shape}: not learned from "
                + $"{crossings.Max(crossing => crossing.Samples):G3} strings in {beyond} of {crossings.Count} "
                + $"grammars; P* is a lower bound"));
        }
        if (points.Any(point => point.Threshold.Value < SampleScales.Coverage(point.Shape)))
        {
            notes.Add("P* below coverage, v m log(v m): half of the way to 1 is reached before every tuple of a node was seen; "
                + "full accuracy needs coverage.");
        }
        return points;
    }

    private static string TooLarge(Curve curve, GrammarShape shape, ThresholdCell cell) => string.Create(CultureInfo.InvariantCulture,
        $"{curve.Name}, {shape}: about {cell.Start:G2} strings are needed, too many for this scale "
        + $"(at most {cell.Most / 2.0:G2}); not measured");

    private static string NameIn(Curve curve) => curve.Name.Replace(",", "");

    private static ResultTable Table(IReadOnlyList<Point> points) => ResultTable.Of(points,
        ("learner", point => NameIn(point.Curve)),
        ("L", point => point.Shape.Depth),
        ("s", point => point.Shape.Branching),
        ("v", point => point.Shape.Vocabulary),
        ("m", point => point.Shape.Multiplicity),
        ("P*", point => point.Threshold.Known.Value),
        ("95% low", point => point.Threshold.Known.Interval.Low),
        ("95% high", point => point.Threshold.Known.Interval.High),
        ("P*/leading order", point => point.Threshold.Known.Value / point.Curve.Leading(point.Shape)),
        ("P*/exact formula", point => point.Threshold.Known.Value / point.Curve.Exact(point.Shape)),
        ("P*/coverage", point => point.Threshold.Known.Value / SampleScales.Coverage(point.Shape)));

    /// <summary>
    /// Exponents in m and rates in L (from L = 3 on: a single level is easier than several) with 95% intervals, beside both predictions.
    /// </summary>
    private static IEnumerable<GrowthLaw> Laws(Point[] points, GrammarShape[] acrossM, GrammarShape[] acrossL)
    {
        foreach (var curve in points.GroupBy(point => point.Curve))
        {
            GrowthLaw? Law(string quantity, bool power, IEnumerable<Point> own) => GrowthLaw.Of(NameIn(curve.Key), quantity,
                [.. own.Select(point => ((double)(power ? point.Shape.Multiplicity : point.Shape.Depth), point.Threshold,
                    curve.Key.Leading(point.Shape), curve.Key.Exact(point.Shape)))], power);
            GrowthLaw? withM = Law($"d log P*/d log m at L={acrossM[0].Depth}", power: true,
                curve.Where(point => acrossM.Contains(point.Shape)));
            GrowthLaw? withL = Law($"d log P*/dL at m={acrossL[0].Multiplicity}", power: false,
                curve.Where(point => acrossL.Contains(point.Shape) && point.Shape.Depth >= 3));
            if (withM is not null) yield return withM;
            if (withL is not null) yield return withL;
        }
    }

    private static void Draw(ExperimentFolder folder, Curve[] single, Curve[] all, Point[] points, GrammarShape[] acrossM,
        GrammarShape[] acrossL)
    {
        Multiplot figure = Plots.Panels(3);
        string atDepth = $"L = {acrossM[0].Depth}, v = {acrossM[0].Vocabulary}";
        string atMultiplicity = $"m = {acrossL[0].Multiplicity}, v = {acrossL[0].Vocabulary}";
        static double LogM(GrammarShape shape) => Math.Log10(shape.Multiplicity);
        Panel(figure.GetPlot(0), single, acrossM, LogM, $"one cousin element, {atDepth}", "multiplicity m");
        Panel(figure.GetPlot(1), single, acrossL, shape => shape.Depth, $"one cousin element, {atMultiplicity}", "depth L");
        Panel(figure.GetPlot(2), all, acrossM, LogM, $"all cousin elements, {atDepth}", "multiplicity m");
        Plots.TicksAt(figure.GetPlot(0), acrossM.Select(shape => shape.Multiplicity), Math.Log10);
        Plots.TicksAt(figure.GetPlot(1), acrossL.Select(shape => shape.Depth), x => x);
        Plots.TicksAt(figure.GetPlot(2), acrossM.Select(shape => shape.Multiplicity), Math.Log10);
        // One scale of P for all three: the panels are compared.
        Point[] drawn = [.. points.Where(point => double.IsFinite(point.Threshold.Value))];
        if (drawn.Length > 0)
        {
            double least = Math.Min(drawn.Min(point => point.Threshold.Value), acrossM.Min(SampleScales.Coverage));
            double low = Math.Log10(least) - 0.2, high = Math.Log10(drawn.Max(point => point.Threshold.Value)) + 0.5;
            for (int i = 0; i < 3; i++) figure.GetPlot(i).Axes.SetLimitsY(low, high);
        }
        folder.Write(figure);

        void Panel(Plot plot, Curve[] curves, GrammarShape[] shapes, Func<GrammarShape, double> x, string title, string label)
        {
            for (int i = 0; i < curves.Length; i++)
            {
                Curve curve = curves[i];
                Color color = Figures.Palette[i];
                Point[] own = [.. points.Where(point => point.Curve == curve && shapes.Contains(point.Shape))
                    .OrderBy(point => x(point.Shape))];
                string name = $"{curve.Controlled?.Name ?? curve.Name}, dashed ∝ v {Power(curve)}";
                Plots.Thresholds(plot, own.Select(point => (x(point.Shape), point.Threshold, 1.0)), color, name);
                // The law through the middle measured point.
                if (own.Length == 0) continue;
                Point middle = own[own.Length / 2];
                double factor = middle.Threshold.Value / curve.Leading(middle.Shape);
                IEnumerable<(double, double)> law = own.Select(point => (x(point.Shape), Math.Log10(factor * curve.Leading(point.Shape))));
                Plots.Law(plot, law, color.WithAlpha(0.6), "");
            }
            Plots.Law(plot, shapes.Select(shape => (x(shape), Math.Log10(SampleScales.Coverage(shape)))), Colors.Gray,
                "coverage, v m log(v m)");
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
