using Rhm.Clustering;
using Rhm.Grammars;
using Rhm.Learning;
using Rhm.Population;
using Rhm.Randomness;
using Rhm.Strings;

namespace Rhm.Levelwise;

/// <summary>
/// Own-latent clustering: predicts the latent that is being learned. The paper's learner describes a tuple by the elements of its cousin
/// tuples, symbols one level below the latents that it learns; this one by the cousin tuples' own latents, for which its current guess
/// stands. Every tuple gets a code; then, in rounds, tuples are clustered by the mean codes of their cousin tuples and the clusters are
/// the new codes, until they no longer change. It learns from about v m^2 strings where elements need v m^3: a production rule less
/// stands between tuple and target, and context vectors lie 2(1-f)/m apart instead of 2(1-f)/m^2.
/// </summary>
/// <remarks>
/// A power iteration on the normalised counts of pairs of cousin tuples, which k-means keeps from collapsing on the leading direction.
/// Several starts, of which the likelihood of the counts chooses. Cost per level: one pass over the data, and in each of a few to some
/// tens of rounds as many operations as pairs of tuples occur and k-means of at most v m points of dimension s(s-1) v. Memory: the pairs
/// that occur, at most P s^(L-2) s(s-1)/2, and the points.
/// </remarks>
public static class OwnLatentClustering
{
    private const int RandomCodesPerLatent = 4;

