using System.Globalization;
using System.Numerics.Tensors;
using Rhm.Grammars;
using Rhm.Numerics;
using Rhm.Sampling;

namespace Rhm.Learners;

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

/// <summary>
/// A convolutional network with the shape of the grammar's tree, trained to name the root: one layer a level, kernel and stride s, ReLU, then a
/// linear read-out; cross-entropy. The baseline that learns from labels: P* about n_c m^L (arXiv:2307.02129).
/// </summary>
public sealed class ConvolutionalTrainer
{
    private readonly GrammarShape _shape;
    private readonly DenseNetwork<float> _network;
    private readonly ushort[] _tokens, _roots;
    private readonly float[] _gradient, _first, _second, _batch;
    private readonly ushort[] _labels;
    private readonly EpochOrder _order;

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
        if (strings.Count * (double)strings.TokenCount > Array.MaxLength)
            throw new ArgumentException($"{strings.Count} strings of {strings.TokenCount} tokens do not fit in memory: training holds at most 2^31 tokens");
        _tokens = SlcEvaluation.ReadTokens(strings, _shape.Depth + 1, out ushort[][] levels);
        _roots = levels[^1];
        _network = Network<float>(_shape, Training.Width, Training.Seed);
        int size = _network.Parameters.Length, batch = Math.Min(Training.BatchSize, _roots.Length);
        (_gradient, _first, _second) = (new float[size], new float[size], new float[size]);
        (_batch, _labels) = (new float[batch * _network.InputSize], new ushort[batch]);
        _order = new EpochOrder(_roots.Length, batch, Training.Seed);
    }

    /// <summary>Settings.</summary>
    public ConvolutionalTraining Training { get; }

    /// <summary>Steps done.</summary>
    public int Step { get; private set; }

    /// <summary>Epochs done.</summary>
    public int Epoch { get; private set; }

    /// <summary>The parameters: of each layer the weights, then the biases.</summary>
    public IReadOnlyList<float> Parameters => _network.Parameters;

    internal static DenseNetwork<T> Network<T>(GrammarShape shape, int width, ulong seed) where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T> =>
        new([.. Enumerable.Range(1, shape.Depth).Select(level =>
            new DenseLayer(shape.NodeCount(level), shape.Branching * (level == 1 ? shape.Vocabulary : width), width)), new DenseLayer(1, width, shape.Classes)], DenseActivation.Relu, seed);

    /// <summary>Trains to the end.</summary>
    /// <param name="onStep">Called after each step; may look at the network.</param>
    /// <param name="cancellation">Stops between steps.</param>
    /// <returns>Mean loss of the last epoch.</returns>
    /// <exception cref="TrainingDivergedException">The loss is not a finite number; the parameters are those before the step.</exception>
    public double Run(Action? onStep = null, CancellationToken cancellation = default)
    {
        double loss = double.PositiveInfinity;
        while (Epoch < Training.Epochs && loss >= Training.StopLoss)
        {
            double sum = 0;
            int batches = _roots.Length / _labels.Length;
            for (int batch = 0; batch < batches; batch++)
            {
                cancellation.ThrowIfCancellationRequested();
                sum += Advance(_order.BatchOf(Step));
                onStep?.Invoke();
            }
            loss = sum / batches;
            Epoch++;
        }
        return loss;
    }

    private double Advance(ReadOnlySpan<long> strings)
    {
        int length = _shape.TokenCount;
        _batch.AsSpan().Clear();
        for (int b = 0; b < strings.Length; b++)
        {
            OneHot(_tokens.AsSpan((int)strings[b] * length, length), _batch.AsSpan(b * _network.InputSize));
            _labels[b] = _roots[strings[b]];
        }
        double loss = _network.Gradient(_batch, _labels, _gradient, threads: Training.Threads);
        if (!double.IsFinite(loss)) throw new TrainingDivergedException(Step + 1, "the loss");
        Step++;
        if (Training.Momentum is { } momentum)
        {
            TensorPrimitives.MultiplyAdd<float>(_first, (float)momentum, _gradient, _first);
            TensorPrimitives.MultiplyAdd<float>(_first, (float)-Training.LearningRate, _network.Parameters, _network.Parameters);
        }
        else
        {
            new AdamW(Training.LearningRate, WeightDecay: 0).Step(_network.Parameters, _gradient, _first, _second, Step, Training.Threads);
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
        ushort[] tokens = SlcEvaluation.ReadTokens(strings, _shape.Depth + 1, out ushort[][] levels);
        return MlpProbe.Share(Outputs(tokens)[^1], _shape.Classes, levels[^1]);
    }

    private float[][] Outputs(ReadOnlySpan<ushort> tokens)
    {
        int length = _shape.TokenCount, strings = tokens.Length / length;
        var x = new float[strings * _network.InputSize];
        for (int i = 0; i < strings; i++) OneHot(tokens.Slice(i * length, length), x.AsSpan(i * _network.InputSize));
        return _network.Forward(x, strings, Training.Threads);
    }
}

/// <summary>The convolutional network as a learner by name.</summary>
public static class ConvolutionalLearner
{
    /// <summary>
    /// By the name <c>convolution</c>: trained on the roots of P strings. The accuracy of level l = 1..L-1 is that of a linear probe of the
    /// level's first node on the layer of that level; the measure <c>root</c> is the share of held-out strings whose root is named right.
    /// </summary>
    public static Learner<ConvolutionalTraining> Learner { get; } = Learners.Learner.Define("convolution", 2, new ConvolutionalTraining(), Learn,
        (_, _, training) => training.Validate(),
        (shape, samples, training) => (1L << 26) + 2.0 * samples * (double)shape.StringLength * shape.Branching / (shape.Branching - 1)
            + 12.0 * training.BatchSize * (double)shape.StringLength * (training.Width + shape.Vocabulary)
            + 8.0 * (training.BatchSize / 32 + 3) * shape.Depth * training.Width * shape.Branching * (double)training.Width,
        // Six operations a weight and row, at 2 x 10^10 a second.
        (shape, samples, training) => 3e-10 * samples * training.Epochs * (double)shape.StringLength * training.Width * Math.Max(training.Width, shape.Vocabulary));

    private static LearningResult Learn(LearningProblem problem, ConvolutionalTraining training)
    {
        var trainer = new ConvolutionalTrainer(problem.Strings, training with { Seed = problem.Seed, Threads = problem.Threads });
        trainer.Run(cancellation: problem.Cancellation);
        int depth = problem.Grammar.Shape.Depth;
        var measure = new RepresentationMeasure { Strings = (int)Math.Clamp(problem.HeldOut, 2, 1500), SynonymStrings = 0, Seed = problem.Seed };
        RepresentationScore score = RepresentationScore.Measure(trainer.Hidden, problem.Grammar, measure);
        return new LearningResult([.. Enumerable.Range(1, depth - 1).Select(level => score.Layers[level - 1].Levels[level - 1].Span)])
        {
            Measures = new SortedDictionary<string, double> { ["root"] = trainer.Accuracy(problem.HeldOutStrings) },
        };
    }
}
