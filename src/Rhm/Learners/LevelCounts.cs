using Rhm.Grammars;
using Rhm.Sampling;

namespace Rhm.Learners;

/// <summary>
/// What one pass over the data collects about a level: which tuples occur, and how often each pair of them stands under one
/// grandparent. Sufficient for the context vectors of latent targets and for the co-occurrence matrices of spectral clustering.
/// </summary>
public sealed class LevelCounts
{
    private LevelCounts(int branching, TupleIndex tuples, PairCounts[] pairs) => (Branching, Tuples, _pairs) = (branching, tuples, pairs);

    private readonly PairCounts[] _pairs;

    /// <summary>s.</summary>
    public int Branching { get; }

    /// <summary>The observed tuples, numbered in ascending order; the estimate of the legal set S_l.</summary>
    public TupleIndex Tuples { get; }

    /// <summary>Counts of the pair (tuple at child position i, tuple at child position j) of the same grandparent.</summary>
    /// <param name="i">0..s-2.</param>
    /// <param name="j">i+1..s-1.</param>
    public PairCounts Pairs(int i, int j) => _pairs[PairNumber(Branching, i, j)];

    internal static int PairNumber(int s, int i, int j) => i * (2 * s - i - 1) / 2 + j - i - 1;

    /// <summary>One pass over the data.</summary>
    /// <param name="data">The strings.</param>
    /// <param name="lower">Levels learned so far; the tuples counted are of level l = their number.</param>
    /// <param name="depth">L; l is at most L-2, so that a grandparent exists.</param>
    /// <param name="branching">s.</param>
    /// <param name="poolGrandparents">Count under every grandparent of the level, or under the leftmost one only.</param>
    /// <param name="threads">At least 1; the counts do not depend on it.</param>
    /// <param name="cancellation">Stops between blocks of strings.</param>
    internal static LevelCounts Collect(IStringSource data, IReadOnlyList<LearnedLevel> lower, int depth, int branching,
        bool poolGrandparents, int threads, CancellationToken cancellation)
    {
        IReadOnlyList<Collector> collectors = data.VisitGroups(threads,
            () => new Collector(lower, depth, branching, data.Vocabulary, poolGrandparents),
            (collector, group) => collector.Add(group),
            () => new StringGroup(1, data.TokenCount, branching), cancellation);
        return Merge(collectors, branching, data.Vocabulary);
    }

    private static LevelCounts Merge(IReadOnlyList<Collector> collectors, int branching, int vocabulary)
    {
        // Threads meet tuples in different orders; ascending order of symbols makes the numbering a function of the data alone.
        var all = new TupleIndex(branching, vocabulary);
        foreach (Collector collector in collectors)
        {
            for (int number = 0; number < collector.Tuples.Count; number++) all.Add(collector.Tuples[number], out _);
        }
        var order = Enumerable.Range(0, all.Count).ToArray();
        Array.Sort(order, (a, b) => all[a].SequenceCompareTo(all[b]));
        var sorted = new TupleIndex(branching, vocabulary, all.Count);
        foreach (int number in order) sorted.Add(all[number], out _);

        var common = collectors.Select(collector =>
            Enumerable.Range(0, collector.Tuples.Count).Select(number => sorted.Find(collector.Tuples[number])).ToArray()).ToArray();
        var pairs = new PairCounts[branching * (branching - 1) / 2];
        for (int p = 0; p < pairs.Length; p++) pairs[p] = PairCounter.Merge([.. collectors.Select((collector, t) => (collector.Pairs[p], common[t]))], sorted.Count);
        return new LevelCounts(branching, sorted, pairs);
    }

    /// <summary>The counts of one thread.</summary>
    private sealed class Collector
    {
        private const int Lanes = StringGroup.Lanes;

        private readonly IReadOnlyList<LearnedLevel> _lower;
        private readonly StringGroup _decoded;
        private readonly int[] _numbers;
        private readonly int _branching;
        private readonly int _grandparents;

        public Collector(IReadOnlyList<LearnedLevel> lower, int depth, int branching, int vocabulary, bool poolGrandparents)
        {
            _lower = lower;
            _branching = branching;
            int tokens = (int)Math.Pow(branching, depth);
            _decoded = new StringGroup(lower.Count + 1, tokens, branching);
            int tuples = _decoded.Level(lower.Count).Length / Lanes / branching;
            _grandparents = poolGrandparents ? tuples / branching : 1;
            _numbers = new int[_grandparents * branching * Lanes];
            Tuples = new TupleIndex(branching, vocabulary);
            Pairs = [.. Enumerable.Range(0, branching * (branching - 1) / 2).Select(_ => new PairCounter())];
        }

        public TupleIndex Tuples { get; }

        public PairCounter[] Pairs { get; }

        public void Add(StringGroup group)
        {
            group.Level(0).CopyTo(_decoded.Level(0));
            for (int level = 0; level < _lower.Count; level++) _lower[level].Decode(_decoded.Level(level), _decoded.Level(level + 1));
            Number(_decoded.Level(_lower.Count), group.Count);
            int s = _branching;
            for (int g = 0; g < _grandparents; g++)
            {
                int p = 0;
                for (int i = 0; i < s; i++)
                {
                    ReadOnlySpan<int> left = _numbers.AsSpan((g * s + i) * Lanes, Lanes);
                    for (int j = i + 1; j < s; j++)
                    {
                        ReadOnlySpan<int> right = _numbers.AsSpan((g * s + j) * Lanes, Lanes);
                        PairCounter counter = Pairs[p++];
                        counter.Add(left[..group.Count], right[..group.Count]);
                    }
                }
            }
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
