using Rhm.Grammars;

namespace Rhm.Learning;

/// <summary>The parameters of a problem: the shape of its grammar, its strings and its seeds.</summary>
public static class ProblemParameters
{
    /// <summary>L.</summary>
    public static LearnerParameter Depth { get; } = new("L", typeof(int), LearnerParameter.None)
    {
        Word = "depth",
        Letter = 'L',
        OtherWords = ["depths"],
        Meaning = "Depth L: strings have s^L tokens.",
        Range = new ParameterRange(1, GrammarShape.MaxDepth),
    };

    /// <summary>s.</summary>
    public static LearnerParameter Branching { get; } = new("s", typeof(int), LearnerParameter.None)
    {
        Word = "branching",
        Letter = 's',
        Meaning = "Branching factor s.",
        Range = new ParameterRange(2, GrammarShape.MaxBranching),
    };

    /// <summary>v.</summary>
    public static LearnerParameter Vocabulary { get; } = new("v", typeof(int), LearnerParameter.None)
    {
        Word = "vocabulary",
        Letter = 'v',
        Meaning = "Vocabulary v.",
        Range = new ParameterRange(2, GrammarShape.MaxVocabulary),
    };

    /// <summary>m.</summary>
    public static LearnerParameter Multiplicity { get; } = new("m", typeof(int), LearnerParameter.None)
    {
        Word = "multiplicity",
        Letter = 'm',
        OtherWords = ["multiplicities"],
        Meaning = "Multiplicity m, at most v^(s-1).",
        Range = new ParameterRange(1),
    };

    /// <summary>n_c.</summary>
    public static LearnerParameter Classes { get; } = new("classes", typeof(int), LearnerParameter.None)
    {
        Meaning = "Number of root classes; v by default.",
        Range = new ParameterRange(1, GrammarShape.MaxVocabulary),
    };

    /// <summary>Exponent of the rule probabilities.</summary>
    public static LearnerParameter Zipf { get; } = new("zipf", typeof(double), 0.0)
    {
        Meaning = "Zipf exponent of the rule probabilities; 0 = uniform.",
        Range = new ParameterRange(0),
    };

    /// <summary>P.</summary>
    public static LearnerParameter Samples { get; } = new("P", typeof(long), LearnerParameter.None)
    {
        Word = "count",
        Letter = 'P',
        Meaning = "Number of strings P.",
        Range = new ParameterRange(1),
    };

    /// <summary>Seed of a sweep's grammar.</summary>
    public static LearnerParameter GrammarSeed { get; } = new("grammar", typeof(long), 1L)
    {
        Meaning = "Seed of the grammar.",
        Range = new ParameterRange(0),
    };

    /// <summary>Seed of a sweep's strings and learner.</summary>
    public static LearnerParameter Seed { get; } = new("seed", typeof(long), 1L)
    {
        Meaning = "Seed of strings and learner.",
        Range = new ParameterRange(0),
    };

    /// <summary>Number of held-out strings.</summary>
    public static LearnerParameter HeldOut { get; } = new("held_out", typeof(long), 2000L)
    {
        Meaning = "Number of held-out strings.",
        Range = new ParameterRange(1, 1L << 48),
    };

    /// <summary>All, in the order of columns.</summary>
    public static IReadOnlyList<LearnerParameter> All { get; } =
        [Depth, Branching, Vocabulary, Multiplicity, Classes, Zipf, Samples, GrammarSeed, Seed, HeldOut];
}
