using System.Numerics;

namespace Rhm.Grammars;

/// <summary>
/// The size parameters of a Random Hierarchy Model: a probabilistic context-free grammar on a fixed s-ary tree of depth L
/// (arXiv:2605.27734, section 2; arXiv:2307.02129). A value of this type always satisfies every bound below.
/// </summary>
/// <remarks>
/// Level 0 holds the visible tokens, levels 1..L-1 the hidden symbols and level L the root (the class label). A <em>tuple of
/// level l</em> is a group of s siblings of level l; its parent has level l+1.
/// </remarks>
public sealed record GrammarShape
{
    /// <summary>Largest depth L.</summary>
    public const int MaxDepth = 20;

    /// <summary>Largest branching factor s.</summary>
    public const int MaxBranching = 16;

    /// <summary>Largest number v of symbols of a level, and of root classes.</summary>
    public const int MaxVocabulary = 65536;

    /// <summary>Validates the parameters.</summary>
    /// <param name="depth">L, number of rule levels, 1..20.</param>
    /// <param name="branching">s, children per node, 2..16.</param>
    /// <param name="vocabulary">v, symbols per level, 2..65536.</param>
    /// <param name="multiplicity">m, production rules per symbol, 1..v^(s-1).</param>
    /// <param name="classes">n_c, root symbols, 1..65536 with n_c m at most v^s; v when null.</param>
    /// <exception cref="ArgumentException">A parameter is out of its range; the message names value, bound and reason.</exception>
    public GrammarShape(int depth, int branching, int vocabulary, int multiplicity, int? classes = null)
    {
        int rootSymbols = classes ?? vocabulary;
        RequireRange("depth L", depth, 1, MaxDepth);
        RequireRange("branching factor s", branching, 2, MaxBranching);
        RequireRange("vocabulary v", vocabulary, 2, MaxVocabulary);
        RequireRange("number of classes n_c", rootSymbols, 1, MaxVocabulary);
        if (multiplicity < 1)
            throw new ArgumentException($"multiplicity m = {multiplicity} must be at least 1: every symbol needs a production rule");
        BigInteger tuples = BigInteger.Pow(vocabulary, branching);
        if (multiplicity > tuples / vocabulary)
        {
            throw new ArgumentException($"multiplicity m = {multiplicity} exceeds v^(s-1) = {tuples / vocabulary}: " +
                $"only {tuples} tuples exist for {(BigInteger)vocabulary * multiplicity} rules");
        }
        if ((BigInteger)rootSymbols * multiplicity > tuples)
        {
            throw new ArgumentException($"{rootSymbols} classes with multiplicity m = {multiplicity} need " +
                $"{(BigInteger)rootSymbols * multiplicity} rules, but only v^s = {tuples} tuples exist");
        }
        (Depth, Branching, Vocabulary, Multiplicity, Classes) = (depth, branching, vocabulary, multiplicity, rootSymbols);
    }

    /// <summary>L: number of levels of production rules; the root stands at level L.</summary>
    public int Depth { get; }

    /// <summary>s: children of every node.</summary>
    public int Branching { get; }

    /// <summary>v: symbols of each level 0..L-1.</summary>
    public int Vocabulary { get; }

    /// <summary>m: production rules (synonyms) of every symbol.</summary>
    public int Multiplicity { get; }

    /// <summary>n_c: root symbols.</summary>
    public int Classes { get; }

    /// <summary>f = m / v^(s-1), in (0, 1]: the fraction of all s-tuples that are legal at the levels below the top one.</summary>
    public double LegalFraction => Multiplicity / Math.Pow(Vocabulary, Branching - 1);

    /// <summary>s^L, the number of tokens of a string, without overflow.</summary>
    public BigInteger StringLength => BigInteger.Pow(Branching, Depth);

    /// <summary>s^L as an array size.</summary>
    /// <exception cref="ArgumentException">Strings are longer than 2^24 tokens, more than one string buffer may hold.</exception>
    public int TokenCount => StringLength <= 1 << 24
        ? (int)StringLength
        : throw new ArgumentException($"a string of s^L = {StringLength} tokens does not fit in memory: at most 2^24 tokens are supported");

    /// <summary>Number of nodes of a level: s^(L-l). The same bound as <see cref="TokenCount"/> applies.</summary>
    /// <param name="level">l, 0..L.</param>
    public int NodeCount(int level)
    {
        int nodes = TokenCount;
        for (int l = 0; l < level; l++) nodes /= Branching;
        return nodes;
    }

    /// <summary>Number of symbols of a level: n_c at level L, else v.</summary>
    /// <param name="level">l, 0..L.</param>
    public int SymbolCount(int level) => level == Depth ? Classes : Vocabulary;

    /// <summary>Number of production rules that write tuples of a level: m times the symbols of the level above.</summary>
    /// <param name="level">l, level of the tuples, 0..L-1.</param>
    public long RuleCount(int level) => (long)SymbolCount(level + 1) * Multiplicity;

    /// <summary>Strings that one class can derive, m^((s^L-1)/(s-1)) (identity 4, docs/formulas.md). Exact.</summary>
    /// <exception cref="ArgumentException">The number has more than 2^31 bits; <see cref="LogStringsPerClass"/> still works.</exception>
    public BigInteger StringsPerClass
    {
        get
        {
            BigInteger internalNodes = (StringLength - 1) / (Branching - 1);
            if (Multiplicity == 1) return BigInteger.One;
            if ((double)internalNodes * Math.Log2(Multiplicity) > int.MaxValue)
                throw new ArgumentException($"the number of strings m^{internalNodes} = {Multiplicity}^{internalNodes} has too many "
                    + "digits to write out");
            return BigInteger.Pow(Multiplicity, (int)internalNodes);
        }
    }

    /// <summary>Strings that the grammar can derive, n_c m^((s^L-1)/(s-1)). Exact;
    /// fails where <see cref="StringsPerClass"/> does.</summary>
    public BigInteger StringCount => Classes * StringsPerClass;

    /// <summary>Natural logarithm of <see cref="StringsPerClass"/>: ((s^L-1)/(s-1)) log m.</summary>
    public double LogStringsPerClass => (double)((StringLength - 1) / (Branching - 1)) * Math.Log(Multiplicity);

    /// <summary>Shape of the levels <paramref name="levels"/>..L, an RHM of depth L - levels (identity 12, docs/formulas.md).</summary>
    /// <param name="levels">How many of the lowest levels to drop, 0..L-1.</param>
    public GrammarShape WithoutLowest(int levels) => new(Depth - levels, Branching, Vocabulary, Multiplicity, Classes);

    /// <summary>For example <c>L=5 s=3 v=8 m=6</c>; the classes are named only where they differ from v.</summary>
    public override string ToString() =>
        $"L={Depth} s={Branching} v={Vocabulary} m={Multiplicity}" + (Classes == Vocabulary ? "" : $" n_c={Classes}");

    private static void RequireRange(string name, int value, int least, int most)
    {
        if (value < least || value > most)
            throw new ArgumentException($"{name} = {value} is outside {least}..{most}");
    }
}
