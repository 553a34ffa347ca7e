using Rhm.Randomness;

namespace Rhm.Clustering;

/// <summary>
/// Labels of points that occur together in tuples of s, by the law of whole tuples of labels. Pairs of positions see only the marginals of
/// that law; where it is far from their product, as where a grandparent has rules for few of the v^s tuples of its grandchildren, whole
/// tuples say much more. The law is unknown and averaged over (each of the k^s tuples of labels has a Dirichlet prior), and labels are
/// drawn one after the other given all others (collapsed Gibbs sampling), so that a point is never judged by a law that it made itself.
/// </summary>
/// <remarks>A sweep over the points costs 2 k s G operations for G tuples; memory k^s + G s numbers.</remarks>
internal sealed class TupleLikelihood
{
    /// <summary>Largest table of k^s counts.</summary>
    public const long LargestTable = 1 << 22;

    // Of the Dirichlet prior: between 0.1 and 0.5 nothing depends on it much.
    private const double Concentration = 0.3;

    private const int SweepsOfBlock = 30;
    private const int Blocks = 10;
    private const int SplitSweeps = 6;
    private const int MostDescents = 50;

    private readonly int[] _tuples;
    private readonly int _s;
    private readonly int _n;

    // The tuples of point t, each once: entries _start[t] .. _start[t+1]-1; _positions holds as bits where the point stands.
    private readonly int[] _start;
    private readonly int[] _tuple;
    private readonly uint[] _positions;

    // How often point t stands at position i, at [t s + i].
    private readonly int[] _times;

    // x log x for whole numbers.
    private readonly double[] _entropy;

    /// <summary>Takes over the tuples.</summary>
    /// <param name="tuples">G rows of s points.</param>
    /// <param name="s">At most 32.</param>
    /// <param name="points">n; points are 0..n-1.</param>
    public TupleLikelihood(int[] tuples, int s, int points)
    {
        (_tuples, _s, _n) = (tuples, s, points);
        (_start, _times) = (new int[points + 1], new int[points * s]);
        for (int g = 0; g < Count; g++)
        {
            for (int i = 0; i < s; i++)
            {
                _times[At(g, i) * s + i]++;
                if (Places(g, i) != 0) _start[At(g, i) + 1]++;
            }
        }
        for (int t = 0; t < points; t++) _start[t + 1] += _start[t];
        (_tuple, _positions) = (new int[_start[points]], new uint[_start[points]]);
        int[] next = [.. _start];
        for (int g = 0; g < Count; g++)
        {
            for (int i = 0; i < s; i++)
            {
                uint places = Places(g, i);
                if (places == 0) continue;
                int entry = next[At(g, i)]++;
                (_tuple[entry], _positions[entry]) = (g, places);
            }
        }
        _entropy = [.. Enumerable.Range(0, Count + 1).Select(x => x == 0 ? 0 : x * Math.Log(x))];

        // Where a point stands in a tuple, as bits, said at its first position only.
        uint Places(int g, int i)
        {
            uint places = 0;
            for (int j = 0; j < s; j++)
            {
                if (At(g, j) != At(g, i)) continue;
                if (j < i) return 0;
                places |= 1u << j;
            }
            return places;
        }
    }

    /// <summary>G.</summary>
    public int Count => _tuples.Length / _s;

    /// <summary>
    /// Logarithm of the evidence for labels against independent positions: of the Dirichlet-multinomial law of the counts of tuples of
    /// labels, less that of the product of the marginals that fits best.
    /// </summary>
    /// <param name="labels">Below <paramref name="k"/>.</param>
    /// <param name="k">Number of labels.</param>
    public double Evidence(int[] labels, int k) => new Chain(this, labels, new Logarithms(Count, Cells(k)), k).Evidence;

    /// <summary>
    /// Labels of large evidence: blocks of sweeps from the given labels, after each of which a copy descends to the nearest optimum, and
    /// the best of these. Ends when the best has been found twice. Splits and merges of labels get a copy out of the usual bad optimum.
    /// </summary>
    /// <param name="start">Below <paramref name="k"/>.</param>
    /// <param name="k">Number of labels; k^s is at most <see cref="LargestTable"/>.</param>
    /// <param name="random">Draws the labels.</param>
    /// <param name="cancellation">Stops between blocks.</param>
    /// <returns>The labels, their evidence, and whether already the first block came back to the optimum nearest to the start: then there
    /// is little else to find.</returns>
    public (int[] Labels, double Evidence, bool AtOnce) Sample(int[] start, int k, RandomStream random, CancellationToken cancellation)
    {
        var chain = new Chain(this, start, new Logarithms(Count, Cells(k)), k);
        Chain best = Optimum(chain, random);
        for (int block = 0; block < Blocks; block++)
        {
            cancellation.ThrowIfCancellationRequested();
            for (int sweep = 0; sweep < SweepsOfBlock; sweep++) chain.Sweep(random);
            Chain found = Optimum(chain, random);
            double gain = found.Evidence - best.Evidence;
            bool again = best.Evidence > 0 && Math.Abs(gain) <= 1e-9 * best.Evidence;
            if (gain > 0) best = found;
            if (again) return (best.Labels, best.Evidence, block == 0);
        }
        return (best.Labels, best.Evidence, false);
    }

