using Rhm.Experiments.Measurements;
using Rhm.Experiments.Plotting;
using Rhm.Grammars;
using Rhm.Networks.StackedLatentClustering;
using Rhm.Population;
using Rhm.Randomness;
using Rhm.Running;
using Rhm.Strings;
using ScottPlot;

namespace Rhm.Experiments;

/// <summary>Figure 10: the stacked latent clustering network learns the levels one after the other.</summary>
public static class Figure10Dynamics
{
    private const int Looks = 60;

    private static readonly CsvFormat<DynamicsPoint> s_format = new(
        row => new DynamicsPoint(row.Int("level"), row.Long("step"), row.Number("accuracy"), row.Number("prediction_loss"),
            row.Number("clustering_loss")),
        ("level", point => point.Level),
        ("step", point => point.Step),
        ("accuracy", point => point.Accuracy),
        ("prediction_loss", point => point.PredictionLoss),
        ("clustering_loss", point => point.ClusteringLoss));

    /// <summary>When a level is learned.</summary>
    private sealed record LevelResult(int Level, double Half, double Nearly, double Last);

    /// <summary>The experiment.</summary>
    public static Experiment Experiment { get; } = new("fig10-dynamics", """
        Figure 10: accuracy and prediction loss of each level while a network trains on 4 v m^3 strings (local learning rule). Quick: L=4,
        v=8, m=4; paper: L=7, v=10, m=7. Interrupted, it goes on from its checkpoint.

        Example:
          rhm reproduce fig10-dynamics --depths 5
        """, [nameof(ExperimentParameters.Depths)], Run);

    private static ExperimentReport Run(ExperimentFolder folder, RunContext setting, ExperimentParameters parameters)
    {
        if (parameters.Depths is { Count: > 1 }) throw new ArgumentException("one depth: the figure shows one network");
        var shape = new GrammarShape(parameters.Depths?[0] ?? setting.Pick(4, 7), 3, setting.Pick(8, 10), setting.Pick(4, 7));
        IReadOnlyList<DynamicsPoint> points = Measure(folder, setting, shape);
        LevelResult[] levels = [.. Enumerable.Range(1, shape.Depth - 1).Select(level => Result(level, points))];
        var table = ResultTable.Of(levels, ("level", one => one.Level), ("step of accuracy 0.5", one => one.Half),
            ("step of accuracy 0.9", one => one.Nearly), ("last accuracy", one => one.Last));
        folder.Write(table);
        Draw(folder, shape, points);
        bool ordered = levels.Zip(levels.Skip(1)).All(pair => pair.First.Half <= pair.Second.Half);
        return new ExperimentReport(table,
            [ordered ? "Accuracy 0.5 is reached level by level, from below." : "Accuracy 0.5 is not reached level by level."]);
    }

    /// <summary>Trains the network, or what is left of its training, and returns its points in order of level and step.</summary>
    private static IReadOnlyList<DynamicsPoint> Measure(ExperimentFolder folder, RunContext setting, GrammarShape shape)
    {
        ulong seed = GrammarSeeds.OfDepth(setting.Seed, shape.Depth);
        var grammar = Grammar.Draw(shape, seed);
        var strings = new StringSampler(grammar, seed, (long)(4 * SampleScales.Latents(shape)));
        var network = new SlcShape(shape.Depth, shape.Branching, shape.Vocabulary, setting.Pick(32, 128));
        var trainer = new SlcTrainer(strings, network, new SlcObjective(),
            new SlcTraining { Steps = 50L * shape.Depth * shape.Multiplicity, Seed = seed, Threads = setting.Threads });
        string title = $"training of rhm reproduce, {trainer.Network.Shape}, seed {setting.Seed}, {trainer.Training.Steps} steps, "
            + CsvStore.Versions(SlcLearner.Learner);
        using var store = new CsvStore<DynamicsPoint>(Path.Combine(folder.Path, "curves.csv"), title, s_format);
        // A training that goes on may look again at what was looked at before it was interrupted: the later look counts.
        var points = new SortedDictionary<(int Level, long Step), DynamicsPoint>();
        void Add(DynamicsPoint point) => points[(point.Level, point.Step)] = point;
        foreach (DynamicsPoint point in store.Rows) Add(point);
        string checkpoint = Path.Combine(folder.Path, "network.safetensors");
        if (points.Count > 0 && File.Exists(checkpoint)) SlcCheckpoint.Load(checkpoint, trainer);
        SlcRun.Train(trainer, grammar, seed, Looks, checkpoint, look =>
        {
            foreach (SlcLevelScore level in look.Score!.Levels)
            {
                double Loss(IReadOnlyList<double>? losses) => losses?[level.Level - 1] ?? double.NaN;
                var point = new DynamicsPoint(level.Level, look.Step, level.Accuracy, Loss(look.Losses?.Prediction),
                    Loss(look.Losses?.Clustering));
                Add(point);
                store.Append(point);
            }
        }, setting.Progress, setting.Cancellation);
        return [.. points.Values];
    }

    private static LevelResult Result(int level, IReadOnlyList<DynamicsPoint> points)
    {
        DynamicsPoint[] own = [.. points.Where(point => point.Level == level)];
        double Reached(double least) =>
            own.Where(point => point.Accuracy >= least).Select(point => (double)point.Step).FirstOrDefault(double.NaN);
        return new LevelResult(level, Reached(0.5), Reached(0.9), own[^1].Accuracy);
    }

    private static void Draw(ExperimentFolder folder, GrammarShape shape, IReadOnlyList<DynamicsPoint> points)
    {
        Multiplot figure = Plots.Panels(1, 2);
        Plot accuracy = figure.GetPlot(0), loss = figure.GetPlot(1);
        for (int level = 1; level < shape.Depth; level++)
        {
            DynamicsPoint[] own = [.. points.Where(point => point.Level == level)];
            Color color = Figures.Ordered(level - 1, shape.Depth - 1);
            Line(accuracy, own.Select(point => (point.Step, point.Accuracy)), color, $"level {level}");
            IEnumerable<DynamicsPoint> known = own.Where(point => double.IsFinite(point.PredictionLoss));
            Line(loss, known.Select(point => (point.Step, point.PredictionLoss)), color, $"level {level - 1}");
        }
        accuracy.Axes.SetLimitsY(0, 1.05);
        accuracy.Title($"the levels are learned one after the other ({shape})");
        accuracy.YLabel("one-to-one accuracy");
        loss.Title("cross-entropy of cousin elements");
        loss.YLabel("nats");
        foreach (Plot plot in (Plot[])[accuracy, loss])
        {
            plot.XLabel("training step");
            plot.ShowLegend(plot == accuracy ? Alignment.LowerRight : Alignment.UpperRight);
        }
        folder.Write(figure, 1300, 480);
    }

    private static void Line(Plot plot, IEnumerable<(long Step, double Value)> points, Color color, string name)
    {
        var all = points.ToList();
        var line = plot.Add.ScatterLine(
            all.Select(point => (double)point.Step).ToArray(), all.Select(point => point.Value).ToArray(), color);
        line.LegendText = name;
        line.LineWidth = 2;
    }
}
