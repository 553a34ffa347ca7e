using Rhm.Grammars;

namespace Rhm.Sampling;

/// <summary>
/// The strings that a grammar derives: root uniform over the classes, then each symbol picks one of its m rules, uniformly (or
/// by <see cref="Grammar.RuleProbabilities"/>) and independently. The i-th string is a function of (grammar, seed, purpose, i)
/// alone. Uniform choices are exactly uniform (Lemire's rejection); weighted ones are within 2^-32 of their probability.
/// </summary>
public sealed class StringSampler : IStringSource
{
    /// <summary>Strings drawn from one stream of random numbers; a source is split among threads in whole blocks.</summary>
    public const int BlockSize = 1024;

    /// <summary>Largest number of strings, 2^48.</summary>
    public const long MaxCount = 1L << 48;

    private readonly ulong _seed;
    private readonly RandomPurpose _purpose;

    /// <summary>Describes the strings; nothing is drawn yet.</summary>
    /// <param name="grammar">The grammar.</param>
    /// <param name="seed">The same seed gives the same strings, whatever the number of threads.</param>
    /// <param name="count">P, the number of strings; the first P of the endless sequence of the seed.</param>
    /// <param name="purpose">Separates training strings from held-out ones.</param>
    /// <exception cref="ArgumentException">P is negative, or strings are too long for memory.</exception>
    public StringSampler(Grammar grammar, ulong seed, long count, RandomPurpose purpose = RandomPurpose.Strings)
    {
        ArgumentNullException.ThrowIfNull(grammar);
        if (count is < 0 or > MaxCount) throw new ArgumentException($"number of strings P = {count} is outside 0..{MaxCount}");
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

    private sealed class Reader : IStringReader
    {
        private const int GroupsPerBlock = BlockSize / StringGroup.Lanes;

        private readonly StringSampler _sampler;
        private readonly RuleChooser _rules;
        private readonly RuleChooser _classes;
        private readonly LaneRandom.Scalar _random = new();
        private readonly int[] _choices = new int[StringGroup.Lanes];
        private readonly StringGroup _derivation;
        private long _nextGroup = -1;

        public Reader(StringSampler sampler)
        {
            GrammarShape shape = sampler.Grammar.Shape;
            _sampler = sampler;
            _derivation = sampler.CreateGroup();
            _classes = RuleChooser.Uniform(shape.Classes);
            _rules = sampler.Grammar.ZipfExponent == 0
                ? RuleChooser.Uniform(shape.Multiplicity)
                : RuleChooser.Weighted(sampler.Grammar.RuleProbabilities);
        }

        public void Read(long group, StringGroup destination)
        {
            ArgumentNullException.ThrowIfNull(destination);
            if (group % GroupsPerBlock == 0 || group != _nextGroup)
            {
                long block = group / GroupsPerBlock;
                _random.Seed(RandomStream.Key(_sampler._seed, _sampler._purpose, (ulong)block));
                for (long skipped = block * GroupsPerBlock; skipped < group; skipped++) Derive();
            }
            Derive();
            _nextGroup = group + 1;
            destination.Count = (int)Math.Min(StringGroup.Lanes, _sampler.Count - group * StringGroup.Lanes);
            for (int level = 0; level < destination.LevelCount; level++) _derivation.Level(level).CopyTo(destination.Level(level));
        }

        /// <summary>Expands 64 strings from the root down, level by level, nodes from left to right.</summary>
        private void Derive()
        {
            Grammar grammar = _sampler.Grammar;
            GrammarShape shape = grammar.Shape;
            Span<ushort> root = _derivation.Level(shape.Depth);
            _classes.Draw(_random, _choices);
            for (int lane = 0; lane < StringGroup.Lanes; lane++) root[lane] = (ushort)_choices[lane];
            for (int level = shape.Depth - 1; level >= 0; level--)
            {
                ReadOnlySpan<ushort> rules = grammar.Rules(level);
                ReadOnlySpan<ushort> parents = _derivation.Level(level + 1);
                Span<ushort> children = _derivation.Level(level);
                int s = shape.Branching, m = shape.Multiplicity;
                for (int node = 0; node < parents.Length / StringGroup.Lanes; node++)
                {
                    _rules.Draw(_random, _choices);
                    ReadOnlySpan<ushort> parent = parents.Slice(node * StringGroup.Lanes, StringGroup.Lanes);
                    Span<ushort> tuple = children.Slice(node * s * StringGroup.Lanes, s * StringGroup.Lanes);
                    for (int lane = 0; lane < StringGroup.Lanes; lane++)
                    {
                        int rule = (parent[lane] * m + _choices[lane]) * s;
                        for (int i = 0; i < s; i++) tuple[i * StringGroup.Lanes + lane] = rules[rule + i];
                    }
                }
            }
        }

        public void Dispose()
        {
        }
    }
}
