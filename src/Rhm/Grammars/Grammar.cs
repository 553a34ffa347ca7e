using Rhm.Randomness;

namespace Rhm.Grammars;

/// <summary>
/// One grammar of the Random Hierarchy Model: for every level l = 0..L-1, m production rules (s-tuples of level-l symbols) for
/// each symbol of level l+1. All tuples of a level are distinct, so the grammar is unambiguous: a tuple has one parent.
/// Immutable and safe to share between threads.
/// </summary>
public sealed class Grammar
{
    private readonly ushort[][] _rules;
    private readonly Lazy<TupleIndex>[] _index;

    /// <summary>Wraps rule tables; <paramref name="validate"/> is false only for the mutated grammars of negative controls.</summary>
    internal Grammar(GrammarShape shape, ushort[][] rules, double zipfExponent, bool validate)
    {
        Shape = shape;
        ZipfExponent = zipfExponent;
        _rules = rules;
        _index = [.. Enumerable.Range(0, shape.Depth).Select(level => new Lazy<TupleIndex>(() => BuildIndex(level)))];
        if (validate) Validate();
        // Last: tables of another size are refused before memory is taken for m.
        RuleProbabilities = ZipfProbabilities(shape.Multiplicity, zipfExponent);
    }

    /// <summary>The parameters.</summary>
    public GrammarShape Shape { get; }

    /// <summary>alpha: the k-th rule of every symbol (k = 1..m) has probability proportional to k^-alpha.
    /// 0 = uniform, the paper's model.</summary>
    public double ZipfExponent { get; }

    /// <summary>Probability of the k-th rule of a symbol, k = 0..m-1; sums to 1. The same for every symbol.</summary>
    public IReadOnlyList<double> RuleProbabilities { get; }

    /// <summary>
    /// Draws a grammar: at each level n m distinct tuples (n = symbols of the level above), uniformly without replacement, and
    /// a uniformly random partition of them into n groups of m. Cost: O(rules) expected, O(v^s log v^s) when f is near 1; memory
    /// O(rules), whatever v^s is.
    /// </summary>
    /// <param name="shape">The parameters.</param>
    /// <param name="seed">The same seed gives the same grammar on every machine.</param>
    /// <param name="zipfExponent">alpha at least 0: unequal rule probabilities, see <see cref="ZipfExponent"/>.</param>
    /// <exception cref="ArgumentException">The rule tables do not fit in memory, or alpha is negative or not finite.</exception>
    public static Grammar Draw(GrammarShape shape, ulong seed, double zipfExponent = 0)
    {
        ArgumentNullException.ThrowIfNull(shape);
        RequireTablesFit(shape);
        var rules = new ushort[shape.Depth][];
        var tuple = new ushort[shape.Branching];
        for (int level = 0; level < shape.Depth; level++)
        {
            var random = StreamOffsets.GrammarLevels.Open(seed, (ulong)level);
            int count = (int)shape.RuleCount(level);
            var drawn = new TupleIndex(shape.Branching, shape.Vocabulary, count);
            rules[level] = new ushort[count * shape.Branching];
            // Distinct uniform draws come in exchangeable order, so cutting the sequence into groups of m is a uniform partition.
            while (drawn.Count < count)
            {
                for (int i = 0; i < tuple.Length; i++) tuple[i] = (ushort)random.NextBelow((ulong)shape.Vocabulary);
                if (drawn.Add(tuple, out int number)) tuple.CopyTo(rules[level].AsSpan(number * shape.Branching));
            }
        }
        return new Grammar(shape, rules, zipfExponent, validate: false);
    }