    private int Cells(int k) => (int)Math.Pow(k, _s);

    private int At(int g, int i) => _tuples[g * _s + i];

    /// <summary>The nearest optimum, and better ones by freeing a label and splitting another with it.</summary>
    private static Chain Optimum(Chain start, RandomStream random)
    {
        var best = new Chain(start);
        best.Descend();
        for (int step = 0; step < best.Symbols && best.Symbols > 2; step++)
        {
            (int kept, int freed) = best.MostAlike();
            Chain? next = null;
            for (int split = 0; split < best.Symbols; split++)
            {
                if (split == kept || split == freed) continue;
                var candidate = new Chain(best);
                candidate.Rearrange(kept, freed, split, random);
                if (next is null || candidate.Evidence > next.Evidence) next = candidate;
            }
            next!.Descend();
            if (!(next.Evidence > best.Evidence + 1e-9 * Math.Abs(best.Evidence))) break;
            best = next;
        }
        return best;
    }

    /// <summary>Logarithms of a count plus the concentration, and their sums.</summary>
    private sealed class Logarithms
    {
        public Logarithms(int count, int cells)
        {
            (Single, Sums) = (new double[count + 1], new double[count + 2]);
            for (int x = 0; x <= count; x++)
            {
                Single[x] = Math.Log(x + Concentration);
                Sums[x + 1] = Sums[x] + Single[x];
                if (x < count) Normaliser += Math.Log(x + Concentration * cells);
            }
        }

        public double[] Single { get; }

        public double[] Sums { get; }

        public double Normaliser { get; }
    }

    /// <summary>Labels with their counts.</summary>
    private sealed class Chain
    {
        private readonly TupleLikelihood _data;
        private readonly Logarithms _logarithms;
        private readonly int[] _places;

        // By how much the cell of a tuple moves when the label of its point grows by 1: the sum of the places where the point stands.
        private readonly int[] _weights;
        private readonly int[] _cell;
        private readonly int[] _counts;
        private readonly int[] _marginals;
        private readonly double[] _scores;

        public Chain(TupleLikelihood data, int[] labels, Logarithms logarithms, int k)
        {
            (_data, _logarithms, Symbols, Labels) = (data, logarithms, k, (int[])labels.Clone());
            _places = [.. Enumerable.Range(0, data._s).Select(i => (int)Math.Pow(k, data._s - 1 - i))];
            _weights = [.. data._positions.Select(where => _places.Where((_, i) => (where >> i & 1) == 1).Sum())];
            (_cell, _counts, _marginals, _scores) = (new int[data.Count], new int[data.Cells(k)], new int[data._s * k], new double[k]);
            for (int g = 0; g < data.Count; g++)
            {
                for (int i = 0; i < data._s; i++)
                {
                    int label = Labels[data.At(g, i)];
                    _cell[g] += label * _places[i];
                    _marginals[i * k + label]++;
                }
                _counts[_cell[g]]++;
            }
        }

        public Chain(Chain other)
        {
            (_data, _logarithms, Symbols) = (other._data, other._logarithms, other.Symbols);
            (_places, _weights) = (other._places, other._weights);
            (Labels, _cell, _counts) = ((int[])other.Labels.Clone(), (int[])other._cell.Clone(), (int[])other._counts.Clone());
            (_marginals, _scores) = ((int[])other._marginals.Clone(), new double[other.Symbols]);
        }

        public int Symbols { get; }

        public int[] Labels { get; }

        public double Evidence
        {
            get
            {
                double sum = -_logarithms.Normaliser;
                foreach (int count in _counts) sum += _logarithms.Sums[count];
                foreach (int count in _marginals) sum -= _data._entropy[count];
                return sum + _data._s * _data._entropy[_data.Count];
            }
        }

        /// <summary>Draws every label anew, given the others.</summary>
        public void Sweep(RandomStream random)
        {
            for (int t = 0; t < _data._n; t++)
            {
                if (IsAbsent(t)) continue;
                Remove(t);
                double most = double.NegativeInfinity, total = 0;
                for (int b = 0; b < Symbols; b++) most = Math.Max(most, _scores[b] = Score(t, b));
                for (int b = 0; b < Symbols; b++) total += _scores[b] = Math.Exp(_scores[b] - most);
                double left = random.NextDouble() * total;
                int label = 0;
                while (label < Symbols - 1 && (left -= _scores[label]) > 0) label++;
                Add(t, label);
            }
        }

