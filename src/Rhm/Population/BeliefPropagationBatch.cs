using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Rhm.Grammars;
using Rhm.Numerics;

namespace Rhm.Population;

/// <summary>
/// The posteriors of <see cref="BeliefPropagation"/> for four strings at once, one in each lane of a vector. Messages are plain numbers,
/// scaled by their largest entry at every node; a string for which that loses precision is done again in logarithms.
/// </summary>
/// <remarks>
/// Cost of a string: (s^L - 1)/(s - 1) nodes, each of v m rules with about 4 s products, a quarter of a vector operation each. One object
/// serves one batch at a time and one thread. Bits do not depend on the other strings of a batch, nor on the machine.
/// </remarks>
internal sealed class BeliefPropagationBatch
{
    /// <summary>Strings in a batch.</summary>
    public const int Lanes = 4;

    // Products of entries below 1e-308 are lost: by a factor of at least 1e-50 less than what is kept.
    private static readonly Vector256<double> s_leastScale = Vector256.Create(1e-250);

    private readonly Grammar _grammar;
    private readonly GrammarShape _shape;
    private readonly Vector256<double>[] _weights; // [k]
    private readonly Vector256<double>[][] _inside; // [level][node * symbols + a]: P[tokens below | a], largest entry 1
    private readonly Vector256<double>[][] _outside; // [level][node * symbols + a]: P[tokens elsewhere, a], largest entry 1
    private readonly Vector256<double>[] _scales; // [inner node]: the factor taken out of its inside message
    private readonly Vector256<double>[] _left; // [i]: product over the children before i
    private readonly Vector256<double>[] _law; // [a], of one node
    private readonly BeliefPropagation?[] _again = new BeliefPropagation?[Lanes];
    private Vector256<double> _lost; // lanes whose messages fell below the least scale
    private int _count;

    /// <summary>Room for one batch.</summary>
    /// <exception cref="ArgumentException">Strings are too long for memory.</exception>
    public BeliefPropagationBatch(Grammar grammar)
    {
        (_grammar, _shape) = (grammar, grammar.Shape);
        BeliefPropagation.RequireMemory(_shape, Lanes);
        _weights = [.. grammar.RuleProbabilities.Select(Vector256.Create)];
        _inside = [.. Enumerable.Range(0, _shape.Depth + 1)
            .Select(level => new Vector256<double>[_shape.NodeCount(level) * _shape.SymbolCount(level)])];
        _outside = [.. _inside.Select(level => new Vector256<double>[level.Length])];
        _scales = new Vector256<double>[Enumerable.Range(1, _shape.Depth).Sum(_shape.NodeCount)];
        _law = new Vector256<double>[Math.Max(_shape.Vocabulary, _shape.Classes)];
        _left = new Vector256<double>[_shape.Branching];
    }

    /// <summary>Takes in 1 to 4 strings, [string, position]. Messages go down to the nodes of the given level; what is asked of levels
    /// below it has no meaning.</summary>
    /// <exception cref="ArgumentException">A string has another length or vocabulary, or no derivation can produce it.</exception>
    public void Observe(ReadOnlySpan<int> tokens, int lowest)
    {
        int length = _shape.TokenCount;
        _count = tokens.Length / length;
        for (int lane = 0; lane < _count; lane++) BeliefPropagation.RequireTokens(_shape, tokens.Slice(lane * length, length));
        SetTokens(tokens);
        _lost = Vector256<double>.Zero;
        int inner = 0;
        for (int level = 0; level < _shape.Depth; level++)
        {
            for (int node = 0; node < _shape.NodeCount(level + 1); node++) _scales[inner++] = Ascend(level, node);
        }
        _outside[_shape.Depth].AsSpan().Fill(Vector256<double>.One);
        for (int level = _shape.Depth - 1; level >= lowest; level--)
        {
            for (int node = 0; node < _shape.NodeCount(level + 1); node++) Descend(level, node);
        }
        for (int lane = 0; lane < Lanes; lane++)
        {
            _again[lane] = null;
            if (lane >= _count || _lost[lane] == 0) continue;
            _again[lane] = new BeliefPropagation(_grammar);
            _again[lane]!.Observe(tokens.Slice(lane * length, length));
        }
    }

