using Rhm.Clustering;
using Rhm.Randomness;

namespace Rhm.Levelwise;

/// <summary>
/// Counts without any correlation: as many pairs, their halves drawn independently with the same frequencies, and what the same
/// computation finds in them (parallel analysis, Horn 1965).
/// </summary>
internal sealed class IndependentPairs
{
    // A null spectrum from this many pairs is as good as one from all of them.
    private const int MostPairs = 1 << 21;

    private readonly TuplePairs _pairs;
    private readonly ulong _seed;
    private readonly double _scale;

    /// <summary>Draws the pairs.</summary>
    /// <param name="pairs">The counts whose frequencies they have.</param>
    /// <param name="seed">Of the level.</param>
    /// <param name="threads">No result depends on it.</param>
    public IndependentPairs(TuplePairs pairs, ulong seed, int threads)
    {
        _seed = RandomStream.DeriveSeed(seed, -1);
        double share = Math.Min(1, MostPairs / pairs.Pairs);
        _pairs = new TuplePairs([.. pairs.Matrices.Select((matrix, b) =>
            Independent(matrix, share, StreamOffsets.IndependentPairs.Open(_seed, (ulong)b)))], threads);
        _scale = Math.Sqrt(share) * (1 + 3 * Math.Pow(pairs.Count, -2.0 / 3));
    }

    /// <summary>The edge of the noise of <see cref="SpectralEmbedding.Stacked"/>: its largest singular value here. The margin of 3 n^(-2/3)
    /// is five standard deviations of the Tracy-Widom law of that value for the size n.</summary>
    public double StackedEdge => _scale * _pairs.Stacked(1, _seed).Values[0];

    /// <summary>The same for <see cref="SpectralEmbedding.Projected"/> with k directions.</summary>
    public double ProjectedEdge(int k) => _scale * _pairs.Embedding.Projected(_pairs.Stacked(k, _seed)).Values[0];

    /// <summary>The log-likelihood that a search reaches here, and five standard deviations of a chi-square law of that mean, of the
    /// difference of two; infinite where it finds no labels at all, and has nothing to compare with.</summary>
    /// <param name="search">From pairs and a seed.</param>
    public double MostLikelihood(Func<TuplePairs, ulong, FoundLabels> search)
    {
        double reached = search(_pairs, _seed).LogLikelihood;
        return reached > 0 ? reached + 5 * Math.Sqrt(2 * reached) : double.PositiveInfinity;
    }

    private static SparseMatrix Independent(SparseMatrix matrix, double share, RandomStream random)
    {
        double[] rows = Cumulative(matrix.RowSums()), columns = Cumulative(matrix.Transposed().RowSums());
        long pairs = (long)Math.Round(share * rows[^1]);
        var keys = new long[pairs];
        for (long i = 0; i < pairs; i++) keys[i] = ((long)Draw(rows) << 32) | (uint)Draw(columns);
        Array.Sort(keys);
        var row = new List<int>();
        var column = new List<int>();
        var value = new List<double>();
        for (int i = 0; i < keys.Length; i++)
        {
            if (i > 0 && keys[i] == keys[i - 1])
            {
                value[^1]++;
                continue;
            }
            row.Add((int)(keys[i] >> 32));
            column.Add((int)(uint)keys[i]);
            value.Add(1);
        }
        return SparseMatrix.FromEntries(matrix.Rows, matrix.Columns, [.. row], [.. column], [.. value]);

        int Draw(double[] cumulative)
        {
            int place = Array.BinarySearch(cumulative, Math.Floor(random.NextDouble() * cumulative[^1]) + 1);
            if (place < 0) return ~place;
            // A tuple that does not occur repeats the sum before it.
            while (place > 0 && cumulative[place - 1] == cumulative[place]) place--;
            return place;
        }
    }

    private static double[] Cumulative(double[] counts)
    {
        var sums = new double[counts.Length];
        for (int i = 0; i < counts.Length; i++) sums[i] = counts[i] + (i > 0 ? sums[i - 1] : 0);
        return sums;
    }
}
