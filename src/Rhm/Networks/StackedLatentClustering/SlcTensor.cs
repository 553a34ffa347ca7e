namespace Rhm.Networks.StackedLatentClustering;

/// <summary>A weight matrix or bias: where it stands in the array of all parameters.</summary>
/// <param name="Name">Its name in a checkpoint, that of the PyTorch program in benchmarks/peers.</param>
/// <param name="Offset">First entry.</param>
/// <param name="Blocks">s for the layers whose outputs or inputs are split by the tuple's own position i, else 1.</param>
/// <param name="Rows">Inputs of each block (1 for a bias).</param>
/// <param name="Columns">Outputs of each block.</param>
internal sealed record SlcTensor(string Name, int Offset, int Blocks, int Rows, int Columns)
{
    public int BlockLength => Rows * Columns;

    public int Length => Blocks * BlockLength;

    /// <summary>Where block i starts.</summary>
    public int Block(int i) => Offset + i * BlockLength;

    public Span<T> Of<T>(T[] all) => all.AsSpan(Offset, Length);

    public Span<T> Of<T>(T[] all, int block) => all.AsSpan(Block(block), BlockLength);
}
