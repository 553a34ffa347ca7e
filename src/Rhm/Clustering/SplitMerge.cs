namespace Rhm.Clustering;

/// <summary>
/// Gets k-means out of its usual bad optimum, two groups in one cluster and one group in two: the cluster of the largest inertia is
/// split while that gains more than merging the two nearest clusters costs (after Ueda, Nakano, Ghahramani and Hinton 2000). Every step
/// lowers the inertia. Cost of a step: k^2 for the nearest pair, k d for its distances, and some passes over the points of three clusters.
/// </summary>
internal static class SplitMerge
{
    private const int LloydSteps = 10;

    /// <summary>Labels of lower inertia, or the same.</summary>
    /// <param name="points">n x d, row by row.</param>
    /// <param name="dimension">d.</param>
    /// <param name="start">Labels below <paramref name="clusters"/>.</param>
    /// <param name="clusters">k; the number of steps is at most this.</param>
    public static int[] Improve(double[] points, int dimension, int[] start, int clusters)
    {
        int[] labels = (int[])start.Clone();
        int[][] members = [.. Enumerable.Range(0, clusters).Select(c => Members(labels, c))];
        double[][] means = [.. members.Select(own => Mean(points, dimension, own))];
        double[] inertia = [.. members.Zip(means, (own, mean) => own.Sum(i => SquaredDistance(Point(i), mean)))];
        var costs = new double[clusters * clusters];
        for (int a = 0; a < clusters; a++) SetCosts(a);
        for (int step = 0; step < clusters && clusters > 2; step++)
        {
            int widest = Array.IndexOf(inertia, inertia.Max());
            (int kept, int freed) = Cheapest(widest);
            (int[] first, int[] second) = Split(points, dimension, members[widest], means[widest]);
            if (second.Length == 0) break;
            double gain = first.Length * (double)second.Length / (first.Length + second.Length)
                * SquaredDistance(Mean(points, dimension, first), Mean(points, dimension, second));
            if (!(gain > costs[kept * clusters + freed] * (1 + 1e-9))) break;
            Set(kept, [.. members[kept].Concat(members[freed]).Order()]);
            Set(widest, first);
            Set(freed, second);
            foreach (int a in (int[])[kept, widest, freed]) SetCosts(a);
        }
        return labels;

        ReadOnlySpan<double> Point(int i) => points.AsSpan(i * dimension, dimension);

        void Set(int cluster, int[] own)
        {
            members[cluster] = own;
            means[cluster] = Mean(points, dimension, own);
            inertia[cluster] = own.Sum(i => SquaredDistance(Point(i), means[cluster]));
            foreach (int i in own) labels[i] = cluster;
        }

        // What merging two clusters adds to the inertia (Ward 1963).
        void SetCosts(int a)
        {
            for (int b = 0; b < clusters; b++)
            {
                double sizes = members[a].Length + members[b].Length;
                costs[a * clusters + b] = costs[b * clusters + a] = sizes == 0 ? 0
                    : members[a].Length / sizes * members[b].Length * SquaredDistance(means[a], means[b]);
            }
        }

        (int First, int Second) Cheapest(int except)
        {
            (int First, int Second) best = default;
            double least = double.PositiveInfinity;
            for (int a = 0; a < clusters; a++)
            {
                for (int b = a + 1; b < clusters; b++)
                {
                    if (a == except || b == except || costs[a * clusters + b] >= least) continue;
                    (least, best) = (costs[a * clusters + b], (a, b));
                }
            }
            return best;
        }
    }

    /// <summary>Two clusters of some points, from the point farthest from the mean and the point farthest from that one.</summary>
    private static (int[] First, int[] Second) Split(double[] points, int dimension, int[] own, double[] mean)
    {
        double[] first = Farthest(mean), second = Farthest(first);
        int[] ofFirst = own, ofSecond = [];
        for (int step = 0; step < LloydSteps; step++)
        {
            bool Nearer(int i)
            {
                ReadOnlySpan<double> point = points.AsSpan(i * dimension, dimension);
                return SquaredDistance(point, first) <= SquaredDistance(point, second);
            }

            int before = ofFirst.Length;
            ofFirst = [.. own.Where(Nearer)];
            ofSecond = [.. own.Where(i => !Nearer(i))];
            if (ofFirst.Length == 0 || ofSecond.Length == 0) return (own, []);
            if (step > 0 && ofFirst.Length == before) break;
            (first, second) = (Mean(points, dimension, ofFirst), Mean(points, dimension, ofSecond));
        }
        return (ofFirst, ofSecond);

        double[] Farthest(double[] from)
        {
            int farthest = own.MaxBy(i => SquaredDistance(points.AsSpan(i * dimension, dimension), from));
            return points.AsSpan(farthest * dimension, dimension).ToArray();
        }
    }

    private static int[] Members(int[] labels, int cluster) => [.. Enumerable.Range(0, labels.Length).Where(i => labels[i] == cluster)];

    private static double[] Mean(double[] points, int dimension, int[] own)
    {
        var mean = new double[dimension];
        foreach (int i in own) System.Numerics.Tensors.TensorPrimitives.Add(mean, points.AsSpan(i * dimension, dimension), mean);
        if (own.Length > 0) System.Numerics.Tensors.TensorPrimitives.Divide(mean, own.Length, mean);
        return mean;
    }

    /// <summary>Four interleaved sums in a fixed order: the same bits at any SIMD width.</summary>
    private static double SquaredDistance(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        double a = 0, b = 0, c = 0, d = 0;
        int i = 0;
        for (; i <= x.Length - 4; i += 4)
        {
            a += (x[i] - y[i]) * (x[i] - y[i]);
            b += (x[i + 1] - y[i + 1]) * (x[i + 1] - y[i + 1]);
            c += (x[i + 2] - y[i + 2]) * (x[i + 2] - y[i + 2]);
            d += (x[i + 3] - y[i + 3]) * (x[i + 3] - y[i + 3]);
        }
        for (; i < x.Length; i++) a += (x[i] - y[i]) * (x[i] - y[i]);
        return a + b + (c + d);
    }
}
