using System.Globalization;
using Rhm.Experiments.Measurements;
using Rhm.Experiments.Plotting;
using Rhm.Grammars;
using Rhm.Learning;
using Rhm.Levelwise;
using Rhm.Population;
using Rhm.Sweeps;
using ScottPlot;

namespace Rhm.Experiments;

/// <summary>
/// P* of all learners about which theory says something, at a user's own setting and at a neighbour in m and in L: as a sweep of
/// thresholds, a table and a figure.
/// </summary>
/// <param name="Shape">The setting.</param>
public sealed record SettingThresholds(GrammarShape Shape)
{
    /// <summary>Largest seed: values of sweep files are doubles.</summary>
    private const ulong MaxSeed = 1UL << 53;

    /// <summary>Zipf exponent of the rule probabilities.</summary>
    public double Zipf { get; init; }

    /// <summary>Random grammars of each learner and setting, at least 2.</summary>
    public int Grammars { get; init; } = 16;

    /// <summary>Most strings that are tried: what may need more than half of them is left out.</summary>
    public long Most { get; init; } = 1L << 26;

    /// <summary>Seed of everything.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>The learners.</summary>
    public IReadOnlyList<ComparedLearner> Learners { get; init; } = ComparedLearner.All;

    /// <summary>How the command begins: the setting and the seed.</summary>
    public string Setting => string.Create(CultureInfo.InvariantCulture,
        $"rhm check -L {Shape.Depth} -s {Shape.Branching} -v {Shape.Vocabulary} -m {Shape.Multiplicity}")
        + (Shape.Classes == Shape.Vocabulary ? "" : $" --classes {Shape.Classes}")
        + (Zipf == 0 ? "" : $" --zipf {LearnerParameter.Format(Zipf)}")
        + (Seed == 1 ? "" : $" --seed {Seed}");

    /// <summary>The command.</summary>
    public string Command => $"{Setting} --grammars {Grammars}" + (Most == 1L << 26 ? "" : $" --most {Most}");

    /// <summary>The folder of the setting where none is given: check-L3-s3-v8-m8.</summary>
    public string FolderName => Setting["rhm ".Length..].Replace(" --", "-", StringComparison.Ordinal)
        .Replace(" -", "-", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal);

    /// <summary>
    /// The neighbour in m: half of it, or, below 8, where synonyms are too few for a law, twice as many; then half of it where twice as
    /// many do not exist. Null where neither does.
    /// </summary>
    public GrammarShape? OtherMultiplicity
    {
        get
        {
            int m = Shape.Multiplicity;
            GrammarShape? half = m >= 4 ? With(Shape.Depth, m / 2) : null;
            bool exists = 2 * m < Math.Pow(Shape.Vocabulary, Shape.Branching - 1)
                && 2.0 * m * Shape.Classes < Math.Pow(Shape.Vocabulary, Shape.Branching);
            return m >= 8 || !exists ? half : With(Shape.Depth, 2 * m);
        }
    }

    /// <summary>The neighbour in L: one less, or one more where that would be 2. Null at L = 2, because one level is easier to learn than
    /// several, and depths from 3 on are compared.</summary>
    public GrammarShape? OtherDepth => Shape.Depth switch
    {
        2 => null,
        3 => With(4, Shape.Multiplicity),
        _ => With(Shape.Depth - 1, Shape.Multiplicity),
    };

    private GrammarShape[] Shapes => [.. new[] { Shape, OtherMultiplicity, OtherDepth }.OfType<GrammarShape>()];

    private GrammarShape With(int depth, int multiplicity) =>
        new(depth, Shape.Branching, Shape.Vocabulary, multiplicity, Shape.Classes);

    private AnnealedLaws Laws(GrammarShape shape) => new(shape) { Zipf = Zipf };

    /// <summary>Refuses what no learner can learn, and what does not fit.</summary>
    /// <exception cref="ArgumentException">One sentence says why.</exception>
    public void Require()
    {
        Unlearnable.RefuseForAll(Shape);
        if (Grammars < 2) throw new ArgumentException($"number of grammars {Grammars} must be at least 2: one grammar has no interval");
        if (Most < 1) throw new ArgumentException($"largest number of strings {Most} must be at least 1");
        if (Seed > MaxSeed) throw new ArgumentException($"seed {Seed} must be at most 2^53");
        foreach (ComparedLearner learner in Learners)
            learner.Learner.Require(Shape, Most, learner.Learner.Options(learner.Parameters));
        string?[] reasons = [.. Learners.Select(learner => Reason(learner, Shape))];
        if (reasons.All(reason => reason is not null)) throw new ArgumentException(reasons[0]!);
    }

