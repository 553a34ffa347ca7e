using System.Buffers;
using System.Globalization;
using System.Numerics.Tensors;
using Rhm.Levelwise.Counting;
using Rhm.Numerics;
using Rhm.Parallelism;

namespace Rhm.Levelwise;

/// <summary>Context vectors of the tuples of a level, and what they are worth.</summary>
/// <param name="Vectors">One row for each tuple.</param>
/// <param name="Dimension">Length of a row.</param>
/// <param name="Slots">Number of targets S.</param>
/// <param name="SignalToNoise">
/// rho, mean square of the true differences of context vectors from their mean over that of sampling noise, by analysis of variance:
/// sum over tuples of N |phi_hat - mean|^2 is (n-1)(1-|mean|^2)(1 + rho) on average (formula H, docs/formulas.md), so rho is about P/(2 H).
/// A sum over S targets raises signals by S and what noise varies by S^(1/2): with one target k-means is half of the way from chance near
/// rho = 1, and at 0.4 near rho = 1/2, with S of them at S^(1/2) times less.
/// </param>
internal sealed record Contexts(double[] Vectors, int Dimension, int Slots, double SignalToNoise)
{
    /// <summary>Makes them of the counts of a level.</summary>
    /// <exception cref="ArgumentException">The vectors do not fit in memory.</exception>
    public static Contexts Of(LevelCounts counts, CousinTargets cousins, int threads)
    {
        bool latent = counts.Targets.Slots == 0;
        int s = counts.Branching, n = counts.Tuples.Count, v = latent ? counts.Symbols : counts.Targets.Symbols;
        int slots = !latent ? counts.Targets.Slots
            : cousins switch { CousinTargets.All => s * (s - 1) * s, CousinTargets.Tuple => s, _ => 1 };
        int dimension = slots * v;
        double bytes = 8.0 * n * dimension, memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (bytes > memory / 3 || (long)n * dimension > Array.MaxLength)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                $"the context vectors of {n} tuples with {slots} targets of {v} symbols need {bytes / (1L << 30):0.0} GiB, and k-means "
                    + $"a copy, more than this machine's {memory / (1L << 30):0.0} GiB allow; use fewer targets"));
        }
        var vectors = new double[n * dimension];
        var builder = new Builder(counts, slots);
        ParallelLoop.Unordered(threads, builder.Blocks, blocks => builder.Write(blocks, vectors, dimension));
        return new Contexts(vectors, dimension, slots, builder.SignalToNoise);
    }

    /// <summary>Fills the slots one block of them at a time:
    /// those of a cousin position for latents, which one pass over the pairs fills, else single ones.</summary>
    private sealed class Builder
    {
        private readonly LevelCounts _counts;
        private readonly bool _isLatent;
        private readonly int _symbols, _together;

        // Where the s one-hot vectors of a tuple's elements have their ones.
        private readonly int[] _ones;
        private readonly double[] _scatter, _noise;

        public Builder(LevelCounts counts, int slots)
        {
            _counts = counts;
            _isLatent = counts.Targets.Slots == 0;
            int s = counts.Branching;
            _symbols = _isLatent ? counts.Symbols : counts.Targets.Symbols;
            _together = _isLatent ? Math.Min(s, slots) : 1;
            Blocks = slots / _together;
            _ones = new int[_isLatent ? counts.Tuples.Count * s : 0];
            for (int i = 0; i < _ones.Length; i++) _ones[i] = i % s * _symbols + counts.Tuples[i / s][i % s];
            (_scatter, _noise) = (new double[slots], new double[slots]);
        }

        public int Blocks { get; }

        /// <summary>Of all slots, once they are written.</summary>
        public double SignalToNoise
        {
            get
            {
                double signal = 0, expected = 0;
                for (int slot = 0; slot < _scatter.Length; slot++) (signal, expected) = (signal + _scatter[slot], expected + _noise[slot]);
                return expected > 0 ? signal / expected - 1 : 0;
            }
        }

        /// <summary>Writes some blocks of all context vectors.</summary>
        public void Write(SharedNumbers blocks, double[] vectors, int dimension)
        {
            int n = _counts.Tuples.Count, slotSize = _symbols * n, size = _together * slotSize;
            double[] sums = ArrayPool<double>.Shared.Rent(size), work = new double[4 * n];
            foreach (int block in blocks)
            {
                Span<double> all = sums.AsSpan(0, size);
                all.Clear();
                Fill(block, all);
                for (int k = 0; k < _together; k++) Normalise(block * _together + k, sums.AsSpan(k * slotSize, slotSize), work);
                int first = block * _together * _symbols;
                Transposition.Copy<double, double>(all, n, vectors.AsSpan(first), dimension, _together * _symbols, n);
            }
            ArrayPool<double>.Shared.Return(sums);
        }

        /// <summary>Counts of a block, [element and symbol][tuple]:
        /// whole numbers, so that the order of additions does not matter.</summary>
        private void Fill(int block, Span<double> sums)
        {
            int s = _counts.Branching, n = _counts.Tuples.Count, v = _symbols;
            if (!_isLatent)
            {
                for (int tuple = 0; tuple < n; tuple++)
                {
                    ReadOnlySpan<long> met = _counts.Targets.Of(tuple).Slice(block * v, v);
                    for (int z = 0; z < v; z++) sums[z * n + tuple] = met[z];
                }
                return;
            }
            int i = block / (s - 1), j = block % (s - 1);
            if (j >= i) j++;
            PairCounts pairs = _counts.Pairs(Math.Min(i, j), Math.Max(i, j));
            if (pairs.Table is { } table)
            {
                double[] times = ArrayPool<double>.Shared.Rent(n * n);
                if (i > j) TensorPrimitives.ConvertTruncating<int, double>(table, times);
                else Transposition.Copy<int, double>(table, n, times, n, n, n);
                for (int cousin = 0; cousin < n; cousin++)
                {
                    for (int k = 0; k < _together; k++)
                    {
                        Span<double> sum = sums.Slice(_ones[cousin * s + k] * n, n);
                        TensorPrimitives.Add(sum, times.AsSpan(cousin * n, n), sum);
                    }
                }
                ArrayPool<double>.Shared.Return(times);
                return;
            }
            (int[] tuples, int[] cousinTuples) = i < j ? (pairs.First, pairs.Second) : (pairs.Second, pairs.First);
            for (int entry = 0; entry < tuples.Length; entry++)
            {
                for (int k = 0; k < _together; k++) sums[_ones[cousinTuples[entry] * s + k] * n + tuples[entry]] += pairs.Counts[entry];
            }
        }

        /// <summary>Means of a slot. Sums that rounding can change run in one order, whatever the width of vectors.</summary>
        private void Normalise(int slot, Span<double> contexts, Span<double> work)
        {
            int n = _counts.Tuples.Count, v = _symbols;
            Span<double> totals = work[..n], divisors = work.Slice(n, n);
            Span<double> differences = work.Slice(2 * n, n), squares = work.Slice(3 * n, n);
            work.Clear();
            for (int z = 0; z < v; z++) TensorPrimitives.Add(totals, contexts.Slice(z * n, n), totals);
            TensorPrimitives.Max(totals, 1, divisors);
            double all = Math.Max(1, Reductions.Sum<double>(totals)), concentration = 0;
            int unseen = totals.Count(0.0);
            for (int z = 0; z < v; z++)
            {
                Span<double> context = contexts.Slice(z * n, n);
                double pooled = Reductions.Sum<double>(context) / all, mean = 0;
                concentration += pooled * pooled;
                TensorPrimitives.Divide(context, divisors, context);
                TensorPrimitives.Subtract(context, pooled, differences);
                TensorPrimitives.Multiply(differences, differences, differences);
                TensorPrimitives.Add(squares, differences, squares);
                if (unseen == 0) continue;
                foreach (double x in context) mean += x;
                for (int tuple = 0; tuple < n; tuple++)
                {
                    if (totals[tuple] == 0) context[tuple] = mean / Math.Max(1, n - unseen);
                }
            }
            for (int tuple = 0; tuple < n; tuple++) _scatter[slot] += totals[tuple] * squares[tuple];
            _noise[slot] = Math.Max(0, n - unseen - 1) * (1 - concentration);
        }
    }
}
