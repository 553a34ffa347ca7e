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

    internal void Validate(long strings)
    {
        SlcObjective.Require("learning rate", LearningRate, rate => rate > 0, "positive");
        SlcObjective.Require("weight decay", WeightDecay, decay => decay >= 0, "at least 0");
        SlcObjective.Require("decay share", DecayShare, share => share is >= 0 and <= 1, "in [0, 1]");
        if (BatchSize < 1) throw new ArgumentException($"batch size B = {BatchSize} must be at least 1");
        if (Steps < 1) throw new ArgumentException($"number of steps {Steps} must be at least 1");
        if (WarmUpSteps < 0) throw new ArgumentException($"number of warm-up steps {WarmUpSteps} must be at least 0");
        if (BatchSize > strings) throw new ArgumentException($"batch size B = {BatchSize} exceeds the number of strings P = {strings}: a batch holds different strings");
    }
}
