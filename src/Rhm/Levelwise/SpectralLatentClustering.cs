using System.Globalization;
using Rhm.Clustering;
using Rhm.Grammars;
using Rhm.Learning;
using Rhm.Levelwise.Counting;
using Rhm.Population;
using Rhm.Randomness;
using Rhm.Strings;

namespace Rhm.Levelwise;

/// <summary>
/// Spectral latent clustering: learns the latents from about v m^2 strings, a factor m below the theorem for
/// <see cref="IterativeLatentClustering"/>. From the tokens upwards, the counts of (tuple, cousin tuple) at every pair of child
/// positions are a noisy block matrix of rank v with v m rows, P entries and singular values of about ((1-f)/m)^(1/2). Labels come from
/// its leading singular subspace (<see cref="SpectralEmbedding"/>) by k-means, then from the maximum of the likelihood of all counts
/// (<see cref="PairLikelihood"/>), the best of several starts.
/// </summary>
/// <remarks>
/// Recovery sets in where the subspace rises above noise: P = v m^2 / ((1-f) sqrt(s(s-1))) for the largest v m (see
/// <see cref="AnnealedLaws.SpectralThreshold"/>). Cost per level: one pass over the data, then about 10^2 products of the sparse
/// counts with v columns. Memory: the pairs that occur, at most P s^(L-2) (s-1)/2, and v m rows of v(s(s-1) + 3) numbers.
/// </remarks>
public static class SpectralLatentClustering
{
    // Runs of k-means of the first start; the others, for variety, take a single one.
    private const int CarefulRestarts = 10;

    private const int FewIterations = 20;

    // Of a likelihood far above noise: much less than one group in two labels costs.
    private const double AsGood = 1e-3;

    // A null spectrum from this many pairs is as good as one from all of them.
    private const int MostNullPairs = 1 << 21;

    /// <summary>By the name <c>spectral</c>; the number of warnings is the measure <c>warnings</c>.</summary>
    public static Learner<SpectralOptions> Learner { get; } = Learning.Learner.Define("spectral", 3, new SpectralOptions(),
        (problem, options) =>
        {
            LearnedHierarchy learned = Learn(problem.Strings, problem.Grammar.Shape.Branching,
                options with { Seed = problem.Seed, Threads = problem.Threads }, problem.Cancellation);
            return problem.Score(learned) with { Measures = new Dictionary<string, double> { ["warnings"] = learned.Warnings.Count } };
        },
        (shape, _, options) =>
        {
            if (shape.Depth < 2) throw new ArgumentException("depth L = 1 has no hidden level below the root: nothing to learn");
            Require(options);
        },
        MemoryBytes, Seconds);

    /// <summary>Learns levels 1..L-1.</summary>
    /// <param name="data">The strings; read L-1 times.</param>
    /// <param name="branching">s; the depth follows from the length of the strings.</param>
    /// <param name="options">Settings; null for the defaults.</param>
    /// <param name="cancellation">Stops within a pass, and between starts.</param>
    /// <returns>The hierarchy. Its warnings say where the counts show no signal, or many tuples were not seen.</returns>
    /// <exception cref="ArgumentException">No strings, a length that is not a power of s, depth 1, symbols outside the vocabulary, or settings out of range.</exception>
    public static LearnedHierarchy Learn(IStringSource data, int branching, SpectralOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new SpectralOptions();
        LevelwiseLearning.Require(data, branching);
        Require(options);
        return LevelwiseLearning.Learn(data, branching, Target.Latent, CousinTargets.All, poolGrandparents: true, options.Threads,
            (counts, level) => Group(counts, options.Latents > 0 ? options.Latents : data.Vocabulary,
                options with { Seed = RandomStream.DeriveSeed(options.Seed, level) }, cancellation), cancellation);
    }

