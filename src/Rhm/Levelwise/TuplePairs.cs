using Rhm.Clustering;
using Rhm.Levelwise.Counting;

namespace Rhm.Levelwise;

/// <summary>
/// How often tuples of a level stand under one grandparent, as sparse matrices [n, n] over the n observed tuples, one for each two child
/// positions i &lt; j: row = tuple at i, column = tuple at j. What the learners from pair counts share.
/// </summary>
internal sealed class TuplePairs
{
    private readonly Lazy<SpectralEmbedding> _embedding;
    private readonly Lazy<PairLikelihood> _likelihood;
    private readonly Lazy<SparseMatrix[]> _ordered;
    private Spectrum? _kept;

    /// <summary>Takes over the matrices.</summary>
    /// <param name="matrices">One for each pair of positions.</param>
    /// <param name="threads">No result depends on it.</param>
    public TuplePairs(SparseMatrix[] matrices, int threads)
    {
        Matrices = matrices;
        _embedding = new(() => new SpectralEmbedding(matrices, threads));
        _likelihood = new(() => new PairLikelihood(matrices));
        _ordered = new(() => [.. matrices.SelectMany(matrix => (SparseMatrix[])[matrix, matrix.Transposed()])]);
    }

    /// <summary>The matrices.</summary>
    public SparseMatrix[] Matrices { get; }

    /// <summary>The same for every ordered pair of positions: each matrix, followed by its transpose.</summary>
    public SparseMatrix[] Ordered => _ordered.Value;

    /// <summary>n.</summary>
    public int Count => Matrices[0].Rows;

    /// <summary>The spectrum of the normalised matrices.</summary>
    public SpectralEmbedding Embedding => _embedding.Value;

    /// <summary>The likelihood of labels.</summary>
    public PairLikelihood Likelihood => _likelihood.Value;

    /// <summary>Grandparents with two resolved tuples at some pair of positions.</summary>
    public double Pairs => Matrices.Max(matrix => matrix.Value.Sum());

    /// <summary>The counts of a level.</summary>
    /// <param name="counts">Of latent targets, all cousins.</param>
    /// <param name="threads">No result depends on it.</param>
    public static TuplePairs Of(LevelCounts counts, int threads)
    {
        int n = counts.Tuples.Count;
        var matrices = new List<SparseMatrix>();
        for (int i = 0; i < counts.Branching; i++)
        {
            for (int j = i + 1; j < counts.Branching; j++)
            {
                PairCounts pairs = counts.Pairs(i, j);
                matrices.Add(SparseMatrix.FromEntries(n, n, pairs.First, pairs.Second, [.. pairs.Counts.Select(count => (double)count)]));
            }
        }
        return new TuplePairs([.. matrices], threads);
    }

    /// <summary>The k leading singular vectors of the stacked matrices;
    /// computed anew unless <see cref="KeepStacked"/> kept as many.</summary>
    /// <param name="k">How many, at most n.</param>
    /// <param name="seed">Seed of the starting vectors.</param>
    public Spectrum Stacked(int k, ulong seed) => _kept?.Leading(k) ?? Embedding.Stacked(k, seed);

    /// <summary>Computes k singular vectors, of which <see cref="Stacked"/> gives the leading ones from now on.</summary>
    public Spectrum KeepStacked(int k, ulong seed) => _kept = Embedding.Stacked(k, seed);

    /// <summary>
    /// Good and Turing's estimate of the probability that the next tuple is a new one: the share of occurrences that are the only one of
    /// their tuple. Occurrences at child position 0 are those in the rows of the pairs (0, j), and so on.
    /// </summary>
    /// <param name="branching">s; every occurrence with resolved cousins stands in s-1 of the matrices.</param>
    public double UnseenShare(int branching)
    {
        var seen = new double[Count];
        foreach (SparseMatrix matrix in Matrices)
        {
            double[] rows = matrix.RowSums(), columns = matrix.Transposed().RowSums();
            for (int tuple = 0; tuple < seen.Length; tuple++) seen[tuple] += rows[tuple] + columns[tuple];
        }
        double total = seen.Sum(), once = branching - 1;
        return total == 0 ? 1 : seen.Count(times => times > 0 && times <= once) * once / total;
    }
}
