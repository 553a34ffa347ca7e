using System.Numerics;
using System.Numerics.Tensors;

namespace Rhm.Learners;

/// <summary>
/// The contrastive clustering loss of section 4, over the pairs i != j of N compared tuples:
/// <list type="bullet">
/// <item>S_ij = (1 + cos(c_i, c_j))/2 with c = phi minus its mean over the batch; no gradient passes through S. Uncentred, phi is nearly
/// uniform and its cosine never tells tuples apart.</item>
/// <item>O_ij = h_i . h_j, the overlap of assignments;</item>
/// <item>pull = sum w+ (-log(O + 1e-6)) / sum w+, w+ = max(S - S_m, 0); push = sum w- (-log(1 - O + 1e-5)) / sum w-, w- = max(S_m - S, 0);</item>
/// <item>loss = pull + PushWeight push - Sparsity mean |h|^2. Losses linear in O do not separate merged classes.</item>
/// </list>
/// The margin S_m is given, or found in each batch as the larger of two: halfway between the mean similarity and the mean of each tuple's
/// similarity to its nearest other one; and the similarity that a share 1/v of the pairs exceeds, which at least are synonyms. The first
/// keeps different tuples apart while phi still says nothing; the second rises with the similarity of synonyms, and keeps classes whose
/// contexts resemble each other from merging. What did not work: Ridler and Calvard's threshold, halfway between the means above and
/// below, falls to the mean while phi says nothing, and later merges classes that resemble each other.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class ClusteringLoss<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Rows of a task. Fixed, so that results do not depend on the number of threads.</summary>
    internal const int Chunk = 48;

    private readonly SlcObjective _objective;
    private readonly int _vocabulary;
    private T[] _similarity = [], _overlap = [], _scratch = [], _absolute = [], _centred = [], _h = [], _dh = [];
    private double[] _rowSums = [];
    private int _capacity;
    private double _near, _far;

    internal ClusteringLoss(SlcObjective objective, int vocabulary) => (_objective, _vocabulary) = (objective, vocabulary);

    /// <summary>N.</summary>
    internal int Count { get; private set; }

    /// <summary>The margin S_m of the last batch.</summary>
    public double Margin { get; private set; }

    /// <summary>The loss of the last batch.</summary>
    public double Value { get; private set; }

    /// <summary>Makes room for N tuples with centred phi of <paramref name="blocks"/> blocks of C entries and d codes.</summary>
    internal void Reset(int count, int blocks, int c, int d)
    {
        Count = count;
        _capacity = count;
        _centred = TupleRows.Grow(_centred, blocks * count * c);
        _h = TupleRows.Grow(_h, count * d);
        _dh = TupleRows.Grow(_dh, count * d);
        _similarity = TupleRows.Grow(_similarity, count * count);
        _overlap = TupleRows.Grow(_overlap, count * count);
        _scratch = TupleRows.Grow(_scratch, count * count);
        _absolute = TupleRows.Grow(_absolute, count * count);
        _rowSums = TupleRows.Grow(_rowSums, 4 * count);
    }

    /// <summary>Block i of c_n, to be filled with centred phi of length 1 over all blocks.</summary>
    internal Span<T> Centred(int block, int n, int c) => _centred.AsSpan((block * _capacity + n) * c, c);

    /// <summary>h_n, to be filled.</summary>
    internal Span<T> Assignment(int n, int d) => _h.AsSpan(n * d, d);

    /// <summary>Gradient of the loss with respect to h_n, after <see cref="Overlaps"/>.</summary>
    internal ReadOnlySpan<T> Gradient(int n, int d) => _dh.AsSpan(n * d, d);

    /// <summary>Keeps the weights of pairs of the last batch: what no gradient passes through stands still while gradients are checked.</summary>
    internal bool Frozen { get; set; }

    /// <summary>Rows of a task of <see cref="Similarities"/>: more, since the product has to turn the other rows.</summary>
    private const int SimilarityChunk = 2 * Chunk;

    internal int SimilarityChunks => (Count + SimilarityChunk - 1) / SimilarityChunk;

    internal int Chunks => (Count + Chunk - 1) / Chunk;

    /// <summary>Similarities of the rows of a chunk with all rows up to the chunk's end: the lower triangle.</summary>
    internal void Similarities(int chunk, int blocks, int c)
    {
        if (Frozen) return;
        int n = Count, from = chunk * SimilarityChunk, to = Math.Min(n, from + SimilarityChunk), rows = to - from;
        Span<T> products = _scratch.AsSpan(from * n, rows * to);
        for (int i = 0; i < blocks; i++)
        {
            LayerKernels<T>.MultiplyTransposedB(_centred.AsSpan((i * _capacity + from) * c, rows * c), _centred.AsSpan(i * _capacity * c, to * c), products,
                rows, to, c, accumulate: i > 0);
        }
        T half = T.CreateChecked(0.5);
        for (int r = 0; r < rows; r++)
        {
            Span<T> row = _similarity.AsSpan((from + r) * n, to);
            TensorPrimitives.Multiply(products.Slice(r * to, to), half, row);
            TensorPrimitives.Add(row, half, row);
        }
    }

    /// <summary>Copies the lower triangle of similarities to the upper one, for the rows of a chunk.</summary>
    internal void Mirror(int chunk)
    {
        if (Frozen) return;
        int n = Count, to = Math.Min(n, (chunk + 1) * SimilarityChunk);
        for (int i = chunk * SimilarityChunk; i < to; i++)
        {
            for (int j = to; j < n; j++) _similarity[i * n + j] = _similarity[j * n + i];
            _similarity[i * n + i] = T.Zero;
        }
    }

    /// <summary>The margin, from sums over rows in order.</summary>
    internal void FindMargin()
    {
        if (Frozen) return;
        int n = Count;
        if (_objective.Margin is { } given || n < 2)
        {
            Margin = _objective.Margin ?? 0.75;
        }
        else
        {
            double total = 0, nearest = 0;
            for (int i = 0; i < n; i++)
            {
                ReadOnlySpan<T> row = _similarity.AsSpan(i * n, n);
                total += double.CreateChecked(TensorPrimitives.Sum(row));
                nearest += double.CreateChecked(TensorPrimitives.Max(row));
            }
            Margin = Math.Max((total / ((double)n * (n - 1)) + nearest / n) / 2, Exceeded(1.0 / _vocabulary));
        }
        (double sumAbove, double countAbove) = Above(Margin);
        double all = 0;
        for (int i = 0; i < n; i++) all += double.CreateChecked(TensorPrimitives.Sum<T>(_similarity.AsSpan(i * n, n)));
        _near = Math.Max(1e-12, sumAbove - countAbove * Margin);
        _far = Math.Max(1e-12, ((double)n * (n - 1) - countAbove) * Margin - (all - sumAbove));
    }

    /// <summary>The similarity that a share of the pairs exceeds: an order statistic, found by counting in bins and sorting one of them.</summary>
    private double Exceeded(double share)
    {
        const int bins = 4096;
        int n = Count, rank = Math.Min(n * (n - 1) / 2 - 1, (int)(n * (n - 1L) / 2 * (1 - share))), below = 0, bin = 0;
        Span<int> counts = new int[bins];
        for (int i = 1; i < n; i++)
        {
            foreach (T s in _similarity.AsSpan(i * n, i)) counts[Bin(s)]++;
        }
        while (below + counts[bin] <= rank) below += counts[bin++];
        var within = new List<T>(counts[bin]);
        for (int i = 1; i < n; i++)
        {
            foreach (T s in _similarity.AsSpan(i * n, i))
            {
                if (Bin(s) == bin) within.Add(s);
            }
        }
        within.Sort();
        return double.CreateChecked(within[rank - below]);

        // NaN goes to bin 0; the loss will be NaN as well
        static int Bin(T s) => Math.Clamp(int.CreateSaturating(s * T.CreateChecked(bins)), 0, bins - 1);
    }

    /// <summary>Sum and number of the similarities above a threshold. The diagonal is 0, below every margin.</summary>
    private (double Sum, double Count) Above(double threshold)
    {
        int n = Count;
        T bound = T.CreateChecked(threshold);
        double sum = 0;
        long count = 0;
        for (int i = 0; i < n; i++)
        {
            T rowSum = T.Zero;
            foreach (T s in _similarity.AsSpan(i * n, n))
            {
                if (s > bound)
                {
                    rowSum += s;
                    count++;
                }
            }
            sum += double.CreateChecked(rowSum);
        }
        return (sum, count);
    }

    /// <summary>Loss and gradient of the rows of a chunk.</summary>
    internal void Overlaps(int chunk, int d)
    {
        int n = Count, from = chunk * Chunk, rows = Math.Min(n, from + Chunk) - from;
        Span<T> overlap = _overlap.AsSpan(from * n, rows * n), logs = _scratch.AsSpan(from * n, rows * n);
        LayerKernels<T>.MultiplyTransposedB(_h.AsSpan(from * d, rows * d), _h.AsSpan(0, n * d), overlap, rows, n, d);
        Span<T> weights = _similarity.AsSpan(from * n, rows * n);
        if (!Frozen) Weigh(weights, from);
        // the logarithm's argument: O + 1e-6 where pulled, 1 + 1e-5 - O where pushed; dL/dO = -w / argument either way
        T pullFloor = T.CreateChecked(1e-6), pushFloor = T.One + T.CreateChecked(1e-5);
        for (int i = 0; i < weights.Length; i++) logs[i] = weights[i] > T.Zero ? overlap[i] + pullFloor : pushFloor - overlap[i];
        TensorPrimitives.Divide(weights, logs, overlap);
        TensorPrimitives.Abs(weights, _absolute.AsSpan(from * n, rows * n));
        TensorPrimitives.Log(logs, logs);
        for (int r = 0; r < rows; r++)
        {
            int i = from + r;
            _rowSums[2 * i] = -double.CreateChecked(TensorPrimitives.Dot<T>(_absolute.AsSpan(i * n, n), logs.Slice(r * n, n)));
            ReadOnlySpan<T> h = _h.AsSpan(i * d, d);
            _rowSums[2 * i + 1] = double.CreateChecked(TensorPrimitives.Dot(h, h));
        }
        // O_ij and O_ji are the same product: dh_i = 2 sum_j dL/dO_ij h_j - 2 lambda h_i / N
        Span<T> dh = _dh.AsSpan(from * d, rows * d);
        LayerKernels<T>.Multiply(overlap, _h.AsSpan(0, n * d), dh, rows, d, n);
        T minusTwo = T.CreateChecked(-2), reward = T.CreateChecked(-2 * _objective.Sparsity / n);
        TensorPrimitives.Multiply(dh, minusTwo, dh);
        LayerKernels<T>.AddScaled(_h.AsSpan(from * d, rows * d), reward, dh);
    }

    /// <summary>From similarities to weights of pairs: w+ / sum w+ (positive), -PushWeight w- / sum w- (negative), 0 on the diagonal.</summary>
    private void Weigh(Span<T> similarity, int firstRow)
    {
        T margin = T.CreateChecked(Margin), pull = T.CreateChecked(1 / _near), push = T.CreateChecked(_objective.PushWeight / _far);
        for (int i = 0; i < similarity.Length; i++)
        {
            T w = similarity[i] - margin;
            similarity[i] = w > T.Zero ? w * pull : w * push;
        }
        for (int r = 0; r < similarity.Length / Count; r++) similarity[r * Count + firstRow + r] = T.Zero;
    }

    /// <summary>Adds up the loss, in the order of rows.</summary>
    internal void Finish()
    {
        double pairs = 0, norms = 0;
        for (int i = 0; i < Count; i++)
        {
            pairs += _rowSums[2 * i];
            norms += _rowSums[2 * i + 1];
        }
        Value = pairs - _objective.Sparsity * norms / Math.Max(1, Count);
    }
}