    /// <summary>What is not measured, and why: one sentence for each reason.</summary>
    public IReadOnlyList<string> LeftOut
    {
        get
        {
            var reasons = (from shape in Shapes from learner in Learners select Reason(learner, shape)).OfType<string>().ToList();
            if (OtherMultiplicity is null) reasons.Add("no neighbour in m exists: how P* grows with m is not measured");
            if (OtherDepth is null) reasons.Add("L = 2: how P* grows with the depth is compared from L = 3 on");
            return [.. reasons.Distinct()];
        }
    }

    /// <summary>Why a learner is not measured at a setting; null where it is. Neighbours tell nothing where the setting itself is not
    /// measured.</summary>
    private string? Reason(ComparedLearner learner, GrammarShape shape)
    {
        if (shape != Shape && Reason(learner, Shape) is string here) return here;
        if (Zipf == 0 && shape.Classes == shape.Vocabulary && Unlearnable.Reason(shape, learner.Target) is string never) return never;
        if (learner.Target == Target.Token && shape.Depth == 2)
            return "L = 2: elements of cousin tuples are tokens, so that the two targets are one";
        AnnealedLaws laws = Laws(shape);
        double start = learner.Start * learner.LeadingOrder(laws), annealed = learner.Annealed(laws);
        if (!(annealed > 0) || double.IsInfinity(annealed))
            return $"{learner.Name}, {shape}: the annealed formula gives no number of strings; not measured";
        return start <= Most / 2.0
            ? null
            : string.Create(CultureInfo.InvariantCulture,
                $"{learner.Name}, {shape}: about {start:G2} strings are needed, of which --most {Most} allows half; not measured");
    }

    /// <summary>The thresholds to measure: one cell for each learner, setting and grammar.</summary>
    public SweepFile Sweep()
    {
        Require();
        SweepText text = new SweepText().Set("kind", ThresholdCell.KindName).Set("seed", Seed).Set("grammars", Grammars).Set("zipf", Zipf)
            .Set("most", Most);
        foreach (ComparedLearner learner in Learners)
        {
            foreach (GrammarShape shape in Shapes.Where(shape => Reason(learner, shape) is null))
            {
                text.Table("learner").Set("name", learner.Learner.Name).Set("series", learner.Name).Set(shape);
                foreach ((string name, object value) in learner.Parameters) text.Set(name, value);
                text.Set(ThresholdCell.StartName(learner.Learner), Math.Max(1, learner.Start * learner.LeadingOrder(Laws(shape))));
            }
        }
        return SweepFile.Parse("check.toml", text.Contents, new Dictionary<string, IReadOnlyList<double>>());
    }

