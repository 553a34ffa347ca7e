using Rhm.Grammars;

namespace Rhm.Experiments.Cells;

/// <summary>A spectral learner that is not told the number of latents, beside one that is.</summary>
internal sealed record UnknownVocabularyOptions
{
    /// <summary>L.</summary>
    public int Depth { get; init; }

    /// <summary>s.</summary>
    public int Branching { get; init; }

    /// <summary>v.</summary>
    public int Vocabulary { get; init; }

    /// <summary>m.</summary>
    public int Multiplicity { get; init; }

    /// <summary>Number of the random grammar.</summary>
    public long Grammar { get; init; }

    /// <summary>P.</summary>
    public long Count { get; init; } = 1;

    /// <summary>The grammar's shape.</summary>
    public GrammarShape Shape => new(Depth, Branching, Vocabulary, Multiplicity);
}
