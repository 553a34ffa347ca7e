using MathNet.Numerics.LinearAlgebra;
using Rhm.Networks.JointEmbedding;

namespace Rhm.Networks.Transformers;

/// <summary>
/// The objectives of joint embedding with a masked block and what is in sight of it in the place of two cousin tuples: functions of the
/// moments of their embeddings over a batch.
/// </summary>
internal static class BlockObjective
{
    /// <summary>The loss, and its gradient with respect to both embeddings and the predictor.</summary>
    /// <param name="contexts">Embeddings of what is in sight, [N, k].</param>
    /// <param name="blocks">Embeddings of the blocks, [N, k].</param>
    /// <param name="predictor">W, from the first to the second, [k, k]; VAMP-2 has none, and leaves it as it is.</param>
    /// <param name="options">The objective and its weights.</param>
    /// <param name="threads">No result depends on it.</param>
    public static (double Loss, double[] OfContexts, double[] OfBlocks, Matrix<double> OfPredictor) Measure(double[] contexts,
        double[] blocks, Matrix<double> predictor, BlockEmbeddingOptions options, int threads)
    {
        int k = predictor.RowCount, count = contexts.Length / k;
        double[] ofContexts = new double[contexts.Length], ofBlocks = new double[blocks.Length];
        double[] shares = [.. Enumerable.Repeat(1.0 / count, count)];
        var pairs = CousinPairs.Alone(shares);
        if (options.Regulariser == JointEmbeddingObjective.Vamp)
        {
            // The halves of a batch are independent: their product has no bias (the squares of one would). A single block is its own half.
            int half = Math.Max(1, count / 2);
            PairMoments one = Of(pairs.Part(0, half)), other = Of(pairs.Part(count - half, half));
            (PairObjective first, PairObjective second) = PairObjective.Vamp(one, other);
            Add(one, first);
            Add(other, second);
            return (first.Loss, ofContexts, ofBlocks, first.Predictor);
        }
        PairMoments moments = Of(pairs);
        PairObjective value = options.Regulariser switch
        {
            JointEmbeddingObjective.SpectralContrastive => PairObjective.SpectralContrastive(moments, predictor),
            JointEmbeddingObjective.VicReg => PairObjective.VicReg(moments, predictor, new JointEmbeddingOptions
            {
                PredictionWeight = options.PredictionWeight,
                SpreadWeight = options.SpreadWeight,
                CovarianceWeight = options.CovarianceWeight,
            }),
            _ => PairObjective.BarlowTwins(moments, predictor, options.CovarianceWeight),
        };
        Add(moments, value);
        return (value.Loss, ofContexts, ofBlocks, value.Predictor);

        PairMoments Of(CousinPairs part) => new(part, contexts, blocks, threads);

        void Add(PairMoments of, PairObjective part)
        {
            of.AddToFirst(part.First, part.Cross, ofContexts);
            of.AddToSecond(part.Second, part.Cross, ofBlocks);
        }
    }
}
