using System.Numerics.Tensors;
using Rhm.Grammars;
using Rhm.Numerics;
using Rhm.Parallelism;

namespace Rhm.Population;

/// <summary>
/// Posterior of every latent given a full or partly masked string, and the Bayes-optimal predictors of tokens: the inside-outside
/// recursion in the log domain, so that no depth underflows. One object serves one string at a time and one thread.
/// </summary>
/// <remarks>
/// Cost: each of the s^L/(s-1) inner nodes reads v m s entries of messages; that is what limits it. A node whose messages span
/// less than e^600 is summed in plain numbers between one exponential and one logarithm per entry (a hundred times fewer than one per
/// rule), any other one in logarithms throughout. <see cref="StringLaw{T}"/> is the reference.
/// </remarks>
public sealed class BeliefPropagation
{
    /// <summary>Stands for a token that is not seen.</summary>
    public const int Masked = -1;

    private readonly Grammar _grammar;
    private readonly GrammarShape _shape;
    private readonly double _plainSpan;
    private readonly double[] _weights; // [k]
    private readonly double[] _logWeights; // [k]
    private readonly double[][] _inside; // [level][node * symbols + a] = log P[tokens below | a]
    private readonly double[][] _outside; // [level][node * symbols + a] = log P[tokens elsewhere, a]
    private readonly double[] _children; // [i * v + z] = exp of the inside messages of the children of a node, up to a factor each
    private readonly double[] _parent; // [a]
    private readonly double[] _sums; // [i * v + z]

    /// <summary>Room for one string.</summary>
    /// <param name="grammar">Uniform or weighted rules. The tables of messages need 16 v bytes a node.</param>
    /// <exception cref="ArgumentException">Strings are too long for memory.</exception>
    public BeliefPropagation(Grammar grammar)
        : this(grammar, plainSpan: 600)
    {
    }

    /// <summary>With another bound (in nats) on what is summed in plain numbers; 0 = all in logarithms.</summary>
    internal BeliefPropagation(Grammar grammar, double plainSpan)
    {
        ArgumentNullException.ThrowIfNull(grammar);
        (_grammar, _shape, _plainSpan) = (grammar, grammar.Shape, plainSpan);
        int s = _shape.Branching, v = _shape.Vocabulary;
        RequireMemory(_shape, 1);
        _weights = [.. grammar.RuleProbabilities];
        _logWeights = [.. _weights.Select(weight => Math.Log(weight))];
        _inside = [.. Enumerable.Range(0, _shape.Depth + 1)
            .Select(level => new double[_shape.NodeCount(level) * _shape.SymbolCount(level)])];
        _outside = [.. _inside.Select(level => new double[level.Length])];
        _children = new double[s * v];
        _parent = new double[Math.Max(_shape.Classes, v)];
        _sums = new double[Math.Max(_parent.Length, _children.Length)];
    }

    /// <summary>Natural logarithm of the probability of the tokens last observed (of those not masked).</summary>
    public double LogProbability { get; private set; } = double.NaN;

    /// <summary>Takes in a string; afterwards posteriors and predictions can be asked for.</summary>
    /// <param name="tokens">s^L tokens, 0..v-1, or <see cref="Masked"/>.</param>
    /// <exception cref="ArgumentException">The string has another length or vocabulary, or no derivation can produce it.</exception>
    public void Observe(ReadOnlySpan<int> tokens)
    {
        RequireTokens(_shape, tokens);
        LogProbability = double.NaN;
        for (int i = 0; i < tokens.Length; i++) SetToken(i, tokens[i]);
        for (int level = 0; level < _shape.Depth; level++)
        {
            for (int node = 0; node < _shape.NodeCount(level + 1); node++)
            {
                if (!Ascend(level, node)) throw Impossible(Site.Symbol(level + 1, node));
            }
        }
        LogProbability = StartAtRoot();
        for (int level = _shape.Depth - 1; level >= 0; level--)
        {
            for (int node = 0; node < _shape.NodeCount(level + 1); node++) Descend(level, node, 0, _shape.Branching);
        }
    }

