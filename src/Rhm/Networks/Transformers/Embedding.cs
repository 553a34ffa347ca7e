using System.Numerics;
using System.Numerics.Tensors;

namespace Rhm.Networks.Transformers;

/// <summary>
/// The sum of the embedding of a symbol and that of its position. Shapes: R rows of whole strings of T tokens, d numbers.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
internal static class Embedding<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>x [R, d].</summary>
    public static void Forward(TransformerLayout layout, T[] parameters, ReadOnlySpan<ushort> symbols, Span<T> x)
    {
        int d = layout.Shape.Width, length = layout.Shape.Length;
        ReadOnlySpan<T> bySymbol = layout.Symbols.Of(parameters), byPosition = layout.Positions.Of(parameters);
        for (int i = 0; i < symbols.Length; i++)
            TensorPrimitives.Add(bySymbol.Slice(symbols[i] * d, d), byPosition.Slice(i % length * d, d), x.Slice(i * d, d));
    }

    /// <summary>Adds dx [R, d] to the gradients of both tables.</summary>
    public static void Backward(TransformerLayout layout, T[] gradient, ReadOnlySpan<ushort> symbols, ReadOnlySpan<T> dx)
    {
        int d = layout.Shape.Width, length = layout.Shape.Length;
        Span<T> bySymbol = layout.Symbols.Of(gradient), byPosition = layout.Positions.Of(gradient);
        for (int i = 0; i < symbols.Length; i++)
        {
            ReadOnlySpan<T> row = dx.Slice(i * d, d);
            Span<T> symbol = bySymbol.Slice(symbols[i] * d, d), position = byPosition.Slice(i % length * d, d);
            TensorPrimitives.Add(symbol, row, symbol);
            TensorPrimitives.Add(position, row, position);
        }
    }
}
