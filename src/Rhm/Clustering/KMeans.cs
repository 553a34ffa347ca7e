using System.Numerics;
using System.Numerics.Tensors;
using Rhm.Sampling;

namespace Rhm.Clustering;

/// <summary>A partition of n points in k clusters.</summary>
/// <param name="Labels">Cluster of each point, 0..k-1.</param>
/// <param name="Inertia">Sum of squared distances of the points to the mean of their cluster.</param>
public sealed record Partition(int[] Labels, double Inertia);

/// <summary>
/// k-means: Lloyd's iteration from greedy k-means++ starts (Arthur and Vassilvitskii 2007, with 2 + ln k candidates a step), the
/// best of many restarts. An empty cluster is refilled with the point farthest from its mean.
/// </summary>
/// <remarks>
/// Everything is written in inner products: with G = X X^T, |x_i - mu_c|^2 = G_ii - 2 S_ci / n_c + Q_c / n_c^2, where
/// S_ci = sum of G_ji over j in c and Q_c = sum of S_ci over i in c. For up to <see cref="LargestGram"/> points G is computed
/// once for all restarts (n^2 d operations) and a point that moves costs n additions, so an iteration costs n k plus n per move
/// instead of n d k. For more points S is recomputed from the means. Sums run in a fixed order, vectors only over independent
/// outputs: labels are the same bits at any SIMD width and thread count.
/// </remarks>
public static class KMeans
{
    /// <summary>Up to this many points the matrix of inner products is kept (128 MiB at most).</summary>
    public const int LargestGram = 4096;

    private const int MaxIterations = 300;

    private const int PointsAtOnce = 512;

    /// <summary>Clusters the points.</summary>
    /// <param name="points">n x d, row by row.</param>
    /// <param name="dimension">d, at least 1.</param>
    /// <param name="clusters">k; when there are fewer points than clusters, every point is its own cluster.</param>
    /// <param name="restarts">Independent starts, at least 1; the lowest inertia wins, the first among equals.</param>
    /// <param name="seed">Restart r uses block r of the seed's clustering stream.</param>
    /// <param name="threads">Restarts are shared among this many threads; the result does not depend on it.</param>
    /// <param name="iterations">A run ends after so many iterations of Lloyd's at the latest.</param>
    /// <exception cref="ArgumentException">A size is not positive, or the points do not fill whole rows.</exception>
    public static Partition Cluster(double[] points, int dimension, int clusters, int restarts, ulong seed, int threads = 1, int iterations = MaxIterations)
    {
        ArgumentNullException.ThrowIfNull(points);
        if (dimension < 1 || points.Length % dimension != 0)
            throw new ArgumentException($"{points.Length} numbers are not rows of dimension {dimension}");
        if (clusters < 1) throw new ArgumentException($"number of clusters {clusters} must be at least 1");
        if (iterations < 1) throw new ArgumentException($"number of iterations {iterations} must be at least 1");
        if (restarts < 1) throw new ArgumentException($"number of restarts {restarts} must be at least 1");
        int n = points.Length / dimension;
        if (n <= clusters) return new Partition([.. Enumerable.Range(0, n)], 0);

        var data = new InnerProducts(points, dimension);
        var results = new Partition[restarts];
        int next = 0, nextRow = 0, working = Math.Min(threads, restarts);
        using var allRows = new Barrier(working);
        StringSources.RunOnThreads(working, () =>
        {
            if (data.HasGram)
            {
                for (int i = Interlocked.Increment(ref nextRow) - 1; i < n; i = Interlocked.Increment(ref nextRow) - 1) data.KeepRow(i);
            }
            allRows.SignalAndWait();
            var run = new Run(data, clusters, iterations);
            for (int r = Interlocked.Increment(ref next) - 1; r < restarts; r = Interlocked.Increment(ref next) - 1)
                results[r] = run.Once(new RandomStream(seed, RandomPurpose.Clustering, (ulong)r));
        });
        return results.MinBy(result => result.Inertia)!;
    }

    /// <summary>The points, seen through their inner products.</summary>
    private sealed class InnerProducts
    {
        private readonly double[] _transposed;
        private readonly double[]? _gram;

        public InnerProducts(double[] points, int dimension)
        {
            Dimension = dimension;
            Count = points.Length / dimension;
            _transposed = new double[points.Length];
            for (int i = 0; i < Count; i++)
            {
                for (int a = 0; a < dimension; a++) _transposed[a * Count + i] = points[i * dimension + a];
            }
            SquaredNorms = new double[Count];
            for (int a = 0; a < dimension; a++)
            {
                ReadOnlySpan<double> column = Column(a);
                TensorPrimitives.MultiplyAdd(column, column, SquaredNorms, SquaredNorms);
            }
            if (Count > LargestGram) return;
            _gram = new double[Count * Count];
        }

        public int Count { get; }

        public int Dimension { get; }

        public double[] SquaredNorms { get; }

        public bool HasGram => _gram is not null;

