using Rhm.Learning;
using Rhm.Networks.Probes;

namespace Rhm.Networks.Convolution;

/// <summary>The convolutional network as a learner by name.</summary>
public static class ConvolutionalLearner
{
    /// <summary>
    /// By the name <c>convolution</c>: trained on the roots of P strings. The accuracy of level l = 1..L-1 is that of a linear probe of the
    /// level's first node on the layer of that level; the measure <c>root</c> is the share of held-out strings whose root is named right.
    /// </summary>
    public static Learner<ConvolutionalTraining> Learner { get; } = Learning.Learner.Define(
        "convolution", 2, new ConvolutionalTraining(), Learn,
        (_, _, training) => training.Validate(),
        (shape, samples, training) => (1L << 26) + 2.0 * samples * (double)shape.StringLength * shape.Branching / (shape.Branching - 1)
            + 12.0 * training.BatchSize * (double)shape.StringLength * (training.Width + shape.Vocabulary)
            + 8.0 * (training.BatchSize / 32 + 3) * shape.Depth * training.Width * shape.Branching * (double)training.Width,
        // Six operations a weight and row, at 2 x 10^10 a second.
        (shape, samples, training) => 3e-10 * samples * training.Epochs * (double)shape.StringLength
            * training.Width * Math.Max(training.Width, shape.Vocabulary));

    private static LearningResult Learn(LearningProblem problem, ConvolutionalTraining training)
    {
        var trainer = new ConvolutionalTrainer(problem.Strings, training with { Seed = problem.Seed, Threads = problem.Threads });
        trainer.Run(cancellation: problem.Cancellation);
        int depth = problem.Grammar.Shape.Depth;
        int strings = (int)Math.Clamp(problem.HeldOut, 2, 1500);
        var measure = new RepresentationMeasure { Strings = strings, SynonymStrings = 0, Seed = problem.Seed };
        RepresentationScore score = RepresentationScore.Measure(trainer.Hidden, problem.Grammar, measure);
        return new LearningResult([.. Enumerable.Range(1, depth - 1).Select(level => score.Layers[level - 1].Levels[level - 1].Span)])
        {
            Measures = new SortedDictionary<string, double> { ["root"] = trainer.Accuracy(problem.HeldOutStrings) },
        };
    }
}
