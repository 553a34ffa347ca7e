using System.Globalization;
using Rhm.Clustering;
using Rhm.Grammars;
using Rhm.Learning;
using Rhm.Levelwise;
using Rhm.Networks.Probes;
using Rhm.Population;
using Rhm.Randomness;
using Rhm.Strings;

namespace Rhm.Networks.JointEmbedding;

/// <summary>The levels found so far: opens the next one, whose tuples are made of the codes below, and takes over what was learned of it.
/// </summary>
internal sealed class EmbeddedHierarchy(IStringSource data, int branching, JointEmbeddingOptions options)
{
    private readonly List<LearnedLevel> _learned = [];
    private readonly List<string> _warnings = [];
    private readonly List<EmbeddedLevel> _levels = [];

    /// <summary>L.</summary>
    public int Depth { get; } = data.Depth(branching);

    /// <summary>The levels found.</summary>
    public IReadOnlyList<EmbeddedLevel> Levels => _levels;

    /// <summary>Labels and warnings of all levels.</summary>
    public LearnedHierarchy Learned => new(Depth, branching, data.Vocabulary, _learned, _warnings);

    /// <summary>Settings of a level, with its own seed.</summary>
    public JointEmbeddingOptions OptionsOf(int level) => options with { Seed = RandomStream.DeriveSeed(options.Seed, level) };

    /// <summary>Counts the tuples of the next level; one pass over the strings.</summary>
    public TupleProblem Open(CancellationToken cancellation)
    {
        LevelCounts counts = LevelCounts.Collect(data, _learned, Depth, branching, Target.Latent, CousinTargets.All,
            poolGrandparents: true, options.Threads, cancellation);
        TuplePairs tuples = TuplePairs.Of(counts, options.Threads);
        PairClustering clustering = Clustering();
        var warnings = new List<string>();
        int latents = clustering.Latents, n = counts.Tuples.Count;
        Grouping? known = clustering.WithoutSearch(counts, tuples, warnings);
        if (known is null && options.EstimateLatents)
        {
            latents = clustering.LatentsAboveNoise(tuples, Noise(tuples));
            if (latents == 1)
            {
                warnings.Add(PairClustering.NoSignal);
                known = new Grouping(new int[n], 1);
            }
        }
        CousinPairs[] pairs = known is null ? [.. tuples.Matrices.Select(CousinPairs.Of)] : [];
        return new TupleProblem(counts, tuples, pairs, latents, known, warnings);
    }

    /// <summary>An untrained network for a level.</summary>
    public LevelTraining NewTraining(TupleProblem problem, float[] inputs) => new(new JointEmbeddingNetwork<float>(
        inputs.Length / problem.Counts.Tuples.Count, branching, options.DimensionFor(problem.Latents), OptionsOf(_learned.Count)));

    /// <summary>Clusters the embeddings of a level.</summary>
    /// <param name="problem">The level.</param>
    /// <param name="z">Embeddings of its tuples, [tuples, d].</param>
    public EmbeddedLevel Cluster(TupleProblem problem, double[] z)
    {
        int d = z.Length / problem.Counts.Tuples.Count;
        Partition found = KMeans.Cluster(EmbeddedLevel.Rotated(problem.Pairs, z), d, problem.Latents, options.Restarts,
            OptionsOf(_learned.Count).Seed, options.Threads);
        double rank = EmbeddedLevel.RankOf(EmbeddedLevel.Covariance(problem.Pairs, z));
        return new EmbeddedLevel(found.Labels, problem.Latents, [.. z.Select(value => (float)value)], d, rank);
    }

    /// <summary>Takes over a level: what was learned, or where nothing was to be, the groups that are known.</summary>
    public void Close(TupleProblem problem, EmbeddedLevel level)
    {
        List<string> warnings = [.. problem.Warnings];
        if (level.HasCollapsed)
        {
            warnings.Add(string.Create(CultureInfo.InvariantCulture,
                $"the embeddings have collapsed: effective rank {level.Rank:0.00} of {level.Dimension}"));
        }
        if (problem.Known is null && !IsClear(problem, level)) warnings.Add(PairClustering.NoSignal);
        LevelwiseLearning.Add(_learned, _warnings, problem.Counts, new Grouping(level.Labels, level.Latents) { Warnings = warnings });
        _levels.Add(level);
    }

    /// <summary>
    /// Whether the labels say more of the counts than those that the same training finds in counts without correlations, which is only done
    /// where no bound decides.
    /// </summary>
    private bool IsClear(TupleProblem problem, EmbeddedLevel level)
    {
        PairLikelihood likelihood = problem.Tuples.Likelihood;
        double found = likelihood.LogLikelihood(level.Labels, level.Latents);
        return found > likelihood.NullBound(level.Latents) || found > Noise(problem.Tuples).MostLikelihood((independent, _) =>
        {
            TupleProblem noise = problem with { Tuples = independent, Pairs = [.. independent.Matrices.Select(CousinPairs.Of)] };
            float[] inputs = noise.OneHot();
            LevelTraining training = NewTraining(noise, inputs);
            JointEmbeddingOptions own = OptionsOf(_learned.Count) with { Gradients = JointEmbeddingGradients.Local };
            for (long step = 1; step <= own.Steps; step++) training.Advance(inputs, noise.Pairs, step, _learned.Count, own);
            int[] labels = Cluster(noise, training.Network.Embed(inputs, own.Threads)).Labels;
            return new FoundLabels(labels, independent.Likelihood.LogLikelihood(labels, noise.Latents));
        });
    }

    /// <summary>
    /// The embeddings of every node of levels 1..L-1, for probes: those of its tuple; zero where that was not seen, or nothing had to be
    /// learned.
    /// </summary>
    /// <param name="tokens">[strings, s^L].</param>
    public IReadOnlyList<LayerStates> Hidden(ReadOnlySpan<ushort> tokens)
    {
        var layers = new List<LayerStates>();
        ushort[] below = tokens.ToArray();
        int strings = tokens.Length / data.TokenCount;
        foreach ((int l, EmbeddedLevel level) in _levels.Index())
        {
            TupleIndex tuples = _learned[l].Tuples;
            int d = Math.Max(1, level.Dimension), symbols = l == 0 ? data.Vocabulary : _levels[l - 1].Latents;
            var above = new ushort[below.Length / branching];
            var values = new float[above.Length * d];
            for (int node = 0; node < above.Length; node++)
            {
                ReadOnlySpan<ushort> tuple = below.AsSpan(node * branching, branching);
                int number = tuple.ContainsAnyExceptInRange((ushort)0, (ushort)(symbols - 1)) ? -1 : tuples.Find(tuple);
                above[node] = number < 0 ? LearnedHierarchy.Unresolved : (ushort)level.Labels[number];
                if (number >= 0 && level.Embeddings.Length > 0)
                    level.Embeddings.AsSpan(number * d, d).CopyTo(values.AsSpan(node * d));
            }
            layers.Add(new LayerStates(values, above.Length / strings, d));
            below = above;
        }
        return layers;
    }

    private PairClustering Clustering() => new(options.Latents > 0 ? options.Latents : data.Vocabulary, options.EstimateLatents,
        options.MostLatents, OptionsOf(_learned.Count).Seed, options.Threads);

    private IndependentPairs Noise(TuplePairs tuples) => new(tuples, OptionsOf(_learned.Count).Seed, options.Threads);
}
