using Rhm.Grammars;
using Rhm.Networks.StackedLatentClustering;

namespace Rhm.Experiments.Cells;

/// <summary>A stacked latent clustering network of a figure.</summary>
internal sealed record SlcNetworkOptions
{
    /// <summary>B, strings of a batch.</summary>
    public const int BatchSize = 32;

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

    /// <summary>P; 0 for a network that is not trained.</summary>
    public long Count { get; init; }

    /// <summary>Training steps.</summary>
    public long Steps { get; init; }

    /// <summary>d_h.</summary>
    public int Codes { get; init; } = 128;

    /// <summary>What is minimised.</summary>
    public SlcObjective Objective { get; init; } = new();

    /// <summary>The grammar's shape.</summary>
    public GrammarShape Shape => new(Depth, Branching, Vocabulary, Multiplicity);

    /// <summary>The network's.</summary>
    public SlcShape Network => new(Depth, Branching, Vocabulary, Codes);

    /// <summary>About the same as a learner, for estimates of time and memory.</summary>
    public SlcLearnerOptions Learner => new()
    {
        Codes = Codes,
        Objective = Objective,
        Training = new SlcTraining { BatchSize = BatchSize, Steps = Math.Max(1, Steps) },
    };
}
