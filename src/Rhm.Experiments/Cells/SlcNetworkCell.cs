using Rhm.Grammars;
using Rhm.Learning;
using Rhm.Networks.StackedLatentClustering;
using Rhm.Networks.Training;
using Rhm.Population;
using Rhm.Randomness;
using Rhm.Strings;
using Rhm.Sweeps;

namespace Rhm.Experiments.Cells;

/// <summary>A stacked latent clustering network, trained on P strings or not at all, and what it knows then.</summary>
internal static class SlcNetworkCell
{
    private const int HeldOut = 600;

    // Measured: scoring with probes takes about 3 s whatever the network, on one thread.
    private const double ScoreSeconds = 3;

    /// <summary>By the name <c>slc-network</c>; its version is that of the learner <c>slc</c>.</summary>
    public static CellFunction Function { get; } = CellFunction.Define("slc-network", SlcLearner.Learner.Version, new SlcNetworkOptions(),
        Run, Require, MemoryBytes, Seconds);

    internal static double MemoryBytes(SlcNetworkOptions options) =>
        SlcLearner.Learner.MemoryBytes(options.Shape, Math.Max(1, options.Count), options.Learner);

    private static double Seconds(SlcNetworkOptions options) =>
        ScoreSeconds + SlcLearner.Learner.Seconds(options.Shape, Math.Max(1, options.Count), options.Learner);

    internal static void Require(SlcNetworkOptions options)
    {
        Unlearnable.Refuse(options.Shape);
        options.Objective.Validate();
        if (options.Count < 0) throw new ArgumentException($"P = {options.Count} must be at least 0");
        if (options.Steps < 0) throw new ArgumentException($"steps = {options.Steps} must be at least 0");
    }

    private static LearningResult Run(SlcNetworkOptions options, CellContext context)
    {
        ulong seed = GrammarSeeds.OfDepthAndMultiplicity(context.Seed, options.Depth, options.Multiplicity, (int)options.Grammar);
        var grammar = Grammar.Draw(options.Shape, seed);
        var strings = new StringSampler(grammar, seed, Math.Max(SlcNetworkOptions.BatchSize, options.Count));
        SlcTraining training = options.Learner.Training with { Seed = seed, Threads = context.Threads };
        var trainer = new SlcTrainer(strings, options.Network, options.Objective, training);
        try
        {
            if (options.Count > 0) trainer.Run(cancellation: context.Cancellation);
        }
        catch (TrainingDivergedException)
        {
            // scored as it was before the step
        }
        SlcScore score = SlcEvaluation.Score(trainer.Network, grammar, seed, HeldOut);
        SlcLevelScore top = score.Levels[^1];
        return new LearningResult([])
        {
            Measures = new SortedDictionary<string, double>(StringComparer.Ordinal)
            {
                ["accuracy"] = top.Accuracy,
                ["probe"] = top.Probe,
                ["root"] = score.RootTuple,
            },
        };
    }
}
