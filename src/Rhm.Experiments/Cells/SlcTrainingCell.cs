using Rhm.Grammars;
using Rhm.Learning;
using Rhm.Networks.StackedLatentClustering;
using Rhm.Randomness;
using Rhm.Strings;
using Rhm.Sweeps;

namespace Rhm.Experiments.Cells;

/// <summary>The training of a stacked latent clustering network, looked at on the way: curves of each level.</summary>
internal static class SlcTrainingCell
{
    private const int Looks = 60;

    /// <summary>By the name <c>slc-training</c>; its version is that of the learner <c>slc</c>.</summary>
    public static CellFunction Function { get; } = CellFunction.Define("slc-training", SlcLearner.Learner.Version, new SlcNetworkOptions(),
        Run, SlcNetworkCell.Require, SlcNetworkCell.MemoryBytes,
        options => 2 * SlcLearner.Learner.Seconds(options.Shape, options.Count, options.Learner));

    /// <summary>Points of the curves <c>accuracy_level1</c>, <c>prediction_loss_level1</c> and <c>clustering_loss_level1</c>.</summary>
    private static LearningResult Run(SlcNetworkOptions options, CellContext context)
    {
        ulong seed = GrammarSeeds.OfDepth(context.Seed, options.Depth);
        var grammar = Grammar.Draw(options.Shape, seed);
        SlcTraining training = options.Learner.Training with { Seed = seed, Threads = context.Threads };
        var trainer = new SlcTrainer(new StringSampler(grammar, seed, options.Count), options.Network, options.Objective, training);
        var measures = new SortedDictionary<string, double>(StringComparer.Ordinal);
        SlcRun.Train(trainer, grammar, seed, Looks, checkpoint: null, look =>
        {
            foreach (SlcLevelScore level in look.Score!.Levels)
            {
                void Add(string name, double value) => measures[CellCurve.NameOf($"{name}_level{level.Level}", look.Step)] = value;
                Add("accuracy", level.Accuracy);
                if (look.Losses is not { } losses) continue;
                Add("prediction_loss", losses.Prediction[level.Level - 1]);
                Add("clustering_loss", losses.Clustering[level.Level - 1]);
            }
        }, progress: null, context.Cancellation);
        return new LearningResult([]) { Measures = measures };
    }
}
