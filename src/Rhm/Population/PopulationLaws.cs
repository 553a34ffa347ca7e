using System.Numerics;
using Rhm.Grammars;

namespace Rhm.Population;

/// <summary>Opens the exact laws of a grammar.</summary>
public static class PopulationLaws
{
    /// <summary>The laws in double precision; every probability is a sum of products of positive numbers, so its relative error is
    /// at most about 2 L (v + m) 2^-53.</summary>
    /// <param name="grammar">Uniform or weighted rules.</param>
    public static PopulationLaws<double> Of(Grammar grammar)
    {
        ArgumentNullException.ThrowIfNull(grammar);
        return new PopulationLaws<double>(grammar, [.. grammar.RuleProbabilities]);
    }

    /// <summary>The laws as exact fractions. Weighted rules have the doubles of <see cref="Grammar.RuleProbabilities"/>, divided by
    /// their exact sum.</summary>
    /// <param name="grammar">A small grammar: numerators and denominators grow with the tree.</param>
    public static PopulationLaws<Rational> Exact(Grammar grammar)
    {
        ArgumentNullException.ThrowIfNull(grammar);
        Rational[] weights = grammar.ZipfExponent == 0
            ? [.. Enumerable.Repeat<Rational>(1, grammar.Shape.Multiplicity)]
            : [.. grammar.RuleProbabilities.Select(Rational.FromDouble)];
        Rational total = weights.Aggregate((sum, weight) => sum + weight);
        return new PopulationLaws<Rational>(grammar, [.. weights.Select(weight => weight / total)]);
    }
}

