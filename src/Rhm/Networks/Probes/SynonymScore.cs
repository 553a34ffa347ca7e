namespace Rhm.Networks.Probes;

/// <summary>
/// Synonym clustering score C_l = 1 - E|h(x) - h(x_syn)|^2 / E|h(x) - h(x_gen)|^2 (figure 5 of arXiv:2605.27734): 1 if synonyms are mapped
/// to one point, 0 if they are as far apart as tuples of other parents, negative if farther.
/// </summary>
/// <param name="Value">C_l; NaN where other tuples are mapped to one point as well.</param>
/// <param name="StandardError">Of <paramref name="Value"/>, by linearisation of the ratio.</param>
/// <param name="Synonyms">E|h(x) - h(x_syn)|^2.</param>
/// <param name="Others">
/// E|h(x) - h(x_gen)|^2. A collapsed network can have a high score: look at it beside probes and the effective rank.
/// </param>
public sealed record SynonymScore(double Value, double StandardError, double Synonyms, double Others)
{
    /// <summary>Of what was not measured: NaN.</summary>
    public static SynonymScore None { get; } = new(double.NaN, double.NaN, double.NaN, double.NaN);

    /// <summary>The score of given representations.</summary>
    /// <param name="original">h(x): rows x columns.</param>
    /// <param name="synonym">h(x_syn).</param>
    /// <param name="other">h(x_gen).</param>
    /// <param name="columns">Features of a row.</param>
    /// <exception cref="ArgumentException">The sizes do not fit, or there are fewer than two rows.</exception>
    public static SynonymScore Of(ReadOnlySpan<float> original, ReadOnlySpan<float> synonym, ReadOnlySpan<float> other, int columns)
    {
        int rows = columns < 1 ? 0 : original.Length / columns;
        if (rows < 2 || original.Length != rows * columns || synonym.Length != original.Length || other.Length != original.Length)
        {
            throw new ArgumentException(
                $"{original.Length}, {synonym.Length} and {other.Length} features are not at least two rows of {columns} each");
        }
        double[] near = Distances(original, synonym, columns), far = Distances(original, other, columns);
        double synonyms = near.Average(), others = far.Average(), ratio = synonyms / others;
        double variance = near.Zip(far, (a, b) => (a - ratio * b) * (a - ratio * b)).Sum() / (rows - 1);
        return others > 0
            ? new SynonymScore(1 - ratio, Math.Sqrt(variance / rows) / others, synonyms, others)
            : new SynonymScore(double.NaN, double.NaN, synonyms, others);
    }

    private static double[] Distances(ReadOnlySpan<float> a, ReadOnlySpan<float> b, int columns)
    {
        var squares = new double[a.Length / columns];
        for (int i = 0; i < squares.Length; i++)
        {
            for (int j = i * columns; j < (i + 1) * columns; j++) squares[i] += ((double)a[j] - b[j]) * ((double)a[j] - b[j]);
        }
        return squares;
    }
}
