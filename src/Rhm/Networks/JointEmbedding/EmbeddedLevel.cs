using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Factorization;

namespace Rhm.Networks.JointEmbedding;

/// <summary>What was learned of a level: the codes of its tuples and their embeddings.</summary>
/// <param name="Labels">Code of every tuple.</param>
/// <param name="Latents">Number of codes.</param>
/// <param name="Embeddings">[tuples, d]; empty where nothing had to be learned.</param>
/// <param name="Dimension">d.</param>
/// <param name="Rank">Effective rank; 0 where nothing had to be learned.</param>
internal sealed record EmbeddedLevel(int[] Labels, int Latents, float[] Embeddings, int Dimension, double Rank)
{
    // Of an embedding that holds one direction and noise.
    private const double CollapsedRank = 1.5;

    /// <summary>Whether the embeddings hold a single direction, where there are several.</summary>
    public bool HasCollapsed => Embeddings.Length > 0 && Dimension > 1 && Rank < CollapsedRank;

    /// <summary>exp of the entropy of the normalised eigenvalues of the covariance.</summary>
    public static double RankOf(Matrix<double> covariance)
    {
        double[] values = [.. covariance.Evd(Symmetricity.Symmetric).EigenValues.Real().Select(value => Math.Max(value, 0))];
        double total = values.Sum();
        return total > 0 ? Math.Exp(-values.Where(value => value > 0).Sum(value => value / total * Math.Log(value / total))) : 0;
    }

    /// <summary>Covariance of embeddings over all positions.</summary>
    public static Matrix<double> Covariance(IReadOnlyList<CousinPairs> pairs, double[] z)
    {
        CousinPairs alone = CousinPairs.Alone(JointEmbeddingNetwork<float>.Shares(pairs));
        return new PairMoments(alone, z, z).First;
    }

    /// <summary>
    /// Embeddings in whitened coordinates, rotated to the directions in which cousins agree and weighted by how much they do (roots of the
    /// eigenvalues of the sum of M M^T): directions of noise would spoil k-means.
    /// </summary>
    public static double[] Rotated(IReadOnlyList<CousinPairs> pairs, double[] z)
    {
        int n = pairs[0].Tuples, d = z.Length / n;
        Matrix<double> embeddings = Matrix<double>.Build.Dense(n, d, (a, k) => z[a * d + k]);
        Matrix<double> whitened = embeddings * PairObjective.InverseRoot(Covariance(pairs, z));
        double[] w = whitened.ToRowMajorArray();
        var agreement = Matrix<double>.Build.Dense(d, d);
        foreach (CousinPairs one in pairs)
        {
            Matrix<double> cross = new PairMoments(one, w, w).Cross;
            agreement += cross.TransposeAndMultiply(cross) + cross.TransposeThisAndMultiply(cross);
        }
        Evd<double> common = agreement.Evd(Symmetricity.Symmetric);
        Vector<double> roots = common.EigenValues.Real().PointwiseMaximum(0).PointwiseSqrt();
        return (whitened * common.EigenVectors * Matrix<double>.Build.DenseOfDiagonalVector(roots)).ToRowMajorArray();
    }
}