    /// <summary>P[symbol of a node | tokens observed] of all nodes of a level, [string, node, symbol].</summary>
    public void CopyPosteriors(int level, Span<double> laws)
    {
        Vector256<double>[] inside = _inside[level], outside = _outside[level];
        int symbols = _shape.SymbolCount(level), row = inside.Length;
        Span<Vector256<double>> law = _law.AsSpan(0, symbols);
        for (int first = 0; first < row; first += symbols)
        {
            for (int a = 0; a < symbols; a++) law[a] = inside[first + a] * outside[first + a];
            Spread(law, laws[first..], row);
        }
        for (int lane = 0; lane < _count; lane++)
        {
            for (int node = 0; _again[lane] is { } exact && node < row / symbols; node++)
                exact.Posterior(level, node).CopyTo(laws[(lane * row + node * symbols)..]);
        }
    }

    /// <summary>P[token | all other tokens observed], [string, position, token].</summary>
    public void CopyPredictions(Span<double> laws)
    {
        int symbols = _shape.Vocabulary, row = _outside[0].Length;
        for (int first = 0; first < row; first += symbols) Spread(_outside[0].AsSpan(first, symbols), laws[first..], row);
        for (int lane = 0; lane < _count; lane++)
        {
            for (int token = 0; _again[lane] is { } exact && token < row / symbols; token++)
                exact.Prediction(token).CopyTo(laws[(lane * row + token * symbols)..]);
        }
    }

    /// <summary>Natural logarithm of the probability of each string's tokens (of those not masked).</summary>
    public void CopyLogProbabilities(Span<double> logarithms)
    {
        Vector256<double> root = Vector256<double>.Zero;
        foreach (Vector256<double> entry in _inside[_shape.Depth]) root += entry;
        var logs = new Vector256<double>[_scales.Length + 1];
        _scales.CopyTo(logs, 0);
        logs[^1] = root / Vector256.Create((double)_shape.Classes);
        Span<double> numbers = MemoryMarshal.Cast<Vector256<double>, double>(logs.AsSpan());
        Logarithm.Compute(numbers, numbers);
        Vector256<double> sum = Vector256<double>.Zero;
        foreach (Vector256<double> log in logs) sum += log;
        for (int lane = 0; lane < _count; lane++) logarithms[lane] = _again[lane] is { } exact ? exact.LogProbability : sum[lane];
    }

    /// <summary>Lanes without a string repeat the last one.</summary>
    private void SetTokens(ReadOnlySpan<int> tokens)
    {
        int v = _shape.Vocabulary, length = _shape.TokenCount;
        Span<double> messages = MemoryMarshal.Cast<Vector256<double>, double>(_inside[0].AsSpan());
        messages.Clear();
        for (int lane = 0; lane < Lanes; lane++)
        {
            ReadOnlySpan<int> own = tokens.Slice(Math.Min(lane, _count - 1) * length, length);
            for (int i = 0; i < own.Length; i++)
            {
                if (own[i] != BeliefPropagation.Masked)
                    messages[(i * v + own[i]) * Lanes + lane] = 1;
                else
                    for (int x = 0; x < v; x++) messages[(i * v + x) * Lanes + lane] = 1;
            }
        }
    }