        /// <summary>Gives every point its best label in turn until none changes.</summary>
        public void Descend()
        {
            for (int round = 0; round < MostDescents; round++)
            {
                bool moved = false;
                for (int t = 0; t < _data._n; t++) moved |= !IsAbsent(t) && Descend(t, 0, Symbols, 1);
                if (!moved) return;
            }
        }

        /// <summary>Merges a label with another, and splits a third one with the name that it leaves.</summary>
        public void Rearrange(int kept, int freed, int split, RandomStream random)
        {
            var members = new List<int>();
            for (int t = 0; t < _data._n; t++)
            {
                if (IsAbsent(t)) continue;
                int to = Labels[t] == freed ? kept : Labels[t] == split && random.NextDouble() < 0.5 ? freed : Labels[t];
                if (Labels[t] == split) members.Add(t);
                if (to == Labels[t]) continue;
                Remove(t);
                Add(t, to);
            }
            (int first, int step) = (Math.Min(split, freed), Math.Abs(split - freed));
            for (int sweep = 0; sweep < SplitSweeps; sweep++)
            {
                foreach (int t in members)
                {
                    Remove(t);
                    double more = Score(t, freed) - Score(t, split);
                    Add(t, random.NextDouble() * (1 + Math.Exp(-more)) < 1 ? freed : split);
                }
            }
            for (bool moved = true; moved;)
            {
                moved = false;
                foreach (int t in members) moved |= Descend(t, first, first + step + 1, step);
            }
        }

        /// <summary>The two labels whose tuples have the most similar other labels: the largest cosine of the slices of the
        /// table.</summary>
        public (int Kept, int Freed) MostAlike()
        {
            var products = new double[Symbols * Symbols];
            foreach (int place in _places)
            {
                for (int rest = 0; rest < _counts.Length; rest++)
                {
                    // The cells whose label at this position is 0 stand for the labels at the others.
                    if (rest / place % Symbols != 0) continue;
                    for (int a = 0; a < Symbols; a++)
                    {
                        double count = _counts[rest + a * place];
                        if (count == 0) continue;
                        for (int b = 0; b <= a; b++) products[a * Symbols + b] += count * _counts[rest + b * place];
                    }
                }
            }
            (int, int) alike = (0, 1);
            double most = double.NegativeInfinity;
            for (int a = 1; a < Symbols; a++)
            {
                for (int b = 0; b < a; b++)
                {
                    double norms = products[a * Symbols + a] * products[b * Symbols + b];
                    // An unused label is as good as merged.
                    double cosine = norms > 0 ? products[a * Symbols + b] / Math.Sqrt(norms) : 2;
                    if (cosine > most) (most, alike) = (cosine, (b, a));
                }
            }
            return alike;
        }

        private bool IsAbsent(int t) => _data._start[t] == _data._start[t + 1];

        /// <summary>The best of some labels for a point; its own where none is better.</summary>
        private bool Descend(int t, int first, int end, int step)
        {
            int own = Labels[t], best = own;
            Remove(t);
            double most = Score(t, own) + 1e-9;
            for (int b = first; b < end; b += step)
            {
                if (b != own && Score(t, b) is var score && score > most) (most, best) = (score, b);
            }
            Add(t, best);
            return best != own;
        }

        private void Remove(int t)
        {
            int label = Labels[t], s = _data._s;
            for (int entry = _data._start[t]; entry < _data._start[t + 1]; entry++)
            {
                int g = _data._tuple[entry];
                _counts[_cell[g]]--;
                _cell[g] -= label * _weights[entry];
            }
            for (int i = 0; i < s; i++) _marginals[i * Symbols + label] -= _data._times[t * s + i];
        }

        private void Add(int t, int label)
        {
            int s = _data._s;
            for (int entry = _data._start[t]; entry < _data._start[t + 1]; entry++)
            {
                int g = _data._tuple[entry];
                _counts[_cell[g] += label * _weights[entry]]++;
            }
            for (int i = 0; i < s; i++) _marginals[i * Symbols + label] += _data._times[t * s + i];
            Labels[t] = label;
        }

        /// <summary>What the evidence gains when a point that was removed gets a label.</summary>
        private double Score(int t, int label)
        {
            int s = _data._s, start = _data._start[t], end = _data._start[t + 1];
            double sum = 0;
            for (int i = 0; i < s; i++)
            {
                int before = _marginals[i * Symbols + label];
                sum -= _data._entropy[before + _data._times[t * s + i]] - _data._entropy[before];
            }
            // Several tuples of the point may fall in one cell: each sees those before it.
            for (int entry = start; entry < end; entry++)
                sum += _logarithms.Single[_counts[_cell[_data._tuple[entry]] + label * _weights[entry]]++];
            for (int entry = start; entry < end; entry++) _counts[_cell[_data._tuple[entry]] + label * _weights[entry]]--;
            return sum;
        }
    }
}
