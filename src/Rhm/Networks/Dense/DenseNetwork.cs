using System.Numerics;
using System.Numerics.Tensors;
using Rhm.Numerics;
using Rhm.Parallelism;
using Rhm.Randomness;

namespace Rhm.Networks.Dense;

/// <summary>
/// A classifier of layers x -> activation(x W + b) under cross-entropy, forward and backward. A layer whose rows are s rows of the layer
/// below, side by side, is a convolution of kernel and stride s: in row-major order no number moves. Examples are cut in chunks that may
/// run at the same time; gradients are summed in the order of chunks, so no result depends on the number of threads.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
internal sealed class DenseNetwork<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Examples of a chunk.</summary>
    private const int Chunk = 32;

    private readonly DenseLayer[] _layers;
    private readonly int[] _weights, _biases;
    private readonly DenseActivation _activation;
    private readonly double _dropout;
    private Workspace[] _chunks = [];

    /// <summary>Weights and biases start uniform in +-1/sqrt(inputs), PyTorch's default.</summary>
    /// <param name="layers">From the input to the logits.</param>
    /// <param name="activation">Between layers.</param>
    /// <param name="weights">The random streams of the initial weights.</param>
    /// <param name="seed">Of the initial weights.</param>
    /// <param name="dropout">Share of hidden units set to 0 in training, the others scaled by 1/(1-dropout).</param>
    public DenseNetwork(IReadOnlyList<DenseLayer> layers, DenseActivation activation, StreamRange weights, ulong seed, double dropout = 0)
    {
        (_layers, _activation, _dropout) = ([.. layers], activation, dropout);
        (_weights, _biases) = (new int[_layers.Length], new int[_layers.Length]);
        int size = 0;
        for (int l = 0; l < _layers.Length; l++)
        {
            _weights[l] = size;
            _biases[l] = size += _layers[l].Inputs * _layers[l].Outputs;
            size += _layers[l].Outputs;
        }
        Parameters = new T[size];
        for (int l = 0; l < _layers.Length; l++)
        {
            var random = weights.Open(seed, (ulong)l);
            double bound = 1 / Math.Sqrt(_layers[l].Inputs);
            for (int i = _weights[l]; i < _biases[l] + _layers[l].Outputs; i++)
                Parameters[i] = T.CreateChecked(bound * (2 * random.NextDouble() - 1));
        }
    }

    /// <summary>Layer by layer: W, inputs x outputs, then b.</summary>
    public T[] Parameters { get; }

    /// <summary>Numbers of an example.</summary>
    public int InputSize => _layers[0].Rows * _layers[0].Inputs;

    private int Classes => _layers[^1].Outputs;

    /// <summary>Outputs of every layer, [examples, rows, outputs]; those of the last are logits.</summary>
    /// <param name="x">[examples, InputSize].</param>
    /// <param name="examples">Any number.</param>
    /// <param name="threads">At least 1.</param>
    public T[][] Forward(T[] x, int examples, int threads = 1)
    {
        T[][] outputs = [.. _layers.Select(layer => new T[examples * layer.Rows * layer.Outputs])];
        Run(examples, threads, (work, from, count) =>
        {
            Forward(work, x.AsSpan(from * InputSize, count * InputSize), count, null);
            for (int l = 0; l < _layers.Length; l++)
            {
                int size = _layers[l].Rows * _layers[l].Outputs;
                work.Y[l].AsSpan(0, count * size).CopyTo(outputs[l].AsSpan(from * size));
            }
        });
        return outputs;
    }

    /// <summary>Mean cross-entropy in nats and its gradient.</summary>
    /// <param name="x">[examples, InputSize].</param>
    /// <param name="labels">One for each example; the logits of the last layer have one row an example.</param>
    /// <param name="gradient">Receives as many numbers as there are parameters.</param>
    /// <param name="dropped">Seed of the units that are dropped; null for none.</param>
    /// <param name="threads">At least 1.</param>
    public double Gradient(T[] x, ushort[] labels, T[] gradient, ulong? dropped = null, int threads = 1)
    {
        int examples = labels.Length;
        Run(examples, threads, (work, from, count) =>
        {
            ReadOnlySpan<T> input = x.AsSpan(from * InputSize, count * InputSize);
            bool drops = dropped is not null && _dropout > 0;
            Forward(work, input, count, drops ? StreamOffsets.DroppedUnits.Open(dropped!.Value, (ulong)(from / Chunk)) : null);
            Backward(work, input, labels.AsSpan(from, count), count, examples);
        });
        int chunks = (examples + Chunk - 1) / Chunk;
        double loss = 0;
        gradient.AsSpan().Clear();
        for (int chunk = 0; chunk < chunks; chunk++)
        {
            TensorPrimitives.Add(gradient, _chunks[chunk].Gradient, gradient);
            loss += _chunks[chunk].Loss;
        }
        return loss / examples;
    }

    /// <summary>
    /// The gradient of any function of the outputs of the last layer, right after <see cref="Forward(T[], int, int)"/> of the same
    /// examples.
    /// </summary>
    /// <param name="ofOutputs">Its gradient with respect to those outputs, [examples, outputs].</param>
    /// <param name="examples">As in the forward pass.</param>
    /// <param name="gradient">Receives as many numbers as there are parameters.</param>
    /// <param name="x">As in the forward pass.</param>
    /// <param name="threads">At least 1.</param>
    /// <param name="ofInputs">Null or empty, or receives the gradient with respect to x, [examples, InputSize].</param>
    public void Backward(T[] ofOutputs, int examples, T[] gradient, T[] x, int threads = 1, T[]? ofInputs = null)
    {
        int size = _layers[^1].Rows * _layers[^1].Outputs;
        Run(examples, threads, (work, from, count) =>
        {
            ofOutputs.AsSpan(from * size, count * size).CopyTo(work.D[^1]);
            Span<T> below = ofInputs is { Length: > 0 } ? ofInputs.AsSpan(from * InputSize, count * InputSize) : [];
            Descend(work, x.AsSpan(from * InputSize, count * InputSize), count, below);
        });
        gradient.AsSpan().Clear();
        for (int chunk = 0; chunk < (examples + Chunk - 1) / Chunk; chunk++)
            TensorPrimitives.Add(gradient, _chunks[chunk].Gradient, gradient);
    }

    private void Run(int examples, int threads, Action<Workspace, int, int> task)
    {
        int chunks = (examples + Chunk - 1) / Chunk;
        // Only a gradient needs its chunks afterwards, but both may run many at a time.
        if (_chunks.Length < chunks)
            _chunks = [.. _chunks, .. Enumerable.Range(_chunks.Length, chunks - _chunks.Length).Select(_ => new Workspace(_layers, Chunk))];
        ParallelLoop.Ordered(threads, chunks, chunk => task(_chunks[chunk], chunk * Chunk, Math.Min(Chunk, examples - chunk * Chunk)));
    }

    private void Forward(Workspace work, ReadOnlySpan<T> x, int examples, RandomStream? drop)
    {
        for (int l = 0; l < _layers.Length; l++)
        {
            (int perExample, int inputs, int outputs) = (_layers[l].Rows, _layers[l].Inputs, _layers[l].Outputs);
            int rows = examples * perExample;
            ReadOnlySpan<T> weights = Parameters.AsSpan(_weights[l], inputs * outputs), bias = Parameters.AsSpan(_biases[l], outputs);
            Span<T> y = work.Y[l].AsSpan(0, rows * outputs);
            bool hidden = l < _layers.Length - 1;
            if (hidden && _activation == DenseActivation.Gelu)
            {
                Span<T> before = work.Before[l].AsSpan(0, y.Length);
                MatrixProduct.Multiply(x, weights, y, rows, outputs, inputs, bias, Activation.Gelu, before);
            }
            else
            {
                MatrixProduct.Multiply<T>(x, weights, y, rows, outputs, inputs, bias);
                if (hidden) TensorPrimitives.Max(y, T.Zero, y);
            }
            if (hidden && drop is not null)
            {
                Span<T> kept = work.Kept[l] is { Length: > 0 } mask ? mask : work.Kept[l] = new T[work.Y[l].Length];
                kept = kept[..y.Length];
                T scale = T.CreateChecked(1 / (1 - _dropout));
                for (int i = 0; i < kept.Length; i++) kept[i] = drop.NextDouble() < _dropout ? T.Zero : scale;
                TensorPrimitives.Multiply(y, kept, y);
            }
            work.Dropped = drop is not null;
            x = y;
        }
    }

    private void Backward(Workspace work, ReadOnlySpan<T> input, ReadOnlySpan<ushort> labels, int examples, int all)
    {
        Span<T> logits = work.Y[^1].AsSpan(0, examples * Classes), d = work.D[^1].AsSpan(0, logits.Length);
        LogSoftmax.ForwardWithSoftmax<T>(logits, d, examples, Classes);
        work.Loss = 0;
        T scale = T.One / T.CreateChecked(all);
        for (int e = 0; e < examples; e++)
        {
            work.Loss -= double.CreateChecked(logits[e * Classes + labels[e]]);
            d[e * Classes + labels[e]] -= T.One;
        }
        TensorPrimitives.Multiply(d, scale, d);
        Descend(work, input, examples, []);
    }

    /// <summary>From the gradient of the last outputs down to that of all weights, and of the inputs unless that is empty.</summary>
    private void Descend(Workspace work, ReadOnlySpan<T> input, int examples, Span<T> ofInputs)
    {
        Span<T> d = work.D[^1].AsSpan(0, examples * _layers[^1].Rows * _layers[^1].Outputs);
        for (int l = _layers.Length - 1; l >= 0; l--)
        {
            (int perExample, int inputs, int outputs) = (_layers[l].Rows, _layers[l].Inputs, _layers[l].Outputs);
            int rows = examples * perExample;
            ReadOnlySpan<T> x = l == 0 ? input : work.Y[l - 1].AsSpan(0, rows * inputs);
            MatrixProduct.MultiplyTransposedA<T>(x, d, work.Gradient.AsSpan(_weights[l], inputs * outputs), inputs, outputs, rows);
            ColumnSums.Compute<T>(d, work.Gradient.AsSpan(_biases[l], outputs), rows, outputs);
            if (l == 0 && ofInputs.IsEmpty) return;
            Span<T> below = l == 0 ? ofInputs : work.D[l - 1].AsSpan(0, rows * inputs);
            MatrixProduct.MultiplyTransposedB<T>(d, Parameters.AsSpan(_weights[l], inputs * outputs), below, rows, inputs, outputs);
            if (l == 0) return;
            if (work.Dropped) TensorPrimitives.Multiply(below, work.Kept[l - 1].AsSpan(0, below.Length), below);
            if (_activation == DenseActivation.Gelu) Gelu.Backward<T>(work.Before[l - 1].AsSpan(0, below.Length), below, below);
            else
            {
                for (int i = 0; i < below.Length; i++)
                {
                    if (x[i] <= T.Zero) below[i] = T.Zero;
                }
            }
            d = below;
        }
    }

    /// <summary>
    /// What one chunk needs; Y after the activation and dropout, D the gradient of the loss with respect to Y, later to its argument.
    /// </summary>
    private sealed class Workspace(DenseLayer[] layers, int examples)
    {
        public T[][] Y { get; } = Rows(layers, examples);

        public T[][] Before { get; } = Rows(layers, examples);

        public T[][] D { get; } = Rows(layers, examples);

        public T[][] Kept { get; } = [.. layers.Select(_ => Array.Empty<T>())];

        public T[] Gradient { get; } = new T[layers.Sum(layer => (layer.Inputs + 1) * layer.Outputs)];

        public double Loss { get; set; }

        public bool Dropped { get; set; }

        private static T[][] Rows(DenseLayer[] layers, int examples) => [.. layers.Select(layer =>
            new T[examples * layer.Rows * layer.Outputs])];
    }
}
