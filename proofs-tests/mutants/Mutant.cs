using System.Security.Cryptography;
using System.Text;

namespace Rhm.Mutants;

/// <summary>A bug to be planted: one place of one source file, another text in it, and who should notice.</summary>
public sealed record Mutant(string Id, string File, string Text, string Replacement, string Means)
{
    /// <summary>Names of tests as the test program takes them, e.g. "Strings/StringSampler".</summary>
    public required IReadOnlyList<string> Tests { get; init; }

    /// <summary>Claims that are measured where no test notices.</summary>
    public required IReadOnlyList<string> Claims { get; init; }

    /// <summary>Why no check can notice: the program does the same. Empty for a bug.</summary>
    public required string Equivalent { get; init; }

    /// <summary>Whether the text, in F#, is a whole expression, in the place of which a choice between two can stand.</summary>
    public bool IsExpression { get; init; }

    /// <summary>Folder of the project, e.g. "src/Rhm".</summary>
    public string Project => string.Join('/', File.Split('/').Take(2));

    /// <summary>Folder of src for the table of results: "Rhm/Strings" or "Rhm.Sweeps".</summary>
    public string Folder => Path.GetDirectoryName(File)!["src/".Length..];

    /// <summary>Changes where the bug or its checks change, so that an older result is not taken for it.</summary>
    public string Fingerprint
    {
        get
        {
            string all = string.Join('\n', [File, Text, Replacement, .. Tests, "claims", .. Claims]);
            return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(all)))[..16];
        }
    }

    /// <summary>The source with the bug in it. Refused unless the text occurs exactly once.</summary>
    public string PlantedIn(string source)
    {
        int at = source.IndexOf(Text, StringComparison.Ordinal);
        if (at < 0) throw new ArgumentException($"{Id}: the text does not occur in {File}");
        bool again = source.IndexOf(Text, at + 1, StringComparison.Ordinal) >= 0;
        if (again) throw new ArgumentException($"{Id}: the text occurs twice in {File}");
        return source[..at] + Replacement + source[(at + Text.Length)..];
    }
}
