using Rhm.Networks.Training;

namespace Rhm.Networks.JointEmbedding;

/// <summary>Trains to the last step with training curves and checkpoints.</summary>
public static class JointEmbeddingRun
{
    /// <summary>Trains; interrupted, it saves the state first.</summary>
    /// <param name="trainer">At any step.</param>
    /// <param name="points">Number of points, evenly spaced; at least 1, the last step. With a checkpoint, each is one.</param>
    /// <param name="checkpoint">File of the checkpoint; null for none.</param>
    /// <param name="onPoint">Receives each point when it is measured.</param>
    /// <param name="progress">Receives the fraction done.</param>
    /// <param name="cancellation">Stops between steps, and within a pass over the strings.</param>
    /// <exception cref="TrainingDivergedException">A loss, gradient or parameter is not finite; the last checkpoint stays.</exception>
    public static IReadOnlyList<JointEmbeddingCurvePoint> Train(JointEmbeddingTrainer trainer, int points = 1, string? checkpoint = null,
        Action<JointEmbeddingCurvePoint>? onPoint = null, Action<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        trainer.Cancellation = cancellation;
        return trainer.Train(points, means => new JointEmbeddingCurvePoint(trainer.Step,
            [.. trainer.RanksInTraining().Select((one, at) => new JointEmbeddingLevelPoint(one.Level + 1, means![at], one.Rank))]),
            fromStart: false, checkpoint, onPoint, progress, cancellation);
    }
}
