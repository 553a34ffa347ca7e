using Rhm.Randomness;

namespace Rhm.Networks.JointEmbedding;

/// <summary>Pairs of cousin tuples at one pair of child positions, as weighted pairs of tuple numbers; the weights sum to 1.</summary>
/// <param name="First">Tuple at the first position.</param>
/// <param name="Second">Tuple at the second position.</param>
/// <param name="Weight">Share of the pairs.</param>
internal sealed record CousinPairs(int[] First, int[] Second, double[] Weight)
{
    /// <summary>All pairs that were counted.</summary>
    public static CousinPairs Of(int[] first, int[] second, long[] counts)
    {
        double total = counts.Sum();
        return new CousinPairs(first, second, [.. counts.Select(count => count / total)]);
    }

    /// <summary>Pairs drawn with replacement, each as often as it was counted.</summary>
    public CousinPairs Draw(int count, RandomStream random)
    {
        double[] cumulative = _cumulative ??= Cumulate();
        var (first, second) = (new int[count], new int[count]);
        for (int t = 0; t < count; t++)
        {
            int at = Array.BinarySearch(cumulative, random.NextDouble() * cumulative[^1]);
            at = Math.Min(at >= 0 ? at + 1 : ~at, First.Length - 1);
            (first[t], second[t]) = (First[at], Second[at]);
        }
        var weight = new double[count];
        Array.Fill(weight, 1.0 / count);
        return new CousinPairs(first, second, weight);
    }

    /// <summary>Some of the pairs, each as heavy as the others.</summary>
    public CousinPairs Part(int from, int count)
    {
        var weight = new double[count];
        Array.Fill(weight, 1.0 / count);
        return new CousinPairs(First[from..(from + count)], Second[from..(from + count)], weight);
    }

    private double[]? _cumulative;

    private double[] Cumulate()
    {
        var sums = new double[Weight.Length];
        double sum = 0;
        for (int t = 0; t < sums.Length; t++) sums[t] = sum += Weight[t];
        return sums;
    }
}
