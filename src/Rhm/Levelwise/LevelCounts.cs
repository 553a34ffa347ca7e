using System.Numerics;
using System.Numerics.Tensors;
using Rhm.Grammars;
using Rhm.Learning;
using Rhm.Levelwise.Counting;
using Rhm.Parallelism;
using Rhm.Population;
using Rhm.Strings;

namespace Rhm.Levelwise;

/// <summary>
/// What one pass over the data collects about a level: which tuples occur, and with what. For latent targets that is how often each
/// pair of tuples stands under one grandparent, for tokens and roots how often each tuple meets each symbol of each target.
/// </summary>
internal sealed class LevelCounts
{
    private readonly PairCounts[] _pairs;

    private LevelCounts(int branching, int symbols, TupleIndex tuples, PairCounts[] pairs, TargetCounts targets) =>
        (Branching, Symbols, Tuples, _pairs, Targets) = (branching, symbols, tuples, pairs, targets);

    /// <summary>s.</summary>
    public int Branching { get; }

    /// <summary>Number of symbols of the level: v for the tokens, the number of labels found for a level above.</summary>
    public int Symbols { get; }

    /// <summary>The observed tuples, numbered in ascending order; the estimate of the legal set S_l.</summary>
    public TupleIndex Tuples { get; }

    /// <summary>Counts with tokens or the root; without slots for latent targets.</summary>
    public TargetCounts Targets { get; }

    /// <summary>Counts of the pair (tuple at child position i, tuple at child position j) of the same grandparent; latent targets only,
    /// and of one cousin tuple only the pair (0, 1).</summary>
    /// <param name="i">0..s-2.</param>
    /// <param name="j">i+1..s-1.</param>
    public PairCounts Pairs(int i, int j) => _pairs[PairNumber(Branching, i, j)];

    /// <summary>
    /// Share of the tuples of new strings that were not seen here, as Good and Turing estimate it: the share of occurrences whose tuple
    /// occurred once (doi:10.1093/biomet/40.3-4.237).
    /// </summary>
    /// <param name="meetings">How many counts each occurrence of a tuple adds.</param>
    internal double UnseenShare(int meetings)
    {
        var seen = new long[Tuples.Count];
        foreach (PairCounts pairs in _pairs)
        {
            // A table holds fewer than 2^31 pairs: no sum overflows.
            var columns = new int[pairs.Table is null ? 0 : seen.Length];
            for (int a = 0; a < columns.Length; a++)
            {
                ReadOnlySpan<int> row = pairs.Table.AsSpan(a * columns.Length, columns.Length);
                seen[a] += TensorPrimitives.Sum(row);
                TensorPrimitives.Add(columns, row, columns);
            }
            for (int b = 0; b < columns.Length; b++) seen[b] += columns[b];
            if (pairs.Table is not null) continue;
            for (int entry = 0; entry < pairs.Counts.Length; entry++)
            {
                seen[pairs.First[entry]] += pairs.Counts[entry];
                seen[pairs.Second[entry]] += pairs.Counts[entry];
            }
        }
        for (int tuple = 0; tuple < seen.Length && Targets.Slots > 0; tuple++)
        {
            foreach (long count in Targets.Of(tuple)) seen[tuple] += count;
        }
        long total = seen.Sum();
        return total == 0 ? 1 : seen.Where(times => times <= meetings).Sum() / (double)total;
    }

    internal static int PairNumber(int s, int i, int j) => i * (2 * s - i - 1) / 2 + j - i - 1;

