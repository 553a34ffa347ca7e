using System.Globalization;
using System.Text;
using System.Text.Json;
using Rhm.Files;
using Rhm.Grammars;

namespace Rhm.Learning;

/// <summary>
/// The JSON form of learned rules, to be applied to other strings: for every level the tuples that were seen, each with its label.
/// <code>
/// { "format": "rhm-rules", "version": 1, "depth": 3, "branching": 2, "vocabulary": 4,
///   "levels": [ { "symbols": 4, "tuples": [[0,1],[1,0]], "labels": [0,1] }, ... ] }
/// </code>
/// levels[l] labels tuples of level l with symbols of level l+1, l = 0..L-2.
/// </summary>
public static class HierarchyFile
{
    private const string Format = "rhm-rules";
    private const int Version = 1;

    /// <summary>Writes rules; the file appears whole or not at all.</summary>
    /// <param name="learned">The rules.</param>
    /// <param name="path">Target.</param>
    /// <exception cref="ArgumentException">It cannot be written.</exception>
    public static void Write(LearnedHierarchy learned, string path)
    {
        ArgumentNullException.ThrowIfNull(learned);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{{\n  \"format\": \"{Format}\",\n  \"version\": {Version},\n")
            .Append(CultureInfo.InvariantCulture, $"  \"depth\": {learned.Depth},\n  \"branching\": {learned.Branching},\n")
            .Append(CultureInfo.InvariantCulture, $"  \"vocabulary\": {learned.Vocabulary},\n  \"levels\": [");
        foreach ((int l, LearnedLevel level) in learned.Levels.Index())
        {
            IEnumerable<string> tuples = Enumerable.Range(0, level.Tuples.Count)
                .Select(number => $"[{string.Join(',', level.Tuples[number].ToArray())}]");
            text.Append(l == 0 ? "\n" : ",\n")
                .Append(CultureInfo.InvariantCulture, $"    {{ \"symbols\": {level.SymbolCount},\n")
                .Append("      \"tuples\": [").AppendJoin(',', tuples).Append("],\n")
                .Append("      \"labels\": [").AppendJoin(',', level.Labels).Append("] }");
        }
        text.Append("\n  ]\n}\n");
        OutputFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text.ToString())));
    }

    /// <summary>Reads and checks rules.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ArgumentException">It cannot be read, or holds no rules; the message says why.</exception>
    public static LearnedHierarchy Read(string path)
    {
        byte[] json = InputFile.ReadBytes(path);
        try
        {
            return JsonText.Read(json, Of);
        }
        catch (ArgumentException error)
        {
            throw new ArgumentException($"{path} holds no rules of this version: {error.Message}", error);
        }
    }

    private static LearnedHierarchy Of(JsonElement root)
    {
        if (root.GetProperty("format").GetString() != Format || root.GetProperty("version").GetInt32() != Version)
            throw new ArgumentException($"it has no \"format\": \"{Format}\" and \"version\": {Version}");
        int depth = root.GetProperty("depth").GetInt32(), branching = root.GetProperty("branching").GetInt32();
        int vocabulary = root.GetProperty("vocabulary").GetInt32(), symbols = vocabulary;
        // The bounds of both, and of the vocabulary.
        _ = new GrammarShape(depth, branching, vocabulary, 1).TokenCount;
        var levels = new List<LearnedLevel>();
        foreach (JsonElement level in root.GetProperty("levels").EnumerateArray())
        {
            levels.Add(Level(level, branching, symbols));
            symbols = levels[^1].SymbolCount;
        }
        return levels.Count == depth - 1
            ? new LearnedHierarchy(depth, branching, vocabulary, levels, [])
            : throw new ArgumentException($"it has {levels.Count} levels, but depth L = {depth} needs {depth - 1}");
    }

    private static LearnedLevel Level(JsonElement level, int branching, int childSymbols)
    {
        int symbols = level.GetProperty("symbols").GetInt32();
        if (symbols is < 1 or >= LearnedHierarchy.Unresolved)
            throw new ArgumentException($"\"symbols\" = {symbols} is outside 1..{LearnedHierarchy.Unresolved - 1}");
        JsonElement tuples = level.GetProperty("tuples"), labels = level.GetProperty("labels");
        int count = tuples.GetArrayLength();
        if (labels.GetArrayLength() != count) throw new ArgumentException($"{labels.GetArrayLength()} labels are given for {count} tuples");
        var index = new TupleIndex(branching, Math.Max(2, childSymbols), count);
        foreach (JsonElement tuple in tuples.EnumerateArray())
        {
            ushort[] elements = [.. tuple.EnumerateArray().Select(symbol => Below(symbol, childSymbols))];
            if (elements.Length != branching || !index.Add(elements, out _))
                throw new ArgumentException($"the tuple {tuple} stands there twice, or has not {branching} symbols");
        }
        ushort[] given = [.. labels.EnumerateArray().Select(label => Below(label, symbols))];
        return new LearnedLevel(index, given, branching, Math.Max(2, childSymbols), symbols);
    }

    private static ushort Below(JsonElement symbol, int count) => symbol.GetInt32() is int value && value >= 0 && value < count
        ? (ushort)value
        : throw new ArgumentException($"symbol {symbol} is outside 0..{count - 1}");
}
