using System.Globalization;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Factorization;
using Rhm.Clustering;
using Rhm.Learning;
using Rhm.Levelwise;
using Rhm.Levelwise.Counting;
using Rhm.Networks.Training;
using Rhm.Numerics;
using Rhm.Population;
using Rhm.Randomness;
using Rhm.Strings;

namespace Rhm.Networks.JointEmbedding;

/// <summary>
/// Learns the latents level by level by gradient descent: at each level an encoder of tuples predicts the embedding of cousin tuples, a
/// variable of the level that is being learned; k-means on the embeddings gives the codes of the next level. In the population the optimum
/// of
/// the whitened objectives is the span of the parents' indicators; from samples it is found from about v m^2/(1-f) strings, whatever the
/// depth,
/// where elements as targets (the paper's) need v m^3.
/// </summary>
public static class JointEmbeddingClustering
{
    private const int CurvePoints = 25;

    // Of an embedding that holds one direction and noise.
    private const double CollapsedRank = 1.5;

    /// <summary>Learns levels 1..L-1.</summary>
    /// <param name="data">The strings; read L-1 times.</param>
    /// <param name="branching">s; the depth follows from the length of the strings.</param>
    /// <param name="options">Settings; null for the defaults.</param>
    /// <param name="curve">Receives points of the training curves.</param>
    /// <param name="cancellation">Stops within a pass, and between steps.</param>
    /// <exception cref="ArgumentException">No strings, a length that is not a power of s, depth 1, symbols outside the vocabulary, or
    /// settings out of range.</exception>
    /// <exception cref="TrainingDivergedException">A loss is no finite number.</exception>
    /// <remarks>Cost per level: one pass over the data; each step, the pairs that occur times d, and the encoder forward and backward on v
    /// m tuples.</remarks>
    public static LearnedHierarchy Learn(IStringSource data, int branching, JointEmbeddingOptions? options = null,
        Action<JointEmbeddingCurvePoint>? curve = null, CancellationToken cancellation = default)
    {
        options ??= new JointEmbeddingOptions();
        LevelwiseLearning.Require(data, branching);
        options.Validate();
        return LevelwiseLearning.Learn(data, branching, Target.Latent, CousinTargets.All, poolGrandparents: true, options.Threads,
            (counts, lower) =>
            {
                int level = lower.Count;
                JointEmbeddingOptions own = options with { Seed = RandomStream.DeriveSeed(options.Seed, level) };
                return Group(counts, level, data.Vocabulary, own, curve, cancellation);
            }, cancellation);
    }

    private static Grouping Group(LevelCounts counts, int level, int latents, JointEmbeddingOptions options,
        Action<JointEmbeddingCurvePoint>? curve, CancellationToken cancellation)
    {
        int tuples = counts.Tuples.Count, s = counts.Branching;
        if (tuples <= latents) return new Grouping([.. Enumerable.Range(0, tuples)], latents);
        List<CousinPairs> pairs = [];
        for (int i = 0; i < s; i++)
        {
            for (int j = i + 1; j < s; j++)
            {
                PairCounts counted = counts.Pairs(i, j);
                if (counted.Counts.Length == 0)
                {
                    return new Grouping(new int[tuples], 1)
                    {
                        Warnings = ["no two cousin tuples were seen together, nothing can be learned at this level"],
                    };
                }
                pairs.Add(CousinPairs.Of(counted.First, counted.Second, counted.Counts));
            }
        }
        int d = options.DimensionFor(latents);
        var network = new JointEmbeddingNetwork<float>(OneHot(counts), tuples, s, d, options);
        Train(network, pairs, level, options, curve, cancellation);
        double[] z = network.Embed(options.Threads);
        double rank = Rank(network, pairs, z);
        Partition found = KMeans.Cluster(Rotated(network, pairs, z), d, latents, options.Restarts, options.Seed, options.Threads);
        string[] warnings = rank < CollapsedRank && d > 1
            ? [string.Create(CultureInfo.InvariantCulture, $"the embeddings have collapsed: effective rank {rank:0.00} of {d}")]
            : [];
        return new Grouping(found.Labels, latents) { Warnings = warnings };
    }