    /// <summary>One pass over the data.</summary>
    /// <param name="data">The strings; for root targets they come from a sampler, which knows their roots.</param>
    /// <param name="lower">Levels learned so far; the tuples counted are of level l = their number.</param>
    /// <param name="depth">L; l is at most L-2, so that a grandparent exists.</param>
    /// <param name="branching">s.</param>
    /// <param name="target">What is counted with the tuples.</param>
    /// <param name="cousins">Which of the targets.</param>
    /// <param name="poolGrandparents">Count under every grandparent of the level, or under the leftmost one only.</param>
    /// <param name="threads">At least 1; the counts do not depend on it.</param>
    /// <param name="cancellation">Stops between blocks of strings.</param>
    /// <param name="vectorised">False for the reference, lane by lane in 16 bits.</param>
    internal static LevelCounts Collect(IStringSource data, IReadOnlyList<LearnedLevel> lower, int depth, int branching, Target target,
        CousinTargets cousins, bool poolGrandparents, int threads, CancellationToken cancellation, bool vectorised = true)
    {
        int symbols = lower.Count == 0 ? data.Vocabulary : lower[^1].SymbolCount;
        Slots slots = Slots.Of(target, cousins, lower.Count, depth, branching,
            target == Target.Root ? ((StringSampler)data).Grammar.Shape.Classes : data.Vocabulary);
        int pairs = target != Target.Latent ? 0 : cousins == CousinTargets.All ? branching * (branching - 1) / 2 : 1;
        int tokens = poolGrandparents ? data.TokenCount : Power(branching, lower.Count + 2);
        if (vectorised && target == Target.Latent && data is StringSampler sampler && Fuse(sampler, lower) is { } fused)
        {
            int nodes = tokens / Power(branching, fused.Level + 1);
            IReadOnlyList<Collector> states = fused.Strings.VisitGroups(threads,
                () => new Collector(lower, tokens, branching, symbols, target, slots, pairs, vectorised, fused),
                (collector, group) => collector.Add(group),
                () => new StringGroup(1, nodes, branching), cancellation);
            return Merge(states, branching, symbols, slots);
        }
        IReadOnlyList<Collector> collectors = data.VisitGroups(threads,
            () => new Collector(lower, tokens, branching, symbols, target, slots, pairs, vectorised, null),
            (collector, group) => collector.Add(group),
            () => new StringGroup(target == Target.Root ? depth + 1 : 1, tokens, branching), cancellation);
        return Merge(collectors, branching, symbols, slots);
    }

    /// <summary>A sampler's strings as the learner sees them.</summary>
    /// <param name="Strings">Groups hold a value for each tuple of the level.</param>
    /// <param name="Level">Nothing below the tuples of this level is drawn.</param>
    /// <param name="Numbers">Values are numbers in this index; where null they are labels.</param>
    private sealed record Fused(IStringSource Strings, int Level, TupleIndex? Numbers);

