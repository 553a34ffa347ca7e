using Rhm.Networks.Training;

namespace Rhm.Networks.Convolution;

/// <summary>How a convolutional network is trained; see <see cref="ConvolutionalTrainer"/>.</summary>
public sealed record ConvolutionalTraining
{
    /// <summary>Channels of every layer.</summary>
    public int Width { get; init; } = 64;

    /// <summary>Rate of AdamW, or of gradient descent with <see cref="Momentum"/>.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Momentum of stochastic gradient descent; AdamW without weight decay when null.</summary>
    public double? Momentum { get; init; }

    /// <summary>Strings of a batch.</summary>
    public int BatchSize { get; init; } = 128;

    /// <summary>Passes over the strings at most; 1 sees each string once (online).</summary>
    public int Epochs { get; init; } = 200;

    /// <summary>Training ends when the mean loss of an epoch is below this, in nats.</summary>
    public double StopLoss { get; init; } = 1e-3;

    /// <summary>Of the weights and the order of strings.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Threads; no result depends on it.</summary>
    public int Threads { get; init; } = 1;

    internal void Validate()
    {
        Bounds.RequireAtLeast("width", Width);
        Bounds.RequireAtLeast("batch size B =", BatchSize);
        Bounds.RequireAtLeast("number of epochs", Epochs);
        Bounds.RequireAtLeast("number of threads", Threads);
        Bounds.Require("learning rate", LearningRate, rate => rate > 0, "positive");
        Bounds.Require("momentum", Momentum ?? 0, momentum => momentum is >= 0 and < 1, "in [0, 1)");
        Bounds.Require("loss at which training ends", StopLoss, loss => loss >= 0, "at least 0");
    }
}
