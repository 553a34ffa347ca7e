using Rhm.Experiments.Cells;
using Rhm.Experiments.Measurements;
using Rhm.Experiments.Plotting;
using Rhm.Grammars;
using Rhm.Running;
using Rhm.Sweeps;
using ScottPlot;

namespace Rhm.Experiments;

/// <summary>Figure 10: the stacked latent clustering network learns the levels one after the other.</summary>
public static class Figure10Dynamics
{
    /// <summary>When a level is learned.</summary>
    private sealed record LevelResult(int Level, double Half, double Nearly, double Last);

    /// <summary>The experiment.</summary>
    public static Experiment Experiment { get; } = new("fig10-dynamics", """
        Figure 10: accuracy and prediction loss of each level while a network trains on 4 v m^3 strings (local learning rule). Quick: L=4,
        v=8, m=4; paper: L=7, v=10, m=7.

        Example:
          rhm reproduce fig10-dynamics --depths 5
        """, [nameof(ExperimentParameters.Depths)], Run)
    {
        Sweep = (setting, parameters) => SweepOf(setting, parameters).File,
    };

    private static ExperimentReport Run(ExperimentFolder folder, RunContext setting, ExperimentParameters parameters)
    {
        if (parameters.Depths is { Count: > 1 }) throw new ArgumentException("one depth: the figure shows one network");
        ExperimentSweep sweep = SweepOf(setting, parameters);
        sweep.Measure(folder);
        MeasuredCell<FunctionCell> trained = sweep.Results<FunctionCell>().Single();
        GrammarShape shape = ((SlcNetworkOptions)trained.Cell.Options).Shape;
        IReadOnlyList<DynamicsPoint> points = [.. Points(trained.Outcome.Measures!, shape)];
        LevelResult[] levels = [.. Enumerable.Range(1, shape.Depth - 1).Select(level => Result(level, points))];
        var table = ResultTable.Of(levels, ("level", one => one.Level), ("step of accuracy 0.5", one => one.Half),
            ("step of accuracy 0.9", one => one.Nearly), ("last accuracy", one => one.Last));
        folder.Write(table);
        Draw(folder, shape, points);
        bool ordered = levels.Zip(levels.Skip(1)).All(pair => pair.First.Half <= pair.Second.Half);
        return new ExperimentReport(table,
            [ordered ? "Accuracy 0.5 is reached level by level, from below." : "Accuracy 0.5 is not reached level by level."]);
    }

    private static ExperimentSweep SweepOf(RunContext setting, ExperimentParameters parameters) =>
        ExperimentSweep.Of("fig10-dynamics", setting, ("depth", Given.Of(parameters.Depths)));

    /// <summary>The points of the training in order of level and step.</summary>
    private static IEnumerable<DynamicsPoint> Points(IReadOnlyDictionary<string, double> measures, GrammarShape shape) =>
        from level in Enumerable.Range(1, shape.Depth - 1)
        from point in CellCurve.Points(measures)
        let value = (Func<string, double>)(name => point.Value.GetValueOrDefault($"{name}_level{level}", double.NaN))
        select new DynamicsPoint(level, point.Key, value("accuracy"), value("prediction_loss"), value("clustering_loss"));

    private static LevelResult Result(int level, IReadOnlyList<DynamicsPoint> points)
    {
        DynamicsPoint[] own = [.. points.Where(point => point.Level == level)];
        double Reached(double least) =>
            own.Where(point => point.Accuracy >= least).Select(point => (double)point.Step).FirstOrDefault(double.NaN);
        return new LevelResult(level, Reached(0.5), Reached(0.9), own[^1].Accuracy);
    }

    private static void Draw(ExperimentFolder folder, GrammarShape shape, IReadOnlyList<DynamicsPoint> points)
    {
        Multiplot figure = Plots.Panels(2);
        Plot accuracy = figure.GetPlot(0), loss = figure.GetPlot(1);
        for (int level = 1; level < shape.Depth; level++)
        {
            DynamicsPoint[] own = [.. points.Where(point => point.Level == level)];
            Color color = Figures.Ordered(level - 1, shape.Depth - 1);
            Line(accuracy, own.Select(point => (point.Step, point.Accuracy)), color, $"level {level}");
            IEnumerable<DynamicsPoint> known = own.Where(point => double.IsFinite(point.PredictionLoss));
            Line(loss, known.Select(point => (point.Step, point.PredictionLoss)), color, $"level {level}");
        }
        accuracy.Axes.SetLimitsY(0, 1.05);
        accuracy.Title($"the levels are learned one after the other ({shape})");
        accuracy.YLabel("one-to-one accuracy");
        loss.Title("cross-entropy of cousin elements, a level below");
        loss.YLabel("nats");
        foreach (Plot plot in (Plot[])[accuracy, loss]) plot.XLabel("training step");
        folder.Write(figure);
    }

    private static void Line(Plot plot, IEnumerable<(long Step, double Value)> points, Color color, string name)
    {
        var all = points.ToList();
        var line = plot.Add.ScatterLine(
            all.Select(point => (double)point.Step).ToArray(), all.Select(point => point.Value).ToArray(), color);
        line.LegendText = name;
        line.LineWidth = 1.5f;
    }
}
