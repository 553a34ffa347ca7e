using System.Numerics;
using System.Numerics.Tensors;

namespace Rhm.Learners;

/// <summary>
/// One module: the predictor and the clusterer of level l, forward and backward side by side, each cut into tasks over chunks of rows
/// (or over weight matrices) that may run at the same time. All sums over rows are taken in the order of chunks.
/// <code>
/// Shapes. R rows (different tuples of the batch), s branching, d_l entries of a latent of level l, W width, C = (s-1) s d_l
///   X        R x s d_l      latents of the tuple's elements, side by side
///   A1, G1   R x W          X W1 + B1;  GELU          A2, G2  R x W   G1 W2 + B2;  GELU
///   LogPhi_i R x C          log softmax, over each of the (s-1)s slots (j, k) of d_l entries, of G2 W3_i + B3_i;  Phi_i its exponential;
///                           i = 0..s-1 is the position that the tuple may have below its grandparent
///   Mean_i   C              batch mean of LogPhi_i, every tuple counted;  PhiMean_i that of Phi_i
///   U_i      R x C          (LogPhi_i - Mean_i) with mean 0 and variance 1 over all s C entries of a row
///   D1, E1   R x W          sum_i U_i V1_i + C1; GELU D2, E2  R x W   E1 V2 + C2;  GELU
///   H        R x d          softmax(E2 V3 + C3): the soft latents of level l+1
/// </code>
/// A name with a small d before it is the gradient of the loss with respect to it.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
internal sealed class SlcModule<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public const int Chunk = ClusteringLoss<T>.Chunk;

    /// <summary>Added to the variance of a row: PyTorch's default for layer normalisation.</summary>
    private const double Epsilon = 1e-5;

    private readonly int _s, _in, _slots, _entries, _c, _w, _d;
    private readonly SlcModuleLayout _layout;
    private readonly SlcObjective _objective;
    private T[] _x = [], _a1 = [], _g1 = [], _a2 = [], _g2 = [], _d1 = [], _e1 = [], _d2 = [], _e2 = [], _inverse = [];
    private T[] _da1 = [], _da2 = [], _dd1 = [], _dd2 = [], _dLogits = [], _dx = [], _partial = [];
    private readonly T[][] _logPhi, _phi, _u, _dz, _du, _g2Active, _dg2Active;
    private readonly T[] _mean, _phiMean;
    private double[] _lossSums = [];
    private T _lossScale;
    private Targets _targets;

    public SlcModule(SlcShape shape, int level, SlcModuleLayout layout, SlcObjective objective)
    {
        (_s, _entries, _w, _d) = (shape.Branching, shape.Entries(level), shape.Width, shape.Codes);
        (_in, _slots, _c) = (_s * _entries, shape.SlotsPerPosition, shape.SlotsPerPosition * _entries);
        (_layout, _objective, Level) = (layout, objective, level);
        Rows = new TupleRows(_s);
        Clustering = new ClusteringLoss<T>(objective, shape.Vocabulary);
        (_logPhi, _phi, _u, _dz, _du, _g2Active, _dg2Active) = (Blocks(), Blocks(), Blocks(), Blocks(), Blocks(), Blocks(), Blocks());
        (_mean, _phiMean, RunningMean) = (new T[_s * _c], new T[_s * _c], new T[_s * _c]);

        T[][] Blocks() => [.. Enumerable.Repeat(Array.Empty<T>(), _s)];
    }

    /// <summary>l.</summary>
    public int Level { get; }

    /// <summary>The tuples of the batch.</summary>
    public TupleRows Rows { get; set; }

    /// <summary>The clustering loss of this level.</summary>
    public ClusteringLoss<T> Clustering { get; }

    /// <summary>Mean_i over past batches (momentum 0.05), used when the network is applied: s C entries.</summary>
    public T[] RunningMean { get; }

    /// <summary>H, at least R x d.</summary>
    public T[] H { get; private set; } = [];

    /// <summary>dH, at least R x d.</summary>
    public T[] DH { get; private set; } = [];

    /// <summary>Prediction loss of the last batch: mean cross-entropy of a slot, in nats.</summary>
    public double PredictionLoss { get; private set; }

    public int Chunks => (Rows.Count + Chunk - 1) / Chunk;

    private (int From, int Count) RowsOf(int chunk) => (chunk * Chunk, Math.Min(Rows.Count, (chunk + 1) * Chunk) - chunk * Chunk);

    private static void Grow(ref T[] array, int size) => array = TupleRows.Grow(array, size);

    // Forward ------------------------------------------------------------------------------------------------------------------

    /// <summary>Makes room for the rows; a teacher or a network that is only applied needs no gradients.</summary>
    public void Reset(bool withGradients)
    {
        int r = Rows.Count;
        Grow(ref _x, r * _in);
        foreach (int i in Enumerable.Range(0, _s))
        {
            Grow(ref _logPhi[i], r * _c);
            Grow(ref _phi[i], r * _c);
            Grow(ref _u[i], r * _c);
        }
        Grow(ref _a1, r * _w);
        Grow(ref _g1, r * _w);
        Grow(ref _a2, r * _w);
        Grow(ref _g2, r * _w);
        Grow(ref _d1, r * _w);
        Grow(ref _e1, r * _w);
        Grow(ref _d2, r * _w);
        Grow(ref _e2, r * _w);
        Grow(ref _inverse, r);
        Grow(ref _partial, 2 * Chunks * _s * _c);
        H = TupleRows.Grow(H, r * _d);
        if (!withGradients) return;
        DH = TupleRows.Grow(DH, r * _d);
        DH.AsSpan(0, r * _d).Clear();
        Grow(ref _da1, r * _w);
        Grow(ref _da2, r * _w);
        Grow(ref _dd1, r * _w);
        Grow(ref _dd2, r * _w);
        Grow(ref _dLogits, r * _d);
        if (_objective.Gradients == SlcGradients.EndToEnd) Grow(ref _dx, r * _in);
        _lossSums = TupleRows.Grow(_lossSums, Chunks);
    }

    /// <summary>Predictor of a chunk of rows; <paramref name="below"/> holds the latents of level l, one row each.</summary>
    public void Predict(int chunk, T[] parameters, T[] below)
    {
        (int from, int rows) = RowsOf(chunk);
        Span<T> x = _x.AsSpan(from * _in, rows * _in);
        for (int r = 0; r < rows; r++)
        {
            for (int i = 0; i < _s; i++)
            {
                below.AsSpan(Rows.Children[(from + r) * _s + i] * _entries, _entries).CopyTo(x[(r * _in + i * _entries)..]);
            }
        }
        Span<T> g1 = _g1.AsSpan(from * _w, rows * _w), g2 = _g2.AsSpan(from * _w, rows * _w);
        LayerKernels<T>.MultiplyGelu(x, _layout.W1.Of(parameters), g1, rows, _w, _in, _layout.B1.Of(parameters), _a1.AsSpan(from * _w, rows * _w));
        LayerKernels<T>.MultiplyGelu(g1, _layout.W2.Of(parameters), g2, rows, _w, _w, _layout.B2.Of(parameters), _a2.AsSpan(from * _w, rows * _w));
        T tuples = T.CreateChecked(Rows.Tuples);
        for (int i = 0; i < _s; i++)
        {
            Span<T> logPhi = _logPhi[i].AsSpan(from * _c, rows * _c), phi = _phi[i].AsSpan(from * _c, rows * _c);
            LayerKernels<T>.Multiply(g2, _layout.W3.Of(parameters, i), logPhi, rows, _c, _w, _layout.B3.Of(parameters, i));
            LayerKernels<T>.LogSoftmax(logPhi, phi, rows * _slots, _entries);
            Span<T> sums = Partial(chunk, 0, i), phiSums = Partial(chunk, 1, i);
            sums.Clear();
            phiSums.Clear();
            for (int r = 0; r < rows; r++)
            {
                T weight = T.CreateChecked(Rows.Multiplicity[from + r]) / tuples;
                LayerKernels<T>.AddScaled(logPhi.Slice(r * _c, _c), weight, sums);
                LayerKernels<T>.AddScaled(phi.Slice(r * _c, _c), weight, phiSums);
            }
        }
    }

    private Span<T> Partial(int chunk, int which, int block) => _partial.AsSpan(((chunk * 2 + which) * _s + block) * _c, _c);

    /// <summary>Mean_i and PhiMean_i of the batch; moves the running mean towards Mean_i by the fraction <paramref name="momentum"/>.</summary>
    public void BatchMeans(double momentum)
    {
        _mean.AsSpan().Clear();
        _phiMean.AsSpan().Clear();
        for (int chunk = 0; chunk < Chunks; chunk++)
        {
            ReadOnlySpan<T> both = _partial.AsSpan(chunk * 2 * _s * _c, 2 * _s * _c);
            TensorPrimitives.Add(_mean, both[..(_s * _c)], _mean);
            TensorPrimitives.Add(_phiMean, both[(_s * _c)..], _phiMean);
        }
        if (momentum == 0) return;
        TensorPrimitives.Multiply(RunningMean, T.CreateChecked(1 - momentum), RunningMean);
        LayerKernels<T>.AddScaled(_mean, T.CreateChecked(momentum), RunningMean);
    }

    /// <summary>Clusterer of a chunk of rows.</summary>
    public void Cluster(int chunk, T[] parameters, bool applied)
    {
        (int from, int rows) = RowsOf(chunk);
        T[] mean = applied ? RunningMean : _mean;
        T entries = T.CreateChecked(_s * _c), epsilon = T.CreateChecked(Epsilon);
        for (int r = from; r < from + rows; r++)
        {
            T sum = T.Zero, squares = T.Zero;
            for (int i = 0; i < _s; i++)
            {
                (T blockSum, T blockSquares) = LayerKernels<T>.SubtractAndSum(_logPhi[i].AsSpan(r * _c, _c), mean.AsSpan(i * _c, _c), _u[i].AsSpan(r * _c, _c));
                sum += blockSum;
                squares += blockSquares;
            }
            // The batch mean is gone, so a row's own mean is small beside its deviation, and the difference of squares is safe.
            T average = sum / entries;
            T inverse = _inverse[r] = T.One / T.Sqrt(T.Max(T.Zero, squares / entries - average * average) + epsilon);
            for (int i = 0; i < _s; i++) LayerKernels<T>.ShiftAndScale(_u[i].AsSpan(r * _c, _c), average, inverse);
        }
        Span<T> d1 = _d1.AsSpan(from * _w, rows * _w), e1 = _e1.AsSpan(from * _w, rows * _w);
        Span<T> d2 = _d2.AsSpan(from * _w, rows * _w), e2 = _e2.AsSpan(from * _w, rows * _w), h = H.AsSpan(from * _d, rows * _d);
        for (int i = 0; i < _s - 1; i++)
            LayerKernels<T>.Multiply(_u[i].AsSpan(from * _c, rows * _c), _layout.V1.Of(parameters, i), e1, rows, _w, _c, accumulate: i > 0);
        LayerKernels<T>.MultiplyGelu(_u[_s - 1].AsSpan(from * _c, rows * _c), _layout.V1.Of(parameters, _s - 1), e1, rows, _w, _c, _layout.C1.Of(parameters), d1, accumulate: true);
        LayerKernels<T>.MultiplyGelu(e1, _layout.V2.Of(parameters), e2, rows, _w, _w, _layout.C2.Of(parameters), d2);
        LayerKernels<T>.Multiply(e2, _layout.V3.Of(parameters), h, rows, _d, _w, _layout.C3.Of(parameters));
        for (int r = 0; r < rows; r++)
        {
            Span<T> row = h.Slice(r * _d, _d);
            TensorPrimitives.Subtract(row, TensorPrimitives.Max<T>(row), row);
            TensorPrimitives.Exp(row, row);
            TensorPrimitives.Divide(row, TensorPrimitives.Sum<T>(row), row);
        }
    }

    // Losses -------------------------------------------------------------------------------------------------------------------

    /// <summary>Copies h and the centred phi of a compared tuple to the clustering loss.</summary>
    public void Compare(int n, int row)
    {
        T squares = T.Zero;
        for (int i = 0; i < _s; i++)
            squares += LayerKernels<T>.SubtractAndSum(_phi[i].AsSpan(row * _c, _c), _phiMean.AsSpan(i * _c, _c), Clustering.Centred(i, n, _c)).Squares;
        T inverse = T.One / T.Max(T.Sqrt(squares), T.CreateChecked(1e-12));
        for (int i = 0; i < _s; i++)
        {
            Span<T> centred = Clustering.Centred(i, n, _c);
            TensorPrimitives.Multiply(centred, inverse, centred);
        }
        H.AsSpan(row * _d, _d).CopyTo(Clustering.Assignment(n, _d));
    }

    /// <inheritdoc cref="ClusteringLoss{T}.Similarities"/>
    public void Similarities(int chunk) => Clustering.Similarities(chunk, _s, _c);

    /// <summary>Makes room in the clustering loss.</summary>
    public void ResetClustering(int compared) => Clustering.Reset(compared, _s, _c, _d);

    /// <summary>Adds the gradient of the clustering loss to dH.</summary>
    public void AddClusteringGradient(IReadOnlyList<int> compared, T weight)
    {
        for (int n = 0; n < compared.Count; n++)
            LayerKernels<T>.AddScaled(Clustering.Gradient(n, _d), weight, DH.AsSpan(compared[n] * _d, _d));
    }

    /// <summary>Where the targets of the prediction loss come from.</summary>
    /// <param name="Elements">Row or token of each element of the batch's level l, string by string.</param>
    /// <param name="H">The teacher's latents of level l, one row each.</param>
    public readonly record struct Targets(int[] Elements, T[] H);

    /// <summary>Says which targets the next <see cref="Predictions"/> are compared with, and makes room for gradients.</summary>
    public void ResetPredictions(Targets targets)
    {
        _targets = targets;
        int slots = _objective.Targets == SlcTargets.One ? 1 : _slots;
        _lossScale = T.One / T.CreateChecked((double)Rows.Tuples * slots);
        for (int i = 0; i < _s; i++)
        {
            int rows = GradientRows(i).Count;
            Grow(ref _dz[i], rows * _c);
            Grow(ref _g2Active[i], rows * _w);
            Grow(ref _dg2Active[i], rows * _w);
        }
        if (_objective.Gradients == SlcGradients.Local) return;
        for (int i = 0; i < _s; i++) Grow(ref _du[i], Rows.Count * _c);
    }

    private IReadOnlyList<int> _every = [];

    /// <summary>
    /// The rows whose block i has a gradient: those met at position i, since only they enter the prediction loss; every row where the
    /// clusterer's gradient reaches the predictor.
    /// </summary>
    private IReadOnlyList<int> GradientRows(int i)
    {
        if (_objective.Gradients == SlcGradients.Local) return Rows.Active[i];
        if (_every.Count != Rows.Count) _every = [.. Enumerable.Range(0, Rows.Count)];
        return _every;
    }

    /// <summary>The part of <see cref="GradientRows(int)"/> that lies in a chunk.</summary>
    private (int From, int To) GradientRows(int i, int chunk)
    {
        IReadOnlyList<int> rows = GradientRows(i);
        return (First(rows, chunk * Chunk), First(rows, Math.Min(Rows.Count, (chunk + 1) * Chunk)));

        static int First(IReadOnlyList<int> rows, int atLeast)
        {
            int low = 0, high = rows.Count;
            while (low < high)
            {
                int middle = (low + high) / 2;
                if (rows[middle] < atLeast) low = middle + 1;
                else high = middle;
            }
            return low;
        }
    }

    /// <summary>
    /// Prediction loss of a chunk of rows, -sum over tuples and slots of y log phi / (tuples slots), and its gradient with respect to
    /// what enters the softmax, dZ_i = (n phi - sum y) / (tuples slots) for a row that stands for n tuples at position i. Also the
    /// rows of G2 that dW3 needs.
    /// </summary>
    public void Predictions(int chunk, T weight)
    {
        double loss = 0;
        T scale = _lossScale * weight;
        int slots = _objective.Targets == SlcTargets.One ? 1 : _slots;
        for (int i = 0; i < _s; i++)
        {
            IReadOnlyList<int> rows = GradientRows(i);
            List<int> active = Rows.Active[i];
            int[] start = Rows.Start[i], occurrences = Rows.Occurrences[i];
            (int from, int to) = GradientRows(i, chunk);
            int a = 0;
            if (from < to)
            {
                a = active.BinarySearch(rows[from]);
                if (a < 0) a = ~a;
            }
            for (int n = from; n < to; n++)
            {
                int row = rows[n];
                Span<T> dz = _dz[i].AsSpan(n * _c, _c);
                _g2.AsSpan(row * _w, _w).CopyTo(_g2Active[i].AsSpan(n * _w));
                dz.Clear();
                if (a >= active.Count || active[a] != row) continue;
                for (int o = start[a]; o < start[a + 1]; o++)
                {
                    int first = occurrences[o] * _s * _s;
                    for (int slot = 0; slot < slots; slot++)
                    {
                        int j = slot / _s, element = _targets.Elements[first + (j < i ? j : j + 1) * _s + slot % _s];
                        Span<T> sum = dz.Slice(slot * _entries, _entries);
                        if (Level == 0) sum[element] += T.One;
                        else TensorPrimitives.Add(sum, _targets.H.AsSpan(element * _entries, _entries), sum);
                    }
                }
                Span<T> met = dz[..(slots * _entries)];
                loss -= double.CreateChecked(TensorPrimitives.Dot(met, _logPhi[i].AsSpan(row * _c, met.Length)));
                T count = T.CreateChecked(start[a + 1] - start[a]);
                TensorPrimitives.Multiply(met, -scale, met);
                LayerKernels<T>.AddScaled(_phi[i].AsSpan(row * _c, met.Length), count * scale, met);
                a++;
            }
        }
        _lossSums[chunk] = loss;
    }

    /// <summary>Adds up the prediction loss, in the order of chunks.</summary>
    public void FinishPredictions()
    {
        double loss = 0;
        for (int chunk = 0; chunk < Chunks; chunk++) loss += _lossSums[chunk];
        PredictionLoss = loss * double.CreateChecked(_lossScale);
    }

    // Backward -----------------------------------------------------------------------------------------------------------------

    /// <summary>Clusterer of a chunk of rows, from dH down to dD1, and on to dU where the gradient goes further.</summary>
    public void ClusterBackward(int chunk, T[] parameters)
    {
        (int from, int rows) = RowsOf(chunk);
        Span<T> dLogits = _dLogits.AsSpan(from * _d, rows * _d), dd2 = _dd2.AsSpan(from * _w, rows * _w), dd1 = _dd1.AsSpan(from * _w, rows * _w);
        for (int r = 0; r < rows; r++)
        {
            ReadOnlySpan<T> h = H.AsSpan((from + r) * _d, _d), dh = DH.AsSpan((from + r) * _d, _d);
            Span<T> result = dLogits.Slice(r * _d, _d);
            TensorPrimitives.Subtract(dh, TensorPrimitives.Dot(h, dh), result);
            TensorPrimitives.Multiply(result, h, result);
        }
        LayerKernels<T>.MultiplyTransposedB(dLogits, _layout.V3.Of(parameters), dd2, rows, _w, _d);
        LayerKernels<T>.GeluBackward(_d2.AsSpan(from * _w, rows * _w), dd2);
        LayerKernels<T>.MultiplyTransposedB(dd2, _layout.V2.Of(parameters), dd1, rows, _w, _w);
        LayerKernels<T>.GeluBackward(_d1.AsSpan(from * _w, rows * _w), dd1);
        if (_objective.Gradients == SlcGradients.Local) return;

        for (int i = 0; i < _s; i++)
            LayerKernels<T>.MultiplyTransposedB(dd1, _layout.V1.Of(parameters, i), _du[i].AsSpan(from * _c, rows * _c), rows, _c, _w);
        T entries = T.CreateChecked(_s * _c);
        for (int r = from; r < from + rows; r++)
        {
            T mean = T.Zero, along = T.Zero;
            for (int i = 0; i < _s; i++)
            {
                ReadOnlySpan<T> du = _du[i].AsSpan(r * _c, _c);
                mean += TensorPrimitives.Sum(du);
                along += TensorPrimitives.Dot(du, _u[i].AsSpan(r * _c, _c));
            }
            (mean, along) = (mean / entries, along / entries);
            for (int i = 0; i < _s; i++)
            {
                Span<T> du = _du[i].AsSpan(r * _c, _c);
                TensorPrimitives.Subtract(du, mean, du);
                LayerKernels<T>.AddScaled(_u[i].AsSpan(r * _c, _c), -along, du);
                TensorPrimitives.Multiply(du, _inverse[r], du);
            }
        }
        for (int i = 0; i < _s; i++)
        {
            Span<T> sums = Partial(chunk, 0, i);
            sums.Clear();
            for (int r = from; r < from + rows; r++) TensorPrimitives.Add(sums, _du[i].AsSpan(r * _c, _c), sums);
        }
    }

    /// <summary>Gradient of Mean_i: the sums of dU_i over the rows, which entered it negatively.</summary>
    public void MeanBackward()
    {
        _mean.AsSpan().Clear();
        for (int chunk = 0; chunk < Chunks; chunk++) TensorPrimitives.Add(_mean, _partial.AsSpan(chunk * 2 * _s * _c, _s * _c), _mean);
    }

    /// <summary>Tasks of <see cref="OutputBackward"/>: for each position, its rows with a gradient in larger chunks, since the product has to turn W3.</summary>
    public int OutputTasks => Enumerable.Range(0, _s).Sum(i => (GradientRows(i).Count + OutputChunk - 1) / OutputChunk);

    private const int OutputChunk = 2 * Chunk;

    /// <summary>Last layer of the predictor, for some rows of a position: from dZ (to which the clusterer's gradient is added where it passes) to their dG2.</summary>
    public void OutputBackward(int task, T[] parameters)
    {
        int i = 0;
        for (int tasks; task >= (tasks = (GradientRows(i).Count + OutputChunk - 1) / OutputChunk); i++) task -= tasks;
        IReadOnlyList<int> with = GradientRows(i);
        int first = task * OutputChunk, count = Math.Min(with.Count, first + OutputChunk) - first;
        T tuples = T.CreateChecked(Rows.Tuples);
        Span<T> dz = _dz[i].AsSpan(first * _c, count * _c), dg2 = _dg2Active[i].AsSpan(first * _w, count * _w);
        if (_objective.Gradients != SlcGradients.Local)
        {
            for (int n = 0; n < count; n++)
            {
                int row = with[first + n];
                Span<T> du = _du[i].AsSpan(row * _c, _c);
                T share = T.CreateChecked(Rows.Multiplicity[row]) / tuples;
                LayerKernels<T>.AddScaled(_mean.AsSpan(i * _c, _c), -share, du);
                for (int slot = 0; slot < _slots; slot++)
                {
                    Span<T> gradient = du.Slice(slot * _entries, _entries), target = dz.Slice(n * _c + slot * _entries, _entries);
                    T total = TensorPrimitives.Sum<T>(gradient);
                    TensorPrimitives.Add(target, gradient, target);
                    LayerKernels<T>.AddScaled(_phi[i].AsSpan(row * _c + slot * _entries, _entries), -total, target);
                }
            }
        }
        LayerKernels<T>.MultiplyTransposedB(dz, _layout.W3.Of(parameters, i), dg2, count, _w, _c);
    }

    /// <summary>Predictor of a chunk of rows, from dG2 down to dA1 and, if asked for, dX.</summary>
    public void PredictBackward(int chunk, T[] parameters, bool withInput)
    {
        (int from, int rows) = RowsOf(chunk);
        Span<T> da2 = _da2.AsSpan(from * _w, rows * _w), da1 = _da1.AsSpan(from * _w, rows * _w);
        da2.Clear();
        for (int i = 0; i < _s; i++)
        {
            IReadOnlyList<int> with = GradientRows(i);
            (int first, int end) = GradientRows(i, chunk);
            for (int n = first; n < end; n++)
            {
                Span<T> target = da2.Slice((with[n] - from) * _w, _w);
                TensorPrimitives.Add(target, _dg2Active[i].AsSpan(n * _w, _w), target);
            }
        }
        LayerKernels<T>.GeluBackward(_a2.AsSpan(from * _w, rows * _w), da2);
        LayerKernels<T>.MultiplyTransposedB(da2, _layout.W2.Of(parameters), da1, rows, _w, _w);
        LayerKernels<T>.GeluBackward(_a1.AsSpan(from * _w, rows * _w), da1);
        if (!withInput) return;
        LayerKernels<T>.MultiplyTransposedB(da1, _layout.W1.Of(parameters), _dx.AsSpan(from * _in, rows * _in), rows, _in, _w);
    }

    /// <summary>Adds dX to the gradient of the latents below.</summary>
    public void AddInputGradient(T[] dBelow)
    {
        for (int r = 0; r < Rows.Count; r++)
        {
            for (int i = 0; i < _s; i++)
            {
                Span<T> target = dBelow.AsSpan(Rows.Children[r * _s + i] * _entries, _entries);
                TensorPrimitives.Add(target, _dx.AsSpan(r * _in + i * _entries, _entries), target);
            }
        }
    }

    /// <summary>Number of tasks of <see cref="WeightGradient"/>.</summary>
    public int WeightTasks => 2 * _s + 4;

    /// <summary>Gradient of one weight matrix and its bias (one block of it for W3 and V1): a sum over all rows. The large ones come first.</summary>
    public void WeightGradient(int task, T[] gradient)
    {
        int r = Rows.Count;
        if (task < _s)
        {
            int i = task, rows = GradientRows(i).Count;
            ReadOnlySpan<T> dz = _dz[i].AsSpan(0, rows * _c);
            LayerKernels<T>.MultiplyTransposedA(_g2Active[i].AsSpan(0, rows * _w), dz, _layout.W3.Of(gradient, i), _w, _c, rows);
            LayerKernels<T>.ColumnSums(dz, _layout.B3.Of(gradient, i), rows, _c);
        }
        else if (task < 2 * _s)
        {
            int i = task - _s;
            LayerKernels<T>.MultiplyTransposedA(_u[i].AsSpan(0, r * _c), _dd1.AsSpan(0, r * _w), _layout.V1.Of(gradient, i), _c, _w, r);
            if (i == 0) LayerKernels<T>.ColumnSums(_dd1.AsSpan(0, r * _w), _layout.C1.Of(gradient), r, _w);
        }
        else
        {
            (T[] input, T[] dOutput, SlcTensor weight, SlcTensor bias) = (task - 2 * _s) switch
            {
                0 => (_x, _da1, _layout.W1, _layout.B1),
                1 => (_g1, _da2, _layout.W2, _layout.B2),
                2 => (_e1, _dd2, _layout.V2, _layout.C2),
                _ => (_e2, _dLogits, _layout.V3, _layout.C3),
            };
            ReadOnlySpan<T> gradientOfOutput = dOutput.AsSpan(0, r * weight.Columns);
            LayerKernels<T>.MultiplyTransposedA(input.AsSpan(0, r * weight.Rows), gradientOfOutput, weight.Of(gradient), weight.Rows, weight.Columns, r);
            LayerKernels<T>.ColumnSums(gradientOfOutput, bias.Of(gradient), r, weight.Columns);
        }
    }
}
