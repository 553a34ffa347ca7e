using Rhm.Grammars;

namespace Rhm.Population;

/// <summary>
/// A random variable of a derivation: the symbol of a node, or a tuple. Nodes of a level are numbered from left to right; the
/// children of node n are s n .. s n + s - 1.
/// </summary>
public readonly record struct Site
{
    private Site(int level, int node, bool isTuple) => (Level, Node, IsTuple) = (level, node, isTuple);

    /// <summary>l: the level of the symbol, or of the elements of the tuple.</summary>
    public int Level { get; }

    /// <summary>Number of the node in its level; for a tuple, of its parent in level l+1.</summary>
    public int Node { get; }

    /// <summary>Whether the variable is a tuple; its values are rule numbers of the level, parent * m + k.</summary>
    public bool IsTuple { get; }

    /// <summary>The symbol of a node.</summary>
    /// <param name="level">l, 0 = tokens, L = root.</param>
    /// <param name="node">0..s^(L-l)-1.</param>
    public static Site Symbol(int level, int node) => new(level, node, false);

    /// <summary>The tuple of level l below a node of level l+1.</summary>
    /// <param name="level">l, 0..L-1.</param>
    /// <param name="parent">Number of the parent, 0..s^(L-l-1)-1.</param>
    public static Site Tuple(int level, int parent) => new(level, parent, true);

    /// <summary>Level of the node at which the variable is decided: that of the symbol, or of the tuple's parent.</summary>
    internal int Height => IsTuple ? Level + 1 : Level;

    /// <summary>The symbol at that node: the tuple's parent, or the symbol itself.</summary>
    public Site Parent => Symbol(Height, Node);

    /// <summary>An element of a tuple.</summary>
    /// <param name="position">i, 0..s-1.</param>
    /// <param name="branching">s.</param>
    public Site Element(int position, int branching) => Symbol(Level, Node * branching + position);

    /// <summary>Number of values: symbols of the level, or rules of the level.</summary>
    /// <param name="shape">The parameters.</param>
    public int ValueCount(GrammarShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return IsTuple ? checked((int)shape.RuleCount(Level)) : shape.SymbolCount(Level);
    }

    /// <summary>For example <c>symbol 3 of level 1</c>.</summary>
    public override string ToString() => $"{(IsTuple ? "tuple" : "symbol")} {Node} of level {Level}";

    internal void Require(GrammarShape shape)
    {
        if (Level < 0 || Height > shape.Depth)
            throw new ArgumentException($"{this} is outside the tree: {(IsTuple ? "tuples" : "symbols")} of depth L = {shape.Depth} "
                + $"have levels 0..{(IsTuple ? shape.Depth - 1 : shape.Depth)}");
        System.Numerics.BigInteger nodes = System.Numerics.BigInteger.Pow(shape.Branching, shape.Depth - Height);
        if (Node < 0 || Node >= nodes)
            throw new ArgumentException($"{this} is outside the tree: {(IsTuple ? "their parents" : "its nodes")} are numbered "
                + $"0..{nodes - 1} ({shape})");
    }
}
