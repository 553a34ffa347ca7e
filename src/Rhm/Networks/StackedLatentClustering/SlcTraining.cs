using System.Globalization;
using Rhm.Networks.Training;

namespace Rhm.Networks.StackedLatentClustering;

/// <summary>How the network is trained.</summary>
public sealed record SlcTraining
{
    /// <summary>Peak learning rate of AdamW.</summary>
    public double LearningRate { get; init; } = 3e-3;

    /// <summary>Weight decay of AdamW.</summary>
    public double WeightDecay { get; init; } = 1e-3;

    /// <summary>B, strings of a batch.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Number of steps in all.</summary>
    public long Steps { get; init; } = 1500;

    /// <summary>Steps over which the learning rate rises from 0.</summary>
    public int WarmUpSteps { get; init; } = 100;

    /// <summary>Last fraction of the steps, over which the learning rate falls to 0.</summary>
    public double DecayShare { get; init; } = 0.25;

    /// <summary>Seed of the weights, and of the order of strings.</summary>
    public ulong Seed { get; init; }

    /// <summary>Threads; no result depends on it.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Learning rate of a step: rises linearly, stays, falls linearly.</summary>
    /// <param name="step">1 .. Steps.</param>
    public double RateOf(long step) => LearningRate * Math.Min(Math.Min(1, (double)step / Math.Max(1, WarmUpSteps)),
        DecayShare <= 0 ? 1 : (Steps - step + 1) / (DecayShare * Steps));

    /// <summary>The same for a number of passes over the strings, in whole batches; at least one step.</summary>
    /// <param name="epochs">Number of passes, positive.</param>
    /// <param name="strings">P.</param>
    /// <exception cref="ArgumentException">The number of passes is not positive.</exception>
    public SlcTraining WithEpochs(double epochs, long strings)
    {
        if (!(epochs > 0) || !double.IsFinite(epochs))
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"number of epochs {epochs} must be positive"));
        return this with { Steps = Math.Max(1, (long)(epochs * (strings / Math.Max(1, BatchSize)))) };
    }

    internal void Validate(long strings)
    {
        Bounds.RequireTraining(BatchSize, strings, Steps, WarmUpSteps, LearningRate, WeightDecay, Threads);
        Bounds.Require("decay share", DecayShare, share => share is >= 0 and <= 1, "in [0, 1]");
    }
}
