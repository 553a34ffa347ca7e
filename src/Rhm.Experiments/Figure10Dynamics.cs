using System.Globalization;
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
    /// <summary>The experiment.</summary>
    public static Experiment Experiment { get; } = new("fig10-dynamics", """
        Figure 10: accuracy and prediction loss of each level while a network trains on 4 v m^3 strings (local learning rule). Quick: L=4,
        v=8, m=4; paper: L=7, v=10, m=7. Interrupted, it goes on from its checkpoint.

        Example:
          rhm reproduce fig10-dynamics --depths 5
        """, [nameof(ExperimentParameters.Depths)], Run);

    private static ExperimentReport Run(ExperimentFolder folder, RunContext setting, ExperimentParameters parameters)
    {
        bool paper = setting.Scale == Scale.Paper;
        if (parameters.Depths is { Count: > 1 }) throw new ArgumentException("one depth: the figure shows one network");
        var shape = new GrammarShape(parameters.Depths?[0] ?? (paper ? 7 : 4), 3, paper ? 10 : 8, paper ? 7 : 4);
        ulong seed = GrammarSeeds.OfDepth(setting.Seed, shape.Depth);
        var grammar = Grammar.Draw(shape, seed);
        var strings = new StringSampler(grammar, seed, (long)(4 * SampleScales.Latents(shape)));
        var trainer = new SlcTrainer(strings, new SlcShape(shape.Depth, 3, shape.Vocabulary, paper ? 128 : 32), new SlcObjective(),
            new SlcTraining { Steps = 50L * shape.Depth * shape.Multiplicity, Seed = seed, Threads = setting.Threads });
        using var store = new CsvStore(Path.Combine(folder.Path, "curves.csv"), $"training of rhm reproduce, {trainer.Network.Shape}, seed {setting.Seed}, {trainer.Training.Steps} steps, {CsvStore.Versions(SlcLearner.Learner)}",
            "level,step,accuracy,prediction_loss,clustering_loss");
        var points = new SortedDictionary<(int Level, long Step), (double Accuracy, double Loss)>();
        double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
        foreach (string[] row in store.Rows) points[((int)Number(row[0]), (long)Number(row[1]))] = (Number(row[2]), Number(row[3]));
        string checkpoint = Path.Combine(folder.Path, "network.safetensors");
        if (points.Count > 0 && File.Exists(checkpoint)) SlcCheckpoint.Load(checkpoint, trainer);
        SlcRun.Train(trainer, grammar, seed, points: 60, checkpoint, point =>
        {
            foreach (SlcLevelScore level in point.Score!.Levels)
            {
                double loss = point.Losses?.Prediction[level.Level - 1] ?? double.NaN, clustering = point.Losses?.Clustering[level.Level - 1] ?? double.NaN;
                points[(level.Level, point.Step)] = (level.Accuracy, loss);
                store.Append(string.Create(CultureInfo.InvariantCulture, $"{level.Level},{point.Step},{level.Accuracy:R},{loss:R},{clustering:R}"));
            }
        }, setting.Progress, setting.Cancellation);

        Multiplot figure = Plots.Panels(1, 2);
        Plot accuracy = figure.GetPlot(0), loss = figure.GetPlot(1);
        var rows = new List<IReadOnlyList<object>>();
        for (int level = 1; level < shape.Depth; level++)
        {
            int l = level;
            var own = points.Where(point => point.Key.Level == l).ToList();
            Color color = Figures.Ordered(l - 1, shape.Depth - 1);
            Line(accuracy, own.Select(point => (point.Key.Step, point.Value.Accuracy)), color, $"level {l}");
            Line(loss, own.Where(point => double.IsFinite(point.Value.Loss)).Select(point => (point.Key.Step, point.Value.Loss)), color, $"level {l - 1}");
            double Reached(double least) => own.Where(point => point.Value.Accuracy >= least).Select(point => (double)point.Key.Step).FirstOrDefault(double.NaN);
            rows.Add([l, Reached(0.5), Reached(0.9), own[^1].Value.Accuracy]);
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
        var table = new ResultTable(["level", "step of accuracy 0.5", "step of accuracy 0.9", "last accuracy"], rows);
        folder.Write(table);
        folder.Write(figure, 1300, 480);
        bool ordered = rows.Zip(rows.Skip(1)).All(pair => (double)pair.First[1] <= (double)pair.Second[1]);
        return new ExperimentReport(table, [ordered ? "Accuracy 0.5 is reached level by level, from below." : "Accuracy 0.5 is not reached level by level."]);
    }

    private static void Line(Plot plot, IEnumerable<(long Step, double Value)> points, Color color, string name)
    {
        var all = points.ToList();
        var line = plot.Add.ScatterLine(all.Select(point => (double)point.Step).ToArray(), all.Select(point => point.Value).ToArray(), color);
        line.LegendText = name;
        line.LineWidth = 2;
    }
}
