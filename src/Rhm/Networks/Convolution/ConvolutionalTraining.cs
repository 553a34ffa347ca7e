using System.Globalization;

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
        if (Width < 1) throw new ArgumentException($"width {Width} must be at least 1");
        if (BatchSize < 1) throw new ArgumentException($"batch size {BatchSize} must be at least 1");
        if (Epochs < 1) throw new ArgumentException($"number of epochs {Epochs} must be at least 1");
        if (!(LearningRate > 0) || !double.IsFinite(LearningRate)) throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"learning rate {LearningRate} must be positive"));
        if (Momentum is { } momentum && !(momentum is >= 0 and < 1)) throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"momentum {momentum} must be in [0, 1)"));
    }
}