    /// <summary>Inside message of a node of level l+1 from those of its children; returns what it was divided by.</summary>
    private Vector256<double> Ascend(int level, int node)
    {
        int s = _shape.Branching, v = _shape.Vocabulary, m = _shape.Multiplicity, symbols = _shape.SymbolCount(level + 1);
        ref ushort rule = ref MemoryMarshal.GetReference(_grammar.Rules(level));
        ref Vector256<double> children = ref _inside[level][node * s * v];
        ref Vector256<double> weights = ref MemoryMarshal.GetArrayDataReference(_weights);
        Span<Vector256<double>> result = _inside[level + 1].AsSpan(node * symbols, symbols);
        for (int a = 0; a < result.Length; a++)
        {
            Vector256<double> sum = Vector256<double>.Zero;
            for (int k = 0; k < m; k++, rule = ref Unsafe.Add(ref rule, s))
            {
                Vector256<double> product = Unsafe.Add(ref weights, k);
                for (int i = 0; i < s; i++) product *= Unsafe.Add(ref children, i * v + Unsafe.Add(ref rule, i));
                sum += product;
            }
            result[a] = sum;
        }
        return Scale(result);
    }

    /// <summary>Outside messages of the children of a node of level l+1 from its own and from the inside messages of their siblings.
    /// </summary>
    private void Descend(int level, int node)
    {
        int s = _shape.Branching, v = _shape.Vocabulary, m = _shape.Multiplicity, symbols = _shape.SymbolCount(level + 1);
        ref ushort rule = ref MemoryMarshal.GetReference(_grammar.Rules(level));
        ref Vector256<double> children = ref _inside[level][node * s * v];
        ref Vector256<double> weights = ref MemoryMarshal.GetArrayDataReference(_weights);
        ref Vector256<double> left = ref MemoryMarshal.GetArrayDataReference(_left);
        ReadOnlySpan<Vector256<double>> parent = _outside[level + 1].AsSpan(node * symbols, symbols);
        Span<Vector256<double>> result = _outside[level].AsSpan(node * s * v, s * v);
        result.Clear();
        ref Vector256<double> sums = ref MemoryMarshal.GetReference(result);
        for (int a = 0; a < parent.Length; a++)
        {
            for (int k = 0; k < m; k++, rule = ref Unsafe.Add(ref rule, s))
            {
                Vector256<double> product = parent[a] * Unsafe.Add(ref weights, k);
                for (int i = 0; i < s; i++)
                {
                    Unsafe.Add(ref left, i) = product;
                    product *= Unsafe.Add(ref children, i * v + Unsafe.Add(ref rule, i));
                }
                product = Vector256<double>.One;
                for (int i = s - 1; i >= 0; i--)
                {
                    int z = i * v + Unsafe.Add(ref rule, i);
                    Unsafe.Add(ref sums, z) += Unsafe.Add(ref left, i) * product;
                    product *= Unsafe.Add(ref children, z);
                }
            }
        }
        for (int i = 0; i < s; i++) Scale(result.Slice(i * v, v));
    }

    /// <summary>Divides a message by its largest entry, which it returns; 1 in a lane where that is too small.</summary>
    private Vector256<double> Scale(Span<Vector256<double>> message)
    {
        Vector256<double> largest = message[0];
        foreach (Vector256<double> entry in message[1..]) largest = Vector256.Max(largest, entry);
        Vector256<double> tooSmall = Vector256.LessThan(largest, s_leastScale);
        _lost |= tooSmall & Vector256<double>.One;
        largest = Vector256.ConditionalSelect(tooSmall, Vector256<double>.One, largest);
        Vector256<double> factor = Vector256<double>.One / largest;
        for (int a = 0; a < message.Length; a++) message[a] *= factor;
        return largest;
    }

    /// <summary>Each lane's law, of sum 1, to its string's row.</summary>
    private void Spread(ReadOnlySpan<Vector256<double>> law, Span<double> laws, int row)
    {
        Vector256<double> sum = Vector256<double>.Zero;
        foreach (Vector256<double> entry in law) sum += entry;
        Vector256<double> factor = Vector256<double>.One / Vector256.ConditionalSelect(
            Vector256.Equals(sum, Vector256<double>.Zero), Vector256<double>.One, sum);
        for (int lane = 0; lane < _count; lane++)
        {
            Span<double> own = laws.Slice(lane * row, law.Length);
            for (int a = 0; a < own.Length; a++) own[a] = law[a][lane] * factor[lane];
        }
    }
}
