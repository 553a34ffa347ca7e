namespace Rhm.Strings;

/// <summary>
/// Up to 64 strings, one per lane, node by node: the symbol of node n in lane q stands at [n * 64 + q]. Nodes of the same place
/// in the tree are adjacent, so one instruction handles many strings. Every learner reads its data in this form. Symbols are held in
/// bytes where that is enough, and turned into 16 bits, and back, when somebody asks for them.
/// </summary>
public sealed class StringGroup
{
    /// <summary>Strings per group.</summary>
    public const int Lanes = 64;

    private readonly int[] _nodes;
    private readonly byte[]?[] _bytes;
    private readonly ushort[]?[] _symbols;

    // Which of the two forms holds what was read or written last.
    private readonly bool[] _areWide;

    /// <summary>Room for one group.
    /// A group with fewer tokens than the strings holds their leftmost subtree, and only that is expanded.</summary>
    /// <param name="levels">How many levels are filled, from the tokens up; L+1 for whole derivations, 1 for tokens only.</param>
    /// <param name="tokenCount">s^L, or s^h for the subtree below the leftmost node of level h.</param>
    /// <param name="branching">s.</param>
    public StringGroup(int levels, int tokenCount, int branching)
    {
        _nodes = new int[levels];
        for (int level = 0; level < levels; level++, tokenCount = Math.Max(1, tokenCount / branching)) _nodes[level] = tokenCount;
        (_bytes, _symbols, _areWide) = (new byte[levels][], new ushort[levels][], new bool[levels]);
    }

    /// <summary>How many lanes hold a string, 1..64; the others hold leftovers.</summary>
    public int Count { get; set; }

    /// <summary>Number of levels held.</summary>
    public int LevelCount => _nodes.Length;

    /// <summary>Number of nodes of a level.</summary>
    /// <param name="level">l, 0 = tokens.</param>
    public int NodeCount(int level) => _nodes[level];

    /// <summary>The symbols of a level, 64 lanes for each of its nodes, to read or to write.</summary>
    /// <param name="level">l, 0 = tokens.</param>
    public Span<ushort> Level(int level)
    {
        ushort[] symbols = _symbols[level] ??= new ushort[_nodes[level] * Lanes];
        if (!_areWide[level] && _bytes[level] is { } bytes) Lanewise.Widen(bytes, symbols);
        _areWide[level] = true;
        return symbols;
    }

    /// <summary>The same as bytes, for sources of at most 255 symbols (larger numbers are cut off;
    /// that of an unresolved node becomes 255).</summary>
    /// <param name="level">l, 0 = tokens.</param>
    internal Span<byte> Bytes(int level)
    {
        bool wide = _areWide[level];
        Span<byte> bytes = BytesToFill(level);
        if (wide) Lanewise.Narrow(_symbols[level]!, bytes);
        return bytes;
    }

    /// <summary>Room for all symbols of a level as bytes, whatever it held.</summary>
    /// <param name="level">l, 0 = tokens.</param>
    internal Span<byte> BytesToFill(int level)
    {
        _areWide[level] = false;
        return _bytes[level] ??= new byte[_nodes[level] * Lanes];
    }
}
