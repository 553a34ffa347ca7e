using System.Numerics;
using System.Runtime.InteropServices;
using Rhm.Grammars;
using Rhm.Parallelism;
using Rhm.Randomness;

namespace Rhm.Strings;

/// <summary>
/// The strings that a grammar derives: root uniform over the classes, then each symbol picks one of its m rules, uniformly (or
/// by <see cref="Grammar.RuleProbabilities"/>) and independently. The i-th string is a function of (grammar, seed, purpose, i)
/// alone. Uniform choices are exactly uniform (Lemire's rejection); weighted ones are within 2^-32 of their probability.
/// </summary>
public sealed class StringSampler : IStringSource
{
    /// <summary>A source is split among threads in whole blocks of this many strings.</summary>
    public const int BlockSize = 1024;

    /// <summary>Largest number of strings, 2^48.</summary>
    public const long MaxCount = 1L << 48;

    // Within the second-level cache; less would change between the writing of rows and of memory more often.
    private const int GatheredBytes = 256 << 10;

    private readonly ulong _seed;
    private readonly RandomPurpose _purpose;

    /// <summary>Describes the strings; nothing is drawn yet.</summary>
    /// <param name="grammar">The grammar.</param>
    /// <param name="seed">The same seed gives the same strings, whatever the number of threads.</param>
    /// <param name="count">P, the number of strings; the first P of the endless sequence of the seed.</param>
    /// <param name="purpose">Separates training strings from held-out ones and those of probes.</param>
    /// <exception cref="ArgumentException">P is negative, strings are too long for memory, or the purpose is none of strings.</exception>
    public StringSampler(Grammar grammar, ulong seed, long count, RandomPurpose purpose = RandomPurpose.Strings)
    {
        ArgumentNullException.ThrowIfNull(grammar);
        if (count is < 0 or > MaxCount) throw new ArgumentException($"number of strings P = {count} is outside 0..{MaxCount}");
        _ = StreamOffsets.StringsFor(purpose);
        TokenCount = grammar.Shape.TokenCount;
        (Grammar, _seed, Count, _purpose) = (grammar, seed, count, purpose);
    }

    /// <summary>The grammar.</summary>
    public Grammar Grammar { get; }

    /// <inheritdoc/>
    public long Count { get; }

    /// <inheritdoc/>
    public int TokenCount { get; }

    /// <inheritdoc/>
    public int Vocabulary => Grammar.Shape.Vocabulary;

    /// <inheritdoc/>
    public IStringReader OpenReader() => new Reader(this);

    /// <summary>A buffer for one group: the tokens alone, or (L+1 levels) the whole derivation, root last.</summary>
    /// <param name="withLatents">Whether to make room for levels 1..L.</param>
    public StringGroup CreateGroup(bool withLatents = true) =>
        new(withLatents ? Grammar.Shape.Depth + 1 : 1, TokenCount, Grammar.Shape.Branching);

    /// <summary>Writes all strings as an array of shape [P, s^L] in C order, for sources of at most 256 symbols.</summary>
    /// <param name="tokens">P s^L bytes.</param>
    /// <param name="threads">At least 1; the strings do not depend on it.</param>
    /// <exception cref="ArgumentException">Another size, or more than 256 symbols.</exception>
    public void CopyTo(Memory<byte> tokens, int threads = 1)
    {
        if (Vocabulary > 256)
            throw new ArgumentException($"vocabulary v = {Vocabulary} does not fit in bytes: use {nameof(DatasetFile)}, which writes 16 "
                + "bits");
        if (tokens.Length != Count * TokenCount)
            throw new ArgumentException($"{tokens.Length} bytes are not {Count} strings of {TokenCount} tokens");
        long allGroups = this.GroupCount(), most = Math.Max(1, allGroups / (8 * Math.Max(1, threads)));
        // Strings are gathered to some pages: lines that are written in parts would have to be read first.
        int gathered = Math.Max(1, GatheredBytes / (TokenCount * StringGroup.Lanes));
        long groupsAtOnce = Math.Min(most, Math.Max(gathered, BlockSize / StringGroup.Lanes));
        ParallelLoop.Unordered(threads, (allGroups + groupsAtOnce - 1) / groupsAtOnce, blocks =>
        {
            // What a closure holds may share a cache line with what another thread writes.
            (long size, long groups, int together) = (groupsAtOnce, allGroups, gathered);
            Memory<byte> target = tokens;
            int length = TokenCount;
            StringGroup group = CreateGroup(withLatents: false);
            var rows = new byte[(together * length + 1) * StringGroup.Lanes];
            using IStringReader reader = OpenReader();
            foreach (long block in blocks)
            {
                long end = Math.Min(groups, (block + 1) * size);
                for (long first = block * size; first < end; first += together)
                {
                    int filled = 0;
                    for (long g = first; g < Math.Min(end, first + together); g++)
                    {
                        reader.Read(g, group);
                        Lanewise.Transpose(group.Bytes(0), rows.AsSpan(filled));
                        filled += group.Count * length;
                    }
                    Lanewise.StreamTo(rows.AsSpan(0, filled), target.Span[(int)(first * StringGroup.Lanes * length)..]);
                }
            }
        });
    }