    /// <summary>P[symbol of a node | tokens observed].</summary>
    /// <param name="level">l, 0..L.</param>
    /// <param name="node">0..s^(L-l)-1.</param>
    /// <exception cref="ArgumentException">The node is outside the tree.</exception>
    /// <exception cref="InvalidOperationException">No string was observed.</exception>
    public double[] Posterior(int level, int node)
    {
        RequireObserved(level, node);
        var posterior = new double[_shape.SymbolCount(level)];
        TensorPrimitives.Add(OutsideOf(level, node), InsideOf(level, node), posterior);
        return Normalise(posterior);
    }

    /// <summary>P[token | all other tokens observed]: the Bayes-optimal prediction of a masked token. The token itself, whether
    /// observed or masked, is not used, so one call of <see cref="Observe"/> serves every position.</summary>
    /// <param name="token">Position, 0..s^L-1.</param>
    /// <exception cref="ArgumentException">The position is outside the string.</exception>
    /// <exception cref="InvalidOperationException">No string was observed.</exception>
    public double[] Prediction(int token)
    {
        RequireObserved(0, token);
        return Normalise(OutsideOf(0, token).ToArray());
    }

    /// <summary>
    /// The Bayes-optimal next-token predictor: for every position i, P[x_i | x_0 .. x_(i-1)]. Only the messages on the path from a
    /// token to the root change from one token to the next, so the cost is s^L L v m s. Forgets what was observed before.
    /// </summary>
    /// <param name="tokens">s^L tokens, none masked.</param>
    /// <returns>[i, x], s^L by v.</returns>
    /// <exception cref="ArgumentException">The string has another length or vocabulary, or no derivation can produce it.</exception>
    public double[,] NextToken(ReadOnlySpan<int> tokens)
    {
        RequireTokens(_shape, tokens);
        if (tokens.Contains(Masked))
            throw new ArgumentException($"token {tokens.IndexOf(Masked)} is masked: the next-token predictor needs a full string");
        LogProbability = double.NaN;
        foreach (double[] level in _inside) Array.Clear(level);
        var predictions = new double[tokens.Length, _shape.Vocabulary];
        int s = _shape.Branching;
        for (int i = 0; i < tokens.Length; i++)
        {
            StartAtRoot();
            for (int level = _shape.Depth - 1; level >= 0; level--)
            {
                int node = (int)((long)i * _shape.NodeCount(level) / tokens.Length);
                Descend(level, node / s, node % s, node % s + 1);
            }
            double[] law = Normalise(OutsideOf(0, i).ToArray());
            for (int x = 0; x < law.Length; x++) predictions[i, x] = law[x];
            if (law[tokens[i]] == 0) throw Impossible(Site.Symbol(0, i));
            SetToken(i, tokens[i]);
            for (int level = 0, parent = i / s; level < _shape.Depth; level++, parent /= s) Ascend(level, parent);
        }
        return predictions;
    }

    /// <summary>Observes many strings on several threads.</summary>
    /// <param name="grammar">The grammar.</param>
    /// <param name="strings">As for <see cref="Observe"/>.</param>
    /// <param name="threads">At least 1.</param>
    /// <param name="visit">Called for each string, in no fixed order, from any thread, with its number and its posterior,
    /// valid during the call.</param>
    public static void ObserveAll(Grammar grammar, IReadOnlyList<int[]> strings, int threads, Action<int, BeliefPropagation> visit)
    {
        ArgumentNullException.ThrowIfNull(strings);
        ArgumentNullException.ThrowIfNull(visit);
        ParallelLoop.Unordered(threads, strings.Count, numbers =>
        {
            var posterior = new BeliefPropagation(grammar);
            foreach (int i in numbers)
            {
                posterior.Observe(strings[i]);
                visit(i, posterior);
            }
        });
    }

