using Rhm.Files;

namespace Rhm.Strings;

/// <summary>
/// Strings of a file with what is known of their derivations, from other files: latents of some levels, or labels. A level of which
/// nothing is known is left as it is when a group is read.
/// </summary>
public sealed class StoredDerivations : IStringSource, IDisposable
{
    private readonly IStringSource _tokens;
    private readonly StoredStrings?[] _levels;

    private StoredDerivations(IStringSource tokens, int branching, StoredStrings?[] levels)
    {
        (_tokens, Branching, _levels) = (tokens, branching, levels);
        SymbolCounts = [tokens.Vocabulary, .. levels.Select(CountSymbols)];
    }

    /// <inheritdoc/>
    public long Count => _tokens.Count;

    /// <inheritdoc/>
    public int TokenCount => _tokens.TokenCount;

    /// <inheritdoc/>
    public int Vocabulary => _tokens.Vocabulary;

    /// <summary>s.</summary>
    public int Branching { get; }

    /// <summary>Number of symbols of each level 0..L: the largest that occurs, and one; 0 where nothing is known of the level.</summary>
    public IReadOnlyList<int> SymbolCounts { get; }

    /// <summary>Opens files of latents, as <see cref="DatasetFile"/> writes them.</summary>
    /// <param name="path">FILE.npz with some of the arrays level1, .., levelL; or FILE.npy, beside which stand FILE.level1.npy, ..</param>
    /// <param name="tokens">The strings, in the same order; not disposed of by this object.</param>
    /// <param name="branching">s.</param>
    /// <exception cref="ArgumentException">A file cannot be read, is of another shape, or there is none.</exception>
    public static StoredDerivations WithLatents(string path, IStringSource tokens, int branching)
    {
        ArgumentNullException.ThrowIfNull(path);
        int depth = tokens.Depth(branching);
        var levels = new StoredStrings?[depth];
        bool archive = path.EndsWith(".npz", StringComparison.OrdinalIgnoreCase);
        IReadOnlyList<string> arrays = archive ? NumpyArchive.Names(path) : [];
        return Open(tokens, branching, levels, () =>
        {
            for (int level = 1; level <= depth; level++)
            {
                string array = $"level{level}", file = archive ? path : DatasetFile.PathOf(path, level);
                bool there = archive ? arrays.Contains(array) : File.Exists(file);
                if (there) levels[level - 1] = OpenLevel(file, array, tokens, branching, level);
            }
            if (levels.Any(level => level is not null)) return;
            throw new ArgumentException(archive ? $"{path} has none of the arrays level1 to level{depth}"
                : $"there is none of the files {DatasetFile.PathOf(path, 1)} to {DatasetFile.PathOf(path, depth)}");
        });
    }

    /// <summary>Opens a file of labels.</summary>
    /// <param name="path">An integer array [P] or [P, 1], of strings in the same order.</param>
    /// <param name="tokens">The strings; not disposed of by this object.</param>
    /// <param name="branching">s.</param>
    /// <exception cref="ArgumentException">The file cannot be read or is of another shape.</exception>
    public static StoredDerivations WithLabels(string path, IStringSource tokens, int branching)
    {
        int depth = tokens.Depth(branching);
        var levels = new StoredStrings?[depth];
        return Open(tokens, branching, levels, () => levels[^1] = OpenLevel(path, "labels", tokens, branching, depth));
    }

    /// <inheritdoc/>
    public IStringReader OpenReader() => new Reader(this);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (StoredStrings? level in _levels) level?.Dispose();
    }

    private static StoredDerivations Open(IStringSource tokens, int branching, StoredStrings?[] levels, Action open)
    {
        try
        {
            open();
            return new StoredDerivations(tokens, branching, levels);
        }
        catch
        {
            foreach (StoredStrings? level in levels) level?.Dispose();
            throw;
        }
    }

    private static StoredStrings OpenLevel(string path, string array, IStringSource tokens, int branching, int level)
    {
        int nodes = tokens.TokenCount;
        for (int l = 0; l < level; l++) nodes /= branching;
        var found = new StoredStrings(path, StoredStrings.MaxVocabulary, array, 1);
        if (found.Count == tokens.Count && found.TokenCount == nodes) return found;
        string shape = $"[{found.Count}, {found.TokenCount}]", needed = $"[{tokens.Count}, {nodes}]";
        found.Dispose();
        throw new ArgumentException(
            $"{path}: level {level} has the shape {shape}; {tokens.Count} strings of {tokens.TokenCount} tokens need {needed}");
    }

    private static int CountSymbols(StoredStrings? level)
    {
        if (level is null) return 0;
        var group = new StringGroup(1, level.TokenCount, 2);
        using IStringReader reader = level.OpenReader();
        int largest = 0;
        for (long number = 0; number < level.GroupCount(); number++)
        {
            reader.Read(number, group);
            ReadOnlySpan<ushort> symbols = group.Level(0);
            for (int i = 0; i < symbols.Length; i++)
            {
                if (i % StringGroup.Lanes < group.Count) largest = Math.Max(largest, symbols[i]);
            }
        }
        return largest + 1;
    }

    private sealed class Reader : IStringReader
    {
        private readonly IStringReader _tokens;
        private readonly (IStringReader Reader, StringGroup Group)?[] _levels;

        public Reader(StoredDerivations strings)
        {
            _tokens = strings._tokens.OpenReader();
            _levels = [.. strings._levels.Select(level => level is null ? null
                : ((IStringReader, StringGroup)?)(level.OpenReader(), new StringGroup(1, level.TokenCount, 2)))];
        }

        public void Read(long group, StringGroup destination)
        {
            ArgumentNullException.ThrowIfNull(destination);
            _tokens.Read(group, destination);
            for (int level = 1; level < destination.LevelCount; level++)
            {
                if (_levels[level - 1] is not (IStringReader reader, StringGroup symbols)) continue;
                reader.Read(group, symbols);
                symbols.Level(0)[..destination.Level(level).Length].CopyTo(destination.Level(level));
            }
        }

        public void Dispose()
        {
            _tokens.Dispose();
            foreach ((IStringReader Reader, StringGroup)? level in _levels) level?.Reader.Dispose();
        }
    }
}
