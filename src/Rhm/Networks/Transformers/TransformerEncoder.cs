using System.Collections.Concurrent;
using Rhm.Numerics;
using Rhm.Parallelism;

namespace Rhm.Networks.Transformers;

/// <summary>
/// A transformer encoder with pre-LayerNorm blocks, learned embeddings of symbols and positions, and a final LayerNorm (the network of
/// the paper's data2vec experiments, arXiv:2605.27734, figures 4 and 5). A function of its shape and parameters.
/// </summary>
public sealed class TransformerEncoder
{
    /// <summary>An encoder with random weights: those of PyTorch's defaults, embeddings standard normal.</summary>
    /// <param name="shape">Sizes.</param>
    /// <param name="seed">Seed of the weights.</param>
    /// <param name="causal">Whether a position sees only itself and what is left of it.</param>
    public TransformerEncoder(TransformerShape shape, ulong seed, bool causal = false)
        : this(new TransformerLayout(shape), causal) => Parameters = Layout.Initial<float>(seed);

    internal TransformerEncoder(TransformerLayout layout, bool causal, float[]? parameters = null)
    {
        ArgumentNullException.ThrowIfNull(layout);
        (Layout, Causal, Parameters) = (layout, causal, parameters ?? new float[layout.EncoderCount]);
    }

    /// <summary>Sizes.</summary>
    public TransformerShape Shape => Layout.Shape;

    /// <summary>Whether a position sees only itself and what is left of it.</summary>
    public bool Causal { get; }

    /// <summary>The weights, one tensor after the other (and after them, in an encoder that is trained, those of its head).</summary>
    internal float[] Parameters { get; }

    internal TransformerLayout Layout { get; }

    /// <summary>Names and shapes of the tensors in checkpoints; a linear layer's weight is outputs x inputs there, as in PyTorch.</summary>
    public IReadOnlyList<string> TensorNames => [.. Layout.All.Select(tensor => tensor.Name)];

    /// <summary>
    /// A tensor by name, as it stands in memory: a linear layer's weight is inputs x outputs. Writing to it changes the encoder.
    /// </summary>
    /// <param name="name">One of <see cref="TensorNames"/>.</param>
    /// <exception cref="ArgumentException">There is no such tensor.</exception>
    public Span<float> Tensor(string name)
    {
        TransformerTensor? tensor = Layout.All.FirstOrDefault(tensor => tensor.Name == name);
        return tensor is null ? throw new ArgumentException($"the encoder has no tensor \"{name}\"") : tensor.Of(Parameters);
    }

    /// <summary>Number of weights, without a head.</summary>
    public int ParameterCount => Layout.EncoderCount;

    /// <summary>Hidden states of all layers. A string's states do not depend on the strings beside it.</summary>
    /// <param name="tokens">N strings of T symbols 0..v+1, one after the other; v stands for a masked token.</param>
    /// <param name="threads">At least 1; the result does not depend on it.</param>
    /// <exception cref="ArgumentException">No whole number of strings, or a symbol without embedding.</exception>
    public HiddenStates Forward(ReadOnlyMemory<ushort> tokens, int threads = 1)
    {
        int length = Shape.Length, d = Shape.Width, strings = tokens.Length / length;
        if (strings * length != tokens.Length)
            throw new ArgumentException($"{tokens.Length} symbols are no whole number of strings of T = {length}");
        foreach (ushort symbol in tokens.Span)
        {
            if (symbol >= Shape.Symbols)
            {
                throw new ArgumentException(
                    $"symbol {symbol} has no embedding: an encoder for v = {Shape.Vocabulary} knows 0..{Shape.Symbols - 1}");
            }
        }
        int numbers = checked(tokens.Length * d);
        float[][] layers = [.. Enumerable.Range(0, Shape.Layers + 1).Select(_ => new float[numbers])];
        var final = new float[numbers];
        int perChunk = Math.Max(1, TransformerLoss<float>.ChunkRows / length);
        var idle = new ConcurrentBag<EncoderPass<float>>();
        ParallelLoop.Ordered(threads, (strings + perChunk - 1) / perChunk, chunk =>
        {
            int first = chunk * perChunk * length, rows = Math.Min(perChunk * length, tokens.Length - first);
            if (!idle.TryTake(out EncoderPass<float>? pass)) pass = new EncoderPass<float>(Layout, perChunk, Causal, withGradients: false);
            Span<float> last = pass.Forward(Parameters, tokens.Span.Slice(first, rows),
                onLayer: (layer, hidden) => hidden.CopyTo(layers[layer].AsSpan(first * d)));
            ReadOnlySpan<float> scale = Layout.FinalScale.Of(Parameters), shift = Layout.FinalShift.Of(Parameters);
            LayerNorm.Forward(last, scale, shift, final.AsSpan(first * d, rows * d), default, default, rows, d);
            idle.Add(pass);
        });
        return new HiddenStates(layers, final);
    }
}
