namespace Rhm.Commands;

/// <summary>A learner that is a command failed; one sentence says how.</summary>
public sealed class LearnerFailedException : Exception
{
    /// <summary>With the sentence.</summary>
    /// <param name="message">What happened.</param>
    public LearnerFailedException(string message) : base(message)
    {
    }

    /// <inheritdoc cref="LearnerFailedException(string)"/>
    public LearnerFailedException() : this("the learner failed")
    {
    }

    /// <inheritdoc cref="LearnerFailedException(string)"/>
    public LearnerFailedException(string message, Exception inner) : base(message, inner)
    {
    }
}
