using Rhm.Grammars;
using Rhm.Randomness;
using Rhm.Strings;

namespace Rhm.Learning;

/// <summary>What a learner is given: strings of a grammar to learn from, and others to be scored on.</summary>
/// <param name="Grammar">The grammar; its rules are for scoring, not for learning.</param>
/// <param name="Samples">P, number of strings to learn from, at least 1.</param>
public sealed record LearningProblem(Grammar Grammar, long Samples)
{
    /// <summary>
    /// Version of everything outside the learners that a result depends on: drawing grammars, sampling strings, matching labels.
    /// Raise it with a change that makes the same seeds give other numbers; stored results of another version are then kept apart.
    /// </summary>
    public const int ModelVersion = 1;

    /// <summary>Seed of the strings and of the learner.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Number of held-out strings.</summary>
    public long HeldOut { get; init; } = 2000;

    /// <summary>Threads; no result depends on it.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Stops the learner.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>The strings to learn from.</summary>
    public StringSampler Strings => new(Grammar, Seed, Samples);

    /// <summary>The strings to be scored on.</summary>
    public StringSampler HeldOutStrings => new(Grammar, Seed, HeldOut, RandomPurpose.HeldOut);

    /// <summary>Scores learned latents on the held-out strings.</summary>
    /// <param name="learned">What was learned.</param>
    public LearningResult Score(LearnedHierarchy learned)
    {
        ArgumentNullException.ThrowIfNull(learned);
        return new LearningResult(learned.Accuracy(HeldOutStrings, Threads));
    }
}
