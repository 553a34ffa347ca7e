using System.Globalization;
using System.Numerics.Tensors;
using Rhm.Networks.Training;
using Rhm.Numerics;
using Rhm.Strings;

namespace Rhm.Networks.StackedLatentClustering;

/// <summary>
/// Trains a <see cref="SlcNetwork{T}"/> with AdamW. Strings are read in a new random order each epoch, in whole batches; what is left
/// at the end of an epoch is dropped. The state after a step is a function of the strings, settings and seed alone, also when training was
/// interrupted and resumed.
/// </summary>
public sealed class SlcTrainer
{
    private readonly ushort[] _tokens;
    private readonly int _tokenCount;
    private readonly long _strings;
    private readonly float[] _gradient;
    private readonly ushort[] _batch;
    private readonly EpochOrder _order;

    /// <summary>A trainer at step 0.</summary>
    /// <param name="data">The strings; all are held in memory, 2 bytes a token.</param>
    /// <param name="shape">Sizes of the network.</param>
    /// <param name="objective">What is minimised; null for the defaults.</param>
    /// <param name="training">How; null for the defaults.</param>
    /// <exception cref="ArgumentException">Strings do not fit the network, a batch is larger than P, or a setting makes no sense.</exception>
    public SlcTrainer(IStringSource data, SlcShape shape, SlcObjective? objective = null, SlcTraining? training = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(shape);
        Training = training ?? new SlcTraining();
        Training.Validate(data.Count);
        if (data.TokenCount != shape.TokenCount)
            throw new ArgumentException($"strings of {data.TokenCount} tokens do not fit a network for s^L = {shape.Branching}^{shape.Depth} = {shape.TokenCount} tokens");
        if (data.Vocabulary > shape.Vocabulary)
            throw new ArgumentException($"strings over {data.Vocabulary} symbols do not fit a network for v = {shape.Vocabulary}");
        (_tokenCount, _strings) = (data.TokenCount, data.Count);
        double size = (double)data.Count * data.TokenCount;
        if (size > Array.MaxLength)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{data.Count} strings of {data.TokenCount} tokens do not fit in memory: training holds at most 2^31 tokens"));
        _tokens = SlcEvaluation.ReadTokens(data, 1, out _);
        TokensHash = TokenHash.Of(_tokens);
        Network = new SlcNetwork<float>(shape, objective, Training.Seed, Training.Threads);
        int parameters = Network.Parameters.Length;
        (_gradient, FirstMoments, SecondMoments) = (new float[parameters], new float[parameters], new float[parameters]);
        _batch = new ushort[Training.BatchSize * _tokenCount];
        _order = new EpochOrder(_strings, Training.BatchSize, Training.Seed);
    }

    /// <summary>The network, as it is after <see cref="Step"/> steps.</summary>
    public SlcNetwork<float> Network { get; }

    /// <summary>Settings.</summary>
    public SlcTraining Training { get; }

    /// <summary>Steps done.</summary>
    public long Step { get; internal set; }

    /// <summary>Number of strings P.</summary>
    public long Strings => _strings;

    /// <summary>Tells these strings from others.</summary>
    internal string TokensHash { get; }

    /// <summary>Prediction losses, clustering losses and margins since the last point of the curve.</summary>
    internal LossMeans Losses { get; } = new();

    /// <summary>AdamW's mean of gradients.</summary>
    internal float[] FirstMoments { get; }

    /// <summary>AdamW's mean of squared gradients.</summary>
    internal float[] SecondMoments { get; }

    /// <summary>One step.</summary>
    /// <returns>The losses before the step.</returns>
    /// <exception cref="TrainingDivergedException">A loss or the gradient is not finite; the network and the optimiser are left as they were.</exception>
    public SlcLosses Advance()
    {
        long step = Step + 1;
        SlcLosses losses = Network.Gradient(BatchOf(Step), _gradient, step);
        for (int l = 0; l < losses.Prediction.Length; l++)
        {
            if (!double.IsFinite(losses.Prediction[l])) throw new TrainingDivergedException(step, $"the prediction loss of level {l}");
            if (!double.IsFinite(losses.Clustering[l])) throw new TrainingDivergedException(step, $"the clustering loss of level {l}");
        }
        if (!Network.HasFiniteGradient) throw new TrainingDivergedException(step, "the gradient");
        new AdamW(Training.RateOf(step), WeightDecay: Training.WeightDecay)
            .Step(Network.Parameters, _gradient, FirstMoments, SecondMoments, checked((int)step), Training.Threads);
        Network.MoveTeacher();
        Step = step;
        return losses;
    }

    /// <summary>Refuses parameters that are not finite, as an enormous learning rate leaves them.</summary>
    /// <exception cref="TrainingDivergedException">There are some.</exception>
    internal void RequireFinite()
    {
        if (!float.IsFinite(TensorPrimitives.SumOfMagnitudes<float>(Network.Parameters))) throw new TrainingDivergedException(Step, "a parameter");
    }

    /// <summary>Trains to the last step.</summary>
    /// <param name="progress">Receives the fraction done.</param>
    /// <param name="cancellation">Stops between steps.</param>
    public void Run(Action<double>? progress = null, CancellationToken cancellation = default)
    {
        while (Step < Training.Steps)
        {
            cancellation.ThrowIfCancellationRequested();
            Advance();
            progress?.Invoke((double)Step / Training.Steps);
        }
    }

    /// <summary>The strings of a batch: the next of an order that is a function of (seed, epoch).</summary>
    internal ReadOnlySpan<ushort> BatchOf(long step)
    {
        ReadOnlySpan<long> chosen = _order.BatchOf(step);
        for (int b = 0; b < chosen.Length; b++) _tokens.AsSpan(checked((int)(chosen[b] * _tokenCount)), _tokenCount).CopyTo(_batch.AsSpan(b * _tokenCount));
        return _batch;
    }
}
