using Rhm.Grammars;

namespace Rhm.Experiments.Cells;

/// <summary>Exact correlations of a tuple with its targets in one random grammar.</summary>
internal sealed record CorrelationsOptions
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

    /// <summary>The grammar's shape.</summary>
    public GrammarShape Shape => new(Depth, Branching, Vocabulary, Multiplicity);
}
