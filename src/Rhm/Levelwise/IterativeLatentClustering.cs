using System.Buffers;
using System.Globalization;
using System.Numerics.Tensors;
using Rhm.Clustering;
using Rhm.Grammars;
using Rhm.Learning;
using Rhm.Levelwise.Counting;
using Rhm.Numerics;
using Rhm.Parallelism;
using Rhm.Population;
using Rhm.Randomness;
using Rhm.Strings;

namespace Rhm.Levelwise;

/// <summary>
/// Iterative latent clustering (ILC), Algorithm 1 of arXiv:2605.27734. From the tokens upwards: collect the tuples of the current
/// level, average the one-hot vectors of each tuple's cousins to its empirical context vector, cluster these in v clusters with
/// k-means, and take the cluster as the tuple's parent. Recovers all non-root levels from P of the order v m^3 (theorem, section 2).
/// </summary>
/// <remarks>Cost: one pass over the data per level, P s^L (s-1)/2 counts in all, and k-means on at most v m points of dimension s^2 (s-1) v.
/// Memory does not grow with P.</remarks>
public static class IterativeLatentClustering
{
    /// <summary>By the name <c>ilc</c>; the number of warnings is the measure <c>warnings</c>.</summary>
    public static Learner<IlcOptions> Learner { get; } = Learning.Learner.Define("ilc", 2, new IlcOptions(),
        (problem, options) =>
        {
            LearnedHierarchy learned = Learn(problem.Strings, problem.Grammar.Shape.Branching, options with { Seed = problem.Seed, Threads = problem.Threads }, problem.Cancellation);
            return problem.Score(learned) with { Measures = new Dictionary<string, double> { ["warnings"] = learned.Warnings.Count } };
        },
        (shape, _, options) =>
        {
            if (shape.Depth < 2) throw new ArgumentException("depth L = 1 has no hidden level below the root: nothing to learn");
            if (options.Restarts is < 1 or > 1_000_000) throw new ArgumentException($"number of restarts {options.Restarts} is outside 1..1000000");
        },
        MemoryBytes, Seconds);

    /// <summary>Learns levels 1..L-1.</summary>
    /// <param name="data">The strings; read L-1 times.</param>
    /// <param name="branching">s; the depth follows from the length of the strings.</param>
    /// <param name="options">Settings; null for the defaults.</param>
    /// <param name="cancellation">Stops within a pass.</param>
    /// <returns>The hierarchy. Its warnings say where P is below coverage or below the detection threshold, or there is nothing to learn.</returns>
    /// <exception cref="ArgumentException">No strings, a length that is not a power of s, depth 1 (the root is not identifiable without labels), or symbols outside the vocabulary.</exception>
    public static LearnedHierarchy Learn(IStringSource data, int branching, IlcOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new IlcOptions();
        LevelwiseLearning.Require(data, branching);
        if (options.Target == Target.Root && data is not StringSampler)
            throw new ArgumentException("root targets need labelled strings: only those drawn from a grammar have labels");
        return LevelwiseLearning.Learn(data, branching, options.Target, options.Cousins, options.PoolGrandparents, options.Threads, (counts, level) =>
        {
            Contexts contexts = ContextsOf(counts, options.Cousins, options.Threads);
            Partition partition = KMeans.Cluster(contexts.Vectors, contexts.Dimension, data.Vocabulary, options.Restarts, RandomStream.DeriveSeed(options.Seed, level), options.Threads);
            return new Grouping(partition.Labels, data.Vocabulary) { Warnings = [.. Warnings(counts, contexts, data.Vocabulary, data.Depth(branching), level, options)] };
        }, cancellation);
    }

    /// <summary>What makes the labels of a level doubtful, or meaningless.</summary>
    private static IEnumerable<string> Warnings(LevelCounts counts, Contexts contexts, int vocabulary, int depth, int level, IlcOptions options)
    {
        int n = counts.Tuples.Count;
        bool indistinct = options.Target != Target.Root && n == Math.Pow(counts.Symbols, counts.Branching);
        if (n == vocabulary)
            yield return $"there are as many tuples as symbols ({n}): every tuple is a latent of its own (m = 1, no synonyms to group), or far too few strings were seen";
        if (indistinct)
            yield return $"all v^s = {n} tuples occur (f = 1, or strings that no grammar restricts): without illegal tuples nothing can be learned without labels";
        int s = counts.Branching;
        double unseen = counts.UnseenShare(options.Target switch
        {
            Target.Latent => s - 1,
            Target.Token => options.Cousins == CousinTargets.All ? counts.Targets.Slots / s : counts.Targets.Slots,
            _ => 1,
        });
        if (unseen > 0.01)
        {
            yield return string.Create(CultureInfo.InvariantCulture,
                $"P is below coverage: about {100 * unseen:0}% of the tuples of new strings were not seen in training and stay unresolved (Good-Turing estimate)");
        }
        double needed = 0.5 / Math.Sqrt(contexts.Slots);
        if (n > vocabulary && !indistinct && contexts.SignalToNoise < needed)
        {
            string order = options.Target switch { Target.Latent => "v m^3", Target.Token => $"v m^{level + 3}", _ => $"v m^{depth - level}" };
            yield return string.Create(CultureInfo.InvariantCulture,
                $"P is below the detection threshold, of the order {order}: the context vectors of tuples differ by {Math.Max(0, contexts.SignalToNoise):0.000} of their sampling noise, and k-means needs about {needed:0.000}; labels are little better than chance");
        }
    }

