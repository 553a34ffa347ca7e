using Rhm.Clustering;
using Rhm.Grammars;
using Rhm.Learning;
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
            options.Validate();
        },
        MemoryBytes, Seconds);

    /// <summary>Learns levels 1..L-1.</summary>
    /// <param name="data">The strings; read L-1 times.</param>
    /// <param name="branching">s; the depth follows from the length of the strings.</param>
    /// <param name="options">Settings; null for the defaults.</param>
    /// <param name="cancellation">Stops within a pass, and between starts.</param>
    /// <returns>The hierarchy. Its warnings say where the counts show no signal, or many tuples were not seen.</returns>
    /// <exception cref="ArgumentException">No strings, a length that is not a power of s, depth 1, symbols outside the vocabulary,
    /// or settings out of range.</exception>
    public static LearnedHierarchy Learn(IStringSource data, int branching, SpectralOptions? options = null,
        CancellationToken cancellation = default)
    {
        options ??= new SpectralOptions();
        LevelwiseLearning.Require(data, branching);
        options.Validate();
        return LevelwiseLearning.Learn(data, branching, Target.Latent, CousinTargets.All, poolGrandparents: true, options.Threads,
            (counts, lower) =>
        {
            int latents = options.Latents > 0 ? options.Latents : data.Vocabulary;
            ulong seed = RandomStream.DeriveSeed(options.Seed, lower.Count);
            return new PairClustering(latents, options.EstimateLatents, options.MostLatents, seed, options.Threads)
                .Group(counts, (pairs, k, start) => Search(pairs, k, options with { Seed = start }, cancellation),
                    options.WholeTuples ? new WholeTuples(data, lower, options.Starts) : null, cancellation);
        }, cancellation);
    }

    private static FoundLabels Search(TuplePairs pairs, int latents, SpectralOptions options, CancellationToken cancellation)
    {
        Spectrum subspace = pairs.Embedding.Projected(pairs.Stacked(Math.Min(latents, pairs.Count) - 1, options.Seed));
        double[] points = pairs.Embedding.Embed(subspace);
        PairLikelihood likelihood = pairs.Likelihood;
        return PairClustering.BestOfStarts(likelihood, latents, options.Starts, options.Threads, start =>
        {
            ulong seed = RandomStream.DeriveSeed(options.Seed, start);
            int[] clusters = PairClustering.Cluster(points, subspace.Values.Length, latents, careful: start == 0, seed);
            int[] labels = likelihood.Refine(clusters, latents);
            return new FoundLabels(labels, likelihood.LogLikelihood(labels, latents));
        }, cancellation);
    }

    private static (double Tuples, double Pairs, double Latents) Sizes(GrammarShape shape, long samples, SpectralOptions options)
    {
        int s = shape.Branching;
        double tuples = Math.Min(shape.RuleCount(0), samples * Math.Pow(s, shape.Depth - 1));
        double pairs = Math.Min(tuples * tuples, samples * Math.Pow(s, shape.Depth - 2)) * s * (s - 1) / 2;
        return (tuples, pairs, options.EstimateLatents ? options.MostLatents : options.Latents > 0 ? options.Latents : shape.Vocabulary);
    }

    /// <summary>
    /// What the arrays hold, three times over for what the garbage collector has not taken back: within a factor of 1.6 of the peaks of 11
    /// whole processes, s = 2 and 3, v m = 32 to 8192.
    /// </summary>
    private static double MemoryBytes(GrammarShape shape, long samples, SpectralOptions options)
    {
        (double tuples, double pairs, double k) = Sizes(shape, samples, options);
        int s = shape.Branching;
        double inner = tuples <= KMeans.LargestGram ? tuples * tuples : 0;
        return 3 * (1 << 24) + 3
            * (120 * pairs + 8 * inner + 8 * tuples * k * (s * (s - 1) + 8) + 2 * 2 * 64 * 1.5 * (double)shape.StringLength);
    }

    /// <summary>
    /// Fitted to 51 runs with s = 3, v m = 64 to 4096 and P from v m^2/5 to 4 v m^2: 50 within a factor of 3, and one whose starts did not
    /// agree, 17 times longer. Above the threshold two starts agree, and time goes into the inner products of k-means; below it every start
    /// is made, twice over with pairs without correlation, and the likelihood of k labels takes it,
    /// as for more tuples than have their inner products kept.
    /// </summary>
    private static double Seconds(GrammarShape shape, long samples, SpectralOptions options)
    {
        (double tuples, _, double k) = Sizes(shape, samples, options);
        int s = shape.Branching;
        double passes = LevelwiseLearning.CountingSeconds(shape, samples);
        bool clear = samples > new AnnealedLaws(shape).SpectralThreshold;
        double level = clear && tuples <= KMeans.LargestGram ? 2e-7 * tuples * tuples
            : 5e-6 * Math.Min(10, options.Starts) * tuples * k * s * (s - 1) / 6;
        return 1e-3 + passes + (shape.Depth - 1) * level;
    }
}
