using Rhm.Networks.Training;

namespace Rhm.Networks.StackedLatentClustering;

/// <summary>What the network minimises.</summary>
public sealed record SlcObjective
{
    /// <summary>Where gradients stop.</summary>
    public SlcGradients Gradients { get; init; } = SlcGradients.Local;

    /// <summary>What is predicted of cousin tuples.</summary>
    public SlcTargets Targets { get; init; } = SlcTargets.All;

    /// <summary>Whether targets come from an exponential moving average (EMA) of the parameters; null: from the network itself.</summary>
    public double? EmaRate { get; init; }

    /// <summary>
    /// Whether, without a teacher, the gradients of a prediction loss also reach its targets, and below them what <see cref="Gradients"/>
    /// lets pass: the network then also learns latents that are easy to predict.
    /// </summary>
    public bool AttachedTargets { get; init; }

    /// <summary>
    /// S_m, the similarity above which two tuples are pulled together and below which they are pushed apart, in (0, 1); 0.8 in the
    /// paper. Null: found in each batch, see <see cref="ClusteringLoss{T}"/>.
    /// </summary>
    public double? Margin { get; init; }

    /// <summary>
    /// c, the most that the similarity of a pair counts beyond the margin, on either side, in (0, 1]; 1, no bound, in the paper. With 0.2
    /// the pairs that resemble each other without being synonyms weigh as much as those that differ wholly, and their classes merge less
    /// often.
    /// </summary>
    public double WeightCap { get; init; } = 1;

    /// <summary>Weight of pushing apart, beside pulling together. At 1 merged classes never separate.</summary>
    public double PushWeight { get; init; } = 8;

    /// <summary>lambda_spars: reward of the mean |h|^2.</summary>
    public double Sparsity { get; init; } = 0.01;

    /// <summary>N_compare: most tuples of a batch that are compared pair by pair.</summary>
    public int Compared { get; init; } = 300;

    /// <summary>Weight of each prediction loss.</summary>
    public double PredictionWeight { get; init; } = 1;

    /// <summary>Weight of each clustering loss.</summary>
    public double ClusteringWeight { get; init; } = 1;

    /// <summary>
    /// Share, 0 to 1, of the clustering losses that goes on from the clusterer into the predictor and what lies below it, where gradients
    /// do not stop there; 1, all, in the paper. At 1 they swamp the prediction losses; at 0 each trains its own clusterer alone.
    /// </summary>
    public double SharedClustering { get; init; } = 1;

    /// <summary>Sum or UPGrad.</summary>
    public SlcCombination Combination { get; init; } = SlcCombination.Sum;

    /// <summary>Run the network once for equal tuples of a batch. Exact: the losses are the same sums in another order.</summary>
    public bool Deduplicate { get; init; } = true;

    /// <summary>Refuses numbers that make no sense.</summary>
    /// <exception cref="ArgumentException">A weight or rate is out of its range.</exception>
    public void Validate()
    {
        Bounds.Require("EMA rate", EmaRate ?? 1, rate => rate is > 0 and <= 1, "in (0, 1]");
        Bounds.Require("margin S_m", Margin ?? 0.5, margin => margin is > 0 and < 1, "in (0, 1)");
        Bounds.Require("weight cap c", WeightCap, cap => cap is > 0 and <= 1, "in (0, 1]");
        Bounds.Require("push weight", PushWeight, weight => weight >= 0, "at least 0");
        Bounds.Require("sparsity weight", Sparsity, weight => weight >= 0, "at least 0");
        Bounds.Require("prediction weight", PredictionWeight, weight => weight >= 0, "at least 0");
        Bounds.Require("clustering weight", ClusteringWeight, weight => weight >= 0, "at least 0");
        Bounds.Require("share of the clustering losses", SharedClustering, share => share is >= 0 and <= 1, "in [0, 1]");
        if (AttachedTargets && EmaRate is not null)
            throw new ArgumentException("attached targets have gradients, a teacher's have none: use either");
        if (AttachedTargets && Targets == SlcTargets.Own)
            throw new ArgumentException("attached targets would make own latents equal: detach them, or take a teacher's");
        if (Compared < 2)
            throw new ArgumentException($"number of compared tuples {Compared} must be at least 2: the clustering loss is over pairs");
    }
}
