using Rhm.Grammars;
using Rhm.Learning;

namespace Rhm.Networks.JointEmbedding;

/// <summary>Joint embedding as a learner by name.</summary>
public static class JointEmbeddingLearner
{
    /// <summary>
    /// By the name <c>joint-embedding</c>; measures are the loss and the effective rank of the embeddings at the end of each level.
    /// </summary>
    public static Learner<JointEmbeddingOptions> Learner { get; } = Learning.Learner.Define("joint-embedding", 1,
        new JointEmbeddingOptions(), Learn,
        (shape, _, options) =>
        {
            if (shape.Depth < 2) throw new ArgumentException("depth L = 1 has no hidden level below the root: nothing to learn");
            options.Validate();
        },
        (shape, samples, options) => (1L << 26) + 16.0 * Math.Min(Pairs(shape), samples * (double)shape.StringLength / 2)
            + 40.0 * shape.RuleCount(0) * (shape.Branching * shape.Vocabulary + 8.0 * options.Width),
        // Measured on one thread: 2 ns a pair and dimension with all that comes with it, 20 G multiply-adds a second in the encoder.
        (shape, samples, options) => 1e-8 * samples * (double)shape.StringLength + (shape.Depth - 1) * options.Steps
            * (2e-9 * Math.Min(Pairs(shape), samples * (double)shape.StringLength) * options.DimensionFor(shape.Vocabulary)
                + 6.0 * shape.RuleCount(0) * options.Width * (options.Width + shape.Branching * (double)shape.Vocabulary) / 2e10));

    private static double Pairs(GrammarShape shape) => Math.Pow(shape.RuleCount(0), 2) * shape.Branching * (shape.Branching - 1) / 2;

    private static LearningResult Learn(LearningProblem problem, JointEmbeddingOptions options)
    {
        var measures = new Dictionary<string, double>();
        LearnedHierarchy learned = JointEmbeddingClustering.Learn(problem.Strings, problem.Grammar.Shape.Branching,
            options with { Seed = problem.Seed, Threads = problem.Threads }, point =>
            {
                measures[$"loss_level{point.Level + 1}"] = point.Loss;
                measures[$"rank_level{point.Level + 1}"] = point.EffectiveRank;
            }, problem.Cancellation);
        measures["warnings"] = learned.Warnings.Count;
        return problem.Score(learned) with { Measures = measures };
    }
}
