using Rhm.Grammars;
using Rhm.Learning;

namespace Rhm.Networks.StackedLatentClustering;

/// <summary>The stacked latent clustering network as a learner by name.</summary>
public static class SlcLearner
{
    /// <summary>
    /// By the name <c>slc</c>. Accuracy is one-to-one; measures are the probes of each level and of the root, and the number of codes used.
    /// </summary>
    public static Learner<SlcLearnerOptions> Learner { get; } = Learning.Learner.Define("slc", 4, new SlcLearnerOptions(), Learn, Require,
        MemoryBytes,
        // Measured: 60 G multiply-adds a second with all that comes with them, 0.1 ms a step for what does not grow (one thread, other work
        // beside it).
        (shape, samples, options) => (options.Probes ? 10 : 0) + options.Training.Steps * ((MultiplyAdds(shape, options) / 6e10) + 1e-4));

    private static double MemoryBytes(GrammarShape shape, long samples, SlcLearnerOptions options)
    {
        double tokens = options.Training.BatchSize * (double)shape.StringLength;
        double weights = (double)shape.Depth * options.Width * options.Codes * shape.Branching * 4;
        double similarities = Math.Min(options.Objective.Compared, tokens) * options.Objective.Compared;
        // What 1000 strings that are scored take at once, five times over: measured, two sets of them and buffers that grow.
        double scored = Levels(shape, ScoredStrings).Sum(level => level.Different * ((8 * options.Width)
            + (2 * (shape.Branching - 1) * shape.Branching * (double)options.Codes) + (4 * options.Codes)));
        // Strings, weights with their gradients and moments, activations of a batch forward and backward.
        return (1L << 26) + 2.0 * samples * (double)shape.StringLength + 16 * weights
            + 8 * tokens * (options.Width + options.Codes * shape.Branching) + 8 * similarities + 5 * sizeof(float) * scored;
    }

    private const int ScoredStrings = 1000;

    /// <summary>For each level, the tuples of so many strings, and how many different ones there can be.</summary>
    private static IEnumerable<(int Level, double Tuples, double Different)> Levels(GrammarShape shape, double strings)
    {
        double s = shape.Branching, below = 1;
        for (int l = 0; l < shape.Depth - 1; l++)
        {
            // A tuple of level l stands for a subtree of a symbol with 1 + s + .. + s^l rules.
            double tuples = strings * Math.Pow(s, shape.Depth - 1 - l), kinds = shape.Vocabulary * Math.Pow(shape.Multiplicity, below);
            yield return (l, tuples, Math.Min(tuples, kinds));
            below = (s * below) + 1;
        }
    }

    /// <summary>Fused multiply-adds of a step, with as many different tuples in a batch as there can be.</summary>
    private static double MultiplyAdds(GrammarShape shape, SlcLearnerOptions options)
    {
        double total = 0, s = shape.Branching, w = options.Width;
        foreach ((int l, double tuples, double different) in Levels(shape, options.Training.BatchSize))
        {
            double entries = l == 0 ? shape.Vocabulary : options.Codes, slots = (s - 1) * s * entries;
            double rows = options.Objective.Deduplicate ? different : tuples, compared = Math.Min(different, options.Objective.Compared);
            total += rows * w * ((2 * s * entries) + (6 * w) + (3 * s * slots) + (2 * slots) + (3 * options.Codes));
            total += compared * compared * ((s * slots / 2) + (2 * options.Codes));
        }
        return total;
    }

    private static SlcShape ShapeFor(GrammarShape shape, SlcLearnerOptions options) =>
        new(shape.Depth, shape.Branching, shape.Vocabulary, options.Codes, options.Width);

    private static void Require(GrammarShape shape, long samples, SlcLearnerOptions options)
    {
        _ = ShapeFor(shape, options);
        options.Objective.Validate();
        options.Training.Validate(samples);
    }

    private static LearningResult Learn(LearningProblem problem, SlcLearnerOptions options)
    {
        SlcTraining training = options.Training with { Seed = problem.Seed, Threads = problem.Threads };
        var trainer = new SlcTrainer(problem.Strings, ShapeFor(problem.Grammar.Shape, options), options.Objective, training);
        trainer.Run(cancellation: problem.Cancellation);
        SlcScore score = SlcEvaluation.Score(trainer.Network, problem.Grammar, problem.Seed, checked((int)problem.HeldOut), options.Probes);
        var measures = new SortedDictionary<string, double>();
        foreach (SlcLevelScore level in score.Levels)
        {
            measures[$"codes_level{level.Level}"] = level.Codes;
            if (options.Probes) measures[$"probe_level{level.Level}"] = level.Probe;
        }
        if (options.Probes) (measures["probe_root"], measures["probe_root_tuple"]) = (score.RootLinear, score.RootTuple);
        return new LearningResult([.. score.Levels.Select(level => level.Accuracy)]) { Measures = measures };
    }
}