    /// <summary>A grammar with given rules, checked for shape, vocabulary and unambiguity.</summary>
    /// <param name="shape">The parameters.</param>
    /// <param name="rules">rules[l] = all tuples of level l, one after the other,
    /// m for each symbol of level l+1 in order: n m s symbols.</param>
    /// <param name="zipfExponent">See <see cref="ZipfExponent"/>.</param>
    /// <exception cref="ArgumentException">A table has another size, a symbol is out of range,
    /// or a tuple occurs twice in a level.</exception>
    public static Grammar FromRules(GrammarShape shape, IReadOnlyList<ushort[]> rules, double zipfExponent = 0)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(rules);
        return new Grammar(shape, [.. rules.Select(table => (ushort[])table.Clone())], zipfExponent, validate: true);
    }

    /// <summary>All tuples of a level: rule r = parent * m + k starts at r * s.</summary>
    /// <param name="level">l, 0..L-1.</param>
    public ReadOnlySpan<ushort> Rules(int level) => _rules[RequireLevel(level)];

    /// <summary>The tuple that a rule writes: s symbols of level l.</summary>
    /// <param name="level">l, 0..L-1.</param>
    /// <param name="rule">parent * m + k.</param>
    public ReadOnlySpan<ushort> Rule(int level, int rule) => Rules(level).Slice(rule * Shape.Branching, Shape.Branching);

    /// <summary>The rule (parent * m + k) that writes a tuple, or -1 when the tuple is not legal.</summary>
    /// <param name="level">l, level of the tuple, 0..L-1.</param>
    /// <param name="tuple">s symbols, each below v.</param>
    public int FindRule(int level, ReadOnlySpan<ushort> tuple) => _index[RequireLevel(level)].Value.Find(tuple);

    /// <summary>The parent symbol of a tuple, or -1 when the tuple is not legal.</summary>
    /// <param name="level">l, level of the tuple, 0..L-1.</param>
    /// <param name="tuple">s symbols, each below v.</param>
    public int FindParent(int level, ReadOnlySpan<ushort> tuple)
    {
        int rule = FindRule(level, tuple);
        return rule < 0 ? -1 : rule / Shape.Multiplicity;
    }

    /// <summary>The grammar of the levels above <paramref name="levels"/>: the law of its tokens is the law of the level-l symbols
    /// of this one (level reduction: identity 12, docs/formulas.md).</summary>
    /// <param name="levels">How many of the lowest levels to drop, 0..L-1.</param>
    public Grammar WithoutLowest(int levels) =>
        new(Shape.WithoutLowest(levels), _rules[levels..], ZipfExponent, validate: false);

    /// <summary>Probabilities proportional to k^-alpha, k = 1..m.</summary>
    internal static double[] ZipfProbabilities(int multiplicity, double exponent)
    {
        if (!double.IsFinite(exponent) || exponent < 0)
            throw new ArgumentException($"Zipf exponent {exponent} must be a finite number of at least 0");
        var weights = new double[multiplicity];
        for (int k = 0; k < multiplicity; k++) weights[k] = Math.Pow(k + 1, -exponent);
        double total = weights.Sum();
        for (int k = 0; k < multiplicity; k++) weights[k] /= total;
        return weights;
    }

    private static void RequireTablesFit(GrammarShape shape)
    {
        double symbols = 0;
        double largest = 0;
        for (int level = 0; level < shape.Depth; level++)
        {
            double table = (double)shape.RuleCount(level) * shape.Branching;
            symbols += table;
            largest = Math.Max(largest, table);
        }
        // Two bytes a symbol, twice (rules and index), and up to 16 bytes a rule of hash slots.
        double bytes = 4 * symbols + 16 * symbols / shape.Branching;
        double memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (bytes > memory || largest > int.MaxValue / 2)
            throw new ArgumentException($"the rule tables of {shape} need {bytes / (1L << 30):0.0} GiB, more than this machine's "
                + $"{memory / (1L << 30):0.0} GiB of memory can hold");
    }

    private int RequireLevel(int level) => level >= 0 && level < Shape.Depth
        ? level
        : throw new ArgumentException($"level {level} has no tuples: levels of tuples are 0..{Shape.Depth - 1}");

    private void Validate()
    {
        if (_rules.Length != Shape.Depth)
            throw new ArgumentException($"{_rules.Length} rule tables given, but depth L = {Shape.Depth} needs one for each level");
        for (int level = 0; level < Shape.Depth; level++)
        {
            long expected = Shape.RuleCount(level) * Shape.Branching;
            if (_rules[level].Length != expected)
                throw new ArgumentException($"level {level} has {_rules[level].Length} symbols in its rules, but {Shape} needs {expected}");
            foreach (ushort symbol in _rules[level])
            {
                if (symbol >= Shape.Vocabulary)
                    throw new ArgumentException($"level {level} has symbol {symbol}, outside the vocabulary 0..{Shape.Vocabulary - 1}");
            }
            TupleIndex index = _index[level].Value;
            if (index.Count < Shape.RuleCount(level))
            {
                for (int rule = 0; rule < Shape.RuleCount(level); rule++)
                {
                    int first = index.Find(Rule(level, rule));
                    if (first != rule)
                        throw new ArgumentException($"level {level}: tuple ({string.Join(' ', Rule(level, rule).ToArray())}) is written "
                            + $"by rule {first} and again by rule {rule}; a grammar must be unambiguous");
                }
            }
        }
    }

    private TupleIndex BuildIndex(int level)
    {
        int count = _rules[level].Length / Shape.Branching;
        var index = new TupleIndex(Shape.Branching, Shape.Vocabulary, count);
        for (int rule = 0; rule < count; rule++) index.Add(Rule(level, rule), out _);
        return index;
    }
}
