using System.Numerics;
using MathNet.Numerics.LinearAlgebra;
using Rhm.Parallelism;

namespace Rhm.Networks.Transformers;

/// <summary>
/// <see cref="TransformerObjective.BlockEmbedding"/> on a batch: both views of all strings forward, the objective of their moments, and
/// both views backward. Shapes: N blocks of the batch, k = <see cref="BlockEmbeddingOptions.EmbeddingWidth"/>.
/// </summary>
/// <remarks>Cost: six forward passes a string; every chunk of the batch keeps its states.</remarks>
/// <typeparam name="T">float or double.</typeparam>
/// <param name="layout">The parameters.</param>
/// <param name="training">The objective.</param>
/// <param name="perChunk">Strings of a chunk.</param>
internal sealed class BlockEmbeddingPass<T>(TransformerLayout layout, TransformerTraining training, int perChunk)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly List<Views> _chunks = [];
    private readonly int _k = training.Embedding.EmbeddingWidth;
    private T[] _dContexts = [], _dBlocks = [], _dPredictor = [];

    /// <summary>What is in sight, and the blocks alone.</summary>
    private sealed class Views(TransformerLayout layout, TransformerTraining training, int strings)
    {
        public BlockView<T> Context { get; } = new(layout, training, layout.Head!, layout.HeadBias!, strings);

        public BlockView<T> Block { get; } = new(layout, training, layout.BlockHead!, layout.BlockHeadBias!, strings);

        public int[] Rows { get; } = new int[strings * layout.Shape.Length];

        public T[] Scratch { get; } = new T[strings * layout.Shape.Length * layout.Shape.Width];
    }

    /// <summary>The loss of the batch, and its gradient with respect to all embeddings, which stays here.</summary>
    public double Forward(T[] parameters, TransformerBatch batch, int chunks, TransformerDropout dropout)
    {
        while (_chunks.Count < chunks) _chunks.Add(new Views(layout, training, perChunk));
        int strings = batch.Tokens.Length / layout.Shape.Length, blocks = batch.OutputRows.Length / training.MaskSpan;
        T[] contexts = new T[blocks * _k], embeddings = new T[blocks * _k];
        ParallelLoop.Ordered(training.Threads, chunks, chunk =>
        {
            Views views = _chunks[chunk];
            (Range symbols, int first, int before, int rows) = Place(batch, chunk, views);
            var at = new Range(before / training.MaskSpan * _k, (before + rows) / training.MaskSpan * _k);
            ReadOnlySpan<int> masked = views.Rows.AsSpan(0, rows);
            if (rows == 0) return;
            views.Context.Forward(parameters, batch.Symbols.AsSpan(symbols), masked, first, dropout, contexts.AsSpan(at));
            // Strings beyond those of the batch: the two views drop other numbers.
            views.Block.Forward(parameters, batch.Revealed.AsSpan(symbols), masked, strings + first, dropout, embeddings.AsSpan(at));
        });
        Matrix<double> w = Matrix<double>.Build.Dense(_k, _k, (i, j) => double.CreateChecked(layout.Predictor!.Of(parameters)[i * _k + j]));
        (double loss, double[] dContexts, double[] dBlocks, Matrix<double> dPredictor) =
            BlockObjective.Measure(Doubles(contexts), Doubles(embeddings), w, training.Embedding, training.Threads);
        (_dContexts, _dBlocks) = (Numbers(dContexts), Numbers(dBlocks));
        _dPredictor = [.. Enumerable.Range(0, _k * _k).Select(i => T.CreateChecked(dPredictor[i / _k, i % _k]))];
        return loss;
    }

    /// <summary>Adds the gradient of a chunk's strings.</summary>
    public void Backward(T[] parameters, TransformerBatch batch, int chunk, T[] gradient, TransformerDropout dropout)
    {
        Views views = _chunks[chunk];
        (Range symbols, int first, int before, int rows) = Place(batch, chunk, views);
        if (rows == 0) return;
        var at = new Range(before / training.MaskSpan * _k, (before + rows) / training.MaskSpan * _k);
        ReadOnlySpan<int> masked = views.Rows.AsSpan(0, rows);
        int strings = batch.Tokens.Length / layout.Shape.Length;
        views.Context.Backward(parameters, gradient, batch.Symbols.AsSpan(symbols), masked, first, dropout, _dContexts.AsSpan(at),
            views.Scratch);
        views.Block.Backward(parameters, gradient, batch.Revealed.AsSpan(symbols), masked, strings + first, dropout, _dBlocks.AsSpan(at),
            views.Scratch);
    }

    /// <summary>Adds the gradient of the predictor.</summary>
    public void AddPredictor(T[] gradient)
    {
        Span<T> sum = layout.Predictor!.Of(gradient);
        for (int i = 0; i < sum.Length; i++) sum[i] += _dPredictor[i];
    }

    /// <summary>
    /// The symbols of a chunk, its first string, and its masked rows: how many are before it and how many in it, which the views have.
    /// </summary>
    private (Range Symbols, int FirstString, int Before, int Rows) Place(TransformerBatch batch, int chunk, Views views)
    {
        int length = layout.Shape.Length, first = chunk * perChunk;
        int firstRow = first * length, rows = Math.Min(perChunk * length, batch.Tokens.Length - firstRow);
        (int before, int masked) = batch.OutputsAmong(firstRow, rows);
        for (int i = 0; i < masked; i++) views.Rows[i] = batch.OutputRows[before + i] - firstRow;
        return (firstRow..(firstRow + rows), first, before, masked);
    }

    private static double[] Doubles(T[] numbers) => [.. numbers.Select(double.CreateChecked)];

    private static T[] Numbers(double[] doubles) => [.. doubles.Select(T.CreateChecked)];
}
