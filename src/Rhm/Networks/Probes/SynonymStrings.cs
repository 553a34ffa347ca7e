using Rhm.Grammars;
using Rhm.Randomness;
using Rhm.Strings;

namespace Rhm.Networks.Probes;

/// <summary>
/// Strings with one changed node, for the synonym clustering score of a level: x; x_syn, where the tuple below a level-l node is another
/// production of the same symbol; x_gen, where it is a production of another symbol, drawn uniformly. What lies below the tuple is drawn
/// anew in both; the rest of the string stays. Nodes are uniform over the level.
/// </summary>
internal sealed class SynonymStrings
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
        if (level < 1 || level > shape.Depth)
            throw new ArgumentException($"level {level} is outside 1..{shape.Depth}: tokens have no productions");
        if (shape.Multiplicity == 1) throw new ArgumentException("multiplicity m = 1: a tuple has no synonyms");
        if (shape.SymbolCount(level) == 1)
            throw new ArgumentException($"level {level} has one symbol: there is no tuple of another parent");
        if (count < 2) throw new ArgumentException($"number of strings {count} must be at least 2");
        (Level, Count) = (level, count);
        int tokens = shape.TokenCount, nodes = shape.NodeCount(level), s = shape.Branching;
        ushort[][] levels = SymbolReader.ReadAll(new StringSampler(grammar, seed, count, RandomPurpose.HeldOut), shape.Depth + 1);
        Original = levels[0];
        (Synonym, Other, Nodes) = ([.. Original], [.. Original], new int[count]);
        int width = tokens / nodes;
        var random = StreamOffsets.Synonyms.Open(seed, (ulong)(level - 1) << 32);
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
