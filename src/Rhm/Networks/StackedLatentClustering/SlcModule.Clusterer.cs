using System.Numerics.Tensors;
using Rhm.Numerics;

namespace Rhm.Networks.StackedLatentClustering;

// The clusterer: U -> D1 E1 -> D2 E2 -> H, and back from dH.
internal sealed partial class SlcModule<T>
{
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
            for (int i = 0; i < _s; i++) Centring.ShiftAndScale<T>(_u[i].AsSpan(r * _c, _c), average, inverse);
        }
        Span<T> d1 = _d1.AsSpan(from * _w, rows * _w), e1 = _e1.AsSpan(from * _w, rows * _w);
        Span<T> d2 = _d2.AsSpan(from * _w, rows * _w), e2 = _e2.AsSpan(from * _w, rows * _w), h = H.AsSpan(from * _d, rows * _d);
        for (int i = 0; i < _s; i++)
        {
            ReadOnlySpan<T> u = _u[i].AsSpan(from * _c, rows * _c), v1 = _layout.V1.Of(parameters, i);
            if (i < _s - 1) MatrixProduct.Multiply(u, v1, e1, rows, _w, _c, accumulate: i > 0);
            else MatrixProduct.Multiply(u, v1, e1, rows, _w, _c, _layout.C1.Of(parameters), Activation.Gelu, d1, accumulate: true);
        }
        MatrixProduct.Multiply<T>(e1, _layout.V2.Of(parameters), e2, rows, _w, _w, _layout.C2.Of(parameters), Activation.Gelu, d2);
        MatrixProduct.Multiply<T>(e2, _layout.V3.Of(parameters), h, rows, _d, _w, _layout.C3.Of(parameters));
        Softmax.Forward<T>(h, h, rows, _d);
    }

    /// <inheritdoc cref="ClusteringLoss{T}.Similarities"/>
    public void Similarities(int task) => Clustering.Similarities(task, H);

    /// <summary>Share of the gradient of the clustering loss that goes further than the clusterer.</summary>
    private double Shared => _objective.Gradients == SlcGradients.Local ? 1 : _objective.SharedClustering;

    /// <summary>
    /// Starts dH, for a part of the rows, with the gradient of the clustering loss, as far as it goes further than the clusterer.
    /// </summary>
    public void StartGradient(int part, T weight)
    {
        (int from, int rows) = RowsOf(part);
        DH.AsSpan(from * _d, rows * _d).Clear();
        AddClustering(from, rows, weight * T.CreateChecked(Shared));
    }

    private void AddClustering(int from, int rows, T weight)
    {
        for (int n = Clustering.FirstFrom(from), end = Clustering.FirstFrom(from + rows); n < end; n++)
            ScaledSum.Add<T>(Clustering.Gradient(n), weight, DH.AsSpan(Clustering.Compared[n] * _d, _d));
    }

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

    /// <summary>From dH to dD1.</summary>
    private void HiddenBackward(int from, int rows, T[] parameters)
    {
        ReadOnlySpan<T> d1 = _d1.AsSpan(from * _w, rows * _w), d2 = _d2.AsSpan(from * _w, rows * _w);
        Span<T> dd1 = _dd1.AsSpan(from * _w, rows * _w), dd2 = _dd2.AsSpan(from * _w, rows * _w);
        Span<T> dLogits = _dLogits.AsSpan(from * _d, rows * _d);
        for (int r = 0; r < rows; r++)
        {
            ReadOnlySpan<T> h = H.AsSpan((from + r) * _d, _d), dh = DH.AsSpan((from + r) * _d, _d);
            Span<T> result = dLogits.Slice(r * _d, _d);
            TensorPrimitives.Subtract(dh, Reductions.Dot(h, dh), result);
            TensorPrimitives.Multiply(result, h, result);
        }
        MatrixProduct.MultiplyTransposedB<T>(dLogits, _layout.V3.Of(parameters), dd2, rows, _w, _d, geluInput: d2);
        MatrixProduct.MultiplyTransposedB<T>(dd2, _layout.V2.Of(parameters), dd1, rows, _w, _w, geluInput: d1);
    }

    /// <summary>From dD1 to the gradient of LogPhi_i - Mean_i, in dU_i.</summary>
    private void InputBackward(int from, int rows, T[] parameters)
    {
        ReadOnlySpan<T> dd1 = _dd1.AsSpan(from * _w, rows * _w);
        for (int i = 0; i < _s; i++)
            MatrixProduct.MultiplyTransposedB<T>(dd1, _layout.V1.Of(parameters, i), _du[i].AsSpan(from * _c, rows * _c), rows, _c, _w);
        T entries = T.CreateChecked(_s * _c);
        for (int r = from; r < from + rows; r++)
        {
            T mean = T.Zero, along = T.Zero;
            for (int i = 0; i < _s; i++)
            {
                ReadOnlySpan<T> du = _du[i].AsSpan(r * _c, _c);
                mean += Reductions.Sum(du);
                along += Reductions.Dot(du, _u[i].AsSpan(r * _c, _c));
            }
            (mean, along) = (mean / entries, along / entries);
            for (int i = 0; i < _s; i++)
            {
                Span<T> du = _du[i].AsSpan(r * _c, _c);
                TensorPrimitives.Subtract(du, mean, du);
                ScaledSum.Add<T>(_u[i].AsSpan(r * _c, _c), -along, du);
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
}
