using Rhm.Randomness;

namespace Rhm.Clustering;

public static partial class KMeans
{
    /// <summary>
    /// The reference: the definition of every bit of k-means here, one number after the other. Each product is rounded before it is
    /// added, and every sum runs in ascending order of what it sums over.
    /// </summary>
    internal static class Reference
    {
        /// <summary>As <c>KMeans.Cluster</c>, for more points than clusters.</summary>
        /// <param name="points">n x d, row by row.</param>
        /// <param name="d">Dimension.</param>
        /// <param name="k">Clusters.</param>
        /// <param name="restarts">Starts.</param>
        /// <param name="seed">Restart r uses block r.</param>
        /// <param name="iterations">At most so many.</param>
        /// <param name="largestGram">Above so many points, sums of inner products are formed anew from the sums of the clusters.</param>
        public static Partition Cluster(double[] points, int d, int k, int restarts, ulong seed, int iterations = MaxIterations,
            int largestGram = LargestGram)
        {
            int n = points.Length / d;
            var gram = new double[n, n];
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j < n; j++)
                {
                    for (int a = 0; a < d; a++) gram[i, j] += points[i * d + a] * points[j * d + a];
                }
            }
            Partition? best = null;
            for (int r = 0; r < restarts; r++)
            {
                Partition found = Once(points, d, gram, k, StreamOffsets.Restarts.Open(seed, (ulong)r), iterations, n <= largestGram);
                if (best is null || found.Inertia < best.Inertia) best = found;
            }
            return best!;
        }

        private static Partition Once(double[] points, int d, double[,] gram, int k, RandomStream random, int iterations, bool incremental)
        {
            int n = gram.GetLength(0);
            int[] starts = Starts(gram, k, random);
            var sums = new double[k, n];
            var sizes = new int[k];
            for (int c = 0; c < k; c++)
            {
                sizes[c] = 1;
                for (int i = 0; i < n; i++) sums[c, i] = gram[starts[c], i];
            }
            int[] labels = Nearest(gram, sums, sizes, [.. starts.Select(start => gram[start, start])]);
            Array.Clear(sizes);
            foreach (int label in labels) sizes[label]++;
            Array.Clear(sums);
            if (!incremental) sums = FromMeans(points, d, labels, k);
            for (int i = 0; i < n && incremental; i++)
            {
                for (int j = 0; j < n; j++) sums[labels[i], j] += gram[i, j];
            }
            double[] within = Within(sums, labels);
            for (int iteration = 0; iteration < iterations; iteration++)
            {
                int[] next = Nearest(gram, sums, sizes, [.. within.Select((q, c) => q / ((double)sizes[c] * sizes[c]))]);
                bool moved = false;
                for (int i = 0; i < n; i++)
                {
                    if (next[i] == labels[i]) continue;
                    moved = true;
                    sizes[labels[i]]--;
                    sizes[next[i]]++;
                    for (int j = 0; j < n && incremental; j++)
                    {
                        sums[labels[i], j] -= gram[i, j];
                        sums[next[i], j] += gram[i, j];
                    }
                }
                labels = next;
                if (!incremental) sums = FromMeans(points, d, labels, k);
                within = Within(sums, labels);
                if (!moved) break;
            }
            double inertia = 0;
            for (int i = 0; i < n; i++) inertia += gram[i, i];
            for (int c = 0; c < k; c++) inertia -= within[c] / sizes[c];
            return new Partition(labels, Math.Max(0, inertia));
        }

        private static int[] Starts(double[,] gram, int k, RandomStream random)
        {
            int n = gram.GetLength(0);
            var starts = new int[k];
            double[] distances = [.. Enumerable.Repeat(double.PositiveInfinity, n)];
            for (int c = 0; c < k; c++)
            {
                double total = c == 0 ? 0 : Total(distances), lowest = double.PositiveInfinity;
                double[] best = distances;
                for (int trial = 0; trial < (c == 0 ? 1 : 2 + (int)Math.Log(k)); trial++)
                {
                    int point = c == 0 ? (int)random.NextBelow((ulong)n) : Draw(distances, total, random);
                    double[] candidate = [.. distances.Select((distance, i) =>
                        Math.Min(distance, Math.Max(0, gram[i, i] - 2 * gram[point, i] + gram[point, point])))];
                    double potential = Total(candidate);
                    if (potential >= lowest) continue;
                    (lowest, best, starts[c]) = (potential, candidate, point);
                }
                distances = best;
            }
            return starts;
        }

        /// <summary>The point at which the running total of distances passes a random part of the whole; any where all are 0.</summary>
        private static int Draw(double[] distances, double total, RandomStream random)
        {
            double target = random.NextDouble() * total;
            if (total == 0) return (int)random.NextBelow((ulong)distances.Length);
            for (int i = 0; i < distances.Length; i++)
            {
                target -= distances[i];
                if (target < 0) return i;
            }
            return distances.Length - 1;
        }

        private static double Total(double[] values)
        {
            double sum = 0;
            foreach (double value in values) sum += value;
            return sum;
        }

        private static double[] Within(double[,] sums, int[] labels)
        {
            var within = new double[sums.GetLength(0)];
            for (int i = 0; i < labels.Length; i++) within[labels[i]] += sums[labels[i], i];
            return within;
        }

        private static int[] Nearest(double[,] gram, double[,] sums, int[] sizes, double[] constants)
        {
            int n = gram.GetLength(0), k = sizes.Length;
            var labels = new int[n];
            var nearest = new double[n];
            var counts = new int[k];
            for (int i = 0; i < n; i++)
            {
                nearest[i] = double.PositiveInfinity;
                for (int c = 0; c < k; c++)
                {
                    double distance = sums[c, i] * (-2.0 / sizes[c]) + constants[c];
                    if (distance < nearest[i]) (nearest[i], labels[i]) = (distance, c);
                }
                counts[labels[i]]++;
            }
            for (int c = 0; c < k; c++)
            {
                if (counts[c] > 0) continue;
                int farthest = -1;
                for (int i = 0; i < n; i++)
                {
                    if (counts[labels[i]] > 1 && (farthest < 0 || gram[i, i] + nearest[i] > gram[farthest, farthest] + nearest[farthest]))
                        farthest = i;
                }
                counts[labels[farthest]]--;
                (labels[farthest], counts[c], nearest[farthest]) = (c, 1, -gram[farthest, farthest]);
            }
            return labels;
        }

        /// <summary>S_ci as the inner product of the sum of cluster c with point i.</summary>
        private static double[,] FromMeans(double[] points, int d, int[] labels, int k)
        {
            var totals = new double[k, d];
            var sums = new double[k, labels.Length];
            for (int i = 0; i < labels.Length; i++)
            {
                for (int a = 0; a < d; a++) totals[labels[i], a] += points[i * d + a];
            }
            for (int c = 0; c < k; c++)
            {
                for (int i = 0; i < labels.Length; i++)
                {
                    for (int a = 0; a < d; a++) sums[c, i] += points[i * d + a] * totals[c, a];
                }
            }
            return sums;
        }
    }
}
