using System.Globalization;
using System.Text;
using System.Text.Json;
using Rhm.Files;

namespace Rhm.Grammars;

/// <summary>
/// The JSON form of a grammar, one line per parent symbol so that a person can read it:
/// <code>
/// { "format": "rhm-grammar", "version": 1,
///   "shape": { "depth": 2, "branching": 2, "vocabulary": 2, "multiplicity": 2, "classes": 2 },
///   "zipfExponent": 0,
///   "rules": [ [ [[0,1],[1,0]], [[0,0],[1,1]] ], ... ] }
/// </code>
/// rules[l][a] lists the m tuples of level l that symbol a of level l+1 writes; version, classes (v) and zipfExponent (0) may be left
/// out. docs/grammar-file.md describes it for those who write one. Reading checks shape, vocabulary and unambiguity; writing what was read
/// gives the same bytes.
/// </summary>
public static class GrammarFile
{
    private const string Format = "rhm-grammar";
    private const int Version = 1;

    /// <summary>Writes a grammar.</summary>
    /// <param name="grammar">The grammar.</param>
    /// <param name="path">Target file, replaced if it exists.</param>
    public static void Write(Grammar grammar, string path) => File.WriteAllText(path, ToJson(grammar));

    /// <summary>The text of the file.</summary>
    /// <param name="grammar">The grammar.</param>
    public static string ToJson(Grammar grammar)
    {
        ArgumentNullException.ThrowIfNull(grammar);
        GrammarShape shape = grammar.Shape;
        var text = new StringBuilder();
        text.Append("{\n");
        text.Append(CultureInfo.InvariantCulture, $"  \"format\": \"{Format}\",\n  \"version\": {Version},\n");
        text.Append(CultureInfo.InvariantCulture, $"  \"shape\": {{ \"depth\": {shape.Depth}, \"branching\": {shape.Branching}, "
            + $"\"vocabulary\": {shape.Vocabulary}, \"multiplicity\": {shape.Multiplicity}, \"classes\": {shape.Classes} }},\n");
        text.Append(CultureInfo.InvariantCulture, $"  \"zipfExponent\": {grammar.ZipfExponent:R},\n  \"rules\": [\n");
        for (int level = 0; level < shape.Depth; level++)
        {
            text.Append("    [\n");
            for (int parent = 0; parent < shape.SymbolCount(level + 1); parent++)
            {
                var tuples = Enumerable.Range(parent * shape.Multiplicity, shape.Multiplicity)
                    .Select(rule => "[" + string.Join(",", grammar.Rule(level, rule).ToArray()) + "]");
                text.Append("      [").Append(string.Join(", ", tuples)).Append(parent + 1 < shape.SymbolCount(level + 1) ? "],\n" : "]\n");
            }
            text.Append(level + 1 < shape.Depth ? "    ],\n" : "    ]\n");
        }
        return text.Append("  ]\n}\n").ToString();
    }

    /// <summary>Reads and checks a grammar.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ArgumentException">The file cannot be read, is not a grammar file, is of a newer version,
    /// or its rules are not a valid grammar.</exception>
    public static Grammar Read(string path)
    {
        byte[] json = InputFile.ReadBytes(path);
        try
        {
            return JsonText.Read(json, root => Of(root, json.Length));
        }
        catch (ArgumentException error)
        {
            throw new ArgumentException($"grammar file {path}: {error.Message}", error);
        }
    }

    /// <summary>Reads and checks the text of a grammar file.</summary>
    /// <param name="json">The text.</param>
    /// <exception cref="ArgumentException">As for <see cref="Read"/>.</exception>
    public static Grammar FromJson(string json)
    {
        byte[] text = Encoding.UTF8.GetBytes(json);
        return JsonText.Read(text, root => Of(root, text.Length));
    }

