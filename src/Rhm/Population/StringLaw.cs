using System.Numerics;

namespace Rhm.Population;

/// <summary>
/// The sum-product recursion (inside-outside) on one string, in plain arithmetic: exact for <see cref="Rational"/>. In double it
/// underflows on long strings; <see cref="BeliefPropagation"/> does the same in the log domain, and is tested against this.
/// </summary>
/// <typeparam name="T">double or <see cref="Rational"/>; the default value is 0.</typeparam>
public sealed class StringLaw<T>
    where T : struct, IAdditionOperators<T, T, T>, ISubtractionOperators<T, T, T>, IMultiplyOperators<T, T, T>, IDivisionOperators<T, T, T>,
        IAdditiveIdentity<T, T>, IMultiplicativeIdentity<T, T>, IComparisonOperators<T, T, bool>
{
    private readonly PopulationLaws<T> _laws;

    // [level][node * symbols + a]: inside = P[tokens below | a], outside = P[tokens elsewhere, a].
    private readonly T[][] _inside;
    private readonly T[][] _outside;

    /// <summary>Runs the recursion. Cost: s^L v m s.</summary>
    /// <param name="laws">The grammar and its rule probabilities.</param>
    /// <param name="tokens">s^L tokens, 0..v-1, or <see cref="BeliefPropagation.Masked"/>.</param>
    /// <exception cref="ArgumentException">The string has another length or vocabulary, or no derivation can produce it.</exception>
    public StringLaw(PopulationLaws<T> laws, ReadOnlySpan<int> tokens)
    {
        ArgumentNullException.ThrowIfNull(laws);
        _laws = laws;
        var shape = laws.Grammar.Shape;
        BeliefPropagation.RequireTokens(shape, tokens);
        _inside = [.. Enumerable.Range(0, shape.Depth + 1).Select(level => new T[shape.NodeCount(level) * shape.SymbolCount(level)])];
        _outside = [.. _inside.Select(level => new T[level.Length])];
        int v = shape.Vocabulary;
        for (int i = 0; i < tokens.Length; i++)
        {
            if (tokens[i] == BeliefPropagation.Masked) _inside[0].AsSpan(i * v, v).Fill(T.MultiplicativeIdentity);
            else _inside[0][i * v + tokens[i]] = T.MultiplicativeIdentity;
        }
        for (int level = 0; level < shape.Depth; level++)
        {
            for (int node = 0; node < shape.NodeCount(level + 1); node++) Ascend(level, node);
        }
        T[] prior = laws.Law(Site.Symbol(shape.Depth, 0));
        prior.CopyTo(_outside[shape.Depth], 0);
        for (int root = 0; root < prior.Length; root++) Probability += prior[root] * _inside[shape.Depth][root];
        if (Probability == T.AdditiveIdentity) throw BeliefPropagation.Impossible(FirstImpossibleNode());
        for (int level = shape.Depth - 1; level >= 0; level--)
        {
            for (int node = 0; node < shape.NodeCount(level + 1); node++) Descend(level, node);
        }
    }

    /// <summary>Probability of the tokens that are not masked.</summary>
    public T Probability { get; }

    /// <summary>P[symbol of a node | tokens].</summary>
    /// <param name="level">l, 0..L.</param>
    /// <param name="node">0..s^(L-l)-1.</param>
    public T[] Posterior(int level, int node)
    {
        var shape = _laws.Grammar.Shape;
        Site.Symbol(level, node).Require(shape);
        int symbols = shape.SymbolCount(level);
        var posterior = new T[symbols];
        for (int a = 0; a < symbols; a++)
            posterior[a] = _inside[level][node * symbols + a] * _outside[level][node * symbols + a] / Probability;
        return posterior;
    }

    private void Ascend(int level, int node)
    {
        var shape = _laws.Grammar.Shape;
        int parents = shape.SymbolCount(level + 1), m = shape.Multiplicity, s = shape.Branching, v = shape.Vocabulary;
        for (int rule = 0; rule < parents * m; rule++)
        {
            ReadOnlySpan<ushort> tuple = _laws.Grammar.Rule(level, rule);
            T product = _laws.RuleProbabilities[rule % m];
            for (int i = 0; i < s; i++) product *= _inside[level][(node * s + i) * v + tuple[i]];
            _inside[level + 1][node * parents + rule / m] += product;
        }
    }

    private void Descend(int level, int node)
    {
        var shape = _laws.Grammar.Shape;
        int parents = shape.SymbolCount(level + 1), m = shape.Multiplicity, s = shape.Branching, v = shape.Vocabulary;
        for (int rule = 0; rule < parents * m; rule++)
        {
            ReadOnlySpan<ushort> tuple = _laws.Grammar.Rule(level, rule);
            for (int child = 0; child < s; child++)
            {
                T product = _outside[level + 1][node * parents + rule / m] * _laws.RuleProbabilities[rule % m];
                for (int i = 0; i < s; i++)
                {
                    if (i != child) product *= _inside[level][(node * s + i) * v + tuple[i]];
                }
                _outside[level][(node * s + child) * v + tuple[child]] += product;
            }
        }
    }

    private Site FirstImpossibleNode()
    {
        var shape = _laws.Grammar.Shape;
        for (int level = 1; level <= shape.Depth; level++)
        {
            int symbols = shape.SymbolCount(level);
            for (int node = 0; node < shape.NodeCount(level); node++)
            {
                if (!_inside[level].AsSpan(node * symbols, symbols).ContainsAnyExcept(T.AdditiveIdentity)) return Site.Symbol(level, node);
            }
        }
        return Site.Symbol(shape.Depth, 0);
    }
}