    /// <summary>Context vectors of the tuples of a level, and what they are worth.</summary>
    /// <param name="Vectors">One row for each tuple.</param>
    /// <param name="Dimension">Length of a row.</param>
    /// <param name="Slots">Number of targets S.</param>
    /// <param name="SignalToNoise">
    /// rho, mean square of the true differences of context vectors from their mean over that of sampling noise, by analysis of variance:
    /// sum over tuples of N |phi_hat - mean|^2 is (n-1)(1-|mean|^2)(1 + rho) on average (formula H), so rho is about P/(2 H). A sum over S targets
    /// raises signals by S and what noise varies by S^(1/2): with one target k-means is half of the way from chance near rho = 1, and at 0.4 near
    /// rho = 1/2, with S of them at S^(1/2) times less.
    /// </param>
    private sealed record Contexts(double[] Vectors, int Dimension, int Slots, double SignalToNoise);

    /// <summary>
    /// Empirical context vectors phi(nu) = mean of e_Z over the occurrences of tuple nu (section 2): one row per tuple; the blocks
    /// of v entries are the slots (i, j, k) = own child position, cousin's position, element of the cousin. Where a tuple was
    /// never seen at position i the slot holds the mean over the tuples, which says nothing about it.
    /// </summary>
    /// <param name="counts">Counts of the level.</param>
    /// <param name="cousins">For latent targets: all s(s-1)s slots, the s slots (0, 1, k), or slot (0, 1, 0) alone.</param>
    /// <returns>Row-major vectors and their dimension.</returns>
    /// <exception cref="ArgumentException">The vectors do not fit in memory.</exception>
    public static (double[] Vectors, int Dimension) ContextVectors(LevelCounts counts, CousinTargets cousins)
    {
        ArgumentNullException.ThrowIfNull(counts);
        Contexts contexts = ContextsOf(counts, cousins, threads: 1);
        return (contexts.Vectors, contexts.Dimension);
    }

