using System.Numerics;
using Rhm.Numerics;

namespace Rhm.Networks.StackedLatentClustering;

/// <summary>
/// One module: the predictor (SlcModule.Predictor.cs), its loss (SlcModule.PredictionLoss.cs) and the clusterer (SlcModule.Clusterer.cs) of
/// level l, forward and backward side by side, each cut into tasks over chunks of rows (or over weight matrices) that may run at the same
/// time. Large tasks copy weights for their products seldom: as many parts of the rows as there are threads where rows are independent of
/// each other, and slots of C that own all rows where sums over rows are needed. Every sum is taken in an order that does not depend on the
/// number of threads.
/// <code>
/// Shapes. R rows (different tuples of the batch), s branching, d_l entries of a latent of level l, W width, C = (s-1) s d_l;
/// where cousin tuples' own latents are predicted, (s-1) slots of d entries each, C = (s-1) d
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
internal sealed partial class SlcModule<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Rows of a task that adds up numbers of its rows. Fixed, so that results do not depend on the number of threads.</summary>
    private const int Chunk = 48;

    /// <summary>Added to the variance of a row: PyTorch's default for layer normalisation.</summary>
    private const double Epsilon = 1e-5;

    /// <summary>
    /// Columns of C that a task of <see cref="Slots"/> takes, if a slot has not more: some hundreds of kilobytes with all rows.
    /// </summary>
    private const int SlotColumns = 128;

    private readonly int _s, _below, _in, _slots, _slotsOfTask, _entries, _c, _w, _d;
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
        (_s, _below, _w, _d) = (shape.Branching, shape.Entries(level), shape.Width, shape.Codes);
        (_slots, _entries) = SlcLayout.Slots(shape, level, objective.Targets);
        (_in, _c) = (_s * _below, _slots * _entries);
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

    private static void Grow(ref T[] array, long size) => array = TupleRows.Grow(array, size);

    /// <summary>Makes room for the rows; a teacher or a network that is only applied needs no gradients and compares no tuples.</summary>
    public void Reset(bool withGradients, IReadOnlyList<int> compared, int threads)
    {
        long r = Rows.Count;
        (_threads, Parts) = (threads, Math.Min(threads, Chunks));
        Grow(ref _x, r * _in);
        for (int i = 0; i < _s; i++)
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

    /// <summary>Number of tasks of <see cref="WeightGradient"/>.</summary>
    public int WeightTasks => 2 * _s + 4;

    /// <summary>
    /// Gradient of one weight matrix and its bias (one block of it for W3 and V1): a sum over all rows. The large ones come first.
    /// </summary>
    /// <returns>Whether all of it is finite: found while it is in the cache.</returns>
    public bool WeightGradient(int task, T[] gradient)
    {
        int r = Rows.Count;
        if (task < _s)
        {
            int i = task;
            MatrixProduct.MultiplyTransposedA<T>(_u[i].AsSpan(0, r * _c), _dd1.AsSpan(0, r * _w), _layout.V1.Of(gradient, i), _c, _w, r);
            if (i == 0) ColumnSums.Compute<T>(_dd1.AsSpan(0, r * _w), _layout.C1.Of(gradient), r, _w);
            return IsFinite(_layout.V1.Of(gradient, i)) && (i > 0 || IsFinite(_layout.C1.Of(gradient)));
        }
        if (task < 2 * _s)
        {
            int i = task - _s, rows = GradientRows(i).Count;
            ReadOnlySpan<T> dz = _dz[i].AsSpan(0, rows * _c);
            MatrixProduct.MultiplyTransposedA<T>(_g2Active[i].AsSpan(0, rows * _w), dz, _layout.W3.Of(gradient, i), _w, _c, rows);
            ColumnSums.Compute<T>(dz, _layout.B3.Of(gradient, i), rows, _c);
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
        ReadOnlySpan<T> x = input.AsSpan(0, r * weight.Rows);
        MatrixProduct.MultiplyTransposedA<T>(x, gradientOfOutput, weight.Of(gradient), weight.Rows, weight.Columns, r);
        ColumnSums.Compute<T>(gradientOfOutput, bias.Of(gradient), r, weight.Columns);
        return IsFinite(weight.Of(gradient)) && IsFinite(bias.Of(gradient));
    }

    /// <summary>Whether the sum of sizes is finite: a number that is not makes it so, and so do numbers whose sum overflows.</summary>
    private static bool IsFinite(ReadOnlySpan<T> x) => T.IsFinite(Reductions.SumOfMagnitudes(x));
}
