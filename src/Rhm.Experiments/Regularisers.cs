using System.Globalization;
using Rhm.Experiments.Measurements;
using Rhm.Experiments.Plotting;
using Rhm.Grammars;
using Rhm.Learning;
using Rhm.Networks.JointEmbedding;
using Rhm.Population;
using Rhm.Running;
using Rhm.Statistics;
using Rhm.Thresholds;
using ScottPlot;

namespace Rhm.Experiments;

/// <summary>
/// Beyond the paper: which ways to keep embeddings apart reach the v m^2 strings of own latents. P* against m for every objective of joint
/// embedding on the same encoder, and accuracy and effective rank against steps at 2 v m^2 strings.
/// </summary>
public static class Regularisers
{
    private const double LearnedAccuracy = 0.95;

    /// <summary>The experiment.</summary>
    public static Experiment Experiment { get; } = new("regularisers", """
        Strings P* that the objectives of rhm joint-embedding need, all on the same encoder (L=2, s=3, v=8): against m, with its power, and
        at 2 v m^2 strings and the largest m the accuracy and the effective rank of the embeddings against the number of steps. Settings of
        each objective are the best of twelve (docs/tried.md).

        Examples:
          rhm reproduce regularisers
          rhm reproduce regularisers --vocabulary 16 --multiplicities 8,16
        """, ExperimentParameters.All, Run);

    private sealed record Method(string Name, JointEmbeddingObjective Objective, Color Color)
    {
        public JointEmbeddingOptions Options { get; } = JointEmbeddingOptions.Tuned(Objective);

        public JointEmbeddingLearnerOptions With(long steps) => new() { Embedding = Options with { Steps = steps } };
    }

    private sealed record Point(Method Method, GrammarShape Shape, SampleComplexity Threshold);

    /// <summary>A training of so many steps, mean over grammars.</summary>
    private sealed record Training(Method Method, long Steps, double Accuracy, double Rank);

    private static readonly Method[] s_methods =
    [
        new("VAMP-2", JointEmbeddingObjective.Vamp, Figures.Palette[0]),
        new("spectral contrastive", JointEmbeddingObjective.SpectralContrastive, Figures.Palette[1]),
        new("Barlow Twins", JointEmbeddingObjective.BarlowTwins, Figures.Palette[2]),
        new("VICReg", JointEmbeddingObjective.VicReg, Figures.Palette[3]),
        new("SIGReg", JointEmbeddingObjective.SigReg, Figures.Palette[4]),
        new("whitened teacher", JointEmbeddingObjective.WhitenedTeacher, Figures.Palette[6]),
        new("teacher alone", JointEmbeddingObjective.Teacher, Colors.Gray),
        new("elements", JointEmbeddingObjective.Elements, Colors.Black),
    ];

    private static ExperimentReport Run(ExperimentFolder folder, RunContext setting, ExperimentParameters parameters)
    {
        bool paper = setting.Scale == Scale.Paper;
        int grammars = parameters.Grammars ?? (paper ? 8 : 3);
        int depth = parameters.Depths?[0] ?? 2, s = parameters.Branching ?? 3, v = parameters.Vocabulary ?? 8;
        int[] multiplicities = [.. (parameters.Multiplicities ?? (paper ? [4, 8, 16, 32] : [4, 8, 16])).Distinct().Order()];
        GrammarShape[] shapes = [.. multiplicities.Select(m => new GrammarShape(depth, s, v, m))];
        foreach (GrammarShape shape in shapes) Unlearnable.Refuse(shape);
        using var runs = new LearningRuns(folder.Path, setting);
        (Method Method, GrammarShape Shape)[] wanted = [.. from method in s_methods from shape in shapes select (method, shape)];
        IReadOnlyList<IReadOnlyList<SampleComplexity>> measured = runs.Measure([.. wanted.Select(item => runs.Keep(
            new ThresholdMeasurement(JointEmbeddingLearner.Learner, item.Method.With(item.Method.Options.Steps), item.Shape)
            {
                Grammars = grammars,
                Start = SampleScales.Spectral(item.Shape),
                Most = (long)(32 * SampleScales.Spectral(item.Shape)),
            }))]);
        Point[] points = [.. wanted.Zip(measured, (item, threshold) => new Point(item.Method, item.Shape, threshold[0]))];
        Training[] trainings = [.. Trainings(setting, shapes[^1], grammars, paper)];
        GrowthLaw[] laws = [.. from method in s_methods
                               let law = Law(points, method)
                               where law is not null
                               select law];
        ResultTable table = Table(points, trainings, laws);
        folder.Write(table);
        folder.Write(ResultTable.Of(trainings, ("objective", row => row.Method.Name), ("steps", row => row.Steps),
            ("accuracy", row => row.Accuracy), ("effective rank", row => row.Rank)), "steps.csv");
        Draw(folder, points, trainings, shapes);
        return new ExperimentReport(table, [.. laws.Select(law => string.Create(CultureInfo.InvariantCulture,
            $"{law} (95%); leading order {law.Leading:0.00}, formula over the same settings {law.Exact:0.00}"))]);
    }

