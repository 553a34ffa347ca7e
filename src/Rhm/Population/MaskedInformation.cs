using System.Runtime.InteropServices;
using Rhm.Grammars;
using Rhm.Strings;

namespace Rhm.Population;

/// <summary>
/// What tokens tell of a symbol of the tree, given that others are in sight: the conditional mutual information that a mask leaves to learn
/// from, I(symbol; revealed | seen) = E[H(symbol | seen) - H(symbol | seen and revealed)], from the exact posterior of each string.
/// </summary>
/// <remarks>
/// A latent is a function of all tokens below it, so that revealing these reveals the latent, and nothing more to what is outside of its
/// subtree: with <see cref="TokensBelow"/> the same quantity is the information between two latents. Uniform or weighted rules.
/// </remarks>
public static class MaskedInformation
{
    /// <summary>Most derivations that <see cref="Exact"/> enumerates.</summary>
    public const int MostDerivations = 1 << 22;

    /// <summary>The positions of the tokens below a node, ascending; a token's own.</summary>
    /// <param name="shape">The parameters.</param>
    /// <param name="symbol">A symbol; of a tuple, its parent.</param>
    /// <exception cref="ArgumentException">It is outside the tree.</exception>
    public static IReadOnlyList<int> TokensBelow(GrammarShape shape, Site symbol)
    {
        ArgumentNullException.ThrowIfNull(shape);
        symbol.Require(shape);
        int width = shape.TokenCount / shape.NodeCount(symbol.Height);
        return [.. Enumerable.Range(symbol.Node * width, width)];
    }

    /// <summary>The information in nats, by enumeration of all derivations.</summary>
    /// <param name="grammar">The grammar.</param>
    /// <param name="symbol">Of which something is told; a symbol, not a tuple.</param>
    /// <param name="revealed">Positions of the tokens that tell it.</param>
    /// <param name="seen">Positions of the tokens that are known before.</param>
    /// <param name="threads">The result does not depend on it.</param>
    /// <returns>At least 0, up to rounding.</returns>
    /// <exception cref="ArgumentException">
    /// A place is outside of the tree, or there are more derivations than <see cref="MostDerivations"/>.
    /// </exception>
    public static double Exact(Grammar grammar, Site symbol, IReadOnlyCollection<int> revealed, IReadOnlyCollection<int> seen,
        int threads = 1)
    {
        bool[] before = Require(grammar, symbol, seen), after = Join(before, Require(grammar, symbol, revealed));
        List<(int[] Symbols, double Probability)> strings = Strings(grammar);
        return Math.Max(0, Mean(before) - Mean(after));

        double Mean(bool[] known)
        {
            // Many strings look alike.
            var alike = new Dictionary<string, int>();
            var views = new List<int[]>();
            var weights = new List<double>();
            foreach ((int[] tokens, double probability) in strings)
            {
                int[] view = View(tokens, known);
                ref int number = ref CollectionsMarshal.GetValueRefOrAddDefault(alike, string.Join(' ', view), out bool there);
                if (!there)
                {
                    number = views.Count;
                    views.Add(view);
                    weights.Add(0);
                }
                weights[number] += probability;
            }
            double[] entropies = Entropies(grammar, symbol, views, threads);
            return entropies.Zip(weights, (entropy, weight) => entropy * weight).Sum();
        }
    }

