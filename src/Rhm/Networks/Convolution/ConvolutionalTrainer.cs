using System.Numerics;
using System.Numerics.Tensors;
using Rhm.Grammars;
using Rhm.Networks.Dense;
using Rhm.Networks.Probes;
using Rhm.Networks.Training;
using Rhm.Numerics;
using Rhm.Randomness;
using Rhm.Strings;

namespace Rhm.Networks.Convolution;

/// <summary>
/// A convolutional network with the shape of the grammar's tree, trained to name the root: one layer a level, kernel and stride s, ReLU,
/// then a linear read-out; cross-entropy. The baseline that learns from labels: P* about n_c m^L (arXiv:2307.02129).
/// </summary>
public sealed class ConvolutionalTrainer
{
    private readonly GrammarShape _shape;
    private readonly DenseNetwork<float> _network;
    private readonly RepeatedStrings _strings;
    private readonly AdamMoments _moments;
    private readonly float[] _gradient, _batch;
    private readonly int _batchesOfEpoch;

    /// <summary>An untrained network.</summary>
    /// <param name="strings">What it learns from, with their roots; all are held in memory.</param>
    /// <param name="training">How; null for the defaults.</param>
    /// <exception cref="ArgumentException">A setting makes no sense, there are no strings, or they do not fit in memory.</exception>
    public ConvolutionalTrainer(StringSampler strings, ConvolutionalTraining? training = null)
    {
        ArgumentNullException.ThrowIfNull(strings);
        Training = training ?? new ConvolutionalTraining();
        Training.Validate();
        _shape = strings.Grammar.Shape;
        if (strings.Count < 1) throw new ArgumentException("no strings to learn from");
        int batch = (int)Math.Min(Training.BatchSize, strings.Count);
        _strings = new RepeatedStrings(strings, batch, Training.Seed, _shape.Depth);
        _batchesOfEpoch = (int)(strings.Count / batch);
        _network = Network<float>(_shape, Training.Width, Training.Seed);
        (_gradient, _moments) = (new float[_network.Parameters.Length], new AdamMoments(_network.Parameters.Length));
        _batch = new float[batch * _network.InputSize];
    }

    /// <summary>Settings.</summary>
    public ConvolutionalTraining Training { get; }

    /// <summary>Steps done.</summary>
    public long Step { get; private set; }

    /// <summary>Epochs done.</summary>
    public int Epoch { get; private set; }

    /// <summary>The parameters: of each layer the weights, then the biases.</summary>
    public IReadOnlyList<float> Parameters => _network.Parameters;

    internal static DenseNetwork<T> Network<T>(GrammarShape shape, int width, ulong seed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        IEnumerable<DenseLayer> levels = Enumerable.Range(1, shape.Depth).Select(level =>
            new DenseLayer(shape.NodeCount(level), shape.Branching * (level == 1 ? shape.Vocabulary : width), width));
        DenseLayer[] layers = [.. levels, new DenseLayer(1, width, shape.Classes)];
        return new DenseNetwork<T>(layers, DenseActivation.Relu, StreamOffsets.ConvolutionWeights, seed);
    }

    /// <summary>Trains to the end.</summary>
    /// <param name="onStep">Called after each step; may look at the network.</param>
    /// <param name="cancellation">Stops between steps.</param>
    /// <returns>Mean loss of the last epoch.</returns>
    /// <exception cref="TrainingDivergedException">
    /// The loss or the gradient is not a finite number; the parameters are those before the step.
    /// </exception>
    public double Run(Action? onStep = null, CancellationToken cancellation = default)
    {
        double loss = double.PositiveInfinity;
        while (Epoch < Training.Epochs && loss >= Training.StopLoss)
        {
            double sum = 0;
            for (int batch = 0; batch < _batchesOfEpoch; batch++)
            {
                cancellation.ThrowIfCancellationRequested();
                sum += Advance();
                onStep?.Invoke();
            }
            loss = sum / _batchesOfEpoch;
            Epoch++;
        }
        return loss;
    }

    private double Advance()
    {
        (ushort[] tokens, ushort[] roots) = _strings.BatchOf(Step);
        int length = _shape.TokenCount;
        _batch.AsSpan().Clear();
        for (int b = 0; b < roots.Length; b++) OneHot(tokens.AsSpan(b * length, length), _batch.AsSpan(b * _network.InputSize));
        double loss = _network.Gradient(_batch, roots, _gradient, threads: Training.Threads);
        if (!double.IsFinite(loss)) throw new TrainingDivergedException(Step + 1, "the loss");
        if (!float.IsFinite(Reductions.SumOfMagnitudes<float>(_gradient)))
            throw new TrainingDivergedException(Step + 1, "the gradient");
        Step++;
        if (Training.Momentum is { } momentum)
        {
            Span<float> velocity = _moments.First;
            TensorPrimitives.MultiplyAdd(velocity, (float)momentum, _gradient, velocity);
            ScaledSum.Add(velocity, (float)-Training.LearningRate, _network.Parameters);
        }
        else
        {
            new AdamW(Training.LearningRate, WeightDecay: 0)
                .Step(_network.Parameters, _gradient, _moments.First, _moments.Second, Step, Training.Threads);
        }
        return loss;
    }

    private void OneHot(ReadOnlySpan<ushort> tokens, Span<float> x)
    {
        for (int i = 0; i < tokens.Length; i++) x[i * _shape.Vocabulary + tokens[i]] = 1;
    }

    /// <summary>Outputs of the layers, level 1 first, after ReLU: for probes.</summary>
    /// <param name="tokens">[strings, s^L].</param>
    public IReadOnlyList<LayerStates> Hidden(ReadOnlySpan<ushort> tokens) =>
        [.. Outputs(tokens)[..^1].Select((values, l) => new LayerStates(values, _shape.NodeCount(l + 1), Training.Width))];

    /// <summary>Share of strings whose root is named right.</summary>
    /// <param name="strings">Held-out strings of the same grammar.</param>
    public double Accuracy(StringSampler strings)
    {
        ushort[][] levels = SymbolReader.ReadAll(strings, _shape.Depth + 1);
        return MlpProbe.Share(Outputs(levels[0])[^1], _shape.Classes, levels[^1]);
    }

    private float[][] Outputs(ReadOnlySpan<ushort> tokens)
    {
        int length = _shape.TokenCount, strings = tokens.Length / length;
        var x = new float[strings * _network.InputSize];
        for (int i = 0; i < strings; i++) OneHot(tokens.Slice(i * length, length), x.AsSpan(i * _network.InputSize));
        return _network.Forward(x, strings, Training.Threads);
    }
}