    /// <summary>Reads what was measured, and writes the table and the figure; the store's cells as results.csv.</summary>
    /// <param name="folder">Receives the files.</param>
    /// <param name="run">The sweep, with all results.</param>
    /// <exception cref="InvalidOperationException">A cell failed.</exception>
    public IReadOnlyList<SettingThreshold> Write(ExperimentFolder folder, SweepRun run)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(run);
        var measured = ExperimentSweep.Results<ThresholdCell>(folder, run).Thresholds();
        SettingThreshold[] points = [.. from learner in Learners
                                        from shape in Shapes
                                        where measured.ContainsKey((learner.Name, shape))
                                        let laws = Laws(shape)
                                        select new SettingThreshold(learner, shape, measured[(learner.Name, shape)],
                                            learner.LeadingOrder(laws), learner.Annealed(laws))];
        folder.Write(Table(points));
        Draw(folder, points);
        return points;
    }

    private ResultTable Table(IReadOnlyList<SettingThreshold> points) => ResultTable.Of(points,
        ("learner", point => point.Learner.Name),
        ("L", point => point.Shape.Depth),
        ("s", point => point.Shape.Branching),
        ("v", point => point.Shape.Vocabulary),
        ("m", point => point.Shape.Multiplicity),
        ("classes", point => point.Shape.Classes),
        ("zipf", _ => Zipf),
        ("P*", point => point.P.Known.Value),
        ("95% low", point => point.P.Known.Interval.Low),
        ("95% high", point => point.P.Known.Interval.High),
        ("grammars", point => point.P.Crossings.Count),
        ("leading order", point => point.LeadingOrder),
        ("annealed", point => point.Annealed),
        ("P*/leading order", point => point.P.Known.Value / point.LeadingOrder),
        ("P*/annealed", point => point.P.Known.Value / point.Annealed));

    /// <summary>P* at the setting, against m and against L: symbols are measured, dashes the annealed formula times the constant that it
    /// has at the setting.</summary>
    private void Draw(ExperimentFolder folder, IReadOnlyList<SettingThreshold> points)
    {
        (GrammarShape? Other, bool AcrossM)[] neighbours = [(OtherMultiplicity, true), (OtherDepth, false)];
        neighbours = [.. neighbours.Where(one => points.Any(point => point.Shape == one.Other))];
        int panels = 1 + neighbours.Length;
        Multiplot figure = Plots.Panels(panels);
        Plot here = figure.GetPlot(0);
        SettingThreshold[] own = [.. points.Where(point => point.Shape == Shape)];
        for (int i = 0; i < own.Length; i++)
        {
            Plots.Thresholds(here, [(i, own[i].P, 1.0)], ColorOf(own[i].Learner), own[i].Learner.Name);
            Mark(here, i - 0.2, own[i].LeadingOrder, MarkerShape.OpenDiamond, i == 0 ? "leading order" : "");
            Mark(here, i + 0.2, own[i].Annealed, MarkerShape.HorizontalBar, i == 0 ? "annealed formula" : "");
        }
        here.Axes.Bottom.TickGenerator = new ScottPlot.TickGenerators.NumericManual();
        here.Axes.SetLimitsX(-0.6, own.Length - 0.4);
        Finish(here, $"{Shape}{(Zipf == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", zipf {Zipf}"))}", "");
        for (int i = 1; i < panels; i++)
        {
            (GrammarShape? other, bool acrossM) = neighbours[i - 1];
            Panel(figure.GetPlot(i), points, [Shape, other!], acrossM);
        }
        double[] drawn = [.. points.SelectMany(point => new[] { point.P.Value, point.LeadingOrder, point.Annealed })];
        for (int i = 0; i < panels; i++)
            figure.GetPlot(i).Axes.SetLimitsY(Math.Log10(drawn.Min()) - 0.2, Math.Log10(drawn.Max()) + 0.4);
        folder.Write(figure);
    }

    private void Panel(Plot plot, IReadOnlyList<SettingThreshold> points, GrammarShape[] shapes, bool acrossM)
    {
        Func<GrammarShape, double> x = acrossM ? shape => Math.Log10(shape.Multiplicity) : shape => shape.Depth;
        foreach (var curve in points.Where(point => shapes.Contains(point.Shape)).GroupBy(point => point.Learner))
        {
            Color color = ColorOf(curve.Key);
            Plots.Thresholds(plot, curve.Select(point => (x(point.Shape), point.P, 1.0)), color, curve.Key.Name);
            SettingThreshold? own = curve.FirstOrDefault(point => point.Shape == Shape);
            if (own is null) continue;
            Plots.Law(plot, curve.OrderBy(point => x(point.Shape)).Select(point =>
                (x(point.Shape), Math.Log10(point.Annealed * own.P.Value / own.Annealed))), color.WithAlpha(0.6), "");
        }
        double[] ends = [.. shapes.Select(x)];
        double margin = 0.25 * (ends.Max() - ends.Min());
        plot.Axes.SetLimitsX(ends.Min() - margin, ends.Max() + margin);
        Plots.TicksAt(plot, shapes.Select(shape => acrossM ? shape.Multiplicity : shape.Depth), acrossM ? Math.Log10 : depth => depth);
        string fixedOne = acrossM ? $"L = {Shape.Depth}" : $"m = {Shape.Multiplicity}";
        Finish(plot, $"{fixedOne}, dashed: annealed", acrossM ? "multiplicity m" : "depth L");
    }

    private static void Mark(Plot plot, double x, double strings, MarkerShape shape, string name)
    {
        ScottPlot.Plottables.Marker marker = plot.Add.Marker(x, Math.Log10(strings), shape, 8, Colors.Black);
        marker.MarkerLineWidth = 1.2f;
        marker.LegendText = name;
    }

    private Color ColorOf(ComparedLearner learner) => Figures.Palette[Learners.Index().First(one => one.Item == learner).Index];

    private static void Finish(Plot plot, string title, string label)
    {
        Figures.LogarithmicY(plot);
        plot.Title(title);
        plot.XLabel(label);
        plot.YLabel("strings P*");
    }
}
