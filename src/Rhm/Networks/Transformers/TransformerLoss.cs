using System.Numerics;
using System.Numerics.Tensors;
using Rhm.Numerics;
using Rhm.Parallelism;

namespace Rhm.Networks.Transformers;

/// <summary>
/// The loss of a batch and its gradient. The batch is cut into chunks of whole strings, the chunks are shared out among at most eight
/// slots, and each slot sums the gradient of its chunks in order; the slots are added in order. Neither depends on the number of threads.
/// </summary>
/// <remarks>
/// Cost: 12 d^2 + 2 T d multiply-adds (F = 4 d) for each token and layer forward, three times that with gradients, once more for a
/// teacher. Shapes: B strings, C of a chunk, T tokens, R = C T rows, d = d_model, M output rows, k outputs of the head.
/// </remarks>
/// <typeparam name="T">float or double.</typeparam>
internal sealed class TransformerLoss<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Rows of a chunk: enough for matrix products near their peak, few enough for the caches.</summary>
    public const int ChunkRows = 256;

    /// <summary>Most threads that can share a step: each slot has a gradient of its own.</summary>
    private const int MaxSlots = 8;

    /// <summary>Numbers in the gradients of all slots (1 GiB of floats); large networks have fewer slots, but at least two.</summary>
    private const int MaxSlotNumbers = 1 << 28;

    /// <summary>Parameters that are added up, measured and updated at once.</summary>
    private const int BlockLength = 16384;

    private readonly TransformerLayout _layout;
    private readonly TransformerTraining _training;
    private readonly int _perChunk;
    private readonly List<T[]> _slots = [];
    private readonly Stack<Work> _idle = new();
    private readonly BlockEmbeddingPass<T>? _embedding;

    // Whitening: targets [B T, d] of all rows, their mean, and the matrix that whitens them.
    private T[] _targets = [];
    private T[] _mean = [];
    private T[] _whitening = [];

    /// <param name="layout">The parameters.</param>
    /// <param name="training">The objective; the number of threads.</param>
    /// <param name="chunkRows">Rows of a chunk, rounded down to whole strings.</param>
    public TransformerLoss(TransformerLayout layout, TransformerTraining training, int chunkRows = ChunkRows)
    {
        (_layout, _training) = (layout, training);
        _perChunk = Math.Max(1, chunkRows / layout.Shape.Length);
        Blocks = [.. layout.All.SelectMany(BlocksOf)];
        if (training.Objective == TransformerObjective.BlockEmbedding)
            _embedding = new BlockEmbeddingPass<T>(layout, training, _perChunk);
    }

    private static IEnumerable<ParameterBlock> BlocksOf(TransformerTensor tensor)
    {
        for (int start = 0; start < tensor.Length; start += BlockLength)
            yield return new ParameterBlock(tensor.Offset + start, Math.Min(BlockLength, tensor.Length - start), tensor.Decays);
    }

    /// <summary>A range of parameters of one tensor.</summary>
    public readonly record struct ParameterBlock(int Start, int Length, bool Decays);

    /// <summary>All parameters, in order.</summary>
    public IReadOnlyList<ParameterBlock> Blocks { get; }

    /// <summary>The mean loss over what is predicted; the gradient of all parameters, and the square of its norm.</summary>
    /// <param name="parameters">Of network and head.</param>
    /// <param name="teacher">Of the teacher; empty without.</param>
    /// <param name="batch">The strings.</param>
    /// <param name="gradient">Receives the gradient.</param>
    /// <param name="dropout">What is dropped.</param>
    public (double Loss, double SquaredNorm) Gradient(T[] parameters, T[] teacher, TransformerBatch batch, T[] gradient,
        TransformerDropout dropout = default)
    {
        int strings = batch.Tokens.Length / _layout.Shape.Length, chunks = (strings + _perChunk - 1) / _perChunk;
        int slots = Math.Min(Math.Clamp(MaxSlotNumbers / _layout.Count, 2, MaxSlots), chunks);
        while (_slots.Count < slots) _slots.Add(new T[_layout.Count]);
        if (_training.Objective == TransformerObjective.WhitenedData2Vec) PrepareWhitening(teacher, batch, chunks);
        var losses = new double[chunks];
        if (_embedding is not null) losses[0] = _embedding.Forward(parameters, batch, chunks, dropout);
        ParallelLoop.Ordered(_training.Threads, slots, slot =>
        {
            Work? work = _embedding is null ? Rent() : null;
            _slots[slot].AsSpan().Clear();
            for (int chunk = chunks * slot / slots; chunk < chunks * (slot + 1) / slots; chunk++)
            {
                int first = chunk * _perChunk, count = Math.Min(_perChunk, strings - first);
                if (work is null) _embedding!.Backward(parameters, batch, chunk, _slots[slot], dropout);
                else losses[chunk] = Chunk(work, parameters, teacher, batch, first, count, _slots[slot], dropout);
            }
            if (work is not null) Return(work);
        });
        _embedding?.AddPredictor(_slots[0]);
        var squares = new double[Blocks.Count];
        ParallelLoop.Ordered(_training.Threads, Blocks.Count, i =>
        {
            ParameterBlock block = Blocks[i];
            Span<T> sum = gradient.AsSpan(block.Start, block.Length);
            _slots[0].AsSpan(block.Start, block.Length).CopyTo(sum);
            for (int slot = 1; slot < slots; slot++) TensorPrimitives.Add(sum, _slots[slot].AsSpan(block.Start, block.Length), sum);
            squares[i] = double.CreateChecked(Reductions.SumOfSquares<T>(sum));
        });
        return (losses.Sum(), squares.Sum());
    }

    /// <summary>What one thread needs for a chunk.</summary>
    private sealed class Work(TransformerLayout layout, TransformerTraining training, int strings)
    {
        public EncoderPass<T> Student { get; } = new(layout, strings, training.IsCausal, withGradients: true, training.Dropout > 0);

        public EncoderPass<T>? Teacher { get; } =
            training.HasTeacher ? new EncoderPass<T>(layout, strings, training.IsCausal, withGradients: false) : null;

        // [R, d] each, of which M or C rows are used, but for Means and Inverses [R], Outputs and Probabilities [R, k], OutputRows [R].
        public T[] Features { get; } = new T[strings * layout.Shape.Length * layout.Shape.Width];

        public T[] DFeatures { get; } = new T[strings * layout.Shape.Length * layout.Shape.Width];

        public T[] Targets { get; } = new T[strings * layout.Shape.Length * layout.Shape.Width];

        public T[] Row { get; } = new T[strings * layout.Shape.Length * layout.Shape.Width];

        public T[] Means { get; } = new T[strings * layout.Shape.Length];

        public T[] Inverses { get; } = new T[strings * layout.Shape.Length];

        public T[] Outputs { get; } = new T[strings * layout.Shape.Length * (layout.Head?.Columns ?? 0)];

        public T[] Probabilities { get; } = new T[strings * layout.Shape.Length * (layout.Head?.Columns ?? 0)];

        /// <summary>The output rows of the chunk.</summary>
        public int[] OutputRows { get; } = new int[strings * layout.Shape.Length];
    }

    private Work Rent()
    {
        lock (_idle)
        {
            if (_idle.TryPop(out Work? work)) return work;
        }
        return new Work(_layout, _training, _perChunk);
    }

    private void Return(Work work)
    {
        lock (_idle) _idle.Push(work);
    }

    /// <summary>The share of a chunk in the loss; adds to the gradient.</summary>
    private double Chunk(Work work, T[] parameters, T[] teacher, TransformerBatch batch, int firstString, int strings, T[] gradient,
        TransformerDropout dropout)
    {
        int length = _layout.Shape.Length, d = _layout.Shape.Width, firstRow = firstString * length, rows = strings * length;
        (int before, int m) = batch.OutputsAmong(firstRow, rows);
        if (m == 0) return 0;
        ReadOnlySpan<int> rowsOfBatch = batch.OutputRows.AsSpan(before, m);
        for (int i = 0; i < m; i++) work.OutputRows[i] = rowsOfBatch[i] - firstRow;
        ReadOnlySpan<int> outputRows = m == rows ? default : work.OutputRows.AsSpan(0, m);
        if (_training.HasTeacher) FindTargets(work, teacher, batch, firstRow, rows, m);
        ReadOnlySpan<ushort> symbols = batch.Symbols.AsSpan(firstRow, rows);
        Span<T> hidden = work.Student.Forward(parameters, symbols, outputRows, firstString, dropout);

        ReadOnlySpan<T> scale = _layout.FinalScale.Of(parameters), shift = _layout.FinalShift.Of(parameters);
        Span<T> features = work.Features.AsSpan(0, m * d), dFeatures = work.DFeatures.AsSpan(0, m * d);
        Span<T> means = work.Means.AsSpan(0, m), inverses = work.Inverses.AsSpan(0, m);
        LayerNorm.Forward(hidden, scale, shift, features, means, inverses, m, d);
        double loss = _training.Objective == TransformerObjective.Supervised
            ? PooledHead(work, parameters, batch, firstString, strings, gradient, features, dFeatures)
            : _training.PoolTargets ? BlockHead(work, parameters, batch, gradient, features, dFeatures)
            : Head(work, parameters, batch, rowsOfBatch, gradient, features, dFeatures);
        Span<T> dScale = _layout.FinalScale.Of(gradient), dShift = _layout.FinalShift.Of(gradient);
        LayerNorm.Backward(hidden, scale, means, inverses, dFeatures, dFeatures, dScale, dShift, m, d);
        work.Student.Backward(parameters, gradient, symbols, work.DFeatures.AsSpan(0, rows * d), outputRows, firstString, dropout);
        return loss;
    }

    /// <summary>Linear head on each output row, its loss, and the gradient of the features.</summary>
    private double Head(Work work, T[] parameters, TransformerBatch batch, ReadOnlySpan<int> outputRows, T[] gradient,
        ReadOnlySpan<T> features, Span<T> dFeatures)
    {
        int k = _layout.Head!.Columns, m = outputRows.Length;
        Span<T> outputs = work.Outputs.AsSpan(0, m * k);
        Predict(parameters, features, outputs, m);
        double loss = 0;
        if (_training.HasTeacher)
        {
            loss = SmoothL1(outputs, work.Targets.AsSpan(0, m * k), 1.0 / ((double)batch.OutputRows.Length * k));
        }
        else
        {
            // The head sees position i; a next-token head predicts the token at i + 1, one of latents the latent above i.
            int ahead = _training.Objective == TransformerObjective.NextToken ? 1 : 0;
            ushort[] symbols = batch.Latents.Length > 0 ? batch.Latents : batch.Tokens;
            int span = batch.Tokens.Length / symbols.Length;
            Span<ushort> answers = m <= 1024 ? stackalloc ushort[m] : new ushort[m];
            for (int i = 0; i < m; i++) answers[i] = symbols[(outputRows[i] + ahead) / span];
            loss = CrossEntropy(work, outputs, answers, 1.0 / batch.OutputRows.Length);
        }
        HeadBackward(parameters, gradient, features, outputs, dFeatures, m);
        return loss;
    }

    /// <summary>Linear head on the mean of the features of each string.</summary>
    private double PooledHead(Work work, T[] parameters, TransformerBatch batch, int firstString, int strings, T[] gradient,
        ReadOnlySpan<T> features, Span<T> dFeatures)
    {
        int length = _layout.Shape.Length, d = _layout.Shape.Width, k = _layout.Head!.Columns;
        Span<T> pooled = work.Row.AsSpan(0, strings * d), dPooled = work.Targets.AsSpan(0, strings * d);
        Span<T> outputs = work.Outputs.AsSpan(0, strings * k);
        RowMeans.Forward(features, length, pooled, d);
        Predict(parameters, pooled, outputs, strings);
        double loss = CrossEntropy(work, outputs, batch.Latents.AsSpan(firstString, strings), 1.0 / batch.Latents.Length);
        HeadBackward(parameters, gradient, pooled, outputs, dPooled, strings);
        RowMeans.Backward(dPooled, length, dFeatures, d);
        return loss;
    }

    /// <summary>Linear head on the mean of the features of each masked block, to the mean of its targets.</summary>
    private double BlockHead(Work work, T[] parameters, TransformerBatch batch, T[] gradient, ReadOnlySpan<T> features, Span<T> dFeatures)
    {
        int span = _training.MaskSpan, k = _layout.Head!.Columns, d = _layout.Shape.Width, blocks = features.Length / d / span;
        Span<T> targets = work.Row.AsSpan(0, blocks * k);
        RowMeans.Forward(work.Targets.AsSpan(0, features.Length), span, targets, k);
        // The targets of single positions are no longer needed.
        Span<T> pooled = work.Targets.AsSpan(0, blocks * d), outputs = work.Outputs.AsSpan(0, blocks * k);
        RowMeans.Forward(features, span, pooled, d);
        Predict(parameters, pooled, outputs, blocks);
        double loss = SmoothL1(outputs, targets, (double)span / ((double)batch.OutputRows.Length * k));
        HeadBackward(parameters, gradient, pooled, outputs, targets, blocks);
        RowMeans.Backward(targets, span, dFeatures, d);
        return loss;
    }

    private void Predict(T[] parameters, ReadOnlySpan<T> features, Span<T> outputs, int rows)
    {
        TransformerTensor head = _layout.Head!;
        ReadOnlySpan<T> weight = head.Of(parameters), bias = _layout.HeadBias!.Of(parameters);
        MatrixProduct.Multiply(features, weight, outputs, rows, head.Columns, head.Rows, bias);
    }

    private void HeadBackward(T[] parameters, T[] gradient, ReadOnlySpan<T> features, ReadOnlySpan<T> dOutputs, Span<T> dFeatures, int rows)
    {
        TransformerTensor head = _layout.Head!;
        MatrixProduct.MultiplyTransposedA<T>(features, dOutputs, head.Of(gradient), head.Rows, head.Columns, rows, accumulate: true);
        ColumnSums.Add<T>(dOutputs, _layout.HeadBias!.Of(gradient), rows, head.Columns);
        MatrixProduct.MultiplyTransposedB<T>(dOutputs, head.Of(parameters), dFeatures, rows, head.Rows, head.Columns);
    }

    /// <summary>-share log softmax at the answers, summed; its gradient in place of the outputs.</summary>
    private static double CrossEntropy(Work work, Span<T> outputs, ReadOnlySpan<ushort> answers, double share)
    {
        int k = outputs.Length / answers.Length;
        Span<T> probabilities = work.Probabilities.AsSpan(0, outputs.Length);
        LogSoftmax.ForwardWithSoftmax<T>(outputs, probabilities, answers.Length, k);
        double loss = 0;
        T factor = T.CreateChecked(share);
        for (int i = 0; i < answers.Length; i++)
        {
            loss -= share * double.CreateChecked(outputs[i * k + answers[i]]);
            probabilities[i * k + answers[i]] -= T.One;
        }
        TensorPrimitives.Multiply(probabilities, factor, outputs);
        return loss;
    }

    /// <summary>
    /// share x (e^2 / (2 beta) where |e| is below beta, else |e| - beta/2), summed over the errors e; its gradient in place of the outputs.
    /// </summary>
    private double SmoothL1(Span<T> outputs, ReadOnlySpan<T> targets, double share)
    {
        T beta = T.CreateChecked(_training.SmoothL1Beta), half = T.CreateChecked(0.5), factor = T.CreateChecked(share);
        double loss = 0;
        for (int i = 0; i < outputs.Length; i++)
        {
            T error = outputs[i] - targets[i], size = T.Abs(error);
            bool small = size < beta;
            loss += double.CreateChecked(small ? half * error * error / beta : size - half * beta);
            outputs[i] = factor * (small ? error / beta : T.CopySign(T.One, error));
        }
        return share * loss;
    }

    /// <summary>Targets of the output rows [M, d]; what whitens them was found before.</summary>
    private void FindTargets(Work work, T[] teacher, TransformerBatch batch, int firstRow, int rows, int m)
    {
        int d = _layout.Shape.Width;
        if (_training.Objective != TransformerObjective.WhitenedData2Vec)
        {
            MeanOfLayers(work, teacher, batch.Revealed.AsSpan(firstRow, rows), m);
            return;
        }
        Span<T> centred = work.Row.AsSpan(0, m * d);
        RowSelection.Gather<T>(_targets.AsSpan(firstRow * d, rows * d), work.OutputRows.AsSpan(0, m), centred, d);
        MatrixProduct.Multiply<T>(centred, _whitening, work.Targets.AsSpan(0, m * d), m, d, d);
    }

    /// <summary>
    /// Mean over the teacher's last K layers of hidden states, each LayerNormed, of the first m output rows, or of all
    /// if m is 0.
    /// </summary>
    private void MeanOfLayers(Work work, T[] teacher, ReadOnlySpan<ushort> tokens, int m)
    {
        int d = _layout.Shape.Width, layers = _layout.Shape.Layers;
        int averaged = Math.Min(_training.TargetLayers, layers), count = m == 0 ? tokens.Length : m;
        T share = T.One / T.CreateChecked(averaged);
        work.Targets.AsSpan(0, count * d).Clear();
        work.Teacher!.Forward(teacher, tokens, work.OutputRows.AsSpan(0, m), onLayer: (layer, hidden) =>
        {
            if (layer <= layers - averaged) return;
            Span<T> rows = work.Row.AsSpan(0, count * d), sum = work.Targets.AsSpan(0, count * d);
            RowSelection.Gather(hidden, layer == layers ? default : work.OutputRows.AsSpan(0, m), rows, d);
            LayerNorm.Forward<T>(rows, default, default, rows, default, default, count, d);
            TensorPrimitives.MultiplyAdd(rows, share, sum, sum);
        });
    }

    /// <summary>
    /// Centres the targets of all rows, and finds what whitens them; of a teacher that sees masked blocks alone only their rows count.
    /// </summary>
    private void PrepareWhitening(T[] teacher, TransformerBatch batch, int chunks)
    {
        int length = _layout.Shape.Length, d = _layout.Shape.Width, all = batch.Tokens.Length;
        int numbers = checked(all * d), counted = _training.LocalTargets ? batch.OutputRows.Length : all;
        if (_targets.Length != numbers) _targets = new T[numbers];
        var sums = new T[chunks][];
        var products = new T[chunks][];
        ForEachChunk((chunk, work, firstRow, rows) =>
        {
            MeanOfLayers(work, teacher, batch.Revealed.AsSpan(firstRow, rows), m: 0);
            work.Targets.AsSpan(0, rows * d).CopyTo(_targets.AsSpan(firstRow * d));
            ReadOnlySpan<T> targets = Counted(work, batch, firstRow, rows);
            ColumnSums.Add(targets, sums[chunk] = new T[d], targets.Length / d, d);
        });
        _mean = Sum(sums, 1.0 / counted);
        ForEachChunk((chunk, work, firstRow, rows) =>
        {
            Span<T> centred = _targets.AsSpan(firstRow * d, rows * d);
            for (int i = 0; i < rows; i++) TensorPrimitives.Subtract(centred.Slice(i * d, d), _mean, centred.Slice(i * d, d));
            ReadOnlySpan<T> targets = Counted(work, batch, firstRow, rows);
            MatrixProduct.MultiplyTransposedA(targets, targets, products[chunk] = new T[d * d], d, d, targets.Length / d, accumulate: true);
        });
        _whitening = Whitening.InverseRoot(Sum(products, 1.0 / counted), d, _training.WhiteningShare);

        void ForEachChunk(Action<int, Work, int, int> work) => ParallelLoop.Ordered(_training.Threads, chunks, chunk =>
        {
            int firstRow = chunk * _perChunk * length;
            Work own = Rent();
            work(chunk, own, firstRow, Math.Min(_perChunk * length, all - firstRow));
            Return(own);
        });
    }

    /// <summary>The targets of a chunk that its whitening is made of.</summary>
    private ReadOnlySpan<T> Counted(Work work, TransformerBatch batch, int firstRow, int rows)
    {
        int d = _layout.Shape.Width;
        ReadOnlySpan<T> targets = _targets.AsSpan(firstRow * d, rows * d);
        if (!_training.LocalTargets) return targets;
        (int before, int m) = batch.OutputsAmong(firstRow, rows);
        for (int i = 0; i < m; i++)
            targets.Slice((batch.OutputRows[before + i] - firstRow) * d, d).CopyTo(work.Row.AsSpan(i * d, d));
        return work.Row.AsSpan(0, m * d);
    }

    private static T[] Sum(T[][] parts, double share)
    {
        T[] sum = [.. parts[0]];
        for (int i = 1; i < parts.Length; i++) TensorPrimitives.Add<T>(sum, parts[i], sum);
        TensorPrimitives.Multiply(sum, T.CreateChecked(share), sum);
        return sum;
    }
}
