using Rhm.Grammars;
using Rhm.Learning;
using Rhm.Networks.Probes;

namespace Rhm.Networks.JointEmbedding;

/// <summary>Joint embedding as a learner by name.</summary>
public static class JointEmbeddingLearner
{
    private const int ProbeStrings = 1500;

    /// <summary>
    /// By the name <c>joint-embedding</c>; measures are the number of <c>warnings</c>, and of each level the effective <c>rank</c> of the
    /// embeddings at the end and, where asked for, what a linear <c>probe</c> of them tells.
    /// </summary>
    public static Learner<JointEmbeddingLearnerOptions> Learner { get; } = Learning.Learner.Define("joint-embedding", 2,
        new JointEmbeddingLearnerOptions(), Learn,
        (shape, _, options) =>
        {
            if (shape.Depth < 2) throw new ArgumentException("depth L = 1 has no hidden level below the root: nothing to learn");
            options.Embedding.Validate();
        },
        MemoryBytes, Seconds);

    /// <summary>Probes the embeddings of a trained hierarchy: element l-1 is the share of held-out nodes of level l that a linear probe of
    /// the level's embedding names right.</summary>
    /// <param name="trainer">After its last step.</param>
    /// <param name="grammar">The truth.</param>
    /// <param name="strings">Strings that probes are fitted to, and as many others that they are scored on.</param>
    public static IReadOnlyList<double> Probe(JointEmbeddingTrainer trainer, Grammar grammar, int strings = ProbeStrings)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        ArgumentNullException.ThrowIfNull(grammar);
        var measure = new RepresentationMeasure { Strings = strings, SynonymStrings = 0, Seed = trainer.Options.Seed };
        RepresentationScore score = RepresentationScore.Measure(trainer.Hidden, grammar, measure);
        return [.. score.Layers.Select((layer, l) => layer.Levels[l].Span)];
    }

    private static LearningResult Learn(LearningProblem problem, JointEmbeddingLearnerOptions options)
    {
        var trainer = new JointEmbeddingTrainer(problem.Strings, problem.Grammar.Shape.Branching,
            options.Embedding with { Seed = problem.Seed, Threads = problem.Threads })
        {
            Cancellation = problem.Cancellation,
        };
        trainer.Run(cancellation: problem.Cancellation);
        var measures = new Dictionary<string, double> { ["warnings"] = trainer.Learned.Warnings.Count };
        foreach (JointEmbeddingRank level in trainer.Ranks) measures[$"rank_level{level.Level}"] = level.EffectiveRank;
        if (options.Probes)
        {
            int strings = (int)Math.Clamp(problem.HeldOut, 2, ProbeStrings);
            foreach ((int l, double probe) in Probe(trainer, problem.Grammar, strings).Index()) measures[$"probe_level{l + 1}"] = probe;
        }
        return problem.Score(trainer.Learned) with { Measures = measures };
    }

    private static double Pairs(GrammarShape shape, long samples)
    {
        double each = Math.Min(Math.Pow(shape.RuleCount(0), 2), samples * Math.Pow(shape.Branching, shape.Depth - 2));
        return each * shape.Branching * (shape.Branching - 1) / 2;
    }

    private static double MemoryBytes(GrammarShape shape, long samples, JointEmbeddingLearnerOptions options)
    {
        JointEmbeddingOptions own = options.Embedding;
        double pairs = Pairs(shape, samples), tuples = Math.Min(shape.RuleCount(0), samples * Math.Pow(shape.Branching, shape.Depth - 1));
        double inputs = shape.Branching * (double)shape.Vocabulary, rows = tuples, strings = 0;
        if (own.Gradients == JointEmbeddingGradients.EndToEnd)
        {
            rows = Math.Min(samples, own.Batch > 0 ? own.Batch : 1024) * Math.Pow(shape.Branching, shape.Depth - 1);
            strings = 2.0 * samples * (double)shape.StringLength;
        }
        double weights = own.Width * (inputs + own.Width + own.DimensionFor(shape.Vocabulary));
        return (1L << 26) + strings + 120 * pairs + 4 * rows * (2 * inputs + 12.0 * own.Width) + 4 * weights * (5 + rows / 32);
    }

    private static double Seconds(GrammarShape shape, long samples, JointEmbeddingLearnerOptions options)
    {
        JointEmbeddingOptions own = options.Embedding;
        double rows = Math.Min(shape.RuleCount(0), samples * (double)shape.StringLength), d = own.DimensionFor(shape.Vocabulary) + 8;
        if (own.Gradients == JointEmbeddingGradients.EndToEnd)
            rows = Math.Min(samples, own.Batch > 0 ? own.Batch : 1024) * (double)shape.StringLength / 2;
        double encoder = 6.0 * rows * own.Width * (own.Width + shape.Branching * (double)shape.Vocabulary);
        // Measured on one thread: 0.5 ns a pair and number, 4 x 10^10 operations a second in the encoder, 0.3 ms for what does not grow.
        return 1e-8 * samples * (double)shape.StringLength + (shape.Depth - 1) * own.Steps
            * (3e-4 + 5e-10 * Pairs(shape, samples) * d + encoder / 4e10);
    }
}
