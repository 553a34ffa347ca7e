namespace Rhm.Networks.Training;

/// <summary>A loss or gradient stopped being a finite number; the parameters are those before the step.</summary>
public sealed class TrainingDivergedException : ArithmeticException
{
    /// <summary>Says where.</summary>
    /// <param name="step">The step, from 1.</param>
    /// <param name="what">What was not finite.</param>
    public TrainingDivergedException(long step, string what)
        : base($"training diverged at step {step}: {what} is not a finite number; a smaller learning rate may help") =>
        Step = step;

    /// <inheritdoc cref="TrainingDivergedException(long, string)"/>
    public TrainingDivergedException() : this(0, "a loss")
    {
    }

    /// <inheritdoc cref="TrainingDivergedException(long, string)"/>
    public TrainingDivergedException(string message) : base(message)
    {
    }

    /// <inheritdoc cref="TrainingDivergedException(long, string)"/>
    public TrainingDivergedException(string message, Exception inner) : base(message, inner)
    {
    }

    /// <summary>The step, from 1.</summary>
    public long Step { get; }
}
