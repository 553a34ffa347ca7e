using Rhm.Parallelism;

namespace Rhm.Strings;

/// <summary>Arithmetic and parallel iteration over the groups of a source.</summary>
public static class StringSources
{
    private const long TokensAtOnce = 1 << 18;

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
        long length = 1, before = 1;
        while (length < source.TokenCount)
        {
            before = length;
            length *= branching;
            depth++;
        }
        return length == source.TokenCount && depth > 0
            ? depth
            : throw new ArgumentException($"strings have {source.TokenCount} tokens, which is not a power of the branching factor s = "
                + $"{branching}: {Math.Max(before, branching)} or {Math.Max(length, (long)branching * branching)} would be");
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
        // A block is some 10 microseconds of work at least, where there is enough of it.
        long least = Math.Min(most, StringSampler.BlockSize / StringGroup.Lanes);
        long groupsAtOnce = Math.Clamp(TokensAtOnce / ((long)source.TokenCount * StringGroup.Lanes), least, most);
        var states = new List<TState>();
        ParallelLoop.Unordered(threads, (allGroups + groupsAtOnce - 1) / groupsAtOnce, blocks =>
        {
            // What a closure holds may share a cache line with what another thread writes.
            (long size, long groups, Action<TState, StringGroup> fold) = (groupsAtOnce, allGroups, visit);
            TState state = createState();
            StringGroup buffer = createGroup();
            using IStringReader reader = source.OpenReader();
            foreach (long block in blocks)
            {
                long end = Math.Min(groups, (block + 1) * size);
                for (long group = block * size; group < end; group++)
                {
                    reader.Read(group, buffer);
                    fold(state, buffer);
                }
            }
            lock (states) states.Add(state);
        }, cancellation);
        return states;
    }
}
