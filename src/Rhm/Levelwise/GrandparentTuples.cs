using Rhm.Grammars;
using Rhm.Learning;
using Rhm.Strings;

namespace Rhm.Levelwise;

/// <summary>Which tuples of a level stand side by side under each grandparent.</summary>
internal static class GrandparentTuples
{
    /// <summary>Grandparents of a level at most: with more, pairs say enough, and memory shall not grow with P.</summary>
    public const long Most = 1 << 20;

    /// <summary>The numbers of the s tuples under every grandparent, in the order of the strings, those left out that hold an unresolved
    /// node; null where there are more than <see cref="Most"/>.</summary>
    /// <param name="data">The strings, read once.</param>
    /// <param name="lower">Levels learned so far.</param>
    /// <param name="tuples">The tuples of the level above these.</param>
    /// <param name="branching">s.</param>
    /// <param name="cancellation">Stops between groups.</param>
    /// <returns>Rows of s numbers.</returns>
    public static int[]? Collect(IStringSource data, IReadOnlyList<LearnedLevel> lower, TupleIndex tuples, int branching,
        CancellationToken cancellation)
    {
        const int lanes = StringGroup.Lanes;
        var tokens = new StringGroup(1, data.TokenCount, branching);
        var decoded = new StringGroup(lower.Count + 1, data.TokenCount, branching);
        int grandparents = decoded.NodeCount(lower.Count) / (branching * branching);
        if (data.Count * grandparents > Most) return null;
        int symbols = lower.Count == 0 ? data.Vocabulary : lower[^1].SymbolCount;
        var found = new List<int>();
        var tuple = new ushort[branching];
        var numbers = new int[branching];
        using IStringReader reader = data.OpenReader();
        for (long g = 0; g < data.GroupCount(); g++)
        {
            cancellation.ThrowIfCancellationRequested();
            reader.Read(g, tokens);
            tokens.Level(0).CopyTo(decoded.Level(0));
            for (int level = 0; level < lower.Count; level++) lower[level].Decode(decoded.Level(level), decoded.Level(level + 1));
            ReadOnlySpan<ushort> elements = decoded.Level(lower.Count);
            for (int lane = 0; lane < tokens.Count; lane++)
            {
                for (int node = 0; node < grandparents; node++)
                {
                    if (IsResolved(elements, node, lane)) found.AddRange(numbers);
                }
            }
        }
        return [.. found];

        bool IsResolved(ReadOnlySpan<ushort> elements, int grandparent, int lane)
        {
            for (int i = 0; i < branching; i++)
            {
                for (int c = 0; c < branching; c++)
                {
                    tuple[c] = elements[((grandparent * branching + i) * branching + c) * lanes + lane];
                    if (tuple[c] >= symbols) return false;
                }
                numbers[i] = tuples.Find(tuple);
                if (numbers[i] < 0) return false;
            }
            return true;
        }
    }
}