    /// <summary>The same as a mean over sampled strings: exact posteriors, and an error of sampling alone.</summary>
    /// <param name="strings">The strings; their grammar is the grammar.</param>
    /// <param name="symbol">As in <see cref="Exact"/>.</param>
    /// <param name="revealed">As in <see cref="Exact"/>.</param>
    /// <param name="seen">As in <see cref="Exact"/>.</param>
    /// <param name="threads">The result does not depend on it.</param>
    /// <exception cref="ArgumentException">A place is outside of the tree, or there is no string.</exception>
    public static MeanInformation Sampled(StringSampler strings, Site symbol, IReadOnlyCollection<int> revealed,
        IReadOnlyCollection<int> seen, int threads = 1)
    {
        ArgumentNullException.ThrowIfNull(strings);
        Grammar grammar = strings.Grammar;
        bool[] before = Require(grammar, symbol, seen), after = Join(before, Require(grammar, symbol, revealed));
        if (strings.Count < 1) throw new ArgumentException("no string was sampled: a mean needs at least one");
        int length = grammar.Shape.TokenCount;
        int[][] all = [.. SymbolReader.ReadAll(strings, 1)[0].Chunk(length).Select(tokens => tokens.Select(token => (int)token).ToArray())];
        double[] without = Entropies(grammar, symbol, [.. all.Select(tokens => View(tokens, before))], threads);
        double[] with = Entropies(grammar, symbol, [.. all.Select(tokens => View(tokens, after))], threads);
        double[] told = [.. without.Zip(with, (a, b) => a - b)];
        double mean = told.Average(), squares = told.Sum(one => (one - mean) * (one - mean));
        double error = told.Length > 1 ? Math.Sqrt(squares / (told.Length - 1) / told.Length) : double.NaN;
        return new MeanInformation(mean, error, told.Length);
    }

    private static bool[] Require(Grammar grammar, Site symbol, IReadOnlyCollection<int> positions)
    {
        ArgumentNullException.ThrowIfNull(grammar);
        ArgumentNullException.ThrowIfNull(positions);
        symbol.Require(grammar.Shape);
        if (symbol.IsTuple) throw new ArgumentException($"{symbol} is a tuple: information is of the symbol of a node");
        var known = new bool[grammar.Shape.TokenCount];
        foreach (int position in positions)
        {
            if (position < 0 || position >= known.Length)
                throw new ArgumentException($"token {position} is outside of strings of {known.Length} tokens");
            known[position] = true;
        }
        return known;
    }

    private static bool[] Join(bool[] first, bool[] second) => [.. first.Zip(second, (a, b) => a || b)];

    private static int[] View(int[] tokens, bool[] known) =>
        [.. tokens.Select((token, i) => known[i] ? token : BeliefPropagation.Masked)];

    /// <summary>Entropy of the symbol given each view.</summary>
    private static double[] Entropies(Grammar grammar, Site symbol, List<int[]> views, int threads)
    {
        var entropies = new double[views.Count];
        BeliefPropagation.ObserveAll(grammar, views, threads,
            (i, posterior) => entropies[i] = Information.Entropy(posterior.Posterior(symbol.Level, symbol.Node)));
        return entropies;
    }

    /// <summary>All strings: root after root, rules of the lowest nodes fastest.</summary>
    private static List<(int[] Symbols, double Probability)> Strings(Grammar grammar)
    {
        GrammarShape shape = grammar.Shape;
        if (shape.StringCount > MostDerivations)
        {
            throw new ArgumentException($"{shape} has {shape.StringCount} strings, more than the {MostDerivations} that are enumerated: "
                + "sample them");
        }
        List<(int[] Symbols, double Probability)> all =
            [.. Enumerable.Range(0, shape.Classes).Select(root => ((int[])[root], 1.0 / shape.Classes))];
        for (int level = shape.Depth - 1; level >= 0; level--)
        {
            for (int node = 0; node < shape.NodeCount(level + 1); node++) all = Derive(grammar, level, node, all);
        }
        return all;
    }

    /// <summary>Writes a rule for one symbol of level l+1, of which those before it have been written.</summary>
    private static List<(int[] Symbols, double Probability)> Derive(Grammar grammar, int level, int node,
        List<(int[] Symbols, double Probability)> all)
    {
        int m = grammar.Shape.Multiplicity, s = grammar.Shape.Branching;
        var derived = new List<(int[], double)>(checked(all.Count * m));
        foreach ((int[] symbols, double probability) in all)
        {
            for (int k = 0; k < m; k++)
            {
                var next = new int[symbols.Length + s - 1];
                symbols.AsSpan(0, node * s).CopyTo(next);
                ReadOnlySpan<ushort> tuple = grammar.Rule(level, symbols[node * s] * m + k);
                for (int i = 0; i < s; i++) next[node * s + i] = tuple[i];
                symbols.AsSpan(node * s + 1).CopyTo(next.AsSpan((node + 1) * s));
                derived.Add((next, probability * grammar.RuleProbabilities[k]));
            }
        }
        return derived;
    }
}
