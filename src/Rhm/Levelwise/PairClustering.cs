using System.Globalization;
using Rhm.Clustering;
using Rhm.Parallelism;
using Rhm.Randomness;

namespace Rhm.Levelwise;

/// <summary>
/// What the learners that label tuples from the counts of pairs share: how many latents there are, several starts of which the likelihood
/// chooses, and what is doubtful about the outcome.
/// </summary>
/// <param name="Latents">k, number of labels of a level; where estimated, what is found.</param>
/// <param name="Estimate">Whether k is estimated from the spectrum.</param>
/// <param name="MostLatents">Most that an estimate may find.</param>
/// <param name="Seed">Of the level.</param>
/// <param name="Threads">No result depends on it.</param>
internal sealed record PairClustering(int Latents, bool Estimate, int MostLatents, ulong Seed, int Threads)
{
    /// <summary>What is said of a level whose labels could be those of noise.</summary>
    public const string NoSignal = "cousin tuples show no correlation above sampling noise, labels are at chance: either P is below the "
        + "detection threshold, of the order v m^2, or there is nothing to learn (m = v^(s-1))";

    // Runs of k-means of the first start; the others, for variety, take a single one.
    private const int CarefulRestarts = 10;

    private const int FewIterations = 20;

    // Of a likelihood far above noise: much less than one group in two labels costs.
    private const double AsGood = 1e-3;

    /// <summary>Finds labels: from pairs, the number of labels and a seed.</summary>
    public delegate FoundLabels Search(TuplePairs pairs, int latents, ulong seed);

    /// <summary>Refuses settings out of range.</summary>
    /// <exception cref="ArgumentException">A setting is out of range.</exception>
    public static void Require(int latents, bool estimate, int threads)
    {
        if (threads < 1) throw new ArgumentException($"number of threads {threads} must be at least 1");
        if (estimate && latents > 0)
            throw new ArgumentException($"the number of latents is either given ({latents}) or estimated, not both");
    }

    /// <summary>Labels the tuples of a level.</summary>
    /// <param name="counts">Counts of the level.</param>
    /// <param name="search">The learner's own way.</param>
    /// <param name="whole">Where to find whole tuples, if they are to be used.</param>
    /// <param name="cancellation">Stops between searches.</param>
    public Grouping Group(LevelCounts counts, Search search, WholeTuples? whole, CancellationToken cancellation)
    {
        int n = counts.Tuples.Count, latents = Latents;
        TuplePairs pairs = TuplePairs.Of(counts, Threads);
        var warnings = new List<string>();
        if (WithoutSearch(counts, pairs, warnings) is { } found) return found;

        PairLikelihood likelihood = pairs.Likelihood;
        var noise = new Lazy<IndependentPairs>(() => new IndependentPairs(pairs, Seed, Threads));
        int k = Math.Min(n, MostLatents) - 1;
        if (Estimate) latents = LatentsAboveNoise(pairs, noise.Value);
        FoundLabels best = Find(latents);
        // A direction too weak to be seen by itself still shows in the likelihood of one more label.
        while (Estimate && latents > 1 && latents <= k && Find(latents + 1) is var next
            && next.LogLikelihood - likelihood.DescriptionLength(latents + 1) > best.LogLikelihood - likelihood.DescriptionLength(latents))
        {
            (best, latents) = (next, latents + 1);
        }
        bool known = whole is not null && latents > 1 && Refine(counts, whole, latents, ref best, cancellation);
        if (latents == 1 || !(known || best.LogLikelihood > likelihood.NullBound(latents)
            || best.LogLikelihood > noise.Value.MostLikelihood((independent, seed) => search(independent, latents, seed))))
        {
            warnings.Add(NoSignal);
        }
        if (!known && best.Search is { Settled: false } unsettled) warnings.Add($"labels still changed after {unsettled.Rounds} rounds");
        return new Grouping(best.Labels, latents) { Warnings = warnings, Search = best.Search };

        FoundLabels Find(int latents)
        {
            cancellation.ThrowIfCancellationRequested();
            return latents == 1 ? new FoundLabels(new int[n], 0) : search(pairs, latents, Seed);
        }
    }

    /// <summary>The labels of a level where none need be searched: no pairs were seen, or no more tuples than there are latents.</summary>
    /// <param name="counts">Counts of the level.</param>
    /// <param name="pairs">The same as matrices.</param>
    /// <param name="warnings">Receives what is doubtful.</param>
    /// <returns>Null where they must be.</returns>
    public Grouping? WithoutSearch(LevelCounts counts, TuplePairs pairs, List<string> warnings)
    {
        int n = counts.Tuples.Count;
        if (pairs.UnseenShare(counts.Branching) is var unseen and > 0.01)
        {
            warnings.Add(string.Create(CultureInfo.InvariantCulture,
                $"P is below coverage: about {100 * unseen:0}% of the tuples of new strings were not seen in training and stay "
                    + $"unresolved (Good-Turing estimate)"));
        }
        if (pairs.Pairs == 0)
        {
            warnings.Add("no two cousin tuples were seen together, nothing can be learned at this level");
            return new Grouping(new int[n], 1) { Warnings = warnings };
        }
        if (Estimate || n > Latents) return null;
        if (n == Latents)
            warnings.Add($"there are as many tuples as latents ({n}): every tuple is a latent of its own (m = 1), nothing to learn");
        return new Grouping([.. Enumerable.Range(0, n)], Latents) { Warnings = warnings };
    }

    /// <summary>One more than the directions of the spectrum above noise.</summary>
    public int LatentsAboveNoise(TuplePairs pairs, IndependentPairs noise)
    {
        int k = Math.Min(pairs.Count, MostLatents) - 1;
        return DirectionsAboveNoise(pairs, pairs.KeepStacked(Math.Max(1, k), Seed), noise) + 1;
    }

