using System.Numerics;

namespace Rhm.Networks.Transformers;

/// <summary>The encoder on a few strings, with the memory for it. Shapes: C strings, R = C T rows, d = d_model.</summary>
/// <typeparam name="T">float or double.</typeparam>
internal sealed class EncoderPass<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly TransformerLayout _layout;
    private readonly bool _causal;
    private readonly EncoderBlock<T>[] _blocks;
    private readonly BlockState<T>[] _states;
    private readonly BlockScratch<T> _scratch;
    private readonly T[][] _hidden;

    /// <param name="layout">The parameters.</param>
    /// <param name="strings">Most strings of a pass.</param>
    /// <param name="causal">Whether positions see only what is left of them.</param>
    /// <param name="withGradients">
    /// Whether a backward pass follows; else all blocks share their memory, which then stays in the caches.
    /// </param>
    /// <param name="withDropout">Whether numbers may be dropped.</param>
    public EncoderPass(TransformerLayout layout, int strings, bool causal, bool withGradients, bool withDropout = false)
    {
        (_layout, _causal) = (layout, causal);
        TransformerShape shape = layout.Shape;
        _blocks = [.. layout.Blocks.Select((weights, layer) => new EncoderBlock<T>(shape, weights, layer))];
        _states = new BlockState<T>[shape.Layers];
        for (int l = 0; l < shape.Layers; l++) _states[l] = l == 0 || withGradients ? new BlockState<T>(shape, strings) : _states[0];
        _scratch = new BlockScratch<T>(shape, strings, withGradients, withDropout);
        _hidden = new T[shape.Layers + 1][];
        for (int l = 0; l <= shape.Layers; l++)
            _hidden[l] = l < 2 || withGradients ? new T[strings * shape.Length * shape.Width] : _hidden[l - 2];
    }

    /// <summary>What the last forward pass answered, with the rows of earlier, larger ones behind.</summary>
    public Span<T> Answer => _hidden[^1];

    /// <summary>Receives hidden state l [R, d] when it is there; of the last one only the output rows.</summary>
    public delegate void OnLayer(int layer, ReadOnlySpan<T> hidden);

    /// <summary>Runs all blocks; answers the last hidden state of the output rows [M, d], before the final LayerNorm.</summary>
    /// <param name="parameters">The weights.</param>
    /// <param name="symbols">R symbols.</param>
    /// <param name="outputRows">Which of the R rows, ascending; empty for all.</param>
    /// <param name="firstString">Number of the first string in its batch.</param>
    /// <param name="dropout">What is dropped.</param>
    /// <param name="onLayer">Receives every hidden state.</param>
    public Span<T> Forward(T[] parameters, ReadOnlySpan<ushort> symbols, ReadOnlySpan<int> outputRows = default, int firstString = 0,
        TransformerDropout dropout = default, OnLayer? onLayer = null)
    {
        int d = _layout.Shape.Width, strings = symbols.Length / _layout.Shape.Length;
        Span<T> x = _hidden[0].AsSpan(0, symbols.Length * d);
        Embedding<T>.Forward(_layout, parameters, symbols, x);
        if (dropout.Embeddings.IsActive) dropout.Embeddings.Apply<T>(x, x, (long)firstString * _layout.Shape.Length, d);
        onLayer?.Invoke(0, x);
        for (int l = 0; l < _blocks.Length; l++)
        {
            ReadOnlySpan<int> used = l == _blocks.Length - 1 ? outputRows : default;
            Span<T> y = _hidden[l + 1].AsSpan(0, used.IsEmpty ? x.Length : used.Length * d);
            _blocks[l].Forward(parameters, _states[l], _scratch, x, y, strings, used, _causal, dropout, firstString);
            onLayer?.Invoke(l + 1, y);
            x = y;
        }
        return x;
    }

    /// <summary>Adds to the gradient of all weights but those of the final LayerNorm and the head.</summary>
    /// <param name="parameters">The weights.</param>
    /// <param name="gradient">Receives the sum.</param>
    /// <param name="symbols">As in the forward pass.</param>
    /// <param name="dx">R d numbers, of which the first M d hold the gradient of what the forward pass answered; all are changed.</param>
    /// <param name="outputRows">As in the forward pass.</param>
    /// <param name="firstString">As in the forward pass.</param>
    /// <param name="dropout">As in the forward pass.</param>
    public void Backward(T[] parameters, T[] gradient, ReadOnlySpan<ushort> symbols, Span<T> dx, ReadOnlySpan<int> outputRows = default,
        int firstString = 0, TransformerDropout dropout = default)
    {
        int d = _layout.Shape.Width, strings = symbols.Length / _layout.Shape.Length;
        for (int l = _blocks.Length - 1; l >= 0; l--)
        {
            ReadOnlySpan<int> used = l == _blocks.Length - 1 ? outputRows : default;
            Span<T> x = _hidden[l].AsSpan(0, dx.Length);
            _blocks[l].Backward(parameters, gradient, _states[l], _scratch, x, dx, strings, used, dropout, firstString);
        }
        if (dropout.Embeddings.IsActive) dropout.Embeddings.Apply<T>(dx, dx, (long)firstString * _layout.Shape.Length, d);
        Embedding<T>.Backward(_layout, gradient, symbols, dx);
    }
}
