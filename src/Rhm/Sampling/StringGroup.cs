using System.Runtime.ExceptionServices;
using Rhm.Numerics;

namespace Rhm.Sampling;

/// <summary>
/// Up to 64 strings, one per lane, node by node: the symbol of node n in lane q stands at [n * 64 + q]. Nodes of the same place
/// in the tree are adjacent, so one instruction handles many strings. Every learner reads its data in this form. Symbols are held in
/// bytes where that is enough, and turned into 16 bits, and back, when somebody asks for them.
/// </summary>
public sealed class StringGroup
{
    /// <summary>Strings per group.</summary>
    public const int Lanes = 64;

    private readonly int[] _nodes;
    private readonly byte[]?[] _bytes;
    private readonly ushort[]?[] _symbols;

    // Which of the two forms holds what was read or written last.
    private readonly bool[] _areWide;

    /// <summary>Room for one group. A group with fewer tokens than the strings holds their leftmost subtree, and only that is expanded.</summary>
    /// <param name="levels">How many levels are filled, from the tokens up; L+1 for whole derivations, 1 for tokens only.</param>
    /// <param name="tokenCount">s^L, or s^h for the subtree below the leftmost node of level h.</param>
    /// <param name="branching">s.</param>
    public StringGroup(int levels, int tokenCount, int branching)
    {
        _nodes = new int[levels];
        for (int level = 0; level < levels; level++, tokenCount = Math.Max(1, tokenCount / branching)) _nodes[level] = tokenCount;
        (_bytes, _symbols, _areWide) = (new byte[levels][], new ushort[levels][], new bool[levels]);
    }

    /// <summary>How many lanes hold a string, 1..64; the others hold leftovers.</summary>
    public int Count { get; set; }

    /// <summary>Number of levels held.</summary>
    public int LevelCount => _nodes.Length;

    /// <summary>Number of nodes of a level.</summary>
    /// <param name="level">l, 0 = tokens.</param>
    public int NodeCount(int level) => _nodes[level];

    /// <summary>The symbols of a level, 64 lanes for each of its nodes, to read or to write.</summary>
    /// <param name="level">l, 0 = tokens.</param>
    public Span<ushort> Level(int level)
    {
        ushort[] symbols = _symbols[level] ??= new ushort[_nodes[level] * Lanes];
        if (!_areWide[level] && _bytes[level] is { } bytes) Lanewise.Widen(bytes, symbols);
        _areWide[level] = true;
        return symbols;
    }

    /// <summary>The same as bytes, for sources of at most 255 symbols (larger numbers are cut off; that of an unresolved node becomes 255).</summary>
    /// <param name="level">l, 0 = tokens.</param>
    internal Span<byte> Bytes(int level)
    {
        bool wide = _areWide[level];
        Span<byte> bytes = BytesToFill(level);
        if (wide) Lanewise.Narrow(_symbols[level]!, bytes);
        return bytes;
    }

    /// <summary>Room for all symbols of a level as bytes, whatever it held.</summary>
    /// <param name="level">l, 0 = tokens.</param>
    internal Span<byte> BytesToFill(int level)
    {
        _areWide[level] = false;
        return _bytes[level] ??= new byte[_nodes[level] * Lanes];
    }
}

/// <summary>A set of strings that can be read any number of times, from any number of threads, always the same.</summary>
public interface IStringSource
{
    /// <summary>P, the number of strings.</summary>
    long Count { get; }

    /// <summary>s^L, tokens per string.</summary>
    int TokenCount { get; }

    /// <summary>v: tokens are 0..v-1.</summary>
    int Vocabulary { get; }

    /// <summary>A reader for the use of one thread.</summary>
    IStringReader OpenReader();
}

/// <summary>Reads groups of strings; one per thread.</summary>
public interface IStringReader : IDisposable
{
    /// <summary>Fills every level that <paramref name="destination"/> has room for with strings 64 g .. 64 g + 63.</summary>
    /// <param name="group">g, 0..(P-1)/64; ascending order is the fast order.</param>
    /// <param name="destination">Receives the symbols and the number of strings.</param>
    void Read(long group, StringGroup destination);
}

