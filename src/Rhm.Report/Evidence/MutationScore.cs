using System.Text.Json;
using Rhm.Files;

namespace Rhm.Report.Evidence;

/// <summary>How many planted bugs the tests and claims notice: what <c>proofs-tests/mutants --store</c> wrote.</summary>
/// <param name="Measured">Planted bugs, without those that change nothing.</param>
/// <param name="Killed">Those that a check notices.</param>
/// <param name="Equivalent">Those that change nothing, with the reason.</param>
/// <param name="Percent">Killed of measured.</param>
/// <param name="Commit">Where they were planted.</param>
public sealed record MutationScore(int Measured, int Killed, int Equivalent, double Percent, string Commit)
{
    /// <summary>Reads mutants.json of a results folder; null where there is none.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="ArgumentException">The file is damaged.</exception>
    internal static MutationScore? Read(string folder)
    {
        string path = Path.Combine(folder, "mutants.json");
        if (!File.Exists(path)) return null;
        try
        {
            return JsonSerializer.Deserialize<MutationScore>(InputFile.ReadBytes(path), JsonDocuments.Options);
        }
        catch (JsonException error)
        {
            throw new ArgumentException($"{path} is damaged: {error.Message}", error);
        }
    }
}
