namespace Rhm.Strings;

/// <summary>Reads whole sources into memory, string by string.</summary>
internal static class SymbolReader
{
    /// <summary>The symbols of the lowest levels of all strings.</summary>
    /// <param name="source">
    /// The strings; levels above the tokens are known of a <see cref="StringSampler"/> and of <see cref="StoredDerivations"/> only.
    /// </param>
    /// <param name="levels">At least 1: 1 for the tokens alone, L + 1 for all.</param>
    /// <param name="most">Strings that are read, at most.</param>
    /// <returns>Element l: level l, [P, nodes of the level].</returns>
    public static ushort[][] ReadAll(IStringSource source, int levels, int most = int.MaxValue)
    {
        int count = source.Count <= most ? checked((int)source.Count) : most;
        int branching = source switch
        {
            StringSampler sampler => sampler.Grammar.Shape.Branching,
            StoredDerivations stored => stored.Branching,
            _ => 2,
        };
        var group = new StringGroup(levels, source.TokenCount, branching);
        int[] nodes = [.. Enumerable.Range(0, levels).Select(level => group.Level(level).Length / StringGroup.Lanes)];
        ushort[][] all = [.. nodes.Select(n => new ushort[checked(count * n)])];
        using IStringReader reader = source.OpenReader();
        for (long g = 0; g * StringGroup.Lanes < count; g++)
        {
            reader.Read(g, group);
            for (int level = 0; level < levels; level++)
            {
                ReadOnlySpan<ushort> symbols = group.Level(level);
                int n = nodes[level], start = checked((int)(g * StringGroup.Lanes)) * n;
                for (int lane = 0; lane < Math.Min(group.Count, count - g * StringGroup.Lanes); lane++)
                {
                    for (int node = 0; node < n; node++) all[level][start + lane * n + node] = symbols[node * StringGroup.Lanes + lane];
                }
            }
        }
        return all;
    }
}