    private static Grammar Of(JsonElement root, long bytes)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("format", out JsonElement format)
            || format.ValueKind != JsonValueKind.String || format.GetString() != Format)
        {
            throw new ArgumentException($"not a grammar file: it has no \"format\": \"{Format}\"");
        }
        int version = Whole(root, "version", Version);
        if (version != Version)
            throw new ArgumentException($"version {version} is not supported: this program reads version {Version}");
        RequireKnown(root, "format", "version", "shape", "zipfExponent", "rules", "$schema");
        JsonElement sizes = Value(root, "shape", JsonValueKind.Object)!.Value;
        RequireKnown(sizes, "depth", "branching", "vocabulary", "multiplicity", "classes");
        int vocabulary = Whole(sizes, "vocabulary");
        var shape = new GrammarShape(Whole(sizes, "depth"), Whole(sizes, "branching"), vocabulary, Whole(sizes, "multiplicity"),
            Whole(sizes, "classes", vocabulary));
        double zipf = Value(root, "zipfExponent", JsonValueKind.Number, optional: true)?.GetDouble() ?? 0;
        JsonElement rules = Value(root, "rules", JsonValueKind.Array)!.Value;
        RequireRoom(shape, bytes);
        return Grammar.FromRules(shape, ReadRules(rules, shape), zipf);
    }

    /// <summary>Refuses a shape with more symbols in its rules than a file of this size can name, before memory is taken.</summary>
    private static void RequireRoom(GrammarShape shape, long bytes)
    {
        double symbols = Enumerable.Range(0, shape.Depth).Sum(level => (double)shape.RuleCount(level) * shape.Branching);
        if (2 * symbols > bytes)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                $"the rules of {shape} have {symbols:G6} symbols, more than a file of {bytes} bytes can name"));
        }
    }

    private static JsonElement? Value(JsonElement parent, string name, JsonValueKind kind, bool optional = false)
    {
        if (!parent.TryGetProperty(name, out JsonElement value))
            return optional ? null : throw new ArgumentException($"it has no \"{name}\"");
        string expected = kind switch { JsonValueKind.Array => "a list", JsonValueKind.Object => "an object", _ => "a number" };
        return value.ValueKind == kind ? value : throw new ArgumentException($"\"{name}\" is not {expected}");
    }

    private static int Whole(JsonElement parent, string name, int? fallback = null) =>
        Value(parent, name, JsonValueKind.Number, optional: fallback is not null) is not { } value ? fallback!.Value
        : value.TryGetInt32(out int number) ? number : throw new ArgumentException($"\"{name}\" = {value} is no whole number of 32 bits");

    /// <summary>Refuses names that mean nothing here: a misspelt one would stand for a default.</summary>
    private static void RequireKnown(JsonElement parent, params string[] known)
    {
        foreach (JsonProperty property in parent.EnumerateObject())
        {
            if (!known.Contains(property.Name))
                throw new ArgumentException($"\"{property.Name}\" means nothing here; there are: {string.Join(", ", known)}");
        }
    }

    private static JsonElement.ArrayEnumerator Items(JsonElement list, string what) => list.ValueKind == JsonValueKind.Array
        ? list.EnumerateArray()
        : throw new ArgumentException($"{what} is no list");

    private static List<ushort[]> ReadRules(JsonElement levels, GrammarShape shape)
    {
        var rules = new List<ushort[]>();
        foreach (JsonElement level in Items(levels, "\"rules\""))
        {
            int l = rules.Count;
            var table = new List<ushort>();
            int parents = 0;
            foreach (JsonElement parent in Items(level, $"level {l}"))
            {
                JsonElement[] tuples = [.. Items(parent, $"level {l}, symbol {parents}")];
                if (tuples.Length != shape.Multiplicity)
                    throw new ArgumentException($"level {l}, symbol {parents} has {tuples.Length} rules, but multiplicity m = "
                        + $"{shape.Multiplicity}");
                foreach (JsonElement tuple in tuples)
                {
                    JsonElement[] symbols = [.. Items(tuple, $"a tuple of level {l}, symbol {parents}")];
                    if (symbols.Length != shape.Branching)
                        throw new ArgumentException($"level {l}, symbol {parents} has a tuple of {symbols.Length} symbols, but "
                            + $"branching factor s = {shape.Branching}");
                    foreach (JsonElement symbol in symbols)
                    {
                        if (symbol.ValueKind != JsonValueKind.Number || !symbol.TryGetInt32(out int value))
                            throw new ArgumentException($"level {l} has a symbol that is no whole number: {symbol}");
                        if (value < 0 || value >= shape.Vocabulary)
                            throw new ArgumentException($"level {l} has symbol {value}, outside the vocabulary 0..{shape.Vocabulary - 1}");
                        table.Add((ushort)value);
                    }
                }
                parents++;
            }
            rules.Add([.. table]);
        }
        return rules;
    }
}
