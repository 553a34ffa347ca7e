using System.Globalization;
using Rhm.Clustering;
using Rhm.Grammars;
using Rhm.Learning;
using Rhm.Population;
using Rhm.Randomness;
using Rhm.Strings;

namespace Rhm.Levelwise;

/// <summary>
/// Iterative latent clustering (ILC), Algorithm 1 of arXiv:2605.27734. From the tokens upwards: collect the tuples of the current
/// level, average the one-hot vectors of each tuple's cousins to its empirical context vector, cluster these in v clusters with
/// k-means, and take the cluster as the tuple's parent. Recovers all non-root levels from P of the order v m^3 (theorem, section 2).
/// </summary>
/// <remarks>Cost: one pass over the data per level, P s^L (s-1)/2 counts in all, and k-means on at most v m points of dimension s^2 (s-1)
/// v. Memory does not grow with P.</remarks>
public static class IterativeLatentClustering
{
    /// <summary>By the name <c>ilc</c>; the number of warnings is the measure <c>warnings</c>.</summary>
    public static Learner<IlcOptions> Learner { get; } = Learning.Learner.Define("ilc", 2, new IlcOptions(),
        (problem, options) =>
        {
            LearnedHierarchy learned = Learn(problem.Strings, problem.Grammar.Shape.Branching,
                options with { Seed = problem.Seed, Threads = problem.Threads }, problem.Cancellation);
            return problem.Score(learned) with { Measures = new Dictionary<string, double> { ["warnings"] = learned.Warnings.Count } };
        },
        (shape, _, options) =>
        {
            if (shape.Depth < 2) throw new ArgumentException("depth L = 1 has no hidden level below the root: nothing to learn");
            options.Validate();
        },
        MemoryBytes, Seconds);

    /// <summary>Learns levels 1..L-1.</summary>
    /// <param name="data">The strings; read L-1 times.</param>
    /// <param name="branching">s; the depth follows from the length of the strings.</param>
    /// <param name="options">Settings; null for the defaults.</param>
    /// <param name="cancellation">Stops within a pass.</param>
    /// <returns>The hierarchy.
    /// Its warnings say where P is below coverage or below the detection threshold, or there is nothing to learn.</returns>
    /// <exception cref="ArgumentException">No strings, a length that is not a power of s,
    /// depth 1 (the root is not identifiable without labels), or symbols outside the vocabulary.</exception>
    public static LearnedHierarchy Learn(IStringSource data, int branching, IlcOptions? options = null,
        CancellationToken cancellation = default)
    {
        options ??= new IlcOptions();
        LevelwiseLearning.Require(data, branching);
        options.Validate();
        if (options.Target == Target.Root && data is not StringSampler)
            throw new ArgumentException("root targets need labelled strings: only those drawn from a grammar have labels");
        return LevelwiseLearning.Learn(data, branching, options.Target, options.Cousins, options.PoolGrandparents, options.Threads,
            (counts, lower) =>
        {
            int level = lower.Count;
            var contexts = Contexts.Of(counts, options.Cousins, options.Threads);
            Partition partition = KMeans.Cluster(contexts.Vectors, contexts.Dimension, data.Vocabulary, options.Restarts,
                RandomStream.DeriveSeed(options.Seed, level), options.Threads);
            IEnumerable<string> warnings = Warnings(counts, contexts, data.Vocabulary, data.Depth(branching), level, options);
            return new Grouping(partition.Labels, data.Vocabulary) { Warnings = [.. warnings] };
        }, cancellation);
    }

    /// <summary>What makes the labels of a level doubtful, or meaningless.</summary>
    private static IEnumerable<string> Warnings(LevelCounts counts, Contexts contexts, int vocabulary, int depth, int level,
        IlcOptions options)
    {
        int n = counts.Tuples.Count;
        bool indistinct = options.Target != Target.Root && n == Math.Pow(counts.Symbols, counts.Branching);
        if (n == vocabulary)
            yield return $"there are as many tuples as symbols ({n}): every tuple is a latent of its own (m = 1, no synonyms to group), "
                + "or far too few strings were seen";
        if (indistinct)
            yield return $"all v^s = {n} tuples occur (f = 1, or strings that no grammar restricts): without illegal tuples nothing can "
                + "be learned without labels";
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
                $"P is below coverage: about {100 * unseen:0}% of the tuples of new strings were not seen in training and stay "
                    + $"unresolved (Good-Turing estimate)");
        }
        double needed = 0.5 / Math.Sqrt(contexts.Slots);
        if (n > vocabulary && !indistinct && contexts.SignalToNoise < needed)
        {
            string order = options.Target switch
            {
                Target.Latent => "v m^3",
                Target.Token => $"v m^{level + 3}",
                _ => $"v m^{depth - level}",
            };
            yield return string.Create(CultureInfo.InvariantCulture,
                $"P is below the detection threshold, of the order {order}: the context vectors of tuples differ by "
                    + $"{Math.Max(0, contexts.SignalToNoise):0.000} of their sampling noise, and k-means needs about {needed:0.000}; "
                    + $"labels are little better than chance");
        }
    }

    /// <summary>
    /// Empirical context vectors phi(nu) = mean of e_Z over the occurrences of tuple nu (section 2): one row per tuple; the blocks
    /// of v entries are the slots (i, j, k) = own child position, cousin's position, element of the cousin. Where a tuple was
    /// never seen at position i the slot holds the mean over the tuples, which says nothing about it.
    /// </summary>
    /// <param name="counts">Counts of the level.</param>
    /// <param name="cousins">For latent targets: all s(s-1)s slots, the s slots (0, 1, k), or slot (0, 1, 0) alone.</param>
    /// <returns>Row-major vectors and their dimension.</returns>
    /// <exception cref="ArgumentException">The vectors do not fit in memory.</exception>
    internal static (double[] Vectors, int Dimension) ContextVectors(LevelCounts counts, CousinTargets cousins)
    {
        ArgumentNullException.ThrowIfNull(counts);
        var contexts = Contexts.Of(counts, cousins, threads: 1);
        return (contexts.Vectors, contexts.Dimension);
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
        double passes = LevelwiseLearning.CountingSeconds(shape, samples);
        // Measured: 11 ns a restart for each pair of tuples, whose inner products are kept; else some fifteen rounds of distances.
        double restart = tuples <= KMeans.LargestGram ? 1.1e-8 * tuples * tuples : 1e-9 * 15 * tuples * shape.Vocabulary * dimension / 4;
        return passes + options.Restarts * (shape.Depth - 1) * restart;
    }
}