    /// <summary>Accuracy and rank at 2 v m^2 strings after more and more steps.</summary>
    private static IEnumerable<Training> Trainings(RunContext setting, GrammarShape shape, int grammars, bool paper)
    {
        long samples = (long)(2 * SampleScales.Spectral(shape));
        long[] steps = paper ? [60, 125, 250, 500, 1000, 2000, 4000] : [60, 125, 250, 500, 1000];
        var wanted = (from method in s_methods
                      from count in steps
                      from grammar in Enumerable.Range(0, grammars)
                      select (method, count, grammar)).ToList();
        var results = new LearningResult[wanted.Count];
        setting.ForEach([.. Enumerable.Range(0, wanted.Count)], number =>
        {
            (Method method, long count, int grammar) = wanted[number];
            ulong seed = Randomness.GrammarSeeds.OfNumber(setting.Seed, grammar);
            results[number] = JointEmbeddingLearner.Learner.Learn(new LearningProblem(Grammar.Draw(shape, seed), samples)
            {
                Seed = seed,
                HeldOut = 1000,
                Cancellation = setting.Cancellation,
            }, method.With(count));
        });
        return wanted.Zip(results).GroupBy(one => (one.First.method, one.First.count)).Select(group => new Training(group.Key.method,
            group.Key.count, group.Average(one => one.Second.Accuracy[^1]),
            group.Average(one => one.Second.Measures[$"rank_level{shape.Depth - 1}"])));
    }

    private static GrowthLaw? Law(Point[] points, Method method)
    {
        IEnumerable<Point> own = points.Where(point => point.Method == method && point.Threshold.Complete);
        GrammarShape shape = points[0].Shape;
        return GrowthLaw.Of(method.Name, $"d log P*/d log m at L={shape.Depth} v={shape.Vocabulary}",
            [.. own.Select(point => ((double)point.Shape.Multiplicity, point.Threshold, double.NaN,
                new AnnealedLaws(point.Shape).KestenStigumThreshold))], power: true, method.Name == "elements" ? 3 : 2);
    }

    private static ResultTable Table(Point[] points, Training[] trainings, GrowthLaw[] laws) => ResultTable.Of(points,
        ("objective", point => point.Method.Name),
        ("m", point => point.Shape.Multiplicity),
        ("P*", point => point.Threshold.Value),
        ("95% low", point => point.Threshold.Interval.Low),
        ("95% high", point => point.Threshold.Interval.High),
        ("P*/(v m^2)", point => point.Threshold.Value / SampleScales.Spectral(point.Shape)),
        ("P*/Kesten-Stigum", point => point.Threshold.Value / new AnnealedLaws(point.Shape).KestenStigumThreshold),
        ("power of m", point => laws.FirstOrDefault(law => law.Learner == point.Method.Name)?.Measured ?? double.NaN),
        ("effective rank", point => trainings.Last(one => one.Method == point.Method).Rank),
        ("steps to 0.95", point => trainings.FirstOrDefault(one => one.Method == point.Method && one.Accuracy >= LearnedAccuracy)?.Steps
            ?? double.NaN));

    private static void Draw(ExperimentFolder folder, Point[] points, Training[] trainings, GrammarShape[] shapes)
    {
        Multiplot figure = Plots.Panels(3);
        Plot plot = figure.GetPlot(0);
        foreach (Method method in s_methods)
        {
            Plots.Thresholds(plot, points.Where(point => point.Method == method)
                .Select(point => (Math.Log10(point.Shape.Multiplicity), point.Threshold, 1.0)), method.Color, method.Name);
        }
        void Law(Func<GrammarShape, double> strings, Color color, string name) =>
            Plots.Law(plot, shapes.Select(shape => (Math.Log10(shape.Multiplicity), Math.Log10(strings(shape)))), color, name);
        Law(shape => new AnnealedLaws(shape).KestenStigumThreshold, Colors.Black, "Kesten-Stigum threshold");
        Figures.LogarithmicY(plot);
        Plots.TicksAt(plot, shapes.Select(shape => shape.Multiplicity), x => Math.Log10(x));
        plot.Title("P* of every objective");
        plot.XLabel($"multiplicity m (L = {shapes[0].Depth}, v = {shapes[0].Vocabulary})");
        plot.YLabel("strings P*");
        Curve(figure.GetPlot(1), trainings, one => one.Accuracy, "accuracy at 2 v m² strings", "accuracy of the top latents");
        Curve(figure.GetPlot(2), trainings, one => one.Rank, "effective rank of the embeddings", "effective rank");
        folder.Write(figure);
    }

    private static void Curve(Plot plot, Training[] trainings, Func<Training, double> value, string title, string label)
    {
        foreach (Method method in s_methods)
        {
            Training[] own = [.. trainings.Where(one => one.Method == method)];
            var line = plot.Add.Scatter(own.Select(one => Math.Log10(one.Steps)).ToArray(), own.Select(value).ToArray(), method.Color);
            line.LegendText = method.Name;
        }
        Plots.TicksAt(plot, trainings.Select(one => (int)one.Steps).Distinct(), x => Math.Log10(x));
        plot.Title(title);
        plot.XLabel("steps");
        plot.YLabel(label);
    }
}
