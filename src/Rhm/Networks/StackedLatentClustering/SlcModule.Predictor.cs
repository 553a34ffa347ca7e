using System.Numerics.Tensors;
using Rhm.Numerics;

namespace Rhm.Networks.StackedLatentClustering;

// The predictor: X -> A1 G1 -> A2 G2 -> LogPhi, Phi, and back.
internal sealed partial class SlcModule<T>
{
    /// <summary>
    /// Hidden layers of the predictor, for a part of the rows; <paramref name="below"/> holds the latents of level l, one row each.
    /// </summary>
    public void Predict(int part, T[] parameters, T[] below)
    {
        (int from, int rows) = RowsOf(part);
        Span<T> x = _x.AsSpan(from * _in, rows * _in);
        for (int r = 0; r < rows; r++)
        {
            for (int i = 0; i < _s; i++)
            {
                below.AsSpan(Rows.Children[(from + r) * _s + i] * _below, _below).CopyTo(x[(r * _in + i * _below)..]);
            }
        }
        Span<T> a1 = _a1.AsSpan(from * _w, rows * _w), g1 = _g1.AsSpan(from * _w, rows * _w);
        Span<T> a2 = _a2.AsSpan(from * _w, rows * _w), g2 = _g2.AsSpan(from * _w, rows * _w);
        MatrixProduct.Multiply<T>(x, _layout.W1.Of(parameters), g1, rows, _w, _in, _layout.B1.Of(parameters), Activation.Gelu, a1);
        MatrixProduct.Multiply<T>(g1, _layout.W2.Of(parameters), g2, rows, _w, _w, _layout.B2.Of(parameters), Activation.Gelu, a2);
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
        Span<T> mean = _mean.AsSpan(i * _c + from, columns), phiMean = _phiMean.AsSpan(i * _c + from, columns);
        Span<T> running = RunningMean.AsSpan(i * _c + from, columns);
        ReadOnlySpan<T> w3 = _layout.W3.Of(parameters, i)[from..], b3 = _layout.B3.Of(parameters, i).Slice(from, columns);
        MatrixLayout hidden = new(_w, 1, 0, 0), someColumns = new(_c, 1, 0, 0);
        StridedProduct.Multiply(_g2.AsSpan(0, r * _w), hidden, w3, someColumns, logPhi, someColumns, 1, 1, r, columns, _w, bias: b3);
        LogSoftmax.ForwardGroups<T>(logPhi, phi, _c, _weights.AsSpan(0, r), slots, _entries, mean, phiMean);
        if (momentum != 0)
        {
            TensorPrimitives.Multiply(running, T.CreateChecked(1 - momentum), running);
            ScaledSum.Add<T>(mean, T.CreateChecked(momentum), running);
        }
        for (int row = 0; row < r; row++)
        {
            (_sums[task * r + row], _squares[task * r + row]) =
                Centring.Subtract<T>(logPhi.Slice(row * _c, columns), applied ? running : mean, u.Slice(row * _c, columns));
        }
        for (int n = 0; n < Clustering.Count; n++)
        {
            Span<T> row = phi.Slice(Clustering.Compared[n] * _c, columns), centred = Clustering.Centred(i, n).Slice(from, columns);
            (_, Clustering.Squares(task, n)) = Centring.Subtract<T>(row, phiMean, centred);
        }
    }

    /// <summary>
    /// Tasks of <see cref="OutputBackward"/> for a position: as few as keep every thread busy, since each product has to transpose W3.
    /// </summary>
    private int OutputParts => (_threads + _s - 1) / _s;

    /// <summary>Number of tasks of <see cref="OutputBackward"/>.</summary>
    public int OutputTasks => _s * OutputParts;

    /// <summary>
    /// Last layer of the predictor, for some rows of a position: from dZ (to which the clusterer's gradient is added where it passes) to
    /// their dG2.
    /// </summary>
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
                ScaledSum.Add<T>(_mean.AsSpan(i * _c, _c), -_weights[row], du);
                for (int slot = 0; slot < _slots; slot++)
                {
                    Span<T> gradient = du.Slice(slot * _entries, _entries), target = dz.Slice(n * _c + slot * _entries, _entries);
                    T total = Reductions.Sum<T>(gradient);
                    TensorPrimitives.Add(target, gradient, target);
                    ScaledSum.Add<T>(_phi[i].AsSpan(row * _c + slot * _entries, _entries), -total, target);
                }
            }
        }
        MatrixProduct.MultiplyTransposedB<T>(dz, _layout.W3.Of(parameters, i), dg2, count, _w, _c);
    }

    /// <summary>Predictor of a part of the rows, from dG2 down to dA1 and, with <paramref name="withInput"/>, dX.</summary>
    public void PredictBackward(int part, T[] parameters, bool withInput)
    {
        (int from, int rows) = RowsOf(part);
        ReadOnlySpan<T> a1 = _a1.AsSpan(from * _w, rows * _w), a2 = _a2.AsSpan(from * _w, rows * _w);
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
        Gelu.Backward(a2, da2, da2);
        MatrixProduct.MultiplyTransposedB<T>(da2, _layout.W2.Of(parameters), da1, rows, _w, _w, geluInput: a1);
        if (!withInput) return;
        MatrixProduct.MultiplyTransposedB<T>(da1, _layout.W1.Of(parameters), _dx.AsSpan(from * _in, rows * _in), rows, _in, _w);
    }

    /// <summary>Adds dX to the gradient of the latents below.</summary>
    public void AddInputGradient(T[] dBelow)
    {
        for (int r = 0; r < Rows.Count; r++)
        {
            for (int i = 0; i < _s; i++)
            {
                Span<T> target = dBelow.AsSpan(Rows.Children[r * _s + i] * _below, _below);
                TensorPrimitives.Add(target, _dx.AsSpan(r * _in + i * _below, _below), target);
            }
        }
    }
}