    /// <summary>
    /// The same strings, seen through a function of their tuples of a level: node t of the group holds the value of tuple t, and nothing
    /// below is ever drawn. For at most 256 symbols.
    /// </summary>
    /// <param name="level">l.</param>
    /// <param name="valueOfRule">What each rule of level l stands for.</param>
    internal IStringSource MapTuples(int level, byte[] valueOfRule) => new Tuples(this, level, valueOfRule);

    private sealed class Tuples(StringSampler sampler, int level, byte[] valueOfRule) : IStringSource
    {
        public long Count => sampler.Count;

        public int TokenCount => sampler.Grammar.Shape.NodeCount(level + 1);

        public int Vocabulary => 256;

        public IStringReader OpenReader() => new Reader(sampler, bottom: level, valueOfRule: valueOfRule);
    }

    /// <summary>The reference for <see cref="OpenReader"/>.</summary>
    internal IStringReader OpenScalarReader() => new Reader(this, scalar: true);

    private sealed class Reader : IStringReader
    {
        private readonly StringSampler _sampler;
        private readonly bool _scalar;
        private readonly bool _narrow;

        // _tables[l] writes level l, counted from the lowest that is drawn; the root is the only child of a start symbol, one of n_c rules.
        private readonly RuleTable[] _tables;
        private readonly StringGroup _path;
        private readonly int[] _nodes;
        private readonly ulong _key;

        public Reader(StringSampler sampler, bool scalar = false, int bottom = 0, byte[]? valueOfRule = null)
        {
            Grammar grammar = sampler.Grammar;
            GrammarShape shape = grammar.Shape;
            (_sampler, _scalar) = (sampler, scalar);
            _narrow = Math.Max(shape.Vocabulary, shape.Classes) <= 256;
            IReadOnlyList<double>? probabilities = grammar.ZipfExponent == 0 ? null : grammar.RuleProbabilities;
            _tables =
            [
                .. Enumerable.Range(bottom, shape.Depth - bottom).Select(level =>
                    new RuleTable(shape.SymbolCount(level + 1), shape.Multiplicity, shape.Branching, grammar.Rules(level).ToArray(),
                        probabilities)),
                new RuleTable(1, shape.Classes, 1, [.. Enumerable.Range(0, shape.Classes).Select(symbol => (ushort)symbol)], null),
            ];
            if (valueOfRule is not null)
                _tables[0] = new RuleTable(shape.SymbolCount(bottom + 1), shape.Multiplicity, 1,
                    [.. valueOfRule.Select(value => (ushort)value)], probabilities);
            _path = new StringGroup(shape.Depth - bottom + 2, shape.NodeCount(bottom), shape.Branching);
            _nodes = new int[shape.Depth - bottom + 1];
            _key = StreamOffsets.StringsFor(sampler._purpose).Key(sampler._seed);
        }

        public void Read(long group, StringGroup destination)
        {
            ArgumentNullException.ThrowIfNull(destination);
            if (destination.NodeCount(0) != _nodes[0]) Plan(destination.NodeCount(0));
            destination.Count = (int)Math.Min(StringGroup.Lanes, _sampler.Count - group * StringGroup.Lanes);
            var random = new NodeRandom(_key, group);
            if (_narrow) Derive<byte>(random, destination);
            else Derive<ushort>(random, destination);
        }

        /// <summary>How many nodes of each level, from the left, stand above the first tokens.</summary>
        private void Plan(int tokens)
        {
            int all = _path.NodeCount(1) * _tables[0].Branching;
            if (tokens > all) throw new ArgumentException($"the group has room for {tokens} tokens, but strings have {all}");
            _nodes[0] = tokens;
            for (int level = 1; level < _nodes.Length; level++) _nodes[level] = Math.Max(1, tokens / (all / _path.NodeCount(level)));
        }

        /// <summary>Expands 64 strings from the root down, level by level, as far right as is planned. Draws are numbered breadth
        /// first over the whole tree, whatever part of it is expanded.</summary>
        private void Derive<T>(NodeRandom random, StringGroup destination) where T : unmanaged, IBinaryInteger<T>
        {
            int firstDraw = 0, width = 1;
            ReadOnlySpan<T> parents = Planes<T>(_path, _tables.Length)[..StringGroup.Lanes];
            for (int level = _tables.Length - 1; level >= 0; level--)
            {
                RuleTable table = _tables[level];
                Span<T> children = Planes<T>(level < destination.LevelCount ? destination
                    : _path, level)[..(_nodes[level] * StringGroup.Lanes)];
                if (_scalar) table.ExpandScalar(random, firstDraw, parents, children);
                else table.Expand(random, firstDraw, parents, children);
                parents = children;
                firstDraw += width;
                width *= table.Branching;
            }
        }

        private static Span<T> Planes<T>(StringGroup group, int level) where T : unmanaged =>
            typeof(T) == typeof(byte) ? MemoryMarshal.Cast<byte, T>(group.BytesToFill(level))
                : MemoryMarshal.Cast<ushort, T>(group.Level(level));

        public void Dispose()
        {
        }
    }
}
