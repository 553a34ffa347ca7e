using Rhm.Levelwise;

namespace Rhm.Networks.JointEmbedding;

/// <summary>The tuples of a level and how often they are cousins: what an encoder learns from.</summary>
/// <param name="Counts">Counts of the level.</param>
/// <param name="Tuples">The same as matrices.</param>
/// <param name="Pairs">One for each pair of child positions; empty where nothing is to be learned.</param>
/// <param name="Latents">Number of codes of the level above.</param>
/// <param name="Known">The groups, where nothing is to be learned; null otherwise.</param>
/// <param name="Warnings">What is doubtful already.</param>
internal sealed record TupleProblem(LevelCounts Counts, TuplePairs Tuples, IReadOnlyList<CousinPairs> Pairs, int Latents, Grouping? Known,
    List<string> Warnings)
{
    /// <summary>The elements of every tuple, one-hot, [tuples, s symbols].</summary>
    public float[] OneHot()
    {
        int tuples = Counts.Tuples.Count, s = Counts.Branching, symbols = Counts.Symbols;
        var elements = new float[tuples * s * symbols];
        for (int a = 0; a < tuples; a++)
        {
            ReadOnlySpan<ushort> tuple = Counts.Tuples[a];
            for (int i = 0; i < s; i++) elements[(a * s + i) * symbols + tuple[i]] = 1;
        }
        return elements;
    }

    /// <summary>The elements of every tuple as vectors, side by side, [tuples, s d].</summary>
    /// <param name="vectors">Of each symbol, [symbols, d].</param>
    public float[] Elements(float[] vectors)
    {
        int tuples = Counts.Tuples.Count, s = Counts.Branching, d = vectors.Length / Counts.Symbols;
        var elements = new float[tuples * s * d];
        for (int a = 0; a < tuples; a++)
        {
            for (int i = 0; i < s; i++) vectors.AsSpan(Counts.Tuples[a][i] * d, d).CopyTo(elements.AsSpan((a * s + i) * d));
        }
        return elements;
    }
}