    /// <summary>Refuses strings whose messages, of so many strings at once, do not fit into memory.</summary>
    internal static void RequireMemory(GrammarShape shape, int strings)
    {
        double bytes = 32.0 * strings * shape.TokenCount * shape.Vocabulary;
        double memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (bytes > memory)
            throw new ArgumentException($"the messages of {shape} need {bytes / (1L << 30):0.0} GiB, more than this machine's "
                + $"{memory / (1L << 30):0.0} GiB of memory");
    }

    internal static void RequireTokens(GrammarShape shape, ReadOnlySpan<int> tokens)
    {
        if (tokens.Length != shape.TokenCount)
            throw new ArgumentException($"the string has {tokens.Length} tokens, but strings of {shape} have {shape.TokenCount}");
        for (int i = 0; i < tokens.Length; i++)
        {
            if (tokens[i] < Masked || tokens[i] >= shape.Vocabulary)
                throw new ArgumentException($"token {i} is {tokens[i]}, neither in the vocabulary 0..{shape.Vocabulary - 1} nor masked "
                    + $"({Masked})");
        }
    }

    internal static ArgumentException Impossible(Site node) =>
        new(node.Level == 0
            ? $"no derivation produces this string: token {node.Node} cannot follow those before it"
            : $"no derivation produces this string: no symbol of level {node.Level} fits the tokens below its node {node.Node}");

    private void RequireObserved(int level, int node)
    {
        Site.Symbol(level, node).Require(_shape);
        if (double.IsNaN(LogProbability)) throw new InvalidOperationException("no string was observed");
    }

    private void SetToken(int i, int token)
    {
        Span<double> message = InsideOf(0, i);
        message.Fill(token == Masked ? 0 : double.NegativeInfinity);
        if (token != Masked) message[token] = 0;
    }

    /// <summary>Sets the outside message of the root and returns the log-probability of the tokens.</summary>
    private double StartAtRoot()
    {
        Span<double> root = _outside[_shape.Depth];
        root.Fill(-Math.Log(_shape.Classes));
        ReadOnlySpan<double> inside = _inside[_shape.Depth];
        double largest = TensorPrimitives.Max(inside), sum = 0;
        foreach (double x in inside) sum += Math.Exp(x - largest);
        return largest + Math.Log(sum) - Math.Log(_shape.Classes);
    }

    /// <summary>Inside message of a node of level l+1 from those of its children; false when it is all zero.</summary>
    private bool Ascend(int level, int node)
    {
        int s = _shape.Branching, v = _shape.Vocabulary;
        ReadOnlySpan<ushort> rules = _grammar.Rules(level);
        Span<double> result = InsideOf(level + 1, node), children = _children;
        double shift = 0, span = 0;
        for (int i = 0; i < s; i++) shift += Exponentials(InsideOf(level, node * s + i), children.Slice(i * v, v), ref span);
        if (span > _plainSpan) return AscendInLogarithms(level, node);
        for (int a = 0, rule = 0; a < result.Length; a++)
        {
            double sum = 0;
            for (int k = 0; k < _weights.Length; k++, rule += s)
            {
                double product = _weights[k];
                for (int i = 0; i < s; i++) product *= children[i * v + rules[rule + i]];
                sum += product;
            }
            result[a] = Math.Log(sum) + shift;
        }
        return result.ContainsAnyExcept(double.NegativeInfinity);
    }

    private bool AscendInLogarithms(int level, int node)
    {
        int s = _shape.Branching, m = _shape.Multiplicity;
        ReadOnlySpan<ushort> rules = _grammar.Rules(level);
        Span<double> result = InsideOf(level + 1, node);
        result.Fill(double.NegativeInfinity);
        for (int rule = 0; rule < rules.Length / s; rule++)
        {
            double term = _logWeights[rule % m];
            for (int i = 0; i < s; i++) term += InsideOf(level, node * s + i)[rules[rule * s + i]];
            result[rule / m] = LogAdd(result[rule / m], term);
        }
        return result.ContainsAnyExcept(double.NegativeInfinity);
    }

