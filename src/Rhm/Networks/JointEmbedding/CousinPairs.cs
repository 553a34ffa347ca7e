using Rhm.Clustering;
using Rhm.Randomness;

namespace Rhm.Networks.JointEmbedding;

/// <summary>Pairs of cousin tuples at one pair of child positions, as weighted pairs of tuple numbers; the weights sum to 1.</summary>
internal sealed class CousinPairs
{
    private readonly Lazy<double[]> _cumulative;

    /// <summary>Takes over the pairs.</summary>
    /// <param name="first">Tuple at the first position.</param>
    /// <param name="second">Tuple at the second position.</param>
    /// <param name="weight">Share of the pairs.</param>
    /// <param name="tuples">Number of tuples.</param>
    public CousinPairs(int[] first, int[] second, double[] weight, int tuples)
    {
        (First, Second, Weight, Tuples) = (first, second, weight, tuples);
        Matrix = Compressed(first, second, weight, tuples);
        Transposed = Matrix.Transposed();
        (FirstWeight, SecondWeight) = (Matrix.RowSums(), Transposed.RowSums());
        _cumulative = new(Cumulate);
        Reversed = new CousinPairs(this);
    }

    private CousinPairs(CousinPairs other)
    {
        (First, Second, Weight, Tuples) = (other.Second, other.First, other.Weight, other.Tuples);
        (Matrix, Transposed) = (other.Transposed, other.Matrix);
        (FirstWeight, SecondWeight) = (other.SecondWeight, other.FirstWeight);
        _cumulative = other._cumulative;
        Reversed = other;
    }

    /// <summary>Tuple at the first position, pair by pair.</summary>
    public int[] First { get; }

    /// <summary>Tuple at the second position.</summary>
    public int[] Second { get; }

    /// <summary>Share of each pair.</summary>
    public double[] Weight { get; }

    /// <summary>Number of tuples.</summary>
    public int Tuples { get; }

    /// <summary>The shares as a matrix: row = tuple at the first position.</summary>
    public SparseMatrix Matrix { get; }

    /// <summary>The same with the positions exchanged.</summary>
    public SparseMatrix Transposed { get; }

    /// <summary>Share of each tuple at the first position.</summary>
    public double[] FirstWeight { get; }

    /// <summary>Share of each tuple at the second position.</summary>
    public double[] SecondWeight { get; }

    /// <summary>The pairs with their positions exchanged.</summary>
    public CousinPairs Reversed { get; }

    /// <summary>All pairs that were counted, as a matrix of counts.</summary>
    public static CousinPairs Of(SparseMatrix counts)
    {
        double total = counts.Value.Sum();
        int[] first = [.. Enumerable.Range(0, counts.Rows).SelectMany(a => Enumerable.Repeat(a, counts.Start[a + 1] - counts.Start[a]))];
        return new CousinPairs(first, counts.Index, [.. counts.Value.Select(count => count / total)], counts.Rows);
    }

    /// <summary>Each pair as heavy as the others.</summary>
    public static CousinPairs Even(int[] first, int[] second, int tuples)
    {
        var weight = new double[first.Length];
        Array.Fill(weight, 1.0 / first.Length);
        return new CousinPairs(first, second, weight, tuples);
    }

    /// <summary>Every tuple beside itself.</summary>
    public static CousinPairs Alone(double[] shares)
    {
        int[] all = [.. Enumerable.Range(0, shares.Length)];
        return new CousinPairs(all, all, shares, shares.Length);
    }

    /// <summary>Pairs drawn with replacement, each as often as it was counted.</summary>
    public CousinPairs Draw(int count, RandomStream random)
    {
        double[] cumulative = _cumulative.Value;
        var (first, second) = (new int[count], new int[count]);
        for (int t = 0; t < count; t++)
        {
            int at = Array.BinarySearch(cumulative, random.NextDouble() * cumulative[^1]);
            at = Math.Min(at >= 0 ? at + 1 : ~at, First.Length - 1);
            (first[t], second[t]) = (First[at], Second[at]);
        }
        return Even(first, second, Tuples);
    }

    /// <summary>Some of the pairs, each as heavy as the others.</summary>
    public CousinPairs Part(int from, int count) =>
        Even(First[from..(from + count)], Second[from..(from + count)], Tuples);

    private double[] Cumulate()
    {
        var sums = new double[Weight.Length];
        double sum = 0;
        for (int t = 0; t < sums.Length; t++) sums[t] = sum += Weight[t];
        return sums;
    }

    private static SparseMatrix Compressed(int[] row, int[] column, double[] value, int tuples)
    {
        var start = new int[tuples + 1];
        foreach (int i in row) start[i + 1]++;
        for (int i = 0; i < tuples; i++) start[i + 1] += start[i];
        var next = (int[])start.Clone();
        var (index, values) = (new int[row.Length], new double[row.Length]);
        for (int t = 0; t < row.Length; t++)
        {
            int place = next[row[t]]++;
            (index[place], values[place]) = (column[t], value[t]);
        }
        return new SparseMatrix(tuples, tuples, start, index, values);
    }
}