    private static void Train(JointEmbeddingNetwork<float> network, List<CousinPairs> pairs, int level, JointEmbeddingOptions options,
        Action<JointEmbeddingCurvePoint>? curve, CancellationToken cancellation)
    {
        float[][] parameters = [network.Encoder.Parameters, network.Predictors];
        float[][] gradients = [.. parameters.Select(part => new float[part.Length])];
        (float[] First, float[] Second)[] moments = [.. parameters.Select(part => (new float[part.Length], new float[part.Length]))];
        for (long step = 1; step <= options.Steps; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            double loss = network.Gradient(Batch(pairs, step, options), step, gradients[0], gradients[1], options.Threads);
            if (!double.IsFinite(loss)) throw new TrainingDivergedException(step, $"loss of level {level + 1}");
            var optimiser = new AdamW(Rate(step, options), WeightDecay: options.WeightDecay);
            for (int part = 0; part < parameters.Length; part++)
            {
                (float[] first, float[] second) = moments[part];
                optimiser.Step(parameters[part], gradients[part], first, second, checked((int)step), options.Threads);
            }
            network.FollowTeacher();
            if (curve is not null && (step == 1 || step * CurvePoints / options.Steps > (step - 1) * CurvePoints / options.Steps))
                curve(new JointEmbeddingCurvePoint(level, step, loss, Rank(network, pairs, network.Embed(options.Threads))));
        }
    }

    private static double Rate(long step, JointEmbeddingOptions options)
    {
        double half = options.Steps / 2.0;
        return step <= half ? options.LearningRate : options.LearningRate * 0.5 * (1 + Math.Cos(Math.PI * (step - half) / half));
    }

    private static List<CousinPairs> Batch(List<CousinPairs> pairs, long step, JointEmbeddingOptions options)
    {
        if (options.Batch == 0) return pairs;
        ulong seed = RandomStream.DeriveSeed(options.Seed, step);
        return [.. pairs.Select((one, p) => one.Draw(options.Batch, StreamOffsets.CousinPairs.Open(seed, (ulong)p)))];
    }

    private static double[] OneHot(LevelCounts counts)
    {
        int tuples = counts.Tuples.Count, s = counts.Branching, symbols = counts.Symbols;
        var elements = new double[tuples * s * symbols];
        for (int a = 0; a < tuples; a++)
        {
            ReadOnlySpan<ushort> tuple = counts.Tuples[a];
            for (int i = 0; i < s; i++) elements[(a * s + i) * symbols + tuple[i]] = 1;
        }
        return elements;
    }

    /// <summary>exp of the entropy of the normalised eigenvalues of the covariance.</summary>
    private static double Rank(JointEmbeddingNetwork<float> network, List<CousinPairs> pairs, double[] z)
    {
        Evd<double> eigen = Covariance(network, pairs, z).Evd(Symmetricity.Symmetric);
        double[] values = [.. eigen.EigenValues.Real().Select(value => Math.Max(value, 0))];
        double total = values.Sum();
        return total > 0 ? Math.Exp(-values.Where(value => value > 0).Sum(value => value / total * Math.Log(value / total))) : 0;
    }

    private static Matrix<double> Covariance(JointEmbeddingNetwork<float> network, List<CousinPairs> pairs, double[] z)
    {
        int[] all = [.. Enumerable.Range(0, network.Tuples)];
        return new PairMoments(new CousinPairs(all, all, network.Shares(pairs)), z, z, network.Tuples).First;
    }

    /// <summary>
    /// Embeddings in whitened coordinates, rotated to the directions in which cousins agree and weighted by how much they do (roots of the
    /// eigenvalues of the sum of M M^T): directions of noise would spoil k-means.
    /// </summary>
    private static double[] Rotated(JointEmbeddingNetwork<float> network, List<CousinPairs> pairs, double[] z)
    {
        int n = network.Tuples, d = network.Dimension;
        Matrix<double> embeddings = Matrix<double>.Build.Dense(n, d, (a, k) => z[a * d + k]);
        Matrix<double> whitened = embeddings * PairObjective.InverseRoot(Covariance(network, pairs, z));
        double[] w = whitened.ToRowMajorArray();
        var agreement = Matrix<double>.Build.Dense(d, d);
        foreach (CousinPairs one in pairs)
        {
            Matrix<double> cross = new PairMoments(one, w, w, n).Cross;
            agreement += cross.TransposeAndMultiply(cross) + cross.TransposeThisAndMultiply(cross);
        }
        Evd<double> common = agreement.Evd(Symmetricity.Symmetric);
        Vector<double> roots = common.EigenValues.Real().PointwiseMaximum(0).PointwiseSqrt();
        return (whitened * common.EigenVectors * Matrix<double>.Build.DenseOfDiagonalVector(roots)).ToRowMajorArray();
    }
}