    /// <summary>By the name <c>own-latents</c>; measures are the number of <c>warnings</c>, and over the levels the largest number of
    /// <c>rounds</c> and <c>starts</c>.</summary>
    public static Learner<OwnLatentOptions> Learner { get; } = Learning.Learner.Define("own-latents", 1, new OwnLatentOptions(),
        (problem, options) =>
        {
            LearnedHierarchy learned = Learn(problem.Strings, problem.Grammar.Shape.Branching,
                options with { Seed = problem.Seed, Threads = problem.Threads }, problem.Cancellation);
            return problem.Score(learned) with
            {
                Measures = new Dictionary<string, double>
                {
                    ["warnings"] = learned.Warnings.Count,
                    ["rounds"] = learned.Levels.Max(level => level.Search?.Rounds ?? 0),
                    ["starts"] = learned.Levels.Max(level => level.Search?.Starts ?? 0),
                },
            };
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
    /// <param name="cancellation">Stops within a pass, and between starts.</param>
    /// <returns>The hierarchy; <see cref="LearnedLevel.Search"/> of a level has its rounds and starts. Its warnings say where the counts
    /// show no signal, many tuples were not seen, or codes did not settle.</returns>
    /// <exception cref="ArgumentException">No strings, a length that is not a power of s, depth 1, symbols outside the vocabulary,
    /// or settings out of range.</exception>
    public static LearnedHierarchy Learn(IStringSource data, int branching, OwnLatentOptions? options = null,
        CancellationToken cancellation = default)
    {
        options ??= new OwnLatentOptions();
        LevelwiseLearning.Require(data, branching);
        options.Validate();
        return LevelwiseLearning.Learn(data, branching, Target.Latent, CousinTargets.All, poolGrandparents: true, options.Threads,
            (counts, lower) =>
        {
            int latents = options.Latents > 0 ? options.Latents : data.Vocabulary;
            ulong seed = RandomStream.DeriveSeed(options.Seed, lower.Count);
            int[][] elements = [.. Enumerable.Range(0, branching).Select(i =>
                Enumerable.Range(0, counts.Tuples.Count).Select(tuple => (int)counts.Tuples[tuple][i]).ToArray())];
            return new PairClustering(latents, options.EstimateLatents, options.MostLatents, seed, options.Threads).Group(counts,
                (pairs, k, start) => Search(pairs, elements, counts.Symbols, k, options with { Seed = start }, cancellation),
                options.WholeTuples ? new WholeTuples(data, lower, options.Starts) : null, cancellation);
        }, cancellation);
    }

    private static FoundLabels Search(TuplePairs pairs, int[][] elements, int symbols, int latents, OwnLatentOptions options,
        CancellationToken cancellation)
    {
        var contexts = new OwnLatentContexts(pairs);
        return PairClustering.BestOfStarts(pairs.Likelihood, latents, options.Starts, options.Threads, start =>
        {
            ulong seed = RandomStream.DeriveSeed(options.Seed, start);
            (int[] codes, int count) = options.Start == OwnLatentStart.Element
                ? (Cluster(contexts.Of(elements, symbols)), latents)
                : (RandomCodes(pairs.Count, RandomCodesPerLatent * latents, seed), RandomCodesPerLatent * latents);
            int round = 0;
            for (bool settled = false; ;)
            {
                if (settled || round == options.Rounds)
                {
                    double value = pairs.Likelihood.LogLikelihood(codes, count);
                    return new FoundLabels(codes, value) { Search = new LevelSearch(1, round, settled) };
                }
                int[] next = Cluster(contexts.Of([codes], count));
                settled = next.AsSpan().SequenceEqual(codes);
                (codes, count) = (next, latents);
                round++;
            }

            // Equal contexts give equal clusters in every round: codes that reproduce themselves have settled.
            int[] Cluster(double[] points) =>
                InOrderOfAppearance(PairClustering.Cluster(points, points.Length / pairs.Count, latents, careful: true, seed));
        }, cancellation);
    }

    private static int[] RandomCodes(int tuples, int codes, ulong seed)
    {
        var random = StreamOffsets.RandomCodes.Open(seed);
        return [.. Enumerable.Range(0, tuples).Select(_ => (int)random.NextBelow((ulong)codes))];
    }

    /// <summary>The same partition, named 0, 1, ... in the order of the clusters' first points.</summary>
    private static int[] InOrderOfAppearance(int[] labels)
    {
        var names = new Dictionary<int, int>();
        return [.. labels.Select(label => names.TryGetValue(label, out int name) ? name : names[label] = names.Count)];
    }

    private static (double Tuples, double Pairs, double Dimension, double Latents) Sizes(GrammarShape shape, long samples,
        OwnLatentOptions options)
    {
        int s = shape.Branching;
        double tuples = Math.Min(shape.RuleCount(0), samples * Math.Pow(s, shape.Depth - 1));
        double pairs = Math.Min(tuples * tuples, samples * Math.Pow(s, shape.Depth - 2)) * s * (s - 1) / 2;
        double latents = options.EstimateLatents ? options.MostLatents : options.Latents > 0 ? options.Latents : shape.Vocabulary;
        double codes = options.Start == OwnLatentStart.Random ? RandomCodesPerLatent * latents : Math.Max(latents, s * shape.Vocabulary);
        return (tuples, pairs, s * (s - 1) * codes, latents);
    }

    private static double MemoryBytes(GrammarShape shape, long samples, OwnLatentOptions options)
    {
        (double tuples, double pairs, double dimension, _) = Sizes(shape, samples, options);
        double inner = tuples <= KMeans.LargestGram ? tuples * tuples : 0;
        return 3 * (1 << 24) + 3 * (120 * pairs + 8 * inner + 2 * 8 * tuples * dimension + 2 * 2 * 64 * 1.5 * (double)shape.StringLength);
    }

    private static double Seconds(GrammarShape shape, long samples, OwnLatentOptions options)
    {
        (double tuples, double pairs, double dimension, double latents) = Sizes(shape, samples, options);
        double passes = LevelwiseLearning.CountingSeconds(shape, samples);
        bool clear = samples > new AnnealedLaws(shape).SpectralThreshold;
        double rounds = (clear ? 2 * 6 : 2 * Math.Min(10, options.Starts) * options.Rounds) * (shape.Depth - 1);
        double inner = Math.Min(tuples, KMeans.LargestGram) * tuples * dimension / 16, clustering = 10 * 15 * tuples * latents / 4;
        return 1e-3 + passes + 1e-9 * rounds * (2 * pairs + inner + clustering);
    }
}
