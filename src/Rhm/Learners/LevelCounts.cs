using Rhm.Grammars;
using Rhm.Population;
using Rhm.Sampling;

namespace Rhm.Learners;

/// <summary>
/// What one pass over the data collects about a level: which tuples occur, and with what. For latent targets that is how often each
/// pair of tuples stands under one grandparent, for tokens and roots how often each tuple meets each symbol of each target.
/// </summary>
public sealed class LevelCounts
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

    /// <summary>Counts of the pair (tuple at child position i, tuple at child position j) of the same grandparent; latent targets only.</summary>
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
    internal static LevelCounts Collect(IStringSource data, IReadOnlyList<LearnedLevel> lower, int depth, int branching, Target target,
        CousinTargets cousins, bool poolGrandparents, int threads, CancellationToken cancellation)
    {
        int symbols = lower.Count == 0 ? data.Vocabulary : lower[^1].SymbolCount;
        Slots slots = Slots.Of(target, cousins, lower.Count, depth, branching,
            target == Target.Root ? ((StringSampler)data).Grammar.Shape.Classes : data.Vocabulary);
        IReadOnlyList<Collector> collectors = data.VisitGroups(threads,
            () => new Collector(lower, depth, branching, symbols, target, slots, poolGrandparents),
            (collector, group) => collector.Add(group),
            () => new StringGroup(target == Target.Root ? depth + 1 : 1, data.TokenCount, branching), cancellation);
        return Merge(collectors, branching, symbols, slots);
    }

    private static LevelCounts Merge(IReadOnlyList<Collector> collectors, int branching, int symbols, Slots slots)
    {
        // Threads meet tuples in different orders; ascending order of symbols makes the numbering a function of the data alone.
        var all = new TupleIndex(branching, symbols);
        foreach (Collector collector in collectors)
        {
            for (int number = 0; number < collector.Tuples.Count; number++) all.Add(collector.Tuples[number], out _);
        }
        var order = Enumerable.Range(0, all.Count).ToArray();
        Array.Sort(order, (a, b) => all[a].SequenceCompareTo(all[b]));
        var sorted = new TupleIndex(branching, symbols, all.Count);
        foreach (int number in order) sorted.Add(all[number], out _);

        var common = collectors.Select(collector =>
            Enumerable.Range(0, collector.Tuples.Count).Select(number => sorted.Find(collector.Tuples[number])).ToArray()).ToArray();
        var pairs = new PairCounts[collectors[0].Pairs.Length];
        for (int p = 0; p < pairs.Length; p++) pairs[p] = PairCounter.Merge([.. collectors.Select((collector, t) => (collector.Pairs[p], common[t]))], sorted.Count);
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
            int Nodes(int height) => checked((int)Math.Pow(s, height));
            int tokens = cousins == CousinTargets.Element ? 1 : Nodes(level + 1);
            return target switch
            {
                Target.Token => new Slots((all ? s * (s - 1) : 1) * tokens, symbols, tokens, all),
                Target.Root => new Slots(all ? Nodes(depth - level - 1) : 1, symbols, 0, all),
                _ => new Slots(0, 0, 0, all),
            };
        }
    }

    /// <summary>The counts of one thread.</summary>
    private sealed class Collector
    {
        private const int Lanes = StringGroup.Lanes;

        private readonly IReadOnlyList<LearnedLevel> _lower;
        private readonly Target _target;
        private readonly Slots _slots;
        private readonly StringGroup _decoded;
        private readonly int[] _numbers;
        private readonly int _branching;
        private readonly int _grandparents;

        public Collector(IReadOnlyList<LearnedLevel> lower, int depth, int branching, int symbols, Target target, Slots slots, bool poolGrandparents)
        {
            (_lower, _branching, _target, _slots) = (lower, branching, target, slots);
            int tokens = (int)Math.Pow(branching, depth);
            _decoded = new StringGroup(lower.Count + 1, tokens, branching);
            int tuples = _decoded.Level(lower.Count).Length / Lanes / branching;
            _grandparents = poolGrandparents ? tuples / branching : 1;
            _numbers = new int[_grandparents * branching * Lanes];
            Tuples = new TupleIndex(branching, symbols);
            Pairs = [.. Enumerable.Range(0, target == Target.Latent ? branching * (branching - 1) / 2 : 0).Select(_ => new PairCounter())];
            Targets = new TargetCounts(slots.Count, slots.Symbols);
        }

        public TupleIndex Tuples { get; }

        public PairCounter[] Pairs { get; }

        public TargetCounts Targets { get; }

        public void Add(StringGroup group)
        {
            group.Level(0).CopyTo(_decoded.Level(0));
            for (int level = 0; level < _lower.Count; level++) _lower[level].Decode(_decoded.Level(level), _decoded.Level(level + 1));
            Number(_decoded.Level(_lower.Count), group.Count);
            Targets.Reserve(Tuples.Count);
            if (_target == Target.Latent) AddPairs(group.Count);
            else if (_target == Target.Token) AddTokens(group);
            else AddRoots(group);
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
                    for (int j = i + 1; j < s; j++) Pairs[p++].Add(NumbersOf(g * s + i, count), NumbersOf(g * s + j, count));
                }
            }
        }

        private void AddTokens(StringGroup group)
        {
            int s = _branching, below = group.Level(0).Length / Lanes * s / (_decoded.Level(_lower.Count).Length / Lanes);
            for (int g = 0; g < _grandparents; g++)
            {
                int slot = 0;
                for (int i = 0; i < (_slots.AllPositions ? s : 1); i++)
                {
                    for (int j = 0; j < (_slots.AllPositions ? s : 2); j++)
                    {
                        if (i == j) continue;
                        for (int t = 0; t < _slots.Tokens; t++)
                            Targets.Add(NumbersOf(g * s + i, group.Count), group.Level(0).Slice(((g * s + j) * below + t) * Lanes, group.Count), slot++);
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

        /// <summary>The number of each tuple; -1 where an element is unresolved, so that the tuple is not counted.</summary>
        private void Number(ReadOnlySpan<ushort> symbols, int count)
        {
            Span<ushort> tuple = stackalloc ushort[_branching];
            Span<int> codes = stackalloc int[Lanes];
            bool tabled = !Tuples.Table.IsEmpty;
            for (int node = 0; node < _numbers.Length / Lanes; node++)
            {
                ReadOnlySpan<ushort> children = symbols.Slice(node * _branching * Lanes, _branching * Lanes);
                Span<int> numbers = _numbers.AsSpan(node * Lanes, count);
                ReadOnlySpan<int> table = Tuples.Table;
                if (tabled) Tuples.Codes(children, codes);
                for (int lane = 0; lane < numbers.Length; lane++)
                {
                    numbers[lane] = !tabled ? NumberOf(children, lane, tuple)
                        : codes[lane] < 0 ? -1
                        : table[codes[lane]] is > 0 and int known ? known - 1
                        : NumberOf(children, lane, tuple);
                }
            }
        }

        private int NumberOf(ReadOnlySpan<ushort> children, int lane, Span<ushort> tuple)
        {
            for (int i = 0; i < tuple.Length; i++)
            {
                tuple[i] = children[i * Lanes + lane];
                if (_lower.Count > 0 && tuple[i] == LearnedHierarchy.Unresolved) return -1;
            }
            Tuples.Add(tuple, out int number);
            return number;
        }
    }
}
