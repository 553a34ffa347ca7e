using System.Buffers;
using System.Numerics.Tensors;
using System.Runtime.Intrinsics;
using Rhm.Numerics;
using Rhm.Parallelism;
using Rhm.Randomness;

namespace Rhm.Clustering;

/// <summary>
/// k-means: Lloyd's iteration from greedy k-means++ starts (Arthur and Vassilvitskii 2007, with 2 + ln k candidates a step), the
/// best of many restarts. An empty cluster is refilled with the point farthest from its mean.
/// </summary>
/// <remarks>
/// Everything is written in inner products: with G = X X^T, |x_i - mu_c|^2 = G_ii - 2 S_ci / n_c + Q_c / n_c^2, where
/// S_ci = sum of G_ji over j in c and Q_c = sum of S_ci over i in c. For up to <see cref="LargestGram"/> points G is computed
/// once for all restarts (n^2 d operations) and a point that moves costs n additions, so an iteration costs n k plus n per move
/// instead of n d k. For more points S is recomputed from the means. Sums run in a fixed order, vectors only over independent
/// outputs: labels and inertia are those of <see cref="Reference"/>, bit by bit, at any SIMD width and thread count.
/// <para>Limited, with few points, by the chains of additions. A start costs k chains of n dependent additions of some three cycles (the
/// candidates of a step, and their draws, are summed side by side), an iteration about n k / 8 vector operations,
/// the first one n^2 / 8 more.</para>
/// </remarks>
public static partial class KMeans
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
    public static Partition Cluster(double[] points, int dimension, int clusters, int restarts, ulong seed, int threads = 1,
        int iterations = MaxIterations) =>
        Cluster(points, dimension, clusters, restarts, seed, threads, iterations, LargestGram);

    /// <summary>With another limit to the points whose inner products are kept.</summary>
    internal static Partition Cluster(double[] points, int dimension, int clusters, int restarts, ulong seed, int threads, int iterations,
        int largestGram)
    {
        ArgumentNullException.ThrowIfNull(points);
        if (dimension < 1 || points.Length % dimension != 0)
            throw new ArgumentException($"{points.Length} numbers are not rows of dimension {dimension}");
        if (clusters < 1) throw new ArgumentException($"number of clusters {clusters} must be at least 1");
        if (iterations < 1) throw new ArgumentException($"number of iterations {iterations} must be at least 1");
        if (restarts < 1) throw new ArgumentException($"number of restarts {restarts} must be at least 1");
        int n = points.Length / dimension;
        if (n <= clusters) return new Partition([.. Enumerable.Range(0, n)], 0);

        var data = new InnerProducts(points, dimension, largestGram);
        var results = new Partition[restarts];
        if (data.HasGram)
        {
            ParallelLoop.Unordered(threads, (n + InnerProducts.RowsAtOnce - 1) / InnerProducts.RowsAtOnce, blocks =>
            {
                foreach (long block in blocks) data.KeepRows((int)block * InnerProducts.RowsAtOnce);
            });
        }
        ParallelLoop.Unordered(threads, restarts, starts =>
        {
            var run = new Run(data, clusters, iterations);
            foreach (long start in starts) results[start] = run.Once(StreamOffsets.Restarts.Open(seed, (ulong)start));
        });
        data.Return();
        return results.MinBy(result => result.Inertia)!;
    }

    /// <summary>The points, seen through their inner products.
    /// Rows and columns are padded by zeros to a multiple of <see cref="Padding"/>.</summary>
    private sealed class InnerProducts
    {
        /// <summary>Two vectors of 512 bits.</summary>
        public const int Padding = 16;

        /// <summary>Rows of inner products that are computed together, so that each column is read once for all of them.</summary>
        public const int RowsAtOnce = 4;

        private readonly double[] _transposed;
        private readonly double[]? _gram;

        public InnerProducts(double[] points, int dimension, int largestGram)
        {
            Dimension = dimension;
            Count = points.Length / dimension;
            Stride = (Count + Padding - 1) / Padding * Padding;
            _transposed = ArrayPool<double>.Shared.Rent(Stride * dimension);
            for (int a = 0; a < dimension; a++) _transposed.AsSpan(a * Stride + Count, Stride - Count).Clear();
            Transposition.Copy<double, double>(points, dimension, _transposed, Stride, Count, dimension);
            SquaredNorms = new double[Stride];
            for (int a = 0; a < dimension; a++) TensorPrimitives.MultiplyAdd(Column(a), Column(a), SquaredNorms, SquaredNorms);
            if (Count <= largestGram) _gram = ArrayPool<double>.Shared.Rent(Count * Stride);
        }

        /// <summary>Gives the large arrays back:
        /// new ones would make the garbage collector look at everything that the program holds.</summary>
        public void Return()
        {
            ArrayPool<double>.Shared.Return(_transposed);
            if (_gram is not null) ArrayPool<double>.Shared.Return(_gram);
        }

        public int Count { get; }

        public int Stride { get; }

        public int Dimension { get; }

        public double[] SquaredNorms { get; }

        public bool HasGram => _gram is not null;

        public ReadOnlySpan<double> Column(int a) => _transposed.AsSpan(a * Stride, Stride);

        /// <summary>Inner products of point i with all points, where they are kept.</summary>
        public ReadOnlySpan<double> Row(int i) => _gram.AsSpan(i * Stride, Stride);

        /// <summary>Computes rows i .. i + 3 of the matrix that is kept, 16 columns at a time in registers.</summary>
        public unsafe void KeepRows(int i)
        {
            int rows = Math.Min(RowsAtOnce, Count - i);
            fixed (double* columns = _transposed, gram = _gram)
            {
                for (int j = 0; j < Stride; j += Padding)
                {
                    Vector512<double> a0 = default, a1 = default, b0 = default, b1 = default;
                    Vector512<double> c0 = default, c1 = default, d0 = default, d1 = default;
                    int second = Math.Min(1, rows - 1), third = Math.Min(2, rows - 1), fourth = rows - 1;
                    double* column = columns;
                    for (int a = 0; a < Dimension; a++, column += Stride)
                    {
                        Vector512<double> x0 = Vector512.Load(column + j), x1 = Vector512.Load(column + j + 8);
                        Vector512<double> y = Vector512.Create(column[i]);
                        a0 += x0 * y;
                        a1 += x1 * y;
                        y = Vector512.Create(column[i + second]);
                        b0 += x0 * y;
                        b1 += x1 * y;
                        y = Vector512.Create(column[i + third]);
                        c0 += x0 * y;
                        c1 += x1 * y;
                        y = Vector512.Create(column[i + fourth]);
                        d0 += x0 * y;
                        d1 += x1 * y;
                    }
                    double* row = gram + (long)i * Stride + j;
                    a0.Store(row);
                    a1.Store(row + 8);
                    b0.Store(row + second * Stride);
                    b1.Store(row + second * Stride + 8);
                    c0.Store(row + third * Stride);
                    c1.Store(row + third * Stride + 8);
                    d0.Store(row + fourth * Stride);
                    d1.Store(row + fourth * Stride + 8);
                }
            }
        }

        /// <summary>Inner products of several points with all points, reading each column once.</summary>
        public void ComputeRows(ReadOnlySpan<int> points, Span<double> rows)
        {
            rows.Clear();
            for (int begin = 0; begin < Stride; begin += PointsAtOnce)
            {
                for (int a = 0; a < Dimension; a++)
                {
                    ReadOnlySpan<double> column = Column(a);
                    ReadOnlySpan<double> part = column.Slice(begin, Math.Min(PointsAtOnce, Stride - begin));
                    for (int p = 0; p < points.Length; p++)
                    {
                        double x = column[points[p]];
                        Span<double> row = rows.Slice(p * Stride + begin, part.Length);
                        if (x != 0) TensorPrimitives.MultiplyAdd(part, x, row, row);
                    }
                }
            }
        }
    }

    /// <summary>Working memory of one thread.</summary>
    private sealed class Run
    {
        private const int Padding = InnerProducts.Padding;

        private readonly InnerProducts _data;
        private readonly int _k, _iterations, _n, _stride, _trials;

        // [cluster][point]: S_ci; a starting point is a cluster of one.
        private readonly double[] _sums;

        // What a cluster's |x_i - mu_c|^2 - |x_i|^2 is made of: S_ci times -2 / n_c plus Q_c / n_c^2.
        private readonly double[] _scales, _constants;
        private readonly int[] _sizes;

        // [candidate][point]: inner products, and distances to the nearest start if the candidate were one.
        private readonly double[] _rows, _candidates;
        private readonly double[] _distances, _best, _potentials, _targets;
        private readonly int[] _drawn, _labels, _newLabels;

        public Run(InnerProducts data, int k, int iterations)
        {
            (_data, _k, _iterations, _n, _stride) = (data, k, iterations, data.Count, data.Stride);
            _trials = 2 + (int)Math.Log(k);
            _sums = new double[k * _stride];
            (_scales, _constants, _sizes) = (new double[k], new double[k], new int[k]);
            _rows = data.HasGram ? [] : new double[_trials * _stride];
            _candidates = new double[_trials * _stride];
            (_distances, _best) = (new double[_stride], new double[_stride]);
            (_potentials, _targets, _drawn) = (new double[_trials], new double[(_trials + 3) / 4 * 4], new int[_trials]);
            (_labels, _newLabels) = (new int[_stride], new int[_stride]);
        }

        public Partition Once(RandomStream random)
        {
            ChooseStarts(random);
            Assign();
            RefillEmpty();
            _newLabels.CopyTo(_labels, 0);
            SumClusters();
            for (int iteration = 0; iteration < _iterations; iteration++)
            {
                SetMeans();
                Assign();
                RefillEmpty();
                if (!Move()) break;
            }
            double inertia = SumInOrder(_data.SquaredNorms);
            WithinClusters();
            for (int c = 0; c < _k; c++) inertia -= _constants[c] / _sizes[c];
            return new Partition(_labels[.._n], Math.Max(0, inertia));
        }

        private Span<double> Sum(int c) => _sums.AsSpan(c * _stride, _stride);

        private ReadOnlySpan<double> RowOf(int trial) => _data.HasGram ? _data.Row(_drawn[trial]) : _rows.AsSpan(trial * _stride, _stride);

        /// <summary>Leaves in the sums the k starting points, as clusters of one point each.</summary>
        private void ChooseStarts(RandomStream random)
        {
            _drawn[0] = (int)random.NextBelow((ulong)_n);
            Array.Fill(_distances, double.PositiveInfinity, 0, _n);
            double total = Consider(1);
            StartAt(0, 0);
            for (int c = 1; c < _k; c++)
            {
                Draw(random, total);
                total = Consider(_trials);
                int best = Array.IndexOf(_potentials, total);
                StartAt(c, best);
            }
        }

        /// <summary>Candidates for the next start, each point with a probability that grows with its distance to the nearest one.</summary>
        private void Draw(RandomStream random, double total)
        {
            for (int trial = 0; trial < _trials; trial++)
            {
                _targets[trial] = random.NextDouble() * total;
                if (total == 0) _drawn[trial] = (int)random.NextBelow((ulong)_n);
            }
            for (int first = 0; first < _trials && total != 0; first += 4)
            {
                // A target passes below zero at the point that is drawn: its number is that of the points before.
                Vector256<double> targets = Vector256.Create(_targets.AsSpan(first));
                Vector256<long> before = default;
                for (int i = 0; i < _n; i++)
                {
                    targets -= Vector256.Create(_distances[i]);
                    before -= Vector256.GreaterThanOrEqual(targets, Vector256<double>.Zero).AsInt64();
                }
                for (int t = 0; t < 4 && first + t < _trials; t++) _drawn[first + t] = (int)Math.Min(before[t], _n - 1);
            }
        }

        /// <summary>The distances to the nearest start if each of the points drawn were the next, and their sums;
        /// answers the lowest.</summary>
        private double Consider(int trials)
        {
            if (!_data.HasGram) _data.ComputeRows(_drawn.AsSpan(0, trials), _rows.AsSpan(0, trials * _stride));
            for (int trial = 0; trial < trials; trial++)
            {
                ReadOnlySpan<double> row = RowOf(trial), norms = _data.SquaredNorms;
                Span<double> candidate = _candidates.AsSpan(trial * _stride, _stride);
                Vector512<double> norm = Vector512.Create(norms[_drawn[trial]]);
                for (int i = 0; i < _stride; i += 8)
                {
                    Vector512<double> distance = Vector512.Create(norms[i..]) - 2 * Vector512.Create(row[i..]) + norm;
                    distance = Vector512.ConditionalSelect(Vector512.GreaterThan(distance, Vector512<double>.Zero), distance,
                        Vector512<double>.Zero);
                    Vector512<double> nearest = Vector512.Create(_distances.AsSpan(i));
                    Vector512.ConditionalSelect(Vector512.LessThan(distance, nearest), distance, nearest).CopyTo(candidate[i..]);
                }
            }
            int t = 0;
            for (; t + 4 <= trials; t += 4)
            {
                ReadOnlySpan<double> a = Candidate(t), b = Candidate(t + 1), c = Candidate(t + 2), d = Candidate(t + 3);
                double p = 0, q = 0, r = 0, s = 0;
                for (int i = 0; i < a.Length; i++)
                {
                    p += a[i];
                    q += b[i];
                    r += c[i];
                    s += d[i];
                }
                (_potentials[t], _potentials[t + 1], _potentials[t + 2], _potentials[t + 3]) = (p, q, r, s);
            }
            for (; t < trials; t++) _potentials[t] = SumInOrder(Candidate(t));
            return TensorPrimitives.Min<double>(_potentials.AsSpan(0, trials));
        }

        private ReadOnlySpan<double> Candidate(int trial) => _candidates.AsSpan(trial * _stride, _n);

        private void StartAt(int c, int trial)
        {
            Candidate(trial).CopyTo(_distances);
            RowOf(trial).CopyTo(Sum(c));
            (_sizes[c], _scales[c], _constants[c]) = (1, -2, _data.SquaredNorms[_drawn[trial]]);
        }

        private static double SumInOrder(ReadOnlySpan<double> values)
        {
            double sum = 0;
            foreach (double value in values) sum += value;
            return sum;
        }

        /// <summary>Q_c of every cluster, in the place of its constant.</summary>
        private void WithinClusters()
        {
            Array.Clear(_constants);
            for (int i = 0; i < _n; i++) _constants[_labels[i]] += _sums[_labels[i] * _stride + i];
        }

        private void SetMeans()
        {
            WithinClusters();
            for (int c = 0; c < _k; c++) (_scales[c], _constants[c]) = (-2.0 / _sizes[c], _constants[c] / ((double)_sizes[c] * _sizes[c]));
        }

        /// <summary>The nearest mean of each point; the first among equals. Distances are kept without the term |x_i|^2.</summary>
        private unsafe void Assign()
        {
            fixed (double* sums = _sums, bests = _best)
            fixed (int* labels = _newLabels)
            {
                for (int i = 0; i < _stride; i += Padding)
                {
                    Vector512<double> best0 = Vector512.Create(double.PositiveInfinity), best1 = best0;
                    Vector512<long> label0 = default, label1 = default;
                    double* sum = sums + i;
                    for (int c = 0; c < _k; c++, sum += _stride)
                    {
                        Vector512<double> scale = Vector512.Create(_scales[c]), constant = Vector512.Create(_constants[c]);
                        Vector512<double> distance0 = Vector512.Load(sum) * scale + constant,
                            distance1 = Vector512.Load(sum + 8) * scale + constant;
                        Vector512<double> closer0 = Vector512.LessThan(distance0, best0), closer1 = Vector512.LessThan(distance1, best1);
                        best0 = Vector512.ConditionalSelect(closer0, distance0, best0);
                        best1 = Vector512.ConditionalSelect(closer1, distance1, best1);
                        label0 = Vector512.ConditionalSelect(closer0.AsInt64(), Vector512.Create((long)c), label0);
                        label1 = Vector512.ConditionalSelect(closer1.AsInt64(), Vector512.Create((long)c), label1);
                    }
                    best0.Store(bests + i);
                    best1.Store(bests + i + 8);
                    Vector512.Narrow(label0, label1).Store(labels + i);
                }
            }
        }

        private void RefillEmpty()
        {
            Span<int> counts = _k <= 1024 ? stackalloc int[_k] : new int[_k];
            counts.Clear();
            Span<int> labels = _newLabels.AsSpan(0, _n);
            foreach (int label in labels) counts[label]++;
            for (int c = 0; c < _k; c++)
            {
                if (counts[c] > 0) continue;
                int farthest = -1;
                double most = double.NegativeInfinity;
                for (int i = 0; i < _n; i++)
                {
                    double distance = _data.SquaredNorms[i] + _best[i];
                    if (counts[labels[i]] > 1 && distance > most) (most, farthest) = (distance, i);
                }
                counts[labels[farthest]]--;
                labels[farthest] = c;
                counts[c] = 1;
                _best[farthest] = -_data.SquaredNorms[farthest];
            }
        }

        private void SumClusters()
        {
            Array.Clear(_sizes);
            for (int i = 0; i < _n; i++) _sizes[_labels[i]]++;
            if (!_data.HasGram)
            {
                SumFromMeans();
                return;
            }
            Array.Clear(_sums);
            for (int i = 0; i < _n; i++) TensorPrimitives.Add(Sum(_labels[i]), _data.Row(i), Sum(_labels[i]));
        }

        /// <summary>S_ci = inner product of the sum of cluster c with point i, one dimension after the other, for some points at a time,
        /// which then stay in the cache.</summary>
        private void SumFromMeans()
        {
            Array.Clear(_sums);
            var totals = new double[_data.Dimension * _k];
            for (int a = 0; a < _data.Dimension; a++)
            {
                ReadOnlySpan<double> column = _data.Column(a);
                Span<double> total = totals.AsSpan(a * _k, _k);
                for (int i = 0; i < _n; i++) total[_labels[i]] += column[i];
            }
            for (int begin = 0; begin < _n; begin += PointsAtOnce)
            {
                int length = Math.Min(PointsAtOnce, _n - begin);
                for (int c = 0; c < _k; c++)
                {
                    Span<double> sum = Sum(c).Slice(begin, length);
                    for (int a = 0; a < _data.Dimension; a++)
                    {
                        double total = totals[a * _k + c];
                        if (total != 0) TensorPrimitives.MultiplyAdd(_data.Column(a).Slice(begin, length), total, sum, sum);
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
                if (!_data.HasGram) continue;
                TensorPrimitives.Subtract(Sum(from), _data.Row(i), Sum(from));
                TensorPrimitives.Add(Sum(to), _data.Row(i), Sum(to));
            }
            if (moved && !_data.HasGram) SumFromMeans();
            return moved;
        }
    }
}
