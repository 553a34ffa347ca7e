using Rhm.Numerics;

namespace Rhm.Networks.Training;

/// <summary>
/// What the trainings of all networks share: steps, moments of AdamW, the losses since the last point of a training curve, and what a
/// checkpoint holds. The state after a step is a function of strings, sizes, settings and seed alone: not of threads, nor of where a
/// training was interrupted and resumed.
/// </summary>
/// <typeparam name="TLosses">What a step tells.</typeparam>
public abstract class NetworkTrainer<TLosses>
{
    private protected NetworkTrainer(long steps) => Steps = steps;

    /// <summary>Steps done.</summary>
    public long Step { get; private protected set; }

    /// <summary>Number of steps in all.</summary>
    public long Steps { get; }

    /// <summary>The parameters that are trained.</summary>
    private protected abstract float[] Parameters { get; }

    /// <summary>Means of the losses since the last point of the curve.</summary>
    internal LossMeans Losses { get; } = new();

    /// <summary>What a checkpoint holds of this training.</summary>
    internal abstract CheckpointContent Content { get; }

    /// <summary>About how many bytes a checkpoint takes.</summary>
    public double CheckpointBytes =>
        Content.Arrays.Sum(array => sizeof(float) * array.Shape.Aggregate(1.0, (product, size) => product * size));

    /// <summary>One step.</summary>
    /// <returns>The losses before the step.</returns>
    /// <exception cref="TrainingDivergedException">
    /// A loss or the gradient is not finite; the network and the optimiser are left as they were.
    /// </exception>
    public abstract TLosses Advance();

    /// <summary>The numbers of a step whose means make a point of the curve.</summary>
    internal abstract double[] NumbersOf(TLosses losses);

    /// <summary>Goes on from a step, when all arrays of a checkpoint have been copied.</summary>
    internal virtual void Resume(long step) => Step = step;

    /// <summary>Refuses parameters that are not finite, as an enormous learning rate leaves them.</summary>
    /// <exception cref="TrainingDivergedException">There are some.</exception>
    internal void RequireFinite()
    {
        if (!float.IsFinite(Reductions.SumOfMagnitudes<float>(Parameters))) throw new TrainingDivergedException(Step, "a parameter");
    }

    /// <summary>Trains to the last step.</summary>
    /// <param name="progress">Receives the fraction done.</param>
    /// <param name="cancellation">Stops between steps.</param>
    /// <exception cref="TrainingDivergedException">A loss, gradient or parameter is not finite.</exception>
    public void Run(Action<double>? progress = null, CancellationToken cancellation = default)
    {
        while (Step < Steps)
        {
            cancellation.ThrowIfCancellationRequested();
            Advance();
            progress?.Invoke((double)Step / Steps);
        }
        RequireFinite();
    }

    /// <summary>Trains to the last step with a curve and checkpoints; interrupted, it saves the state first.</summary>
    /// <param name="points">Number of points, evenly spaced; at least 1, the last step. With a checkpoint, each is one.</param>
    /// <param name="pointOf">
    /// A point, of the means of <see cref="NumbersOf"/> since the last one; of null before the first step, if there is such a point.
    /// </param>
    /// <param name="fromStart">Whether there is one before the first step, where there are several.</param>
    /// <param name="checkpoint">File of the checkpoint; null for none.</param>
    /// <param name="onPoint">Receives each point before its checkpoint is written, which is behind the next step.</param>
    /// <param name="progress">Receives the fraction done.</param>
    /// <param name="cancellation">Stops between steps.</param>
    internal IReadOnlyList<TPoint> Train<TPoint>(int points, Func<double[]?, TPoint> pointOf, bool fromStart, string? checkpoint,
        Action<TPoint>? onPoint, Action<double>? progress, CancellationToken cancellation)
    {
        Bounds.RequireAtLeast("number of points", points);
        var curve = new List<TPoint>();
        // A state is written once the next step has shown that its losses are finite: one that has diverged takes no good one's place.
        Action<string>? taken = null;
        if (fromStart && Step == 0 && points > 1) Add(null);
        while (Step < Steps)
        {
            if (cancellation.IsCancellationRequested)
            {
                if (checkpoint is not null) Checkpoint.Save(checkpoint, this);
                cancellation.ThrowIfCancellationRequested();
            }
            Losses.Add(NumbersOf(Advance()));
            Write();
            progress?.Invoke((double)Step / Steps);
            if (PointsUpTo(Step) == PointsUpTo(Step - 1)) continue;
            RequireFinite();
            Add(Losses.Take());
            if (checkpoint is not null) taken = Checkpoint.Take(this);
        }
        Write();
        return curve;

        void Write()
        {
            taken?.Invoke(checkpoint!);
            taken = null;
        }

        void Add(double[]? means)
        {
            curve.Add(pointOf(means));
            onPoint?.Invoke(curve[^1]);
        }

        // Steps times points can be more than a long holds.
        Int128 PointsUpTo(long step) => (Int128)step * points / Steps;
    }
}