    /// <summary>Refuses settings out of range.</summary>
    /// <param name="options">The settings.</param>
    /// <exception cref="ArgumentException">A setting is out of range.</exception>
    public static void Require(SpectralOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Starts is < 1 or > 1_000_000) throw new ArgumentException($"number of starts {options.Starts} is outside 1..1000000");
        if (options.Latents is < 0 or > LearnedHierarchy.Unresolved)
            throw new ArgumentException($"number of latents {options.Latents} is outside 1..{LearnedHierarchy.Unresolved} (0: as many as tokens)");
        if (options.MostLatents is < 2 or > LearnedHierarchy.Unresolved)
            throw new ArgumentException($"most latents {options.MostLatents} is outside 2..{LearnedHierarchy.Unresolved}");
        if (options.EstimateLatents && options.Latents > 0)
            throw new ArgumentException($"the number of latents is either given ({options.Latents}) or estimated, not both");
    }

    private static Grouping Group(LevelCounts counts, int latents, SpectralOptions options, CancellationToken cancellation)
    {
        int n = counts.Tuples.Count;
        SparseMatrix[] matrices = [.. Matrices(counts)];
        double pairs = matrices.Max(matrix => matrix.Value.Sum());
        var doubts = new List<string>();
        if (Unseen(counts, matrices) is var unseen and > 0.01)
        {
            doubts.Add(string.Create(CultureInfo.InvariantCulture,
                $"P is below coverage: about {100 * unseen:0}% of the tuples of new strings were not seen in training and stay unresolved (Good-Turing estimate)"));
        }
        if (pairs == 0)
        {
            doubts.Add("no two cousin tuples were seen together, nothing can be learned at this level");
            return new Grouping(new int[n], 1) { Doubts = doubts };
        }
        if (!options.EstimateLatents && n <= latents)
        {
            if (n == latents) doubts.Add($"there are as many tuples as latents ({n}): every tuple is a latent of its own (m = 1), nothing to learn");
            return new Grouping([.. Enumerable.Range(0, n)], latents) { Doubts = doubts };
        }

        var embedding = new SpectralEmbedding(matrices, options.Threads);
        var likelihood = new PairLikelihood(matrices);
        var noise = new Lazy<IndependentPairs>(() => new IndependentPairs(matrices, options));
        int k = Math.Min(n, options.EstimateLatents ? options.MostLatents : latents) - 1;
        Spectrum spectrum = embedding.Stacked(Math.Max(1, k), options.Seed);
        if (options.EstimateLatents) latents = DirectionsAboveNoise(embedding, spectrum, noise.Value) + 1;
        (int[] Labels, double LogLikelihood) best = Find(latents);
        // A direction too weak to be seen by itself still shows in the likelihood of one more label.
        while (options.EstimateLatents && latents > 1 && latents <= k && Find(latents + 1) is var next
            && next.LogLikelihood - likelihood.DescriptionLength(latents + 1) > best.LogLikelihood - likelihood.DescriptionLength(latents))
        {
            (best, latents) = (next, latents + 1);
        }
        if (latents == 1 || !(best.LogLikelihood > likelihood.NullBound(latents) || best.LogLikelihood > noise.Value.MostLikelihood(latents, cancellation)))
        {
            doubts.Add("cousin tuples show no correlation above sampling noise, labels are at chance: either P is below the detection threshold, of the order v m^2, or there is nothing to learn (m = v^(s-1))");
        }
        return new Grouping(best.Labels, latents) { Doubts = doubts };

        (int[] Labels, double LogLikelihood) Find(int latents)
        {
            if (latents == 1) return (new int[n], 0);
            Spectrum subspace = embedding.Projected(spectrum.Leading(latents - 1));
            return BestLabels(embedding.Embed(subspace), subspace.Values.Length, likelihood, latents, options, cancellation);
        }
    }

    private static IEnumerable<SparseMatrix> Matrices(LevelCounts counts)
    {
        int n = counts.Tuples.Count;
        for (int i = 0; i < counts.Branching; i++)
        {
            for (int j = i + 1; j < counts.Branching; j++)
            {
                PairCounts pairs = counts.Pairs(i, j);
                yield return SparseMatrix.FromEntries(n, n, pairs.First, pairs.Second, [.. pairs.Counts.Select(count => (double)count)]);
            }
        }
    }

    /// <summary>
    /// Good and Turing's estimate of the probability that the next tuple is a new one: the share of occurrences that are the only one of
    /// their tuple. Occurrences at child position 0 are those in the rows of the pairs (0, j), and so on.
    /// </summary>
    private static double Unseen(LevelCounts counts, SparseMatrix[] matrices)
    {
        // Every occurrence with resolved cousins stands in s-1 of the matrices.
        var seen = new double[counts.Tuples.Count];
        foreach (SparseMatrix matrix in matrices)
        {
            double[] rows = matrix.RowSums(), columns = matrix.Transposed().RowSums();
            for (int tuple = 0; tuple < seen.Length; tuple++) seen[tuple] += rows[tuple] + columns[tuple];
        }
        double total = seen.Sum(), once = counts.Branching - 1;
        return total == 0 ? 1 : seen.Count(times => times > 0 && times <= once) * once / total;
    }

    /// <summary>Starts one after the other, in waves of as many as there are threads, until the best likelihood has been found twice.</summary>
    private static (int[] Labels, double LogLikelihood) BestLabels(double[] points, int dimension, PairLikelihood likelihood, int latents, SpectralOptions options, CancellationToken cancellation)
    {
        var found = new (int[] Labels, double LogLikelihood)[options.Starts];
        int best = 0;
        double bound = likelihood.NullBound(latents);
        for (int wave = 0; wave < options.Starts; wave += options.Threads)
        {
            cancellation.ThrowIfCancellationRequested();
            int end = Math.Min(options.Starts, wave + options.Threads), next = wave;
            StringSources.RunOnThreads(end - wave, () =>
            {
                for (int start = Interlocked.Increment(ref next) - 1; start < end; start = Interlocked.Increment(ref next) - 1)
                {
                    ulong seed = RandomStream.DeriveSeed(options.Seed, start);
                    found[start] = Labels(points, dimension, likelihood, latents, start == 0 ? CarefulRestarts : 1, seed);
                }
            });
            for (int start = Math.Max(1, wave); start < end; start++)
            {
                double gain = found[start].LogLikelihood - found[best].LogLikelihood;
                // The same partition under other names gives the same sum in another order; one as good, with a few points elsewhere, ends
                // the search too where no labelling of noise comes near.
                bool clear = Math.Min(found[start].LogLikelihood, found[best].LogLikelihood) > 2 * bound;
                // Labels that are all the same have likelihood 0: finding them twice says nothing.
                bool again = found[start].LogLikelihood > 0 && Math.Abs(gain) <= (clear ? AsGood : 1e-9) * found[best].LogLikelihood;
                if (gain > 0) best = start;
                if (again) return found[best];
            }
        }
        return found[best];
    }

    private static (int[] Labels, double LogLikelihood) Labels(double[] points, int dimension, PairLikelihood likelihood, int latents, int restarts, ulong seed)
    {
        // Of many points k-means is a single short run: what is wrong after it is put right by what follows.
        Partition partition = points.Length / dimension <= KMeans.LargestGram
            ? KMeans.Cluster(points, dimension, latents, restarts, seed)
            : KMeans.Cluster(points, dimension, latents, 1, seed, iterations: FewIterations);
        int[] start = SplitMerge.Improve(points, dimension, partition.Labels, latents);
        int[] labels = likelihood.Refine(start, latents);
        return (labels, likelihood.LogLikelihood(labels, latents));
    }

    /// <summary>
    /// The number of directions above noise. The projected subspace has less noise than the stacked one and may hold more directions
    /// than it showed, so they are counted again with room for more until no more appear.
    /// </summary>
    private static int DirectionsAboveNoise(SpectralEmbedding embedding, Spectrum stacked, IndependentPairs noise)
    {
        double stackedEdge = noise.StackedEdge;
        int known = stacked.Values.Count(value => value > stackedEdge), room = 0;
        while (known > 0 && room < stacked.Values.Length)
        {
            room = Math.Min(stacked.Values.Length, 2 * known + 1);
            double edge = noise.ProjectedEdge(room);
            int above = embedding.Projected(stacked.Leading(room)).Values.Count(value => value > edge);
            if (above <= known) break;
            known = above;
        }
        return known;
    }

    /// <summary>
    /// Counts without any correlation: as many pairs, their halves drawn independently with the same frequencies, and what the same
    /// computation finds in them (parallel analysis, Horn 1965).
    /// </summary>
    private sealed class IndependentPairs
    {
        private readonly SparseMatrix[] _matrices;
        private readonly SpectralEmbedding _embedding;
        private readonly ulong _seed;
        private readonly double _scale;
        private readonly SpectralOptions _options;

        public IndependentPairs(SparseMatrix[] matrices, SpectralOptions options)
        {
            _seed = RandomStream.DeriveSeed(options.Seed, -1);
            _options = options with { Seed = _seed };
            double share = Math.Min(1, MostNullPairs / matrices.Max(matrix => matrix.Value.Sum()));
            _matrices = [.. matrices.Select((matrix, b) => Independent(matrix, share, new RandomStream(_seed, RandomPurpose.Spectral, (ulong)b + 1)))];
            _embedding = new SpectralEmbedding(_matrices, options.Threads);
            _scale = Math.Sqrt(share) * (1 + 3 * Math.Pow(matrices[0].Rows, -2.0 / 3));
        }

        /// <summary>The edge of the noise of <see cref="SpectralEmbedding.Stacked"/>: its largest singular value here. The margin of 3 n^(-2/3)
        /// is five standard deviations of the Tracy-Widom law of that value for the size n.</summary>
        public double StackedEdge => _scale * _embedding.Stacked(1, _seed).Values[0];

        /// <summary>The same for <see cref="SpectralEmbedding.Projected"/> with k directions.</summary>
        public double ProjectedEdge(int k) => _scale * _embedding.Projected(_embedding.Stacked(k, _seed)).Values[0];

        /// <summary>The log-likelihood that the same search reaches here, and five standard deviations of a chi-square law of that mean, of the
        /// difference of two; infinite where it finds no labels at all, and has nothing to compare with.</summary>
        public double MostLikelihood(int latents, CancellationToken cancellation)
        {
            Spectrum spectrum = _embedding.Projected(_embedding.Stacked(Math.Min(latents, _matrices[0].Rows) - 1, _seed));
            double reached = BestLabels(_embedding.Embed(spectrum), spectrum.Values.Length, new PairLikelihood(_matrices), latents, _options, cancellation).LogLikelihood;
            return reached > 0 ? reached + 5 * Math.Sqrt(2 * reached) : double.PositiveInfinity;
        }

        private static SparseMatrix Independent(SparseMatrix matrix, double share, RandomStream random)
        {
            double[] rows = Cumulative(matrix.RowSums()), columns = Cumulative(matrix.Transposed().RowSums());
            long pairs = (long)Math.Round(share * rows[^1]);
            var keys = new long[pairs];
            for (long i = 0; i < pairs; i++) keys[i] = ((long)Draw(rows) << 32) | (uint)Draw(columns);
            Array.Sort(keys);
            var row = new List<int>();
            var column = new List<int>();
            var value = new List<double>();
            for (int i = 0; i < keys.Length; i++)
            {
                if (i > 0 && keys[i] == keys[i - 1])
                {
                    value[^1]++;
                    continue;
                }
                row.Add((int)(keys[i] >> 32));
                column.Add((int)(uint)keys[i]);
                value.Add(1);
            }
            return SparseMatrix.FromEntries(matrix.Rows, matrix.Columns, [.. row], [.. column], [.. value]);

            int Draw(double[] cumulative)
            {
                int place = Array.BinarySearch(cumulative, Math.Floor(random.NextDouble() * cumulative[^1]) + 1);
                if (place < 0) return ~place;
                // A tuple that does not occur repeats the sum before it.
                while (place > 0 && cumulative[place - 1] == cumulative[place]) place--;
                return place;
            }
        }

        private static double[] Cumulative(double[] counts)
        {
            var sums = new double[counts.Length];
            for (int i = 0; i < counts.Length; i++) sums[i] = counts[i] + (i > 0 ? sums[i - 1] : 0);
            return sums;
        }
    }

    private static (double Tuples, double Pairs, double Latents) Sizes(GrammarShape shape, long samples, SpectralOptions options)
    {
        int s = shape.Branching;
        double tuples = Math.Min(shape.RuleCount(0), samples * Math.Pow(s, shape.Depth - 1));
        double pairs = Math.Min(tuples * tuples, samples * Math.Pow(s, shape.Depth - 2)) * s * (s - 1) / 2;
        return (tuples, pairs, options.EstimateLatents ? options.MostLatents : options.Latents > 0 ? options.Latents : shape.Vocabulary);
    }

    /// <summary>
    /// What the arrays hold, three times over for what the garbage collector has not taken back: within a factor of 1.6 of the peaks of 11 whole
    /// processes, s = 2 and 3, v m = 32 to 8192.
    /// </summary>
    private static double MemoryBytes(GrammarShape shape, long samples, SpectralOptions options)
    {
        (double tuples, double pairs, double k) = Sizes(shape, samples, options);
        int s = shape.Branching;
        double inner = tuples <= KMeans.LargestGram ? tuples * tuples : 0;
        return 3 * (1 << 24) + 3 * (120 * pairs + 8 * inner + 8 * tuples * k * (s * (s - 1) + 8) + 2 * 2 * 64 * 1.5 * (double)shape.StringLength);
    }

    /// <summary>
    /// Fitted to 51 runs with s = 3, v m = 64 to 4096 and P from v m^2/5 to 4 v m^2: 50 within a factor of 3, and one whose starts did not agree, 17
    /// times longer. Above the threshold two starts agree, and time goes into the inner products of k-means; below it every start is made, twice
    /// over with pairs without correlation, and the likelihood of k labels takes it, as for more tuples than have their inner products kept.
    /// </summary>
    private static double Seconds(GrammarShape shape, long samples, SpectralOptions options)
    {
        (double tuples, _, double k) = Sizes(shape, samples, options);
        int s = shape.Branching;
        double passes = 1e-9 * (samples + 2000) * (double)shape.StringLength * (shape.Depth - 1);
        bool clear = samples > new AnnealedLaws(shape).SpectralThreshold;
        double level = clear && tuples <= KMeans.LargestGram ? 2e-7 * tuples * tuples : 5e-6 * Math.Min(10, options.Starts) * tuples * k * s * (s - 1) / 6;
        return 1e-3 + passes + (shape.Depth - 1) * level;
    }
}