/// <summary>Arithmetic and parallel iteration over the groups of a source.</summary>
public static class StringSources
{
    private const long TokensOfTurn = 1 << 18;

    /// <summary>Number of groups of up to 64 strings.</summary>
    /// <param name="source">The strings.</param>
    public static long GroupCount(this IStringSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return (source.Count + StringGroup.Lanes - 1) / StringGroup.Lanes;
    }

    /// <summary>Depth L for strings of s^L tokens.</summary>
    /// <param name="source">The strings.</param>
    /// <param name="branching">s.</param>
    /// <exception cref="ArgumentException">The string length is not a power of s.</exception>
    public static int Depth(this IStringSource source, int branching)
    {
        ArgumentNullException.ThrowIfNull(source);
        int depth = 0;
        long length = 1;
        while (length < source.TokenCount)
        {
            length *= branching;
            depth++;
        }
        return length == source.TokenCount && depth > 0
            ? depth
            : throw new ArgumentException($"strings have {source.TokenCount} tokens, which is not a power of the branching factor s = {branching}");
    }

    /// <summary>
    /// Visits every group, a contiguous range of them at a time, on up to <paramref name="threads"/> threads.
    /// Each thread folds what it visits into its own state; the states are returned in no order that results may depend on, so
    /// they must be merged by a commutative and exact operation (integer addition).
    /// </summary>
    /// <param name="source">The strings.</param>
    /// <param name="threads">At least 1.</param>
    /// <param name="createState">Makes the state of one thread.</param>
    /// <param name="visit">Folds group g, just read, into the state.</param>
    /// <param name="createGroup">Makes the buffer of one thread.</param>
    /// <param name="cancellation">Stops between blocks.</param>
    public static IReadOnlyList<TState> VisitGroups<TState>(this IStringSource source, int threads, Func<TState> createState,
        Action<TState, StringGroup> visit, Func<StringGroup> createGroup, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(createState);
        ArgumentNullException.ThrowIfNull(visit);
        ArgumentNullException.ThrowIfNull(createGroup);
        long allGroups = source.GroupCount(), most = Math.Max(1, allGroups / (8 * Math.Max(1, threads)));
        // A turn is some 10 microseconds of work at least, where there is enough of it.
        long groupsOfTurn = Math.Clamp(TokensOfTurn / ((long)source.TokenCount * StringGroup.Lanes), Math.Min(most, StringSampler.BlockSize / StringGroup.Lanes), most);
        long count = (allGroups + groupsOfTurn - 1) / groupsOfTurn;
        int workers = (int)Math.Max(1, Math.Min(threads, count));
        var turns = new Turns(count, workers);
        var states = new List<TState>();

        void Work()
        {
            // What a closure holds may share a cache line with what another thread writes.
            (long size, long groups, Action<TState, StringGroup> fold) = (groupsOfTurn, allGroups, visit);
            TState state = createState();
            StringGroup buffer = createGroup();
            using IStringReader reader = source.OpenReader();
            for (Turns.Turn turn = turns.Take(); turn.Next();)
            {
                cancellation.ThrowIfCancellationRequested();
                long end = Math.Min(groups, (turn.Number + 1) * size);
                for (long group = turn.Number * size; group < end; group++)
                {
                    reader.Read(group, buffer);
                    fold(state, buffer);
                }
            }
            lock (states) states.Add(state);
        }

        RunOnThreads(workers, Work);
        return states;
    }

    /// <summary>Calls the same work as often as there are threads, at once or in turn, and rethrows the first failure. No call may wait for another.</summary>
    internal static void RunOnThreads(int threads, Action work)
    {
        if (threads == 1)
        {
            work();
            return;
        }
        ExceptionDispatchInfo? failure = null;
        Workers.Run(threads, () =>
        {
            try
            {
                work();
            }
            catch (Exception error)
            {
                Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(error), null);
            }
        });
        failure?.Throw();
    }
}