    /// <summary>Improves labels by the law of whole tuples; answers whether their evidence exceeds what naming them costs.</summary>
    private bool Refine(LevelCounts counts, WholeTuples whole, int latents, ref FoundLabels labels, CancellationToken cancellation)
    {
        if (Math.Pow(latents, counts.Branching) > TupleLikelihood.LargestTable) return false;
        int[]? tuples = GrandparentTuples.Collect(whole.Data, whole.Lower, counts.Tuples, counts.Branching, cancellation);
        if (tuples is null || tuples.Length == 0) return false;
        var likelihood = new TupleLikelihood(tuples, counts.Branching, counts.Tuples.Count);
        int[] first = labels.Labels;
        FoundLabels best = BestOfStarts(whole.Starts, Threads, start =>
        {
            ulong seed = RandomStream.DeriveSeed(Seed, start);
            RandomStream random = StreamOffsets.DrawnLabels.Open(seed);
            (int[] found, double evidence, bool atOnce) = likelihood.Sample(first, latents, random, cancellation);
            return new FoundLabels(found, evidence) { IsFinal = atOnce };
        }, (a, b) => a > 0 && Math.Abs(a - b) <= 1e-9 * a, cancellation);
        labels = labels with { Labels = best.Labels };
        return best.LogLikelihood > counts.Tuples.Count * Math.Log(latents);
    }

    /// <summary>Starts from pair counts: ends when the best likelihood has been found twice.</summary>
    /// <param name="likelihood">Of the counts.</param>
    /// <param name="latents">Number of labels.</param>
    /// <param name="starts">At most so many.</param>
    /// <param name="threads">No result depends on it.</param>
    /// <param name="find">Labels from start number 0, 1, ...</param>
    /// <param name="cancellation">Stops between waves.</param>
    public static FoundLabels BestOfStarts(PairLikelihood likelihood, int latents, int starts, int threads, Func<int, FoundLabels> find,
        CancellationToken cancellation)
    {
        double bound = likelihood.NullBound(latents);
        return BestOfStarts(starts, threads, find, (next, best) =>
        {
            // The same partition under other names gives the same sum in another order; one as good, with a few points elsewhere, ends
            // the search too where no labelling of noise comes near.
            bool clear = Math.Min(next, best) > 2 * bound;
            // Labels that are all the same have likelihood 0: finding them twice says nothing.
            return next > 0 && Math.Abs(next - best) <= (clear ? AsGood : 1e-9) * best;
        }, cancellation);
    }

    /// <summary>Starts one after the other, in waves of as many as there are threads, until the best was found twice.</summary>
    /// <param name="starts">At most so many.</param>
    /// <param name="threads">No result depends on it.</param>
    /// <param name="find">Labels from start number 0, 1, ...</param>
    /// <param name="again">Whether a start has found what the best one before it found, by their likelihoods.</param>
    /// <param name="cancellation">Stops between waves.</param>
    private static FoundLabels BestOfStarts(int starts, int threads, Func<int, FoundLabels> find, Func<double, double, bool> again,
        CancellationToken cancellation)
    {
        var found = new FoundLabels[starts];
        int best = 0;
        for (int wave = 0; wave < starts; wave += threads)
        {
            cancellation.ThrowIfCancellationRequested();
            int first = wave, end = Math.Min(starts, wave + threads);
            ParallelLoop.Ordered(threads, end - first, number => found[first + number] = find(first + number), cancellation);
            for (int start = wave; start < end; start++)
            {
                (double next, double most) = (found[start].LogLikelihood, found[best].LogLikelihood);
                if (next > most) best = start;
                if (found[start].IsFinal || (start > 0 && again(next, most))) return Made(start + 1);
            }
        }
        return Made(starts);

        FoundLabels Made(int count) =>
            found[best] with { Search = found[best].Search is { } search ? search with { Starts = count } : null };
    }

    /// <summary>k-means, and the split and merge of clusters that gets it out of its usual bad optimum.</summary>
    /// <param name="points">Row by row.</param>
    /// <param name="dimension">Length of a row.</param>
    /// <param name="latents">Number of clusters.</param>
    /// <param name="careful">Ten runs instead of a single one.</param>
    /// <param name="seed">Of the runs.</param>
    public static int[] Cluster(double[] points, int dimension, int latents, bool careful, ulong seed)
    {
        // Of many points k-means is a single short run: what is wrong after it is put right by what follows.
        Partition partition = points.Length / dimension <= KMeans.LargestGram
            ? KMeans.Cluster(points, dimension, latents, careful ? CarefulRestarts : 1, seed)
            : KMeans.Cluster(points, dimension, latents, 1, seed, iterations: FewIterations);
        return SplitMerge.Improve(points, dimension, partition.Labels, latents);
    }

    /// <summary>
    /// The number of directions above noise. The projected subspace has less noise than the stacked one and may hold more directions
    /// than it showed, so they are counted again with room for more until no more appear.
    /// </summary>
    private static int DirectionsAboveNoise(TuplePairs pairs, Spectrum stacked, IndependentPairs noise)
    {
        double stackedEdge = noise.StackedEdge;
        int known = stacked.Values.Count(value => value > stackedEdge), room = 0;
        while (known > 0 && room < stacked.Values.Length)
        {
            room = Math.Min(stacked.Values.Length, 2 * known + 1);
            double edge = noise.ProjectedEdge(room);
            int above = pairs.Embedding.Projected(stacked.Leading(room)).Values.Count(value => value > edge);
            if (above <= known) break;
            known = above;
        }
        return known;
    }
}
