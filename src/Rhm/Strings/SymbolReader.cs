namespace Rhm.Strings;

/// <summary>Reads whole sources into memory, string by string.</summary>
internal static class SymbolReader
{
    /// <summary>The symbols of the lowest levels of all strings.</summary>
    /// <param name="source">The strings; levels above the tokens are known of a <see cref="StringSampler"/> only.</param>
    /// <param name="levels">At least 1: 1 for the tokens alone, L + 1 for all.</param>
    /// <returns>Element l: level l, [P, nodes of the level].</returns>
    public static ushort[][] ReadAll(IStringSource source, int levels)
    {
        int count = checked((int)source.Count), branching = source is StringSampler sampler ? sampler.Grammar.Shape.Branching : 2;
        var group = new StringGroup(levels, source.TokenCount, branching);
        int[] nodes = [.. Enumerable.Range(0, levels).Select(level => group.Level(level).Length / StringGroup.Lanes)];
        ushort[][] all = [.. nodes.Select(n => new ushort[checked(count * n)])];
        using IStringReader reader = source.OpenReader();
        for (long g = 0; g < source.GroupCount(); g++)
        {
            reader.Read(g, group);
            for (int level = 0; level < levels; level++)
            {
                ReadOnlySpan<ushort> symbols = group.Level(level);
                int n = nodes[level], start = checked((int)(g * StringGroup.Lanes)) * n;
                for (int lane = 0; lane < group.Count; lane++)
                {
                    for (int node = 0; node < n; node++) all[level][start + lane * n + node] = symbols[node * StringGroup.Lanes + lane];
                }
            }
        }
        return all;
    }
}
