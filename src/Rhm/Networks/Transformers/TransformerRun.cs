using Rhm.Networks.Training;

namespace Rhm.Networks.Transformers;

/// <summary>Trains to the last step with a curve and checkpoints.</summary>
public static class TransformerRun
{
    /// <summary>Trains; interrupted, it saves the state first.</summary>
    /// <param name="trainer">At any step.</param>
    /// <param name="points">Number of points, evenly spaced; at least 1, the last step. With a checkpoint, each is one.</param>
    /// <param name="checkpoint">File of the checkpoint; null for none.</param>
    /// <param name="onPoint">Receives each point before its checkpoint is written.</param>
    /// <param name="progress">Receives the fraction done.</param>
    /// <param name="cancellation">Stops between steps.</param>
    /// <exception cref="TrainingDivergedException">The loss, gradient or a parameter is not finite; the last checkpoint stays.</exception>
    public static IReadOnlyList<TransformerCurvePoint> Train(TransformerTrainer trainer, int points = 1, string? checkpoint = null,
        Action<TransformerCurvePoint>? onPoint = null, Action<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        return trainer.Train(points, means => new TransformerCurvePoint(trainer.Step, trainer.StringsRead, means![0], means[1]),
            fromStart: false, checkpoint, onPoint, progress, cancellation);
    }
}
