using System.Numerics;
using System.Numerics.Tensors;
using Rhm.Numerics;

namespace Rhm.Networks.StackedLatentClustering;

/// <summary>
/// The contrastive clustering loss of section 4, over the pairs i != j of N compared tuples:
/// <list type="bullet">
/// <item>S_ij = (1 + cos(c_i, c_j))/2 with c = phi minus its mean over the batch; no gradient passes through S. Uncentred, phi is nearly
/// uniform and its cosine never tells tuples apart.</item>
/// <item>O_ij = h_i . h_j, the overlap of assignments;</item>
/// <item>pull = sum w+ (-log(O + 1e-6)) / sum w+, w+ = max(S - S_m, 0); push = sum w- (-log(1 - O + 1e-5)) / sum w-, w- = max(S_m - S, 0),
/// both at most <see cref="SlcObjective.WeightCap"/>;</item>
/// <item>loss = pull + PushWeight push - Sparsity mean |h|^2. Losses linear in O do not separate merged classes.</item>
/// </list>
/// The margin S_m is given, or found in each batch as the larger of two: halfway between the mean similarity and the mean of each tuple's
/// similarity to its nearest other one; and the similarity that 1.15 times as many pairs exceed as must be synonyms, (n - v)/(v (n - 1)) of
/// the pairs of n tuples. The first keeps different tuples apart while phi still says nothing; the second rises with the similarity of
/// synonyms, and keeps classes whose contexts resemble each other from merging. What did not work: Ridler and Calvard's threshold, halfway
/// between the means above and below, falls to the mean while phi says nothing, and later merges classes that resemble each other; so does
/// the similarity that 1/v of the pairs exceed, which is too many where all tuples are different, and few cousins make classes alike (s =
/// 2, L = 3, v = 8, m = 4, P = 16 v m^3: one-to-one accuracy 0.69, 0.86 and 0.96 in three grammars, now 0.88, 1.00 and 1.00). Without the
/// factor 1.15, or halfway from there to the mean above, those three give 1.00, but the margin lies among the synonyms where P is of the
/// order of 4 v m^3, and every other network splits a class (s = 3, L = 3, v = 8, m = 4). A fixed margin of 0.85 to 0.9 serves s = 2 with
/// many strings as well, and splits classes where P is small.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
internal sealed class ClusteringLoss<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>
    /// Rows of a task of <see cref="Similarities"/>, a multiple of the columns of tiles: fewer would read the other rows more often.
    /// </summary>
    private const int SimilarityChunk = 96;

    /// <summary>
    /// Pairs above the margin for each pair that must be synonyms: some more, so that it lies below their similarities and not among them.
    /// </summary>
    private const double Slack = 1.15;

    private readonly SlcObjective _objective;
    private readonly int _vocabulary;
    private T[] _similarity = [], _overlap = [], _scratch = [], _squares = [], _inverse = [], _centred = [], _h = [], _dh = [];
    private double[] _rowSums = [];
    private int _tasks, _blocks, _c, _d;
    private double _near, _far;

    public ClusteringLoss(SlcObjective objective, int vocabulary) => (_objective, _vocabulary) = (objective, vocabulary);

    /// <summary>The rows of the network that are compared, ascending.</summary>
    public IReadOnlyList<int> Compared { get; private set; } = [];

    /// <summary>N.</summary>
    public int Count => Compared.Count;

    /// <summary>The margin S_m of the last batch.</summary>
    public double Margin { get; private set; }

    /// <summary>The loss of the last batch.</summary>
    public double Value { get; private set; }

    /// <summary>
    /// Makes room for the compared rows, with centred phi of <paramref name="blocks"/> blocks of C entries, written by <paramref
    /// name="tasks"/> tasks, and d codes.
    /// </summary>
    public void Reset(IReadOnlyList<int> compared, int tasks, int blocks, int c, int d)
    {
        (Compared, _tasks, _blocks, _c, _d) = (compared, tasks, blocks, c, d);
        long n = Count;
        _centred = TupleRows.Grow(_centred, blocks * n * c);
        _squares = TupleRows.Grow(_squares, tasks * n);
        _inverse = TupleRows.Grow(_inverse, SimilarityChunks * n);
        _h = TupleRows.Grow(_h, n * d);
        _dh = TupleRows.Grow(_dh, n * d);
        _similarity = TupleRows.Grow(_similarity, n * n);
        _overlap = TupleRows.Grow(_overlap, n * n);
        _scratch = TupleRows.Grow(_scratch, n * n);
        _rowSums = TupleRows.Grow(_rowSums, 2 * n);
    }

    /// <summary>Number of the first compared row that is at least <paramref name="row"/>.</summary>
    public int FirstFrom(int row) => TupleRows.FirstFrom(Compared, row);

    /// <summary>Block i of c_n, to be filled with centred phi.</summary>
    public Span<T> Centred(int block, int n) => _centred.AsSpan((block * Count + n) * _c, _c);

    /// <summary>To be filled with the sum of squares of the part of c_n that a task wrote.</summary>
    public ref T Squares(int task, int n) => ref _squares[task * Count + n];

    /// <summary>Gradient of the loss with respect to h_n, after <see cref="Overlaps"/>.</summary>
    public ReadOnlySpan<T> Gradient(int n) => _dh.AsSpan(n * _d, _d);

    /// <summary>
    /// Keeps the weights of pairs of the last batch: what no gradient passes through stands still while gradients are checked.
    /// </summary>
    public bool Frozen { get; set; }

    public int SimilarityChunks => (Count + SimilarityChunk - 1) / SimilarityChunk;

    /// <summary>
    /// Similarities of the rows of a chunk with all rows from the chunk's first on, the lower triangle, and their mirror images above; also
    /// brings the chunk's rows of H (that of the network) together. The largest chunk comes first.
    /// </summary>
    public void Similarities(int chunk, T[] h)
    {
        int n = Count, from = chunk * SimilarityChunk, to = Math.Min(n, from + SimilarityChunk), rows = n - from, columns = to - from;
        for (int i = from; i < to; i++) h.AsSpan(Compared[i] * _d, _d).CopyTo(_h.AsSpan(i * _d));
        if (Frozen) return;
        Span<T> products = _scratch.AsSpan(from * n, rows * columns);
        for (int i = 0; i < _blocks; i++)
        {
            ReadOnlySpan<T> all = _centred.AsSpan((i * n + from) * _c, rows * _c), ofChunk = all[..(columns * _c)];
            MatrixProduct.MultiplyTransposedB(all, ofChunk, products, rows, columns, _c, accumulate: i > 0);
        }
        Span<T> inverse = _inverse.AsSpan(chunk * n, rows);
        for (int j = 0; j < rows; j++)
        {
            T squares = T.Zero;
            for (int k = 0; k < _tasks; k++) squares += _squares[k * n + from + j];
            inverse[j] = T.One / T.Max(T.Sqrt(squares), T.CreateChecked(1e-12));
        }
        T half = T.CreateChecked(0.5);
        Span<T> factors = stackalloc T[columns];
        for (int r = 0; r < rows; r++)
        {
            Span<T> row = products.Slice(r * columns, columns);
            // Both factors first, so that S_ij and S_ji are the same bits.
            TensorPrimitives.Multiply(inverse[..columns], half * inverse[r], factors);
            TensorPrimitives.Multiply(row, factors, row);
            TensorPrimitives.Add(row, half, row);
            if (r < columns) row[r] = T.Zero;
            row.CopyTo(_similarity.AsSpan((from + r) * n + from));
        }
        Transposition.Transpose<T>(products[(columns * columns)..], columns, _similarity.AsSpan(from * n + to), n, rows - columns, columns);
    }

    /// <summary>The margin, from sums over rows in order.</summary>
    public void FindMargin()
    {
        if (Frozen) return;
        int n = Count;
        double pairs = n * (n - 1L) / 2, total = Total(), nearest = 0;
        if (_objective.Margin is { } given || n < 2)
        {
            Margin = _objective.Margin ?? 0.75;
        }
        else
        {
            for (int i = 0; i < n; i++) nearest += double.CreateChecked(TensorPrimitives.Max<T>(_similarity.AsSpan(i * n, n)));
            double halfway = (total / pairs + nearest / n) / 2;
            // fewest pairs of n tuples of v classes are synonyms where the classes are equal: v times n/v (n/v - 1) of n (n - 1)
            double synonyms = Math.Max(0, (n - (double)_vocabulary) / (_vocabulary * (n - 1.0)));
            Margin = Math.Max(halfway, Exceeded(Slack * synonyms, halfway));
        }
        if (_objective.WeightCap < 1)
        {
            T least = T.CreateChecked(Margin - _objective.WeightCap), most = T.CreateChecked(Margin + _objective.WeightCap);
            TensorPrimitives.Clamp(_similarity.AsSpan(0, n * n), least, most, _similarity);
            total = Total();
        }
        double above = 0;
        T margin = T.CreateChecked(Margin);
        for (int i = 1; i < n; i++) above += double.CreateChecked(PairWeights.ExcessSum<T>(_similarity.AsSpan(i * n, i), margin));
        // sum of max(S_m - S, 0) = sum of max(S - S_m, 0) + S_m - S; every pair counts twice
        _near = Math.Max(1e-12, 2 * above);
        _far = Math.Max(1e-12, 2 * (above + pairs * double.CreateChecked(margin) - total));
    }

    /// <summary>Sum of the similarities of all pairs, row by row.</summary>
    private double Total()
    {
        double total = 0;
        for (int i = 0; i < Count; i++) total += double.CreateChecked(Reductions.Sum<T>(_similarity.AsSpan(i * Count, i)));
        return total;
    }

    /// <summary>
    /// The similarity that a share of the pairs exceeds, an order statistic, if it is above <paramref name="least"/>; else a smaller
    /// number. Found among the pairs above it by counting in bins and sorting one of them.
    /// </summary>
    private double Exceeded(double share, double least)
    {
        const int bins = 4096;
        int n = Count, all = n * (n - 1) / 2, rank = Math.Min(all - 1, (int)(all * (1 - share))), found = 0;
        T bound = T.CreateChecked(least);
        Span<T> above = _scratch.AsSpan(0, all);
        for (int i = 1; i < n; i++)
        {
            // Without a branch: which pairs are above is hard to foresee.
            foreach (T s in _similarity.AsSpan(i * n, i))
            {
                above[found] = s;
                found += s > bound ? 1 : 0;
            }
        }
        rank -= all - found;
        if (rank < 0) return double.NegativeInfinity;
        above = above[..found];
        Span<int> counts = new int[bins];
        foreach (T s in above) counts[Bin(s)]++;
        int below = 0, bin = 0;
        while (below + counts[bin] <= rank) below += counts[bin++];
        var within = new List<T>(counts[bin]);
        foreach (T s in above)
        {
            if (Bin(s) == bin) within.Add(s);
        }
        within.Sort();
        return double.CreateChecked(within[rank - below]);

        static int Bin(T s) => Math.Clamp(int.CreateTruncating(s * T.CreateChecked(bins)), 0, bins - 1);
    }

    /// <summary>Loss and gradient of a part of the compared rows.</summary>
    public void Overlaps(int part, int parts)
    {
        int n = Count, d = _d, from = (int)((long)n * part / parts), rows = (int)((long)n * (part + 1) / parts) - from;
        Span<T> overlap = _overlap.AsSpan(from * n, rows * n), logs = _scratch.AsSpan(from * n, rows * n);
        Span<T> weights = _similarity.AsSpan(from * n, rows * n);
        MatrixProduct.MultiplyTransposedB<T>(_h.AsSpan(from * d, rows * d), _h.AsSpan(0, n * d), overlap, rows, n, d);
        if (!Frozen) Weigh(weights, from);
        // the logarithm's argument: O + 1e-6 where pulled, 1 + 1e-5 - O where pushed; dL/dO = -w / argument either way
        PairWeights.Arguments<T>(weights, overlap, T.CreateChecked(1e-6), T.One + T.CreateChecked(1e-5), logs);
        TensorPrimitives.Divide(weights, logs, overlap);
        Logarithm.Compute<T>(logs, logs);
        for (int r = 0; r < rows; r++)
        {
            int i = from + r;
            _rowSums[2 * i] = -double.CreateChecked(PairWeights.AbsoluteDot<T>(weights.Slice(r * n, n), logs.Slice(r * n, n)));
            ReadOnlySpan<T> h = _h.AsSpan(i * d, d);
            _rowSums[2 * i + 1] = double.CreateChecked(Reductions.SumOfSquares(h));
        }
        // O_ij and O_ji are the same product: dh_i = 2 sum_j dL/dO_ij h_j - 2 lambda h_i / N
        Span<T> dh = _dh.AsSpan(from * d, rows * d);
        MatrixProduct.Multiply<T>(overlap, _h.AsSpan(0, n * d), dh, rows, d, n);
        T minusTwo = T.CreateChecked(-2), reward = T.CreateChecked(-2 * _objective.Sparsity / n);
        TensorPrimitives.Multiply(dh, minusTwo, dh);
        ScaledSum.Add<T>(_h.AsSpan(from * d, rows * d), reward, dh);
    }

    /// <summary>
    /// From similarities to weights of pairs: w+ / sum w+ (positive), -PushWeight w- / sum w- (negative), 0 on the diagonal.
    /// </summary>
    private void Weigh(Span<T> similarity, int firstRow)
    {
        T above = T.CreateChecked(1 / _near), below = T.CreateChecked(_objective.PushWeight / _far);
        PairWeights.Weigh(similarity, T.CreateChecked(Margin), above, below);
        for (int r = 0; r < similarity.Length / Count; r++) similarity[r * Count + firstRow + r] = T.Zero;
    }

    /// <summary>Adds up the loss, in the order of rows.</summary>
    public void Finish()
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
