using Tomlyn;
using Tomlyn.Model;

namespace Rhm.Mutants;

/// <summary>The bugs of a folder of TOML files, one file for each folder of src.</summary>
public static class Catalogue
{
    private static readonly string[] s_texts = ["id", "file", "text", "replacement", "means"];
    private static readonly string[] s_others = ["tests", "claims", "equivalent", "expression"];

    /// <summary>All bugs by file and place. One that lacks a part, or has the identifier of another, is refused.</summary>
    public static IReadOnlyList<Mutant> Read(string folder)
    {
        List<Mutant> mutants = [];
        foreach (string path in Directory.GetFiles(folder, "*.toml").Order(StringComparer.Ordinal)) mutants.AddRange(ReadFile(path));
        if (mutants.GroupBy(mutant => mutant.Id).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw new ArgumentException($"{folder}: two bugs have the identifier {twice.Key}");
        return mutants;
    }

    private static IEnumerable<Mutant> ReadFile(string path)
    {
        TomlTable document = TomlSerializer.Deserialize<TomlTable>(File.ReadAllText(path))
            ?? throw new ArgumentException($"{path} is empty");
        foreach (TomlTable entry in (TomlTableArray)document["mutants"])
        {
            string[] parts = [.. s_texts.Select(name => entry.TryGetValue(name, out object? value) && value is string text
                ? text
                : throw new ArgumentException($"{path}: a bug has no {name}"))];
            if (entry.Keys.FirstOrDefault(key => !s_texts.Contains(key) && !s_others.Contains(key)) is { } unknown)
                throw new ArgumentException($"{path}: {parts[0]} has a part {unknown} that no bug has");
            yield return new Mutant(parts[0], parts[1], parts[2], parts[3], parts[4])
            {
                Tests = Names(entry, "tests"),
                Claims = Names(entry, "claims"),
                IsExpression = entry.TryGetValue("expression", out object? whole) && (bool)whole,
                Equivalent = entry.TryGetValue("equivalent", out object? reason) ? (string)reason : "",
            };
        }
    }

    private static string[] Names(TomlTable entry, string key) =>
        entry.TryGetValue(key, out object? names) ? [.. ((TomlArray)names).Cast<string>()] : [];
}
