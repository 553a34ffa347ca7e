using Rhm.Grammars;
using Rhm.Strings;

namespace Rhm.Cli;

/// <summary>The shape of the grammar that a user's own strings may have, as far as estimates need it.</summary>
internal static class SeenShape
{
    private const long MostGroups = 64;

    /// <summary>L, s and v are those of the strings; m is as large as the tuples ask for that the first 4096 of them have.</summary>
    /// <param name="strings">The strings.</param>
    /// <param name="branching">s.</param>
    /// <exception cref="ArgumentException">Their length is no power of s.</exception>
    public static GrammarShape Of(IStringSource strings, int branching)
    {
        ArgumentNullException.ThrowIfNull(strings);
        int depth = strings.Depth(branching);
        var seen = new HashSet<UInt128>();
        var group = new StringGroup(1, strings.TokenCount, branching);
        using IStringReader reader = strings.OpenReader();
        long groups = Math.Min(MostGroups, (strings.Count + StringGroup.Lanes - 1) / StringGroup.Lanes);
        for (long g = 0; g < groups; g++)
        {
            reader.Read(g, group);
            ReadOnlySpan<ushort> tokens = group.Level(0);
            for (int lane = 0; lane < group.Count; lane++)
            {
                for (int first = 0; first < strings.TokenCount; first += branching)
                {
                    UInt128 tuple = 0;
                    // From nine tokens on some tuples coincide; an estimate may.
                    for (int child = 0; child < branching; child++)
                        tuple = unchecked(tuple * (UInt128)65537 + tokens[(first + child) * StringGroup.Lanes + lane]);
                    seen.Add(tuple);
                }
            }
        }
        double most = Math.Pow(strings.Vocabulary, branching - 1);
        int multiplicity = (int)Math.Clamp(Math.Ceiling((double)seen.Count / strings.Vocabulary), 1, Math.Min(most, int.MaxValue));
        return new GrammarShape(depth, branching, strings.Vocabulary, multiplicity);
    }
}
