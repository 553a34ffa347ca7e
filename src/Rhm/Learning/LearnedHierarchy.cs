using Rhm.Clustering;
using Rhm.Grammars;
using Rhm.Strings;

namespace Rhm.Learning;

/// <summary>
/// The latents that a learner found: for each level l = 0..L-2, a label for every observed tuple. Decodes new strings to
/// estimates of levels 1..L-1, each up to a permutation of its symbols.
/// </summary>
public sealed class LearnedHierarchy
{
    /// <summary>The label of a node whose tuple was not seen in training, or stands on such a node.</summary>
    public const ushort Unresolved = ushort.MaxValue;

    /// <summary>Pairs of a true symbol and a label that are counted.</summary>
    private const long MaxPairs = 1L << 26;

    /// <summary>Takes over the levels.</summary>
    internal LearnedHierarchy(int depth, int branching, int vocabulary, IReadOnlyList<LearnedLevel> levels,
        IReadOnlyList<string> warnings) =>
        (Depth, Branching, Vocabulary, Levels, Warnings) = (depth, branching, vocabulary, levels, warnings);

    /// <summary>L.</summary>
    public int Depth { get; }

    /// <summary>s.</summary>
    public int Branching { get; }

    /// <summary>v, the number of tokens.</summary>
    public int Vocabulary { get; }

    /// <summary>Levels[l] labels the tuples of level l with symbols of level l+1, l = 0..L-2.</summary>
    public IReadOnlyList<LearnedLevel> Levels { get; }

    /// <summary>What could not be resolved, one sentence each; empty when all went well.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>A buffer for tokens and all decoded levels.</summary>
    public StringGroup CreateGroup()
    {
        int tokens = 1;
        for (int level = 0; level < Depth; level++) tokens *= Branching;
        return new StringGroup(Depth, tokens, Branching);
    }

    /// <summary>Fills levels 1..L-1 of a group from its tokens (level 0).</summary>
    /// <param name="group">A group with at least L levels.</param>
    public void Decode(StringGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        for (int level = 0; level < Levels.Count; level++) Levels[level].Decode(group.Level(level), group.Level(level + 1));
    }

    /// <summary>
    /// Accuracy of each level 1..L-1 on strings whose latents are known: the fraction of nodes whose label is the true symbol
    /// under the best one-to-one matching of labels and symbols. Unresolved nodes count as errors; chance is about 1/v.
    /// </summary>
    /// <param name="truth">Held-out strings with their derivations.</param>
    /// <param name="threads">At least 1.</param>
    /// <returns>Element l-1 is the accuracy of level l.</returns>
    public double[] Accuracy(StringSampler truth, int threads = 1)
    {
        ArgumentNullException.ThrowIfNull(truth);
        GrammarShape shape = truth.Grammar.Shape;
        if (shape.Depth != Depth || shape.Branching != Branching || shape.Vocabulary != Vocabulary)
            throw new ArgumentException($"strings of {shape} cannot score latents learned with L={Depth} s={Branching} v={Vocabulary}");
        return Accuracy(truth, [.. Enumerable.Range(0, Depth).Select(_ => Vocabulary)], threads, () => truth.CreateGroup());
    }

    /// <summary>The same on strings with latents in files.</summary>
    /// <param name="truth">The strings.</param>
    /// <param name="threads">At least 1.</param>
    /// <returns>Element l-1 is the accuracy of level l; NaN where nothing is known of the level.</returns>
    /// <exception cref="ArgumentException">The strings have another length.</exception>
    public double[] Accuracy(StoredDerivations truth, int threads = 1)
    {
        ArgumentNullException.ThrowIfNull(truth);
        if (truth.Depth(Branching) != Depth)
            throw new ArgumentException($"strings of {truth.TokenCount} tokens cannot score latents learned with L={Depth} s={Branching}");
        for (int level = 1; level < Depth; level++)
        {
            if ((long)truth.SymbolCounts[level] * Levels[level - 1].SymbolCount > MaxPairs)
                throw new ArgumentException($"level {level} has latents up to {truth.SymbolCounts[level] - 1}: number them from 0 on");
        }
        return Accuracy(truth, truth.SymbolCounts, threads, CreateGroup);
    }

    private double[] Accuracy(IStringSource truth, IReadOnlyList<int> symbols, int threads, Func<StringGroup> createGroup)
    {
        IReadOnlyList<Scorer> scorers =
            truth.VisitGroups(threads, () => new Scorer(this, symbols), (scorer, group) => scorer.Add(group), createGroup);
        var accuracy = new double[Depth - 1];
        int nodes = truth.TokenCount;
        for (int level = 1; level < Depth; level++)
        {
            nodes /= Branching;
            var confusion = new long[symbols[level], Levels[level - 1].SymbolCount];
            foreach (Scorer scorer in scorers)
            {
                for (int a = 0; a < symbols[level]; a++)
                {
                    for (int b = 0; b < confusion.GetLength(1); b++) confusion[a, b] += scorer.Confusion[level - 1][a, b];
                }
            }
            accuracy[level - 1] = symbols[level] == 0 ? double.NaN
                : LabelMatching.BestOneToOne(confusion).Total / ((double)truth.Count * nodes);
        }
        return accuracy;
    }

    private sealed class Scorer
    {
        private readonly LearnedHierarchy _learned;
        private readonly StringGroup _decoded;

        public Scorer(LearnedHierarchy learned, IReadOnlyList<int> symbols)
        {
            _learned = learned;
            _decoded = learned.CreateGroup();
            Confusion = [.. learned.Levels.Select((level, l) => new long[symbols[l + 1], level.SymbolCount])];
        }

        public long[][,] Confusion { get; }

        public void Add(StringGroup truth)
        {
            truth.Level(0).CopyTo(_decoded.Level(0));
            _learned.Decode(_decoded);
            for (int level = 1; level < _learned.Depth; level++)
            {
                if (Confusion[level - 1].Length == 0) continue;
                ReadOnlySpan<ushort> actual = truth.Level(level), found = _decoded.Level(level);
                for (int i = 0; i < actual.Length; i++)
                {
                    if (i % StringGroup.Lanes < truth.Count && found[i] != Unresolved) Confusion[level - 1][actual[i], found[i]]++;
                }
            }
        }
    }
}