/// <summary>
/// The exact laws of a grammar, without sampling. A derivation is a Markov chain on the tree (symbol, rule, symbols of the
/// children, ...), so the joint law of two variables is that of the two children of their lowest common ancestor, carried down
/// both branches by the transition matrices. Immutable but for a cache; safe to share between threads.
/// </summary>
/// <typeparam name="T">double or <see cref="Rational"/>; the default value is 0.</typeparam>
public sealed class PopulationLaws<T>
    where T : struct, IAdditionOperators<T, T, T>, ISubtractionOperators<T, T, T>, IMultiplyOperators<T, T, T>, IDivisionOperators<T, T, T>,
        IAdditiveIdentity<T, T>, IMultiplicativeIdentity<T, T>, IComparisonOperators<T, T, bool>
{
    private readonly T[] _weights;
    private readonly Lazy<JointLaw<T>>[][] _transitions;

    internal PopulationLaws(Grammar grammar, T[] weights)
    {
        (Grammar, _weights) = (grammar, weights);
        _transitions = [.. Enumerable.Range(0, grammar.Shape.Depth).Select(level => Enumerable.Range(0, grammar.Shape.Branching)
            .Select(position => new Lazy<JointLaw<T>>(() => BuildTransition(level, position))).ToArray())];
    }

    /// <summary>The grammar.</summary>
    public Grammar Grammar { get; }

    /// <summary>Probability of the k-th rule of a symbol, k = 0..m-1.</summary>
    public IReadOnlyList<T> RuleProbabilities => _weights;

    /// <summary>M_l[a, z]: probability that a symbol a of level l+1 has the symbol z at a child position (a row-stochastic table, not
    /// a joint law). Cost: v m once, then nothing.</summary>
    /// <param name="level">l, level of the children, 0..L-1.</param>
    /// <param name="position">Child position, 0..s-1.</param>
    public JointLaw<T> Transition(int level, int position)
    {
        GrammarShape shape = Grammar.Shape;
        if (level < 0 || level >= shape.Depth || position < 0 || position >= shape.Branching)
            throw new ArgumentException($"no transition matrix at level {level}, child position {position}: levels are "
                + $"0..{shape.Depth - 1}, positions 0..{shape.Branching - 1}");
        return _transitions[level][position].Value;
    }

    /// <summary>The law of a variable; pi_l for the symbol of a node of level l. Cost: v^2 for each level above it.</summary>
    /// <param name="site">The variable.</param>
    public T[] Law(Site site)
    {
        GrammarShape shape = Grammar.Shape;
        site.Require(shape);
        T classes = T.AdditiveIdentity;
        for (int i = 0; i < shape.Classes; i++) classes += T.MultiplicativeIdentity;
        var law = new JointLaw<T>(1, shape.Classes);
        law.WritableRow(0).Fill(T.MultiplicativeIdentity / classes);
        return Descend(law, shape.Depth, site).Row(0).ToArray();
    }

    /// <summary>The joint law of any two variables of one derivation, rows a and columns b. Cost: at most v^3 per level between
    /// them, and the size of the table.</summary>
    /// <param name="a">A symbol or a tuple.</param>
    /// <param name="b">Another, anywhere in the tree, or the same.</param>
    /// <exception cref="ArgumentException">A variable is outside the tree, or the table has more than 2^28 entries.</exception>
    public JointLaw<T> Joint(Site a, Site b)
    {
        GrammarShape shape = Grammar.Shape;
        a.Require(shape);
        b.Require(shape);
        if (a == b) return Diagonal(Law(a));
        if (IsAbove(b, a)) return Joint(b, a).Transpose();
        if (IsAbove(a, b))
        {
            return a.IsTuple
                ? Descend(WithElement(a, Position(b, a.Level)), a.Level, b)
                : Descend(Diagonal(Law(a)), a.Level, b);
        }
        int height = Math.Max(a.Height, b.Height) + 1;
        while (Ancestor(a, height) != Ancestor(b, height)) height++;
        JointLaw<T> siblings = Siblings(Site.Tuple(height - 1, Ancestor(a, height)), Position(a, height - 1), Position(b, height - 1));
        JointLaw<T> withB = Descend(siblings, height - 1, b);
        return Descend(withB.Transpose(), height - 1, a).Transpose();
    }

    /// <summary>Context vectors: the law of the targets given each value of a variable, concatenated in the order given.</summary>
    /// <param name="given">A tuple, or the parent of tuples.</param>
    /// <param name="targets">At least one variable: a latent, a token, the root, or several.</param>
    public ContextVectors<T> ContextVectors(Site given, params ReadOnlySpan<Site> targets)
    {
        if (targets.IsEmpty) throw new ArgumentException("a context vector needs at least one target");
        var vectors = new List<T>?[given.ValueCount(Grammar.Shape)];
        for (int value = 0; value < vectors.Length; value++) vectors[value] = [];
        foreach (Site target in targets)
        {
            JointLaw<T> joint = Joint(given, target);
            for (int value = 0; value < vectors.Length; value++)
            {
                if (joint.Conditional(value) is T[] law) vectors[value]?.AddRange(law);
                else vectors[value] = null;
            }
        }
        return new ContextVectors<T>([.. vectors.Select(vector => vector?.ToArray())]);
    }

    /// <summary>Whether b is decided below the value of a.</summary>
    private bool IsAbove(Site a, Site b) =>
        (a.Height > b.Height || (a.Height == b.Height && b.IsTuple && !a.IsTuple)) && Ancestor(b, a.Height) == a.Node;

    private int Ancestor(Site site, int height)
    {
        int node = site.Node;
        for (int level = site.Height; level < height; level++) node /= Grammar.Shape.Branching;
        return node;
    }

    /// <summary>Child position of the node of a given level on the way to a variable.</summary>
    private int Position(Site site, int level) => Ancestor(site, level) % Grammar.Shape.Branching;

    private static JointLaw<T> Diagonal(T[] law)
    {
        var joint = new JointLaw<T>(law.Length, law.Length);
        for (int a = 0; a < law.Length; a++) joint[a, a] = law[a];
        return joint;
    }

    /// <summary>The law of a tuple with one of its elements.</summary>
    private JointLaw<T> WithElement(Site tuple, int position)
    {
        T[] law = Law(tuple);
        var joint = new JointLaw<T>(law.Length, Grammar.Shape.Vocabulary);
        for (int rule = 0; rule < law.Length; rule++) joint[rule, Grammar.Rule(tuple.Level, rule)[position]] = law[rule];
        return joint;
    }

    /// <summary>The joint law of two elements of a tuple.</summary>
    private JointLaw<T> Siblings(Site tuple, int first, int second)
    {
        T[] law = Law(tuple);
        var joint = new JointLaw<T>(Grammar.Shape.Vocabulary, Grammar.Shape.Vocabulary);
        for (int rule = 0; rule < law.Length; rule++)
        {
            ReadOnlySpan<ushort> elements = Grammar.Rule(tuple.Level, rule);
            joint[elements[first], elements[second]] += law[rule];
        }
        return joint;
    }

    /// <summary>Replaces the columns, symbols of the ancestor of a variable at a given level, by the variable.</summary>
    private JointLaw<T> Descend(JointLaw<T> joint, int level, Site target)
    {
        for (; level > target.Height; level--) joint = Multiply(joint, Transition(level - 1, Position(target, level - 1)));
        return target.IsTuple ? Expand(joint, target.Level) : joint;
    }

    private static JointLaw<T> Multiply(JointLaw<T> joint, JointLaw<T> transition)
    {
        var result = new JointLaw<T>(joint.Rows, transition.Columns);
        for (int a = 0; a < joint.Rows; a++)
        {
            Span<T> row = result.WritableRow(a);
            for (int symbol = 0; symbol < joint.Columns; symbol++)
            {
                T p = joint[a, symbol];
                if (p == T.AdditiveIdentity) continue;
                ReadOnlySpan<T> next = transition.Row(symbol);
                for (int z = 0; z < row.Length; z++) row[z] += p * next[z];
            }
        }
        return result;
    }

    /// <summary>Replaces the columns, symbols of level l+1, by the tuples of level l that they write.</summary>
    private JointLaw<T> Expand(JointLaw<T> joint, int level)
    {
        int rules = checked((int)Grammar.Shape.RuleCount(level)), m = Grammar.Shape.Multiplicity;
        var result = new JointLaw<T>(joint.Rows, rules);
        for (int rule = 0; rule < rules; rule++)
        {
            int tuple = Grammar.FindRule(level, Grammar.Rule(level, rule));
            for (int a = 0; a < joint.Rows; a++) result[a, tuple] += joint[a, rule / m] * _weights[rule % m];
        }
        return result;
    }

    private JointLaw<T> BuildTransition(int level, int position)
    {
        GrammarShape shape = Grammar.Shape;
        var transition = new JointLaw<T>(shape.SymbolCount(level + 1), shape.Vocabulary);
        for (int rule = 0; rule < shape.RuleCount(level); rule++)
            transition[rule / shape.Multiplicity, Grammar.Rule(level, rule)[position]] += _weights[rule % shape.Multiplicity];
        return transition;
    }
}
