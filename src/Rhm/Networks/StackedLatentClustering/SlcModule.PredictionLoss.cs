using System.Numerics.Tensors;
using Rhm.Numerics;

namespace Rhm.Networks.StackedLatentClustering;

// The loss of the predictor and its gradients with respect to LogPhi and to the targets.
internal sealed partial class SlcModule<T>
{
    /// <summary>Where the targets of the prediction loss come from.</summary>
    /// <param name="Elements">Row or token of each element of the batch's level l, string by string; of each tuple where cousin tuples' own
    /// latents are predicted.</param>
    /// <param name="H">The teacher's latents of level l, or l+1, one row each.</param>
    public readonly record struct Targets(int[] Elements, T[] H);

    /// <summary>Says which targets the next <see cref="Predictions"/> are compared with, and makes room for gradients.</summary>
    public void ResetPredictions(Targets targets)
    {
        _targets = targets;
        _lossScale = T.One / T.CreateChecked((double)Rows.Tuples * LossSlots);
        for (int i = 0; i < _s; i++)
        {
            long rows = GradientRows(i).Count;
            Grow(ref _dz[i], rows * _c);
            Grow(ref _g2Active[i], rows * _w);
            Grow(ref _dg2Active[i], rows * _w);
        }
        if (_objective.Gradients == SlcGradients.Local) return;
        for (int i = 0; i < _s; i++) Grow(ref _du[i], (long)Rows.Count * _c);
    }

    /// <summary>The slots of a position that enter the prediction loss: the first ones.</summary>
    private int LossSlots => _objective.Targets == SlcTargets.One ? 1 : _slots;

    /// <summary>
    /// Row or token of the cousin element, or row of the cousin tuple, that a slot of the tuple at position i below a grandparent predicts.
    /// </summary>
    private int TargetOf(int grandparent, int i, int slot)
    {
        if (_objective.Targets == SlcTargets.Own) return _targets.Elements[grandparent * _s + (slot < i ? slot : slot + 1)];
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
                for (int o = start[a]; o < start[a + 1]; o++) AddTargets(dz, occurrences[o], i);
                Span<T> met = dz[..(slots * _entries)];
                loss -= double.CreateChecked(Reductions.Dot<T>(met, _logPhi[i].AsSpan(row * _c, met.Length)));
                T count = T.CreateChecked(start[a + 1] - start[a]);
                TensorPrimitives.Multiply(met, -scale, met);
                ScaledSum.Add<T>(_phi[i].AsSpan(row * _c, met.Length), count * scale, met);
                a++;
            }
        }
        _lossSums[chunk] = loss;
    }

    /// <summary>Adds y, slot by slot, of the tuple at position i below a grandparent.</summary>
    private void AddTargets(Span<T> sums, int grandparent, int i)
    {
        for (int slot = 0; slot < LossSlots; slot++)
        {
            int element = TargetOf(grandparent, i, slot);
            Span<T> sum = sums.Slice(slot * _entries, _entries);
            if (Level == 0 && _objective.Targets != SlcTargets.Own) sum[element] += T.One;
            else TensorPrimitives.Add(sum, _targets.H.AsSpan(element * _entries, _entries), sum);
        }
    }

    /// <summary>Adds up the prediction loss, in the order of chunks.</summary>
    public void FinishPredictions()
    {
        double loss = 0;
        for (int chunk = 0; chunk < Chunks; chunk++) loss += _lossSums[chunk];
        PredictionLoss = loss * double.CreateChecked(_lossScale);
    }

    /// <summary>
    /// Adds the gradient of the prediction loss with respect to its targets, -sum of log phi / (tuples slots), to that of the latents
    /// below.
    /// </summary>
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
                        ScaledSum.Add<T>(logPhi.Slice(slot * _entries, _entries), scale, dBelow.AsSpan(element * _entries, _entries));
                    }
                }
            }
        }
    }
}