        public ReadOnlySpan<double> Column(int a) => _transposed.AsSpan(a * Count, Count);

        /// <summary>Computes row i of the matrix that is kept.</summary>
        public void KeepRow(int i) => ComputeRow(i, _gram.AsSpan(i * Count, Count));

        /// <summary>Inner products of point i with all points.</summary>
        public ReadOnlySpan<double> Row(int i, Span<double> buffer)
        {
            if (_gram is not null) return _gram.AsSpan(i * Count, Count);
            ComputeRow(i, buffer);
            return buffer;
        }

        /// <summary>The same for several points, reading each column once.</summary>
        public void ComputeRows(int[] points, Span<double> rows)
        {
            rows.Clear();
            for (int begin = 0; begin < Count; begin += PointsAtOnce)
            {
                for (int a = 0; a < Dimension; a++)
                {
                    ReadOnlySpan<double> column = Column(a);
                    ReadOnlySpan<double> part = column.Slice(begin, Math.Min(PointsAtOnce, Count - begin));
                    for (int p = 0; p < points.Length; p++)
                    {
                        double x = column[points[p]];
                        Span<double> row = rows.Slice(p * Count + begin, part.Length);
                        if (x != 0) TensorPrimitives.MultiplyAdd(part, x, row, row);
                    }
                }
            }
        }

        private void ComputeRow(int i, Span<double> row)
        {
            row.Clear();
            for (int a = 0; a < Dimension; a++)
            {
                double x = _transposed[a * Count + i];
                if (x != 0) TensorPrimitives.MultiplyAdd(Column(a), x, row, row);
            }
        }
    }

    /// <summary>Working memory of one thread.</summary>
    private sealed class Run(InnerProducts data, int k, int iterations)
    {
        private readonly int _n = data.Count;
        private readonly double[] _sums = new double[k * data.Count];
        private readonly double[] _distances = new double[data.Count];
        private readonly double[] _candidate = new double[data.Count];
        private readonly double[] _best = new double[data.Count];
        private readonly double[] _row = new double[data.Count];
        private readonly int[] _labels = new int[data.Count];
        private readonly int[] _newLabels = new int[data.Count];
        private readonly int[] _sizes = new int[k];

        public Partition Once(RandomStream random)
        {
            Span<double> sums = _sums;
            ChooseStarts(random);
            Assign(_newLabels);
            RefillEmpty(_newLabels);
            _newLabels.CopyTo(_labels, 0);
            SumClusters();
            for (int iteration = 0; iteration < iterations; iteration++)
            {
                for (int c = 0; c < k; c++) SetScores(c);
                Assign(_newLabels);
                RefillEmpty(_newLabels);
                if (!Move()) break;
            }
            double inertia = TensorPrimitives.Sum<double>(data.SquaredNorms);
            for (int c = 0; c < k; c++) inertia -= Within(c) / _sizes[c];
            return new Partition((int[])_labels.Clone(), Math.Max(0, inertia));

            void SetScores(int c) => _constants[c] = Within(c) / ((double)_sizes[c] * _sizes[c]);
        }

        private readonly double[] _constants = new double[k];

        private Span<double> Sum(int c) => _sums.AsSpan(c * _n, _n);

        /// <summary>Q_c.</summary>
        private double Within(int c)
        {
            ReadOnlySpan<double> sum = Sum(c);
            double total = 0;
            for (int i = 0; i < _n; i++)
            {
                if (_labels[i] == c) total += sum[i];
            }
            return total;
        }

        /// <summary>Leaves in the sums the k starting points, as clusters of one point each.</summary>
        private void ChooseStarts(RandomStream random)
        {
            int trials = 2 + (int)Math.Log(k);
            int first = (int)random.NextBelow((ulong)_n);
            double[] rows = data.HasGram ? [] : new double[trials * _n];
            DistancesTo(first, data.Row(first, _row), _distances);
            StartAt(0, first);
            for (int c = 1; c < k; c++)
            {
                double total = SumInOrder(_distances);
                double bestPotential = double.PositiveInfinity;
                int bestPoint = -1;
                var drawn = new int[trials];
                for (int trial = 0; trial < trials; trial++) drawn[trial] = DrawByDistance(random, total);
                if (!data.HasGram) data.ComputeRows(drawn, rows);
                for (int trial = 0; trial < trials; trial++)
                {
                    int point = drawn[trial];
                    DistancesTo(point, data.HasGram ? data.Row(point, _row) : rows.AsSpan(trial * _n, _n), _candidate);
                    TensorPrimitives.Min(_distances, _candidate, _candidate);
                    double potential = SumInOrder(_candidate);
                    if (potential >= bestPotential) continue;
                    (bestPotential, bestPoint) = (potential, point);
                    _candidate.CopyTo(_best, 0);
                }
                _best.CopyTo(_distances, 0);
                StartAt(c, bestPoint);
            }
        }

        private void StartAt(int c, int point)
        {
            data.Row(point, _row).CopyTo(Sum(c));
            _constants[c] = data.SquaredNorms[point];
            _sizes[c] = 1;
        }

