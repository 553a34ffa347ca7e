using Rhm.Clustering;

namespace Rhm.Levelwise;

/// <summary>
/// Context vectors of tuples that are made of codes of their cousin tuples: for each ordered pair of child positions a block of as many
/// numbers as there are codes. Where N(a) of the C(a) cousins of tuple a stand at this pair and the codes of these have the mean one-hot
/// vector q(a), whose mean over all tuples is p, the block is (N/C)^(1/2) (q(a) - p): its sampling noise is (1 - |p|^2) / C(a) in all.
/// </summary>
internal sealed class OwnLatentContexts
{
    private readonly SparseMatrix[] _ordered;
    private readonly double[][] _times;
    private readonly double[] _cousins;

    /// <summary>Sums up the counts.</summary>
    /// <param name="pairs">Of the tuples.</param>
    public OwnLatentContexts(TuplePairs pairs)
    {
        _ordered = pairs.Ordered;
        _times = [.. _ordered.Select(matrix => matrix.RowSums())];
        _cousins = new double[pairs.Count];
        foreach (double[] times in _times)
        {
            for (int a = 0; a < _cousins.Length; a++) _cousins[a] += times[a];
        }
    }

    /// <summary>Length of a context vector for one code of a cousin.</summary>
    /// <param name="codes">Number of codes.</param>
    public int Dimension(int codes) => _ordered.Length * codes;

    /// <summary>The vectors, row by row: one pass over the pairs that occur. The same bits whatever the names of the codes, but for the
    /// order of columns.</summary>
    /// <param name="codes">For each kind of code (a single one, or each element of a tuple) the code of every tuple.</param>
    /// <param name="count">Number of codes of every kind.</param>
    public double[] Of(IReadOnlyList<int[]> codes, int count)
    {
        int n = _cousins.Length, kinds = codes.Count, dimension = Dimension(count) * kinds;
        var vectors = new double[n * dimension];
        var pooled = new double[count];
        for (int block = 0; block < _ordered.Length * kinds; block++)
        {
            (int[] code, int pair) = (codes[block % kinds], block / kinds);
            SparseMatrix matrix = _ordered[pair];
            Array.Clear(pooled);
            for (int a = 0; a < n; a++)
            {
                Span<double> context = vectors.AsSpan(a * dimension + block * count, count);
                for (int entry = matrix.Start[a]; entry < matrix.Start[a + 1]; entry++)
                    context[code[matrix.Index[entry]]] += matrix.Value[entry];
                for (int c = 0; c < count; c++) pooled[c] += context[c];
            }
            double all = Math.Max(1, _times[pair].Sum());
            for (int a = 0; a < n; a++)
            {
                Span<double> context = vectors.AsSpan(a * dimension + block * count, count);
                double times = _times[pair][a], scale = times > 0 ? 1 / Math.Sqrt(times * _cousins[a] * kinds) : 0;
                for (int c = 0; c < count; c++) context[c] = (context[c] - times * (pooled[c] / all)) * scale;
            }
        }
        return vectors;
    }
}
