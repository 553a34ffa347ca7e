using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Rhm.Learning;
using Rhm.Levelwise;

namespace Rhm.Networks.JointEmbedding;

/// <summary>Settings of <see cref="JointEmbeddingTrainer"/>.</summary>
public sealed record JointEmbeddingOptions
{
    /// <summary>What is minimised.</summary>
    [Description("What is minimised.")]
    public JointEmbeddingObjective Objective { get; init; } = JointEmbeddingObjective.Vamp;

    /// <summary>How far gradients go.</summary>
    [Description("Level by level, or through all levels at once.")]
    public JointEmbeddingGradients Gradients { get; init; } = JointEmbeddingGradients.Local;

    /// <summary>d, numbers of an embedding; 0 = one less than there are latents, as many as tell these apart.</summary>
    [Description("Numbers of an embedding; 0: one less than there are latents.")]
    [Range(0, 256)]
    public int Dimension { get; init; }

    /// <summary>Units of each of the encoder's two hidden layers.</summary>
    [Description("Units of each of the encoder's two hidden layers.")]
    [Range(1, 4096)]
    public int Width { get; init; } = 128;

    /// <summary>Steps of AdamW, for each level where gradients are local.</summary>
    [Description("Steps of AdamW, for each level where gradients are local.")]
    [Range(1, 1e9)]
    public long Steps { get; init; } = 500;

    /// <summary>Peak learning rate; it falls to 0 along a cosine over the last half of the steps.</summary>
    [Description("Peak learning rate; it falls to 0 over the last half of the steps.")]
    [Range(0, 1.0, MinimumIsExclusive = true)]
    public double LearningRate { get; init; } = 5e-3;

    /// <summary>Weight decay of AdamW.</summary>
    [Description("Weight decay of AdamW.")]
    [Range(0, 10.0)]
    public double WeightDecay { get; init; } = 1e-2;

    /// <summary>
    /// Pairs of cousin tuples in a batch, for each pair of child positions; 0 = all of them in every step. Where gradients go through all
    /// levels, strings of a batch; 0 = 1024, or all if they are fewer.
    /// </summary>
    [Description("Pairs of cousin tuples of a batch (0: all), or strings where gradients go through all levels (0: 1024).")]
    [Range(0, 1 << 24)]
    public int Batch { get; init; }

    /// <summary>Weight of the prediction (VICReg, SIGReg).</summary>
    [Description("Weight of the prediction (VICReg, SIGReg).")]
    [Range(0, 1e6, MinimumIsExclusive = true)]
    public double PredictionWeight { get; init; } = 25;

    /// <summary>Weight of the variance hinge (VICReg) or of the distance from a Gaussian (SIGReg).</summary>
    [Description("Weight of the variance hinge (VICReg), of the distance from a Gaussian (SIGReg).")]
    [Range(0, 1e6)]
    public double SpreadWeight { get; init; } = 25;

    /// <summary>Weight of the covariance penalty (VICReg) or of the entries off the diagonal (Barlow Twins).</summary>
    [Description("Weight of the covariance penalty (VICReg), of the entries off the diagonal (Barlow Twins).")]
    [Range(0, 1e6)]
    public double CovarianceWeight { get; init; } = 1;

    /// <summary>Share of the new parameters that a teacher takes over in a step.</summary>
    [Description("Share of the new parameters that a teacher takes over in a step.")]
    [Range(0, 1.0, MinimumIsExclusive = true)]
    public double TeacherRate { get; init; } = 0.05;

    /// <summary>Restarts of k-means between levels.</summary>
    [Description("Restarts of k-means between levels.")]
    [Range(1, 1_000_000)]
    public int Restarts { get; init; } = 10;

    /// <summary>Number of latents of every hidden level; 0 (default): as many as there are tokens.</summary>
    [Description("Latents of every hidden level; 0: as many as tokens.")]
    [Range(0, 65535)]
    public int Latents { get; init; }

    /// <summary>Estimate the number of latents of each level from the spectrum of its pair counts instead; with local gradients.</summary>
    [Description("Whether their number is estimated level by level from the spectrum.")]
    public bool EstimateLatents { get; init; }

    /// <summary>Most latents that an estimate may find at a level.</summary>
    [Description("Most latents that an estimate may find at a level.")]
    [Range(2, 65535)]
    public int MostLatents { get; init; } = 128;

    /// <summary>Seed of weights, batches, projections and k-means.</summary>
    public ulong Seed { get; init; }

    /// <summary>Threads; no result depends on it.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>
    /// The best of twelve settings that were tried for each objective that has penalties or no whitening (docs/tried.md), all
    /// with 1000 steps; the defaults for the others.
    /// </summary>
    /// <param name="objective">What is minimised.</param>
    public static JointEmbeddingOptions Tuned(JointEmbeddingObjective objective)
    {
        var options = new JointEmbeddingOptions { Objective = objective };
        return objective switch
        {
            JointEmbeddingObjective.SpectralContrastive or JointEmbeddingObjective.BarlowTwins => options with { Steps = 1000 },
            JointEmbeddingObjective.VicReg => options with
            {
                Steps = 1000,
                LearningRate = 0.02,
                PredictionWeight = 100,
                CovarianceWeight = 10,
            },
            JointEmbeddingObjective.SigReg => options with { Steps = 1000, LearningRate = 0.02, SpreadWeight = 250 },
            _ => options,
        };
    }

    /// <summary>Refuses settings out of range.</summary>
    /// <exception cref="ArgumentException">One is; the sentence names it.</exception>
    public void Validate()
    {
        LearnerParameter.RequireAll(this);
        if (!Enum.IsDefined(Objective)) throw new ArgumentException($"objective = {(int)Objective} is none of the enumeration's");
        if (!Enum.IsDefined(Gradients)) throw new ArgumentException($"gradients = {(int)Gradients} are none of the enumeration's");
        if (Batch is > 0 and < 4) throw new ArgumentException($"batch = {Batch} must be at least 4: it is cut in two halves; or 0");
        PairClustering.Require(Latents, EstimateLatents, Threads);
        if (EstimateLatents && Gradients == JointEmbeddingGradients.EndToEnd)
            throw new ArgumentException("the number of latents is estimated level by level: that needs local gradients");
    }

    internal int DimensionFor(int latents) => Dimension > 0 ? Dimension : Math.Clamp(latents - 1, 1, 256);
}
