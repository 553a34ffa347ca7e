using Rhm.Networks.Training;
using Rhm.Numerics;
using Rhm.Strings;

namespace Rhm.Networks.JointEmbedding;

/// <summary>
/// Encoders of all levels, trained at once: the elements of a tuple are one-hot tokens at the lowest level and the embeddings of the tuples
/// below elsewhere, through which gradients go on down. Every distinct tuple of a batch is encoded once.
/// </summary>
internal sealed class EmbeddingStack
{
    private const int DefaultBatch = 1024;

    private readonly RepeatedStrings _strings;
    private readonly int _branching, _vocabulary, _threads;
    private readonly LevelTraining[] _levels;

    /// <summary>Networks with initial weights.</summary>
    public EmbeddingStack(IStringSource data, int branching, EmbeddedHierarchy hierarchy, JointEmbeddingOptions options)
    {
        int batch = (int)Math.Min(data.Count, options.Batch > 0 ? options.Batch : DefaultBatch);
        if (batch < 2) throw new ArgumentException("a batch is cut in two halves: gradients through all levels need 2 strings");
        _strings = new RepeatedStrings(data, batch, options.Seed);
        (_branching, _vocabulary, _threads) = (branching, data.Vocabulary, options.Threads);
        int d = options.DimensionFor(options.Latents > 0 ? options.Latents : data.Vocabulary);
        _levels = [.. Enumerable.Range(0, hierarchy.Depth - 1).Select(level => new LevelTraining(new JointEmbeddingNetwork<float>(
            branching * (level == 0 ? data.Vocabulary : d), branching, d, hierarchy.OptionsOf(level))))];
    }

    /// <summary>Tells these strings from others.</summary>
    public string Hash => _strings.Hash;

    /// <summary>From the lowest level up.</summary>
    public IReadOnlyList<LevelTraining> Levels => _levels;

    /// <summary>Effective ranks in the last step.</summary>
    public double[] Ranks { get; private set; } = [];

    /// <summary>One step on a batch of strings.</summary>
    /// <param name="step">From 1.</param>
    /// <param name="optimiser">AdamW with the rate of the step.</param>
    /// <returns>Losses of the levels before it.</returns>
    public double[] Advance(long step, AdamW optimiser)
    {
        ushort[] tokens = _strings.BatchOf(step - 1).Tokens;
        TupleBatch[] batches = [.. TupleBatch.Of(tokens, _branching, _vocabulary, _levels.Length)];
        double[][] z = new double[_levels.Length][], gradients = new double[_levels.Length][];
        float[][] inputs = new float[_levels.Length][];
        for (int l = 0; l < _levels.Length; l++)
        {
            inputs[l] = l == 0 ? batches[l].OneHot(_vocabulary) : batches[l].Elements(z[l - 1], _levels[l - 1].Network.Dimension);
            z[l] = _levels[l].Network.Embed(inputs[l], _threads);
            gradients[l] = new double[z[l].Length];
        }
        Ranks = [.. batches.Select((batch, l) => EmbeddedLevel.RankOf(EmbeddedLevel.Covariance(batch.Pairs, z[l])))];
        var losses = new double[_levels.Length];
        for (int l = _levels.Length - 1; l >= 0; l--)
        {
            LevelTraining level = _levels[l];
            losses[l] = level.Network.Loss(inputs[l], z[l], batches[l].Pairs, step, gradients[l], level.Predictors, _threads);
            float[] ofInputs = l == 0 ? [] : new float[inputs[l].Length];
            level.Network.Backward(inputs[l], gradients[l], level.Encoder, ofInputs, _threads);
            level.RequireFinite(losses[l], step, l);
            if (l > 0) batches[l].AddTo(gradients[l - 1], ofInputs, _levels[l - 1].Network.Dimension);
        }
        foreach (LevelTraining level in _levels) level.Step(optimiser, step, _threads);
        return losses;
    }

    /// <summary>Reads off the codes of all levels: the elements of a tuple of codes are the mean embeddings of these.</summary>
    public void ReadOff(EmbeddedHierarchy hierarchy, CancellationToken cancellation)
    {
        float[] means = [];
        for (int l = 0; l < _levels.Length; l++)
        {
            TupleProblem problem = hierarchy.Open(cancellation);
            if (problem.Known is not null)
            {
                hierarchy.Close(problem, new EmbeddedLevel(problem.Known.Labels, problem.Known.Symbols, [], 0, 0));
                means = new float[problem.Known.Symbols * _levels[l].Network.Dimension];
                continue;
            }
            double[] z = _levels[l].Network.Embed(l == 0 ? problem.OneHot() : problem.Elements(means), _threads);
            EmbeddedLevel found = hierarchy.Cluster(problem, z);
            means = Means(found, JointEmbeddingNetwork<float>.Shares(problem.Pairs));
            hierarchy.Close(problem, found);
        }
    }

    private static float[] Means(EmbeddedLevel level, double[] shares)
    {
        int d = level.Dimension;
        var (sums, weights) = (new double[level.Latents * d], new double[level.Latents]);
        for (int a = 0; a < shares.Length; a++)
        {
            weights[level.Labels[a]] += shares[a];
            for (int k = 0; k < d; k++) sums[level.Labels[a] * d + k] += shares[a] * level.Embeddings[a * d + k];
        }
        return [.. sums.Select((sum, at) => weights[at / d] > 0 ? (float)(sum / weights[at / d]) : 0)];
    }
}
