using System.Numerics;
using System.Numerics.Tensors;
using Rhm.Numerics;

namespace Rhm.Networks.StackedLatentClustering;

/// <summary>
/// One module: the predictor and the clusterer of level l, forward and backward side by side, each cut into tasks over chunks of rows
/// (or over weight matrices) that may run at the same time. Large tasks copy weights for their products seldom: as many parts of the
/// rows as there are threads where rows are independent of each other, and slots of C that own all rows where sums over rows are
/// needed. Every sum is taken in an order that does not depend on the number of threads.
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
    /// <summary>Rows of a task that adds up numbers of its rows. Fixed, so that results do not depend on the number of threads.</summary>
    private const int Chunk = 48;

    /// <summary>Added to the variance of a row: PyTorch's default for layer normalisation.</summary>
    private const double Epsilon = 1e-5;

    /// <summary>Columns of C that a task of <see cref="Slots"/> takes, if a slot has not more: some hundreds of kilobytes with all rows.</summary>
    private const int SlotColumns = 128;

    private readonly int _s, _in, _slots, _slotsOfTask, _entries, _c, _w, _d;
    private readonly SlcModuleLayout _layout;
    private readonly SlcObjective _objective;
    private T[] _x = [], _a1 = [], _g1 = [], _a2 = [], _g2 = [], _d1 = [], _e1 = [], _d2 = [], _e2 = [], _inverse = [];
    private T[] _da1 = [], _da2 = [], _dd1 = [], _dd2 = [], _dLogits = [], _dx = [], _weights = [], _sums = [], _squares = [];
    private readonly T[][] _logPhi, _phi, _u, _dz, _du, _g2Active, _dg2Active;
    private readonly T[] _mean, _phiMean;
    private double[] _lossSums = [];
    private int _threads = 1;
    private T _lossScale;
    private Targets _targets;

    public SlcModule(SlcShape shape, int level, SlcModuleLayout layout, SlcObjective objective)
    {
        (_s, _entries, _w, _d) = (shape.Branching, shape.Entries(level), shape.Width, shape.Codes);
        (_in, _slots, _c) = (_s * _entries, shape.SlotsPerPosition, shape.SlotsPerPosition * _entries);
        _slotsOfTask = Math.Clamp(SlotColumns / _entries, 1, _slots);
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

    /// <summary>Tasks over chunks of rows, for what adds up numbers of its rows.</summary>
    public int Chunks => (Rows.Count + Chunk - 1) / Chunk;

    /// <summary>Tasks over parts of the rows, for what is independent from row to row.</summary>
    public int Parts { get; private set; } = 1;

    /// <summary>A part begins where tiles of products do.</summary>
    private (int From, int Count) RowsOf(int part)
    {
        const int tile = 12;
        int tiles = (Rows.Count + tile - 1) / tile, from = Math.Min(Rows.Count, (int)((long)tiles * part / Parts) * tile);
        return (from, Math.Min(Rows.Count, (int)((long)tiles * (part + 1) / Parts) * tile) - from);
    }

    /// <summary>Numbers of phi: what most of the work is proportional to.</summary>
    public long Size => (long)Rows.Count * _s * _c;

    private static void Grow(ref T[] array, int size) => array = TupleRows.Grow(array, size);

    // Forward ------------------------------------------------------------------------------------------------------------------

    /// <summary>Makes room for the rows; a teacher or a network that is only applied needs no gradients and compares no tuples.</summary>
    public void Reset(bool withGradients, IReadOnlyList<int> compared, int threads)
    {
        int r = Rows.Count;
        (_threads, Parts) = (threads, Math.Min(threads, Chunks));
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
        Grow(ref _sums, SlotTasks * r);
        Grow(ref _squares, SlotTasks * r);
        Grow(ref _weights, r);
        T tuples = T.CreateChecked(Rows.Tuples);
        for (int row = 0; row < r; row++) _weights[row] = T.CreateChecked(Rows.Multiplicity[row]) / tuples;
        H = TupleRows.Grow(H, r * _d);
        Clustering.Reset(compared, SlotTasks, _s, _c, _d);
        if (!withGradients) return;
        DH = TupleRows.Grow(DH, r * _d);
        Grow(ref _da1, r * _w);
        Grow(ref _da2, r * _w);
        Grow(ref _dd1, r * _w);
        Grow(ref _dd2, r * _w);
        Grow(ref _dLogits, r * _d);
        if (_objective.Gradients == SlcGradients.EndToEnd) Grow(ref _dx, r * _in);
        _lossSums = TupleRows.Grow(_lossSums, Chunks);
    }

    /// <summary>Hidden layers of the predictor, for a part of the rows; <paramref name="below"/> holds the latents of level l, one row each.</summary>
    public void Predict(int part, T[] parameters, T[] below)
    {
        (int from, int rows) = RowsOf(part);
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
    }

    private int SlotGroups => (_slots + _slotsOfTask - 1) / _slotsOfTask;

    /// <summary>Number of tasks of <see cref="Slots"/>.</summary>
    public int SlotTasks => _s * SlotGroups;

    /// <summary>
    /// Last layer of the predictor, for all rows of some slots of a position: LogPhi and Phi, their batch means, U before it is divided by
    /// its deviation, and the centred Phi of the compared tuples.
    /// </summary>
    /// <param name="task">0 .. SlotTasks-1.</param>
    /// <param name="parameters">All parameters.</param>
    /// <param name="applied">Whether U is LogPhi minus the running mean, not that of the batch.</param>
    /// <param name="momentum">Fraction by which the running mean moves to that of the batch.</param>
    public void Slots(int task, T[] parameters, bool applied, double momentum)
    {
        int i = task / SlotGroups, slot = task % SlotGroups * _slotsOfTask, slots = Math.Min(_slotsOfTask, _slots - slot), r = Rows.Count;
        int from = slot * _entries, columns = slots * _entries;
        Span<T> logPhi = _logPhi[i].AsSpan(from), phi = _phi[i].AsSpan(from), u = _u[i].AsSpan(from);
        Span<T> mean = _mean.AsSpan(i * _c + from, columns), phiMean = _phiMean.AsSpan(i * _c + from, columns), running = RunningMean.AsSpan(i * _c + from, columns);
        LayerKernels<T>.MultiplyColumns(_g2.AsSpan(0, r * _w), _layout.W3.Of(parameters, i)[from..], logPhi, r, columns, _w, _c, _layout.B3.Of(parameters, i).Slice(from, columns));
        LayerKernels<T>.LogSoftmax(logPhi, phi, _c, _weights.AsSpan(0, r), slots, _entries, mean, phiMean);
        if (momentum != 0)
        {
            TensorPrimitives.Multiply(running, T.CreateChecked(1 - momentum), running);
            LayerKernels<T>.AddScaled(mean, T.CreateChecked(momentum), running);
        }
        for (int row = 0; row < r; row++)
        {
            (_sums[task * r + row], _squares[task * r + row]) =
                LayerKernels<T>.Subtract(logPhi.Slice(row * _c, columns), applied ? running : mean, u.Slice(row * _c, columns));
        }
        for (int n = 0; n < Clustering.Count; n++)
        {
            Clustering.Squares(task, n) =
                LayerKernels<T>.Subtract(phi.Slice(Clustering.Compared[n] * _c, columns), phiMean, Clustering.Centred(i, n).Slice(from, columns)).Squares;
        }
    }

    /// <summary>Clusterer of a part of the rows.</summary>
    public void Cluster(int part, T[] parameters)
    {
        (int from, int rows) = RowsOf(part);
        int tasks = SlotTasks, all = Rows.Count;
        T entries = T.CreateChecked(_s * _c), epsilon = T.CreateChecked(Epsilon);
        for (int r = from; r < from + rows; r++)
        {
            T sum = T.Zero, squares = T.Zero;
            for (int task = 0; task < tasks; task++)
            {
                sum += _sums[task * all + r];
                squares += _squares[task * all + r];
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
        LayerKernels<T>.Softmax(h, rows, _d);
    }

    // Losses -------------------------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="ClusteringLoss{T}.Similarities"/>
    public void Similarities(int task) => Clustering.Similarities(task, H);

    /// <summary>Share of the gradient of the clustering loss that goes further than the clusterer.</summary>
    private double Shared => _objective.Gradients == SlcGradients.Local ? 1 : _objective.SharedClustering;

    /// <summary>Starts dH, for a part of the rows, with the gradient of the clustering loss, as far as it goes further than the clusterer.</summary>
    public void StartGradient(int part, T weight)
    {
        (int from, int rows) = RowsOf(part);
        DH.AsSpan(from * _d, rows * _d).Clear();
        AddClustering(from, rows, weight * T.CreateChecked(Shared));
    }

    private void AddClustering(int from, int rows, T weight)
    {
        for (int n = Clustering.FirstFrom(from), end = Clustering.FirstFrom(from + rows); n < end; n++)
            LayerKernels<T>.AddScaled(Clustering.Gradient(n), weight, DH.AsSpan(Clustering.Compared[n] * _d, _d));
    }

    /// <summary>Where the targets of the prediction loss come from.</summary>
    /// <param name="Elements">Row or token of each element of the batch's level l, string by string.</param>
    /// <param name="H">The teacher's latents of level l, one row each.</param>
    public readonly record struct Targets(int[] Elements, T[] H);

    /// <summary>Says which targets the next <see cref="Predictions"/> are compared with, and makes room for gradients.</summary>
    public void ResetPredictions(Targets targets)
    {
        _targets = targets;
        _lossScale = T.One / T.CreateChecked((double)Rows.Tuples * LossSlots);
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

    /// <summary>The slots of a position that enter the prediction loss: the first ones.</summary>
    private int LossSlots => _objective.Targets == SlcTargets.One ? 1 : _slots;

    /// <summary>Row or token of the cousin element that a slot of the tuple at position i below a grandparent predicts.</summary>
    private int TargetOf(int grandparent, int i, int slot)
    {
        int j = slot / _s;
        return _targets.Elements[grandparent * _s * _s + (j < i ? j : j + 1) * _s + slot % _s];
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

    /// <summary>The part of <see cref="GradientRows(int)"/> that lies in some rows.</summary>
    private (int From, int To) GradientRows(int i, int from, int to)
    {
        IReadOnlyList<int> rows = GradientRows(i);
        return (TupleRows.FirstFrom(rows, from), TupleRows.FirstFrom(rows, to));
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
        int slots = LossSlots;
        for (int i = 0; i < _s; i++)
        {
            IReadOnlyList<int> rows = GradientRows(i);
            List<int> active = Rows.Active[i];
            int[] start = Rows.Start[i], occurrences = Rows.Occurrences[i];
            (int from, int to) = GradientRows(i, chunk * Chunk, (chunk + 1) * Chunk);
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
                    for (int slot = 0; slot < slots; slot++)
                    {
                        int element = TargetOf(occurrences[o], i, slot);
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

    /// <summary>Clusterer of a part of the rows, from dH down to dD1, and on to dU where the gradient goes further.</summary>
    /// <param name="part">Of the rows.</param>
    /// <param name="parameters">All parameters.</param>
    /// <param name="clusteringWeight">Weight of the clustering loss.</param>
    public void ClusterBackward(int part, T[] parameters, T clusteringWeight)
    {
        (int from, int rows) = RowsOf(part);
        HiddenBackward(from, rows, parameters);
        if (_objective.Gradients == SlcGradients.Local) return;
        InputBackward(from, rows, parameters);
        if (Shared == 1 || clusteringWeight == T.Zero) return;
        // The rest of the clustering loss reaches the clusterer's own weights only.
        AddClustering(from, rows, clusteringWeight * T.CreateChecked(1 - Shared));
        HiddenBackward(from, rows, parameters);
    }

    private void HiddenBackward(int from, int rows, T[] parameters)
    {
        Span<T> dLogits = _dLogits.AsSpan(from * _d, rows * _d), dd2 = _dd2.AsSpan(from * _w, rows * _w), dd1 = _dd1.AsSpan(from * _w, rows * _w);
        for (int r = 0; r < rows; r++)
        {
            ReadOnlySpan<T> h = H.AsSpan((from + r) * _d, _d), dh = DH.AsSpan((from + r) * _d, _d);
            Span<T> result = dLogits.Slice(r * _d, _d);
            TensorPrimitives.Subtract(dh, TensorPrimitives.Dot(h, dh), result);
            TensorPrimitives.Multiply(result, h, result);
        }
        LayerKernels<T>.MultiplyTransposedB(dLogits, _layout.V3.Of(parameters), dd2, rows, _w, _d, geluInput: _d2.AsSpan(from * _w, rows * _w));
        LayerKernels<T>.MultiplyTransposedB(dd2, _layout.V2.Of(parameters), dd1, rows, _w, _w, geluInput: _d1.AsSpan(from * _w, rows * _w));
    }

    private void InputBackward(int from, int rows, T[] parameters)
    {
        ReadOnlySpan<T> dd1 = _dd1.AsSpan(from * _w, rows * _w);
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
    }

    /// <summary>Gradient of Mean_i: the sums of dU_i over the rows, which entered it negatively.</summary>
    public void MeanBackward(int i)
    {
        Span<T> sums = _mean.AsSpan(i * _c, _c);
        sums.Clear();
        for (int r = 0; r < Rows.Count; r++) TensorPrimitives.Add(sums, _du[i].AsSpan(r * _c, _c), sums);
    }

    /// <summary>Tasks of <see cref="OutputBackward"/> for a position: as few as keep every thread busy, since each product has to turn W3.</summary>
    private int OutputParts => (_threads + _s - 1) / _s;

    /// <summary>Number of tasks of <see cref="OutputBackward"/>.</summary>
    public int OutputTasks => _s * OutputParts;

    /// <summary>Last layer of the predictor, for some rows of a position: from dZ (to which the clusterer's gradient is added where it passes) to their dG2.</summary>
    public void OutputBackward(int task, T[] parameters)
    {
        int i = task / OutputParts, part = task % OutputParts;
        IReadOnlyList<int> with = GradientRows(i);
        int first = with.Count * part / OutputParts, count = with.Count * (part + 1) / OutputParts - first;
        Span<T> dz = _dz[i].AsSpan(first * _c, count * _c), dg2 = _dg2Active[i].AsSpan(first * _w, count * _w);
        if (_objective.Gradients != SlcGradients.Local)
        {
            for (int n = 0; n < count; n++)
            {
                int row = with[first + n];
                Span<T> du = _du[i].AsSpan(row * _c, _c);
                LayerKernels<T>.AddScaled(_mean.AsSpan(i * _c, _c), -_weights[row], du);
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

    /// <summary>Predictor of a part of the rows, from dG2 down to dA1 and, if asked for, dX.</summary>
    public void PredictBackward(int part, T[] parameters, bool withInput)
    {
        (int from, int rows) = RowsOf(part);
        Span<T> da2 = _da2.AsSpan(from * _w, rows * _w), da1 = _da1.AsSpan(from * _w, rows * _w);
        da2.Clear();
        for (int i = 0; i < _s; i++)
        {
            IReadOnlyList<int> with = GradientRows(i);
            (int first, int end) = GradientRows(i, from, from + rows);
            for (int n = first; n < end; n++)
            {
                Span<T> target = da2.Slice((with[n] - from) * _w, _w);
                TensorPrimitives.Add(target, _dg2Active[i].AsSpan(n * _w, _w), target);
            }
        }
        LayerKernels<T>.GeluBackward(_a2.AsSpan(from * _w, rows * _w), da2);
        LayerKernels<T>.MultiplyTransposedB(da2, _layout.W2.Of(parameters), da1, rows, _w, _w, geluInput: _a1.AsSpan(from * _w, rows * _w));
        if (!withInput) return;
        LayerKernels<T>.MultiplyTransposedB(da1, _layout.W1.Of(parameters), _dx.AsSpan(from * _in, rows * _in), rows, _in, _w);
    }

    /// <summary>Adds the gradient of the prediction loss with respect to its targets, -sum of log phi / (tuples slots), to that of the latents below.</summary>
    public void AddTargetGradient(T[] dBelow, T weight)
    {
        T scale = -_lossScale * weight;
        int slots = LossSlots;
        for (int i = 0; i < _s; i++)
        {
            for (int a = 0; a < Rows.Active[i].Count; a++)
            {
                ReadOnlySpan<T> logPhi = _logPhi[i].AsSpan(Rows.Active[i][a] * _c, _c);
                for (int o = Rows.Start[i][a]; o < Rows.Start[i][a + 1]; o++)
                {
                    for (int slot = 0; slot < slots; slot++)
                    {
                        int element = TargetOf(Rows.Occurrences[i][o], i, slot);
                        LayerKernels<T>.AddScaled(logPhi.Slice(slot * _entries, _entries), scale, dBelow.AsSpan(element * _entries, _entries));
                    }
                }
            }
        }
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
    /// <returns>Whether all of it is finite: asked while it is in the cache.</returns>
    public bool WeightGradient(int task, T[] gradient)
    {
        int r = Rows.Count;
        if (task < _s)
        {
            int i = task;
            LayerKernels<T>.MultiplyTransposedA(_u[i].AsSpan(0, r * _c), _dd1.AsSpan(0, r * _w), _layout.V1.Of(gradient, i), _c, _w, r);
            if (i == 0) LayerKernels<T>.ColumnSums(_dd1.AsSpan(0, r * _w), _layout.C1.Of(gradient), r, _w);
            return IsFinite(_layout.V1.Of(gradient, i)) && (i > 0 || IsFinite(_layout.C1.Of(gradient)));
        }
        if (task < 2 * _s)
        {
            int i = task - _s, rows = GradientRows(i).Count;
            ReadOnlySpan<T> dz = _dz[i].AsSpan(0, rows * _c);
            LayerKernels<T>.MultiplyTransposedA(_g2Active[i].AsSpan(0, rows * _w), dz, _layout.W3.Of(gradient, i), _w, _c, rows);
            LayerKernels<T>.ColumnSums(dz, _layout.B3.Of(gradient, i), rows, _c);
            return IsFinite(_layout.W3.Of(gradient, i)) && IsFinite(_layout.B3.Of(gradient, i));
        }
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
        return IsFinite(weight.Of(gradient)) && IsFinite(bias.Of(gradient));
    }

    /// <summary>Whether the sum of sizes is finite: a number that is not makes it so, and so do numbers whose sum overflows.</summary>
    private static bool IsFinite(ReadOnlySpan<T> x) => T.IsFinite(TensorPrimitives.SumOfMagnitudes(x));
}
