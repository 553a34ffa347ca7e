using System.Numerics;
using Rhm.Numerics;

namespace Rhm.Networks.Transformers;

/// <summary>
/// A view of a few strings, each masked block of which becomes one vector: the encoder, its final LayerNorm, the mean over the block's
/// positions, a linear head. Shapes: C strings, R = C T rows, M of them masked, N blocks, d = d_model, k outputs of the head.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
internal sealed class BlockView<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly TransformerLayout _layout;
    private readonly TransformerTensor _head, _bias;
    private readonly int _span;
    private readonly EncoderPass<T> _pass;
    private readonly T[] _features, _pooled, _means, _inverses;

    /// <param name="layout">The parameters.</param>
    /// <param name="training">Length of the blocks, and whether numbers may be dropped.</param>
    /// <param name="head">[d, k].</param>
    /// <param name="bias">[k].</param>
    /// <param name="strings">Most strings of a pass.</param>
    public BlockView(TransformerLayout layout, TransformerTraining training, TransformerTensor head, TransformerTensor bias, int strings)
    {
        (_layout, _head, _bias, _span) = (layout, head, bias, training.MaskSpan);
        _pass = new EncoderPass<T>(layout, strings, causal: false, withGradients: true, training.Dropout > 0);
        int rows = strings * layout.Shape.Length, numbers = rows * layout.Shape.Width;
        (_features, _pooled, _means, _inverses) = (new T[numbers], new T[numbers], new T[rows], new T[rows]);
    }

    /// <summary>The vectors of the blocks.</summary>
    /// <param name="parameters">The weights.</param>
    /// <param name="symbols">R symbols.</param>
    /// <param name="maskedRows">M rows, ascending, block after block.</param>
    /// <param name="firstString">Number of the first string, of which dropout is a function.</param>
    /// <param name="dropout">What is dropped.</param>
    /// <param name="outputs">Receives [N, k].</param>
    public void Forward(T[] parameters, ReadOnlySpan<ushort> symbols, ReadOnlySpan<int> maskedRows, int firstString,
        TransformerDropout dropout, Span<T> outputs)
    {
        int d = _layout.Shape.Width, m = maskedRows.Length, blocks = m / _span;
        Span<T> hidden = _pass.Forward(parameters, symbols, Selected(symbols, maskedRows), firstString, dropout);
        Span<T> features = _features.AsSpan(0, m * d), pooled = _pooled.AsSpan(0, blocks * d);
        LayerNorm.Forward(hidden, _layout.FinalScale.Of(parameters), _layout.FinalShift.Of(parameters), features, _means.AsSpan(0, m),
            _inverses.AsSpan(0, m), m, d);
        RowMeans.Forward(features, _span, pooled, d);
        MatrixProduct.Multiply<T>(pooled, _head.Of(parameters), outputs, blocks, _head.Columns, d, _bias.Of(parameters));
    }

    /// <summary>Adds to the gradient, right after the forward pass of the same strings.</summary>
    /// <param name="parameters">The weights.</param>
    /// <param name="gradient">Receives the sum.</param>
    /// <param name="symbols">R symbols.</param>
    /// <param name="maskedRows">M rows.</param>
    /// <param name="firstString">As in the forward pass.</param>
    /// <param name="dropout">As in the forward pass.</param>
    /// <param name="dOutputs">[N, k].</param>
    /// <param name="scratch">R d numbers, which are changed.</param>
    public void Backward(T[] parameters, T[] gradient, ReadOnlySpan<ushort> symbols, ReadOnlySpan<int> maskedRows, int firstString,
        TransformerDropout dropout, ReadOnlySpan<T> dOutputs, Span<T> scratch)
    {
        int d = _layout.Shape.Width, m = maskedRows.Length, blocks = m / _span;
        Span<T> pooled = _pooled.AsSpan(0, blocks * d), dFeatures = scratch[..(m * d)];
        MatrixProduct.MultiplyTransposedA(pooled, dOutputs, _head.Of(gradient), d, _head.Columns, blocks, accumulate: true);
        ColumnSums.Add(dOutputs, _bias.Of(gradient), blocks, _head.Columns);
        // The means are no longer needed: their gradient takes their place.
        MatrixProduct.MultiplyTransposedB(dOutputs, _head.Of(parameters), pooled, blocks, d, _head.Columns);
        RowMeans.Backward(pooled, _span, dFeatures, d);
        Span<T> hidden = _pass.Answer[..(m * d)];
        LayerNorm.Backward(hidden, _layout.FinalScale.Of(parameters), _means.AsSpan(0, m), _inverses.AsSpan(0, m), dFeatures, dFeatures,
            _layout.FinalScale.Of(gradient), _layout.FinalShift.Of(gradient), m, d);
        _pass.Backward(parameters, gradient, symbols, scratch[..(symbols.Length * d)], Selected(symbols, maskedRows), firstString, dropout);
    }

    /// <summary>None stands for all.</summary>
    private static ReadOnlySpan<int> Selected(ReadOnlySpan<ushort> symbols, ReadOnlySpan<int> maskedRows) =>
        maskedRows.Length == symbols.Length ? default : maskedRows;
}
