using Rhm.Grammars;
using Rhm.Sampling;

namespace Rhm.Learners;

/// <summary>
/// Strings with one changed node, for the synonym clustering score of a level: x; x_syn, where the tuple below a level-l node is another
/// production of the same symbol; x_gen, where it is a production of another symbol, drawn uniformly. What lies below the tuple is drawn anew in both; the rest
/// of the string stays. Nodes are uniform over the level.
/// </summary>
public sealed class SynonymStrings
{
    /// <summary>Draws them.</summary>
    /// <param name="grammar">The grammar.</param>
    /// <param name="level">l, level of the node whose production is exchanged, 1..L; the tuple has level l-1.</param>
    /// <param name="seed">Of the strings and the exchanges.</param>
    /// <param name="count">At least 2.</param>
    /// <exception cref="ArgumentException">There is no synonym (m = 1), no other symbol, or an argument is out of range.</exception>
    public SynonymStrings(Grammar grammar, int level, ulong seed, int count)
    {
        ArgumentNullException.ThrowIfNull(grammar);
        GrammarShape shape = grammar.Shape;
        if (level < 1 || level > shape.Depth) throw new ArgumentException($"level {level} is outside 1..{shape.Depth}: tokens have no productions");
        if (shape.Multiplicity == 1) throw new ArgumentException("multiplicity m = 1: a tuple has no synonyms");
        if (shape.SymbolCount(level) == 1) throw new ArgumentException($"level {level} has one symbol: there is no tuple of another parent");
        if (count < 2) throw new ArgumentException($"number of strings {count} must be at least 2");
        (Level, Count) = (level, count);
        int tokens = shape.TokenCount, nodes = shape.NodeCount(level), s = shape.Branching;
        Original = SlcEvaluation.ReadTokens(new StringSampler(grammar, seed, count, RandomPurpose.HeldOut), shape.Depth + 1, out ushort[][] levels);
        (Synonym, Other, Nodes) = ([.. Original], [.. Original], new int[count]);
        int width = tokens / nodes;
        var random = new RandomStream(seed, RandomPurpose.HeldOut, (ulong)level << 32);
        for (int i = 0; i < count; i++)
        {
            int node = Nodes[i] = (int)random.NextBelow((ulong)nodes);
            int symbol = levels[level][i * nodes + node], start = i * tokens + node * width;
            int rule = grammar.FindRule(level - 1, levels[level - 1].AsSpan((i * nodes + node) * s, s)) % shape.Multiplicity;
            int production;
            do production = NextProduction(grammar, random);
            while (production == rule);
            Write(grammar, level, symbol, production, random, Synonym.AsSpan(start, width));
            int other = (int)random.NextBelow((ulong)(shape.SymbolCount(level) - 1));
            Write(grammar, level, other < symbol ? other : other + 1, NextProduction(grammar, random), random, Other.AsSpan(start, width));
        }
    }

    /// <summary>l.</summary>
    public int Level { get; }

    /// <summary>Number of strings of each kind.</summary>
    public int Count { get; }

    /// <summary>x: [count, s^L].</summary>
    public ushort[] Original { get; }

    /// <summary>x_syn.</summary>
    public ushort[] Synonym { get; }

    /// <summary>x_gen.</summary>
    public ushort[] Other { get; }

    /// <summary>Which node of the level is changed in each string.</summary>
    public IReadOnlyList<int> NodeOf => Nodes;

    private int[] Nodes { get; }

    /// <summary>Writes the tokens below a symbol of a level that uses a given production, the ones below drawn.</summary>
    private static void Write(Grammar grammar, int level, int symbol, int production, RandomStream random, Span<ushort> tokens)
    {
        ReadOnlySpan<ushort> tuple = grammar.Rule(level - 1, symbol * grammar.Shape.Multiplicity + production);
        if (level == 1)
        {
            tuple.CopyTo(tokens);
            return;
        }
        int width = tokens.Length / tuple.Length;
        for (int child = 0; child < tuple.Length; child++)
            Write(grammar, level - 1, tuple[child], NextProduction(grammar, random), random, tokens.Slice(child * width, width));
    }

    private static int NextProduction(Grammar grammar, RandomStream random)
    {
        int m = grammar.Shape.Multiplicity;
        if (grammar.ZipfExponent == 0) return (int)random.NextBelow((ulong)m);
        double left = random.NextDouble();
        int production = 0;
        while (production < m - 1 && (left -= grammar.RuleProbabilities[production]) >= 0) production++;
        return production;
    }
}

/// <summary>
/// Synonym clustering score C_l = 1 - E|h(x) - h(x_syn)|^2 / E|h(x) - h(x_gen)|^2 (figure 5 of arXiv:2605.27734): 1 if synonyms are mapped
/// to one point, 0 if they are as far apart as tuples of other parents, negative if farther.
/// </summary>
/// <param name="Value">C_l; NaN where other tuples are mapped to one point as well.</param>
/// <param name="StandardError">Of <paramref name="Value"/>, by linearisation of the ratio.</param>
/// <param name="Synonyms">E|h(x) - h(x_syn)|^2.</param>
/// <param name="Others">E|h(x) - h(x_gen)|^2. A collapsed network can have a high score: look at it beside probes and the effective rank.</param>
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
            throw new ArgumentException($"{original.Length}, {synonym.Length} and {other.Length} features are not at least two rows of {columns} each");
        double[] near = Distances(original, synonym, columns), far = Distances(original, other, columns);
        double synonyms = near.Average(), others = far.Average(), ratio = synonyms / others;
        double variance = near.Zip(far, (a, b) => (a - ratio * b) * (a - ratio * b)).Sum() / (rows - 1);
        return others > 0 ? new SynonymScore(1 - ratio, Math.Sqrt(variance / rows) / others, synonyms, others) : new SynonymScore(double.NaN, double.NaN, synonyms, others);
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
