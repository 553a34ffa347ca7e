using Rhm.Learning;

namespace Rhm.Networks.JointEmbedding;

/// <summary>Settings of <see cref="JointEmbeddingLearner"/>.</summary>
public sealed record JointEmbeddingOptions
{
    /// <summary>What is minimised.</summary>
    public JointEmbeddingObjective Objective { get; init; } = JointEmbeddingObjective.Vamp;

    /// <summary>d, numbers of an embedding, 1..256; 0 = v-1, as many as tell v symbols apart.</summary>
    public int Dimension { get; init; }

    /// <summary>Units of each of the encoder's two hidden layers, 1..4096.</summary>
    public int Width { get; init; } = 128;

    /// <summary>Steps of AdamW at each level.</summary>
    public long Steps { get; init; } = 250;

    /// <summary>Peak learning rate; it falls to 0 along a cosine over the last half of the steps.</summary>
    public double LearningRate { get; init; } = 5e-3;

    /// <summary>Weight decay of AdamW.</summary>
    public double WeightDecay { get; init; } = 1e-2;

    /// <summary>Pairs of cousin tuples in a batch, for each pair of child positions; 0 = all of them in every step.</summary>
    public int Batch { get; init; }

    /// <summary>Weight of the prediction (VICReg, SIGReg).</summary>
    public double PredictionWeight { get; init; } = 25;

    /// <summary>Weight of the variance hinge (VICReg) or of the distance from a Gaussian (SIGReg).</summary>
    public double SpreadWeight { get; init; } = 25;

    /// <summary>Weight of the covariance penalty (VICReg) or of the entries off the diagonal (Barlow Twins).</summary>
    public double CovarianceWeight { get; init; } = 1;

    /// <summary>Share of the new parameters that a teacher takes over in a step.</summary>
    public double TeacherRate { get; init; } = 0.05;

    /// <summary>Restarts of k-means between levels.</summary>
    public int Restarts { get; init; } = 10;

    /// <summary>Seed of weights, batches, projections and k-means.</summary>
    public ulong Seed { get; init; }

    /// <summary>Threads; no result depends on it.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Refuses settings out of range.</summary>
    /// <exception cref="ArgumentException">One is; the sentence names it.</exception>
    public void Validate()
    {
        Require(Enum.IsDefined(Objective), "objective", (int)Objective, $"0..{Enum.GetValues<JointEmbeddingObjective>().Length - 1}");
        Require(Dimension is >= 0 and <= 256, "dimension d", Dimension, "0..256");
        Require(Width is >= 1 and <= 4096, "width", Width, "1..4096");
        Require(Steps is >= 1 and <= 1_000_000_000, "number of steps", Steps, "1..10^9");
        Require(LearningRate is > 0 and < 1, "learning rate", LearningRate, "0..1");
        Require(WeightDecay is >= 0 and < 10, "weight decay", WeightDecay, "0..10");
        Require(Batch is 0 or (>= 4 and <= 1 << 24), "batch", Batch, "4..2^24 (0: all)");
        Require(PredictionWeight is > 0 and < 1e6, "prediction weight", PredictionWeight, "0..10^6");
        Require(SpreadWeight is >= 0 and < 1e6, "spread weight", SpreadWeight, "0..10^6");
        Require(CovarianceWeight is >= 0 and < 1e6, "covariance weight", CovarianceWeight, "0..10^6");
        Require(TeacherRate is > 0 and <= 1, "teacher rate", TeacherRate, "0..1");
        Require(Restarts is >= 1 and <= 1_000_000, "number of restarts", Restarts, "1..10^6");
    }

    internal int DimensionFor(int symbols) => Dimension > 0 ? Dimension : Math.Min(256, symbols - 1);

    private static void Require(bool holds, string name, double value, string range)
    {
        if (!holds) throw new ArgumentException($"{name} = {LearnerParameter.Format(value)} is outside {range}");
    }
}