    /// <summary>Outside messages of some children of a node of level l+1 from its own and from the inside
    /// messages of their siblings.</summary>
    private void Descend(int level, int node, int firstChild, int endChild)
    {
        int s = _shape.Branching, v = _shape.Vocabulary;
        ReadOnlySpan<ushort> rules = _grammar.Rules(level);
        Span<double> children = _children, sums = _sums.AsSpan(0, s * v);
        Span<double> outside = OutsideOf(level + 1, node), parent = _parent.AsSpan(0, outside.Length);
        double span = 0;
        double shift = Exponentials(outside, parent, ref span);
        for (int i = 0; i < s; i++) shift += Exponentials(InsideOf(level, node * s + i), children.Slice(i * v, v), ref span);
        if (span > _plainSpan)
        {
            DescendInLogarithms(level, node, firstChild, endChild);
            return;
        }
        sums.Clear();
        Span<double> left = stackalloc double[s];
        for (int a = 0, rule = 0; a < parent.Length; a++)
        {
            for (int k = 0; k < _weights.Length; k++, rule += s)
            {
                double product = parent[a] * _weights[k];
                if (product == 0) continue;
                for (int i = 0; i < s; i++)
                {
                    left[i] = product;
                    product *= children[i * v + rules[rule + i]];
                }
                product = 1;
                for (int i = s - 1; i >= firstChild; i--)
                {
                    int z = i * v + rules[rule + i];
                    if (i < endChild) sums[z] += left[i] * product;
                    product *= children[z];
                }
            }
        }
        for (int i = firstChild; i < endChild; i++)
        {
            double siblings = shift - TensorPrimitives.Max<double>(InsideOf(level, node * s + i));
            Span<double> result = OutsideOf(level, node * s + i);
            Logarithm.Compute(sums.Slice(i * v, v), result);
            TensorPrimitives.Add(result, siblings, result);
        }
    }

    private void DescendInLogarithms(int level, int node, int firstChild, int endChild)
    {
        int s = _shape.Branching, m = _shape.Multiplicity;
        ReadOnlySpan<ushort> rules = _grammar.Rules(level);
        for (int child = firstChild; child < endChild; child++)
        {
            Span<double> result = OutsideOf(level, node * s + child);
            result.Fill(double.NegativeInfinity);
            for (int rule = 0; rule < rules.Length / s; rule++)
            {
                double term = _logWeights[rule % m] + OutsideOf(level + 1, node)[rule / m];
                for (int i = 0; i < s; i++)
                {
                    if (i != child) term += InsideOf(level, node * s + i)[rules[rule * s + i]];
                }
                int z = rules[rule * s + child];
                result[z] = LogAdd(result[z], term);
            }
        }
    }

    private Span<double> InsideOf(int level, int node) => Entries(_inside, level, node);

    private Span<double> OutsideOf(int level, int node) => Entries(_outside, level, node);

    private Span<double> Entries(double[][] messages, int level, int node)
    {
        int symbols = _shape.SymbolCount(level);
        return messages[level].AsSpan(node * symbols, symbols);
    }

    /// <summary>exp(message - largest entry); returns that entry and adds how far the finite entries lie apart to the span.</summary>
    private static double Exponentials(ReadOnlySpan<double> message, Span<double> result, ref double span)
    {
        double largest = double.NegativeInfinity, least = double.PositiveInfinity;
        foreach (double x in message)
        {
            if (x > largest) largest = x;
            if (x < least && x > double.NegativeInfinity) least = x;
        }
        span += largest - least;
        TensorPrimitives.Subtract(message, largest, result);
        Exponential.Compute<double>(result, result);
        return largest;
    }

    private static double LogAdd(double a, double b)
    {
        double largest = Math.Max(a, b);
        return double.IsNegativeInfinity(largest) ? largest : largest + Math.Log(Math.Exp(a - largest) + Math.Exp(b - largest));
    }

    private static double[] Normalise(double[] logs)
    {
        TensorPrimitives.Subtract(logs, TensorPrimitives.Max<double>(logs), logs);
        Exponential.Compute<double>(logs, logs);
        TensorPrimitives.Divide(logs, Reductions.Sum<double>(logs), logs);
        return logs;
    }
}