    private static Contexts ContextsOf(LevelCounts counts, CousinTargets cousins, int threads)
    {
        bool latent = counts.Targets.Slots == 0;
        int s = counts.Branching, n = counts.Tuples.Count, v = latent ? counts.Symbols : counts.Targets.Symbols;
        int slots = !latent ? counts.Targets.Slots : cousins switch { CousinTargets.All => s * (s - 1) * s, CousinTargets.Tuple => s, _ => 1 };
        int dimension = slots * v;
        double bytes = 8.0 * n * dimension, memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (bytes > memory / 3 || (long)n * dimension > Array.MaxLength)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                $"the context vectors of {n} tuples with {slots} targets of {v} symbols need {bytes / (1L << 30):0.0} GiB, and k-means a copy, more than this machine's {memory / (1L << 30):0.0} GiB allow; use fewer targets"));
        }
        var vectors = new double[n * dimension];
        // Slots are filled one block of them at a time: those of a cousin position for latents, which one pass over the pairs fills, else single ones.
        int together = latent ? Math.Min(s, slots) : 1, blocks = slots / together;
        // Where the s one-hot vectors of a tuple's elements have their ones.
        var ones = new int[latent ? n * s : 0];
        for (int i = 0; i < ones.Length; i++) ones[i] = i % s * v + counts.Tuples[i / s][i % s];
        var (scatter, noise) = (new double[slots], new double[slots]);
        ParallelLoop.Unordered(threads, blocks, numbers =>
        {
            double[] sums = ArrayPool<double>.Shared.Rent(together * v * n), work = new double[4 * n];
            foreach (int block in numbers)
            {
                Span<double> all = sums.AsSpan(0, together * v * n);
                all.Clear();
                Fill(block, all);
                for (int slot = block * together; slot < (block + 1) * together; slot++) Normalise(slot, sums.AsSpan((slot - block * together) * v * n, v * n), work);
                Transposition.Copy<double, double>(all, n, vectors.AsSpan(block * together * v), dimension, together * v, n);
            }
            ArrayPool<double>.Shared.Return(sums);
        });
        double signal = 0, expected = 0;
        for (int slot = 0; slot < slots; slot++) (signal, expected) = (signal + scatter[slot], expected + noise[slot]);
        return new Contexts(vectors, dimension, slots, expected > 0 ? signal / expected - 1 : 0);

        // Counts of a block, [element and symbol][tuple]: whole numbers, so that the order of additions does not matter.
        void Fill(int block, Span<double> sums)
        {
            if (!latent)
            {
                for (int tuple = 0; tuple < n; tuple++)
                {
                    ReadOnlySpan<long> met = counts.Targets.Of(tuple).Slice(block * v, v);
                    for (int z = 0; z < v; z++) sums[z * n + tuple] = met[z];
                }
                return;
            }
            int i = block / (s - 1), j = block % (s - 1);
            if (j >= i) j++;
            PairCounts pairs = counts.Pairs(Math.Min(i, j), Math.Max(i, j));
            if (pairs.Table is { } table)
            {
                double[] times = ArrayPool<double>.Shared.Rent(n * n);
                if (i > j) TensorPrimitives.ConvertTruncating<int, double>(table, times);
                else Transposition.Copy<int, double>(table, n, times, n, n, n);
                for (int cousin = 0; cousin < n; cousin++)
                {
                    for (int k = 0; k < together; k++)
                    {
                        Span<double> sum = sums.Slice(ones[cousin * s + k] * n, n);
                        TensorPrimitives.Add(sum, times.AsSpan(cousin * n, n), sum);
                    }
                }
                ArrayPool<double>.Shared.Return(times);
                return;
            }
            (int[] tuples, int[] cousinTuples) = i < j ? (pairs.First, pairs.Second) : (pairs.Second, pairs.First);
            for (int entry = 0; entry < tuples.Length; entry++)
            {
                for (int k = 0; k < together; k++) sums[ones[cousinTuples[entry] * s + k] * n + tuples[entry]] += pairs.Counts[entry];
            }
        }

        // Sums that rounding can change run in one order, whatever the width of vectors.
        void Normalise(int slot, Span<double> contexts, Span<double> work)
        {
            Span<double> totals = work[..n], divisors = work.Slice(n, n), differences = work.Slice(2 * n, n), squares = work.Slice(3 * n, n);
            work.Clear();
            for (int z = 0; z < v; z++) TensorPrimitives.Add(totals, contexts.Slice(z * n, n), totals);
            TensorPrimitives.Max(totals, 1, divisors);
            double all = Math.Max(1, TensorPrimitives.Sum<double>(totals)), concentration = 0;
            int unseen = totals.Count(0.0);
            for (int z = 0; z < v; z++)
            {
                Span<double> context = contexts.Slice(z * n, n);
                double pooled = TensorPrimitives.Sum<double>(context) / all, mean = 0;
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
            for (int tuple = 0; tuple < n; tuple++) scatter[slot] += totals[tuple] * squares[tuple];
            noise[slot] = Math.Max(0, n - unseen - 1) * (1 - concentration);
        }
    }

    /// <summary>Tuples that can be seen, and the dimension of their context vectors at the level where that is largest.</summary>
    private static (double Tuples, double Dimension) Sizes(GrammarShape shape, long samples, IlcOptions options)
    {
        int s = shape.Branching;
        double positions = options.Cousins == CousinTargets.All ? s * (s - 1) : 1;
        double elements = options.Cousins == CousinTargets.Element ? 1 : s;
        double dimension = options.Target switch
        {
            Target.Latent => positions * elements * shape.Vocabulary,
            Target.Token => positions * (elements == 1 ? 1 : Math.Pow(s, shape.Depth - 1)) * shape.Vocabulary,
            _ => (options.Cousins == CousinTargets.All ? Math.Pow(s, shape.Depth - 1) : 1) * shape.Classes,
        };
        return (Math.Min(shape.RuleCount(0), samples * Math.Pow(s, shape.Depth - 1)), dimension);
    }

    private static double MemoryBytes(GrammarShape shape, long samples, IlcOptions options)
    {
        (double tuples, double dimension) = Sizes(shape, samples, options);
        int s = shape.Branching;
        double pairs = options.Target == Target.Latent
            ? Math.Min(tuples * tuples, samples * Math.Pow(s, shape.Depth - 2)) * 32 * s * (s - 1) / 2
            : 0;
        // Vectors and k-means's copy of them; 64 strings with their latents, twice.
        return (1L << 25) + 2 * 8 * tuples * dimension + pairs + 2 * 2 * 64 * 1.5 * (double)shape.StringLength;
    }

    private static double Seconds(GrammarShape shape, long samples, IlcOptions options)
    {
        (double tuples, double dimension) = Sizes(shape, samples, options);
        double passes = 1e-9 * (samples + 2000) * (double)shape.StringLength * (shape.Depth - 1);
        // Some fifteen rounds of distances a restart.
        return passes + 1e-9 * 15 * options.Restarts * (shape.Depth - 1) * tuples * shape.Vocabulary * dimension / 4;
    }
}
