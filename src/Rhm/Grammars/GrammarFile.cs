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
/// rules[l][a] lists the m tuples of level l that symbol a of level l+1 writes. Reading checks shape, vocabulary and unambiguity;
/// writing what was read gives the same bytes.
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
        string json;
        try
        {
            json = File.ReadAllText(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ArgumentException($"cannot read grammar file {path}: {FileFault.Reason(error)}", error);
        }
        try
        {
            return FromJson(json);
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
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("format", out JsonElement format)
                || format.ValueKind != JsonValueKind.String || format.GetString() != Format)
            {
                throw new ArgumentException($"not a grammar file: it has no \"format\": \"{Format}\"");
            }
            int version = root.GetProperty("version").GetInt32();
            if (version != Version)
                throw new ArgumentException($"version {version} is not supported: this program reads version {Version}");
            JsonElement s = root.GetProperty("shape");
            var shape = new GrammarShape(s.GetProperty("depth").GetInt32(), s.GetProperty("branching").GetInt32(),
                s.GetProperty("vocabulary").GetInt32(), s.GetProperty("multiplicity").GetInt32(), s.GetProperty("classes").GetInt32());
            double zipf = root.GetProperty("zipfExponent").GetDouble();
            return Grammar.FromRules(shape, ReadRules(root.GetProperty("rules"), shape), zipf);
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new ArgumentException($"damaged or incomplete: {error.Message}", error);
        }
    }

    private static List<ushort[]> ReadRules(JsonElement levels, GrammarShape shape)
    {
        var rules = new List<ushort[]>();
        foreach (JsonElement level in levels.EnumerateArray())
        {
            int l = rules.Count;
            var table = new List<ushort>();
            int parents = 0;
            foreach (JsonElement parent in level.EnumerateArray())
            {
                if (parent.GetArrayLength() != shape.Multiplicity)
                    throw new ArgumentException($"level {l}, symbol {parents} has {parent.GetArrayLength()} rules, but multiplicity m = "
                        + $"{shape.Multiplicity}");
                foreach (JsonElement tuple in parent.EnumerateArray())
                {
                    if (tuple.GetArrayLength() != shape.Branching)
                        throw new ArgumentException($"level {l}, symbol {parents} has a tuple of {tuple.GetArrayLength()} symbols, but "
                            + $"branching factor s = {shape.Branching}");
                    foreach (JsonElement symbol in tuple.EnumerateArray())
                    {
                        int value = symbol.GetInt32();
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