        private void DistancesTo(int point, ReadOnlySpan<double> row, Span<double> distances)
        {
            double norm = data.SquaredNorms[point];
            for (int i = 0; i < _n; i++) distances[i] = Math.Max(0, data.SquaredNorms[i] - 2 * row[i] + norm);
        }

        private static double SumInOrder(ReadOnlySpan<double> values)
        {
            double sum = 0;
            foreach (double value in values) sum += value;
            return sum;
        }

        private int DrawByDistance(RandomStream random, double total)
        {
            double target = random.NextDouble() * total;
            for (int i = 0; i < _n; i++)
            {
                target -= _distances[i];
                if (target < 0) return i;
            }
            return (int)random.NextBelow((ulong)_n);
        }

        /// <summary>The nearest mean of each point; the first among equals. Distances are kept without the term |x_i|^2.</summary>
        private void Assign(Span<int> labels)
        {
            labels.Clear();
            Span<double> best = _best;
            int width = Vector<double>.Count;
            for (int c = 0; c < k; c++)
            {
                ReadOnlySpan<double> sum = Sum(c);
                double scale = -2.0 / _sizes[c], constant = _constants[c];
                int i = 0;
                for (; i <= _n - width; i += width)
                {
                    Vector<double> distance = new Vector<double>(sum[i..]) * scale + new Vector<double>(constant);
                    if (c > 0 && !Vector.LessThanAny(distance, new Vector<double>(best[i..]))) continue;
                    for (int j = i; j < i + width; j++) Compare(j, c, sum[j] * scale + constant, best, labels);
                }
                for (; i < _n; i++) Compare(i, c, sum[i] * scale + constant, best, labels);
            }

            static void Compare(int i, int c, double distance, Span<double> best, Span<int> labels)
            {
                if (c > 0 && distance >= best[i]) return;
                best[i] = distance;
                labels[i] = c;
            }
        }

        private void RefillEmpty(Span<int> labels)
        {
            Span<int> counts = stackalloc int[k <= 1024 ? k : 0];
            if (k > 1024) counts = new int[k];
            counts.Clear();
            foreach (int label in labels) counts[label]++;
            for (int c = 0; c < k; c++)
            {
                if (counts[c] > 0) continue;
                int farthest = -1;
                double most = double.NegativeInfinity;
                for (int i = 0; i < _n; i++)
                {
                    double distance = data.SquaredNorms[i] + _best[i];
                    if (counts[labels[i]] > 1 && distance > most) (most, farthest) = (distance, i);
                }
                counts[labels[farthest]]--;
                labels[farthest] = c;
                counts[c] = 1;
                _best[farthest] = -data.SquaredNorms[farthest];
            }
        }

        private void SumClusters()
        {
            Array.Clear(_sizes);
            foreach (int label in _labels) _sizes[label]++;
            if (!data.HasGram)
            {
                SumFromMeans();
                return;
            }
            Array.Clear(_sums);
            for (int i = 0; i < _n; i++)
            {
                Span<double> sum = Sum(_labels[i]);
                TensorPrimitives.Add(sum, data.Row(i, _row), sum);
            }
        }

        /// <summary>S_ci = inner product of the sum of cluster c with point i, one dimension after the other, for some points at a time,
        /// which then stay in the cache.</summary>
        private void SumFromMeans()
        {
            Array.Clear(_sums);
            var totals = new double[data.Dimension * k];
            for (int a = 0; a < data.Dimension; a++)
            {
                ReadOnlySpan<double> column = data.Column(a);
                Span<double> total = totals.AsSpan(a * k, k);
                for (int i = 0; i < _n; i++) total[_labels[i]] += column[i];
            }
            for (int begin = 0; begin < _n; begin += PointsAtOnce)
            {
                int length = Math.Min(PointsAtOnce, _n - begin);
                for (int c = 0; c < k; c++)
                {
                    Span<double> sum = Sum(c).Slice(begin, length);
                    for (int a = 0; a < data.Dimension; a++)
                    {
                        double total = totals[a * k + c];
                        if (total != 0) TensorPrimitives.MultiplyAdd(data.Column(a).Slice(begin, length), total, sum, sum);
                    }
                }
            }
        }

        /// <summary>Takes over the new labels; answers whether any changed.</summary>
        private bool Move()
        {
            bool moved = false;
            for (int i = 0; i < _n; i++)
            {
                int from = _labels[i], to = _newLabels[i];
                if (from == to) continue;
                moved = true;
                _labels[i] = to;
                _sizes[from]--;
                _sizes[to]++;
                if (!data.HasGram) continue;
                ReadOnlySpan<double> row = data.Row(i, _row);
                TensorPrimitives.Subtract(Sum(from), row, Sum(from));
                TensorPrimitives.Add(Sum(to), row, Sum(to));
            }
            if (moved && !data.HasGram) SumFromMeans();
            return moved;
        }
    }
}