    /// <summary>
    /// A rule of the sampler stands for one tuple: what that is to the learner is looked up once a rule instead of once a tuple. Where all
    /// rules of every symbol of a level have the same label, the label is a function of the symbol: what is below does not matter and is
    /// not drawn. The counts are the same. Null where symbols or numbers do not fit in bytes.
    /// </summary>
    private static Fused? Fuse(StringSampler sampler, IReadOnlyList<LearnedLevel> lower)
    {
        Grammar grammar = sampler.Grammar;
        GrammarShape shape = grammar.Shape;
        int s = shape.Branching, m = shape.Multiplicity;
        if (Math.Max(shape.Vocabulary, shape.Classes) > 255 || !TupleLookup.Fits(s, shape.Vocabulary)
            || lower.Any(level => !level.IsNarrow))
            return null;
        ushort[] labels = [.. Enumerable.Range(0, shape.Vocabulary).Select(symbol => (ushort)symbol)];
        Fused? found = null;
        for (int level = 0; level < lower.Count; level++)
        {
            ushort[][] tuples = TuplesOf(grammar, level, labels);
            var values = new byte[tuples.Length];
            for (int rule = 0; rule < values.Length; rule++)
            {
                int number = lower[level].Tuples.Find(tuples[rule]);
                values[rule] = number >= 0 ? (byte)lower[level].Labels[number] : TupleLookup.Absent;
            }
            found = new Fused(sampler.MapTuples(level, values), level, null);
            if (values.Where((value, rule) => value == TupleLookup.Absent || value != values[rule / m * m]).Any()) return found;
            labels = [.. Enumerable.Range(0, values.Length / m).Select(symbol => (ushort)values[symbol * m])];
        }
        ushort[][] last = TuplesOf(grammar, lower.Count, labels);
        var index = new TupleIndex(s, lower.Count == 0 ? shape.Vocabulary : lower[^1].SymbolCount, last.Length);
        foreach (ushort[] tuple in last.Order(Comparer<ushort[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b))))
            index.Add(tuple, out _);
        return index.Count > 256 ? found
            : new Fused(sampler.MapTuples(lower.Count, [.. last.Select(tuple => (byte)index.Find(tuple))]), lower.Count, index);
    }

    /// <summary>The tuples that the rules of a level stand for, when each symbol of its elements has a label.</summary>
    private static ushort[][] TuplesOf(Grammar grammar, int level, ushort[] labels)
    {
        var tuples = new ushort[grammar.Shape.RuleCount(level)][];
        for (int rule = 0; rule < tuples.Length; rule++)
            tuples[rule] = [.. grammar.Rule(level, rule).ToArray().Select(symbol => labels[symbol])];
        return tuples;
    }

    private static int Power(int s, int exponent) => checked((int)Math.Pow(s, exponent));

    private static LevelCounts Merge(IReadOnlyList<Collector> collectors, int branching, int symbols, Slots slots)
    {
        int threads = collectors.Count;
        ParallelLoop.Ordered(threads, threads, t => collectors[t].End());

        // Threads meet tuples in different orders; ascending order of symbols makes the numbering a function of the data alone.
        var all = new TupleIndex(branching, symbols);
        foreach (Collector collector in collectors)
        {
            bool[] seen = collector.Seen();
            for (int number = 0; number < collector.Tuples.Count; number++)
            {
                if (seen[number]) all.Add(collector.Tuples[number], out _);
            }
        }
        var order = Enumerable.Range(0, all.Count).ToArray();
        Array.Sort(order, (a, b) => all[a].SequenceCompareTo(all[b]));
        var sorted = new TupleIndex(branching, symbols, all.Count);
        foreach (int number in order) sorted.Add(all[number], out _);

        var common = collectors.Select(collector =>
            Enumerable.Range(0, collector.Tuples.Count).Select(number => sorted.Find(collector.Tuples[number])).ToArray()).ToArray();
        var pairs = new PairCounts[collectors[0].Pairs.Length];
        ParallelLoop.Ordered(threads, pairs.Length,
            p => pairs[p] = PairCounter.Merge([.. collectors.Select((collector, t) => (collector.Pairs[p], common[t]))], sorted.Count));
        var targets = new TargetCounts(slots.Count, slots.Symbols);
        targets.Reserve(sorted.Count);
        for (int t = 0; t < collectors.Count; t++) targets.Add(collectors[t].Targets, common[t]);
        return new LevelCounts(branching, symbols, sorted, pairs, targets);
    }

    /// <summary>Which (tuple, target) pairs of a level are counted.</summary>
    /// <param name="Count">Number of slots.</param>
    /// <param name="Symbols">Symbols that a target can have.</param>
    /// <param name="Tokens">For tokens: how many of those below a cousin tuple.</param>
    /// <param name="AllPositions">Every pair of child positions (tokens) or every node (root), or the first only.</param>
    private sealed record Slots(int Count, int Symbols, int Tokens, bool AllPositions)
    {
        public static Slots Of(Target target, CousinTargets cousins, int level, int depth, int s, int symbols)
        {
            bool all = cousins == CousinTargets.All;
            int tokens = cousins == CousinTargets.Element ? 1 : Power(s, level + 1);
            return target switch
            {
                Target.Token => new Slots((all ? s * (s - 1) : 1) * tokens, symbols, tokens, all),
                Target.Root => new Slots(all ? Power(s, depth - level - 1) : 1, symbols, 0, all),
                _ => new Slots(0, 0, 0, all),
            };
        }
    }

    /// <summary>
    /// The counts of one thread. Symbols below 255 are held in bytes: labels and numbers of 64 tuples are looked up at once, and
    /// the numbers of a batch of groups are kept, so that the pairs of two child positions are counted while their table is in the
    /// first-level cache. Otherwise, and for the few groups with a tuple that is new or unresolved, lanes are numbered one by one.
    /// </summary>
    private sealed class Collector
    {
        private const int Lanes = StringGroup.Lanes;

        // Numbers of a batch: 64 KiB, well within the second-level cache.
        private const int BatchBytes = 1 << 16;

        private readonly IReadOnlyList<LearnedLevel> _lower;
        private readonly Target _target;
        private readonly Slots _slots;
        private readonly StringGroup _decoded;
        private readonly int[] _numbers;
        private readonly int _branching;
        private readonly int _symbols;
        private readonly int _grandparents;

        // Lower and upper byte of a tuple's number; null where symbols are held in 16 bits.
        private readonly TupleLookup? _low, _high;
        private readonly byte[] _batch = [], _upper = [];
        private int _batched;

        // The level whose symbols or labels a group holds; or it holds the numbers of the tuples that are counted, all known before.
        private readonly int _from;
        private readonly bool _areNumbers;
        private readonly bool[] _seen = [];

        public Collector(IReadOnlyList<LearnedLevel> lower, int tokens, int branching, int symbols, Target target, Slots slots, int pairs,
            bool vectorised, Fused? fused)
        {
            (_lower, _branching, _symbols, _target, _slots) = (lower, branching, symbols, target, slots);
            _decoded = new StringGroup(lower.Count + 1, tokens, branching);
            int tuples = _decoded.NodeCount(lower.Count) / branching;
            _grandparents = tuples / branching;
            _numbers = new int[tuples * Lanes];
            (_from, _areNumbers) = (fused is null ? 0 : fused.Level + 1, fused?.Numbers is not null);
            Tuples = fused?.Numbers ?? new TupleIndex(branching, symbols);
            if (_areNumbers) _seen = new bool[Tuples.Count];
            Pairs = [.. Enumerable.Range(0, pairs).Select(_ => new PairCounter())];
            Targets = new TargetCounts(slots.Count, slots.Symbols);
            if (!vectorised || !TupleLookup.Fits(branching, symbols) || lower.Any(level => !level.IsNarrow)) return;
            (_low, _high) = (new TupleLookup(branching, symbols), new TupleLookup(branching, symbols));
            _upper = new byte[tuples * Lanes];
            _batch = new byte[Math.Max(1, BatchBytes / _upper.Length) * _upper.Length];
        }

        public TupleIndex Tuples { get; }

        public PairCounter[] Pairs { get; }

        public TargetCounts Targets { get; }

        public void Add(StringGroup group)
        {
            if (_low is not null) NumberBytes(group);
            else Number(group);
            Targets.Reserve(Tuples.Count);
            if (_target == Target.Token) AddTokens(group);
            else if (_target == Target.Root) AddRoots(group);
        }

        /// <summary>Counts the pairs that wait.</summary>
        public void End()
        {
            CountBatch();
            foreach (PairCounter pairs in Pairs) pairs.AddSmallToTable();
        }

        private void CountBatch()
        {
            int s = _branching, p = 0, stride = s * Lanes;
            for (int i = 0; i < s; i++)
            {
                for (int j = i + 1; j < s && p < Pairs.Length; j++)
                    Pairs[p++].Add(_batch.AsSpan(0, _batched), i * Lanes, j * Lanes, stride, Tuples.Count);
            }
            // Tuples at positions whose pairs are not counted were seen all the same.
            for (int at = 0; at < _batched && _areNumbers && Pairs.Length < s * (s - 1) / 2; at++)
            {
                if (at / Lanes % s > 1) _seen[_batch[at]] = true;
            }
            _batched = 0;
        }

        /// <summary>Which of the numbered tuples occurred.</summary>
        public bool[] Seen()
        {
            if (!_areNumbers) return [.. Enumerable.Repeat(true, Tuples.Count)];
            foreach (PairCounter pairs in Pairs) pairs.MarkSeen(_seen);
            return _seen;
        }

        /// <summary>Numbers of the tuples of bytes;
        /// a group of 64 resolved tuples with numbers below 256 only waits for its batch.</summary>
        private void NumberBytes(StringGroup group)
        {
            Span<byte> symbols = group.Bytes(0), lower = _batch.AsSpan(_batched, _upper.Length);
            if (_areNumbers)
            {
                symbols.CopyTo(lower);
            }
            else
            {
                for (int level = _from; level < _lower.Count; level++)
                {
                    Span<byte> labels = _decoded.BytesToFill(level + 1);
                    _lower[level].Decode(symbols, labels);
                    symbols = labels;
                }
                _low!.Find(symbols, lower);
                // Below 255 tuples a lower byte of 255 says that a tuple is absent.
                if (Tuples.Count >= TupleLookup.Absent || lower.Contains(TupleLookup.Absent)) _high!.Find(symbols, _upper);
                else _upper.AsSpan().Clear();
            }
            if (_target == Target.Latent && group.Count == Lanes && !_upper.AsSpan().ContainsAnyExcept((byte)0))
            {
                _batched += lower.Length;
                if (_batched == _batch.Length) CountBatch();
                return;
            }
            for (int at = 0; at < _numbers.Length; at++)
            {
                if (at % Lanes < group.Count)
                    _numbers[at] = _upper[at] != TupleLookup.Absent ? (_upper[at] << 8) | lower[at]
                        : NumberOf<byte>(symbols[(at / Lanes * _branching * Lanes)..], at % Lanes);
            }
            if (_target == Target.Latent) AddPairs(group.Count);
            for (int at = 0; at < _numbers.Length && _areNumbers; at++)
            {
                if (at % Lanes < group.Count) _seen[_numbers[at]] = true;
            }
        }

        private ReadOnlySpan<int> NumbersOf(int node, int count) => _numbers.AsSpan(node * Lanes, count);

        private void AddPairs(int count)
        {
            int s = _branching;
            for (int g = 0; g < _grandparents; g++)
            {
                int p = 0;
                for (int i = 0; i < s; i++)
                {
                    for (int j = i + 1; j < s && p < Pairs.Length; j++)
                        Pairs[p++].Add(NumbersOf(g * s + i, count), NumbersOf(g * s + j, count));
                }
            }
        }

        private void AddTokens(StringGroup group)
        {
            int s = _branching, below = group.NodeCount(0) * s / _decoded.NodeCount(_lower.Count);
            for (int g = 0; g < _grandparents; g++)
            {
                int slot = 0;
                for (int i = 0; i < (_slots.AllPositions ? s : 1); i++)
                {
                    for (int j = 0; j < (_slots.AllPositions ? s : 2); j++)
                    {
                        if (i == j) continue;
                        for (int t = 0; t < _slots.Tokens; t++)
                            Targets.Add(NumbersOf(g * s + i, group.Count),
                                group.Level(0).Slice(((g * s + j) * below + t) * Lanes, group.Count), slot++);
                    }
                }
            }
        }

        private void AddRoots(StringGroup group)
        {
            ReadOnlySpan<ushort> roots = group.Level(group.LevelCount - 1)[..group.Count];
            int nodes = _slots.AllPositions ? _grandparents * _branching : 1;
            for (int node = 0; node < nodes; node++) Targets.Add(NumbersOf(node, group.Count), roots, node);
        }

        /// <summary>The number of each tuple of 16-bit symbols;
        /// -1 where an element is unresolved, so that the tuple is not counted.</summary>
        private void Number(StringGroup group)
        {
            Span<ushort> symbols = group.Level(0);
            for (int level = 0; level < _lower.Count; level++)
            {
                Span<ushort> labels = _decoded.Level(level + 1);
                _lower[level].Decode(symbols, labels);
                symbols = labels;
            }
            Span<int> codes = stackalloc int[Lanes];
            bool tabled = !Tuples.Table.IsEmpty;
            for (int node = 0; node < _numbers.Length / Lanes; node++)
            {
                ReadOnlySpan<ushort> children = symbols.Slice(node * _branching * Lanes, _branching * Lanes);
                Span<int> numbers = _numbers.AsSpan(node * Lanes, group.Count);
                ReadOnlySpan<int> table = Tuples.Table;
                if (tabled) Tuples.Codes(children, codes);
                for (int lane = 0; lane < numbers.Length; lane++)
                {
                    numbers[lane] = !tabled ? NumberOf(children, lane)
                        : codes[lane] < 0 ? -1
                        : table[codes[lane]] is > 0 and int known ? known - 1
                        : NumberOf(children, lane);
                }
            }
            if (_target == Target.Latent) AddPairs(group.Count);
        }

        /// <summary>The number of a tuple that may be new.</summary>
        private int NumberOf<T>(ReadOnlySpan<T> children, int lane) where T : unmanaged, IBinaryInteger<T>
        {
            Span<ushort> tuple = stackalloc ushort[GrammarShape.MaxBranching];
            tuple = tuple[.._branching];
            int code = 0;
            for (int i = 0; i < tuple.Length; i++)
            {
                tuple[i] = ushort.CreateTruncating(children[i * Lanes + lane]);
                if (tuple[i] >= _symbols) return -1;
                code = unchecked(code * _symbols + tuple[i]);
            }
            if (Tuples.Add(tuple, out int number) && number < TupleLookup.Absent << 8)
            {
                _low?.Set(code, (byte)number);
                _high?.Set(code, (byte)(number >> 8));
            }
            return number;
        }
    }
}
