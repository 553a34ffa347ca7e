using Rhm.Grammars;
using Rhm.Networks.Training;

namespace Rhm.Networks.StackedLatentClustering;

/// <summary>Trains to the last step with training curves, level by level (figure 10 of the paper), and checkpoints.</summary>
public static class SlcRun
{
    /// <summary>Strings on which the points of curves are scored.</summary>
    private const int CurveStrings = 200;

    /// <summary>Trains; interrupted, it saves the state first.</summary>
    /// <param name="trainer">At any step.</param>
    /// <param name="grammar">The truth; null for strings of unknown origin.</param>
    /// <param name="seed">Of the strings that are scored.</param>
    /// <param name="points">Number of points, evenly spaced; at least 1, the last step. With a checkpoint, each is one.</param>
    /// <param name="checkpoint">File of the checkpoint; null for none.</param>
    /// <param name="onPoint">Receives each point when it is measured.</param>
    /// <param name="progress">Receives the fraction done.</param>
    /// <param name="cancellation">Stops between steps.</param>
    /// <exception cref="TrainingDivergedException">A loss, gradient or parameter is not finite; the last checkpoint stays.</exception>
    public static IReadOnlyList<SlcCurvePoint> Train(SlcTrainer trainer, Grammar? grammar = null, ulong seed = 0, int points = 1,
        string? checkpoint = null, Action<SlcCurvePoint>? onPoint = null, Action<double>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        return trainer.Train(points, PointOf, fromStart: true, checkpoint, onPoint, progress, cancellation);

        SlcCurvePoint PointOf(double[]? means)
        {
            int modules = trainer.Network.Shape.Modules;
            SlcLosses? losses = means is null ? null
                : new SlcLosses(means[..modules], means[modules..(2 * modules)], means[(2 * modules)..]);
            SlcScore? score = grammar is null ? null
                : SlcEvaluation.Score(trainer.Network, grammar, seed, CurveStrings, withProbes: false);
            return new SlcCurvePoint(trainer.Step, losses, score);
        }
    }
}
