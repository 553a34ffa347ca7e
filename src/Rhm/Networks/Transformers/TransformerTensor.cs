namespace Rhm.Networks.Transformers;

/// <summary>A weight matrix, bias, scale or embedding: where it stands in the array of all parameters.</summary>
/// <param name="Name">Its name in a checkpoint, that of the PyTorch program in benchmarks/peers.</param>
/// <param name="Offset">First entry.</param>
/// <param name="Rows">Inputs of a linear layer, symbols or positions of an embedding; 1 for a vector.</param>
/// <param name="Columns">Outputs, or numbers of an embedding.</param>
/// <param name="Kind">What it is.</param>
internal sealed record TransformerTensor(string Name, int Offset, int Rows, int Columns, TransformerTensorKind Kind)
{
    public int Length => Rows * Columns;

    public Span<T> Of<T>(T[] all) => all.AsSpan(Offset, Length);

    /// <summary>Weight decay acts on linear layers and embeddings, not on biases and LayerNorm.</summary>
    public bool Decays => Kind is TransformerTensorKind.Linear or TransformerTensorKind.Embedding
        or TransformerTensorKind.Square;
}
