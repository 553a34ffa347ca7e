using Rhm.Files;
using Rhm.Strings;

namespace Rhm.Learning;

/// <summary>Writes decoded latents as NumPy arrays.</summary>
public static class LatentFiles
{
    /// <summary>
    /// Decodes strings and writes FOLDER/level1.npy .. level{L-1}.npy: uint16, shape [P, s^(L-l)], 65535 = not resolved. Reads
    /// the strings once per level; memory does not grow with P.
    /// </summary>
    /// <param name="learned">The hierarchy.</param>
    /// <param name="strings">Strings of the same length and vocabulary.</param>
    /// <param name="folder">Target folder, made where missing.</param>
    /// <param name="cancellation">Stops between groups; then no file is written.</param>
    /// <returns>Per level 1..L-1, how many of its nodes were not resolved.</returns>
    /// <exception cref="ArgumentException">The folder cannot be written, or strings have another length.</exception>
    public static IReadOnlyList<long> Write(LearnedHierarchy learned, IStringSource strings, string folder,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(learned);
        ArgumentNullException.ThrowIfNull(strings);
        RequireWritable(folder, learned.Depth);
        if (strings.Depth(learned.Branching) != learned.Depth)
            throw new ArgumentException($"strings of {strings.TokenCount} tokens do not fit a hierarchy of depth {learned.Depth} and "
                + $"branching {learned.Branching}");
        var unresolved = new long[learned.Depth - 1];
        StringGroup group = learned.CreateGroup();
        var tokens = new StringGroup(1, strings.TokenCount, learned.Branching);
        OutputFile.WriteAll([.. Enumerable.Range(1, learned.Depth - 1).Select(level => (FileOf(folder, level), (Action<Stream>)(stream =>
        {
            int nodes = group.Level(level).Length / StringGroup.Lanes;
            using IStringReader reader = strings.OpenReader();
            DatasetFile.WriteGroups<ushort>(stream, strings.Count, nodes, g =>
            {
                reader.Read(g, tokens);
                tokens.Level(0).CopyTo(group.Level(0));
                learned.Decode(group);
                ReadOnlySpan<ushort> symbols = group.Level(level);
                for (int i = 0; i < symbols.Length; i++)
                {
                    if (i % StringGroup.Lanes < tokens.Count && symbols[i] == LearnedHierarchy.Unresolved) unresolved[level - 1]++;
                }
                return symbols;
            }, _ => { }, cancellation);
        })))]);
        return unresolved;
    }

    /// <summary>Makes sure, before any learning, that the files of every level can be written.</summary>
    /// <param name="folder">Target folder, made where missing.</param>
    /// <param name="depth">L.</param>
    /// <exception cref="ArgumentException">They cannot.</exception>
    public static void RequireWritable(string folder, int depth) => OutputFile.RequireWritable(FilesOf(folder, depth));

    /// <summary>The files of every level.</summary>
    /// <param name="folder">Target folder; null for none.</param>
    /// <param name="depth">L.</param>
    public static IEnumerable<string> FilesOf(string? folder, int depth) => folder is null ? []
        : Enumerable.Range(1, depth - 1).Select(level => FileOf(folder, level));

    private static string FileOf(string folder, int level) => Path.Combine(folder, $"level{level}.npy");
}
