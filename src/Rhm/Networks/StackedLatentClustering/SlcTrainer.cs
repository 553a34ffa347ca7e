using Rhm.Networks.Training;
using Rhm.Numerics;
using Rhm.Strings;

namespace Rhm.Networks.StackedLatentClustering;

/// <summary>
/// Trains a <see cref="SlcNetwork{T}"/> with AdamW. Strings are read in a new random order each epoch, in whole batches; what is left
/// at the end of an epoch is dropped.
/// </summary>
public sealed class SlcTrainer : NetworkTrainer<SlcLosses>
{
    private readonly RepeatedStrings _strings;
    private readonly float[] _gradient;

    /// <summary>A trainer at step 0.</summary>
    /// <param name="data">The strings; all are held in memory, 2 bytes a token.</param>
    /// <param name="shape">Sizes of the network.</param>
    /// <param name="objective">What is minimised; null for the defaults.</param>
    /// <param name="training">How; null for the defaults.</param>
    /// <exception cref="ArgumentException">
    /// Strings do not fit the network, a batch is larger than P, or a setting makes no sense.
    /// </exception>
    public SlcTrainer(IStringSource data, SlcShape shape, SlcObjective? objective = null, SlcTraining? training = null)
        : base((training ??= new SlcTraining()).Steps)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(shape);
        Training = training;
        Training.Validate(data.Count);
        if (data.TokenCount != shape.TokenCount)
        {
            throw new ArgumentException($"strings of {data.TokenCount} tokens do not fit a network for "
                + $"s^L = {shape.Branching}^{shape.Depth} = {shape.TokenCount} tokens");
        }
        if (data.Vocabulary > shape.Vocabulary)
            throw new ArgumentException($"strings over {data.Vocabulary} symbols do not fit a network for v = {shape.Vocabulary}");
        _strings = new RepeatedStrings(data, Training.BatchSize, Training.Seed);
        Strings = data.Count;
        Network = new SlcNetwork<float>(shape, objective, Training.Seed, Training.Threads);
        _gradient = new float[Network.Parameters.Length];
        Moments = new AdamMoments(_gradient.Length);
    }

    /// <summary>The network, as it is after <see cref="NetworkTrainer{TLosses}.Step"/> steps.</summary>
    public SlcNetwork<float> Network { get; }

    /// <summary>Settings.</summary>
    public SlcTraining Training { get; }

    /// <summary>Number of strings P.</summary>
    public long Strings { get; }

    /// <summary>Tells these strings from others.</summary>
    internal string TokensHash => _strings.Hash;

    internal AdamMoments Moments { get; }

    private protected override float[] Parameters => Network.Parameters;

    internal override CheckpointContent Content => SlcCheckpoint.ContentOf(this);

    internal override double[] NumbersOf(SlcLosses losses) => [.. losses.Prediction, .. losses.Clustering, .. losses.Margin];

    /// <inheritdoc/>
    public override SlcLosses Advance()
    {
        long step = Step + 1;
        SlcLosses losses = Network.Gradient(BatchOf(Step), _gradient, step);
        for (int l = 0; l < losses.Prediction.Length; l++)
        {
            if (!double.IsFinite(losses.Prediction[l])) throw new TrainingDivergedException(step, $"the prediction loss of level {l + 1}");
            if (!double.IsFinite(losses.Clustering[l])) throw new TrainingDivergedException(step, $"the clustering loss of level {l + 1}");
        }
        if (!Network.HasFiniteGradient) throw new TrainingDivergedException(step, "the gradient");
        new AdamW(Training.RateOf(step), WeightDecay: Training.WeightDecay)
            .Step(Network.Parameters, _gradient, Moments.First, Moments.Second, step, Training.Threads);
        Network.MoveTeacher();
        Step = step;
        return losses;
    }

    internal override void Resume(long step)
    {
        base.Resume(step);
        if (step > 0) Network.UseRunningMeans();
    }

    /// <summary>The strings of a batch: the next of an order that is a function of (seed, epoch).</summary>
    internal ReadOnlySpan<ushort> BatchOf(long step) => _strings.BatchOf(step).Tokens;
}
