using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Rhm.Claims;
using Rhm.Files;
using Rhm.Running;

namespace Rhm.Report.Evidence;

/// <summary>
/// Results on disk: RESULTS/claims/ID.json from rhm verify, RESULTS/NAME/ from rhm reproduce. In a clone RESULTS is paper/results,
/// which is checked in: what the appendix and the report quote.
/// </summary>
public static class StoredClaims
{
    private const string Format = "rhm-claim";
    private const int Version = 1;
    private const string PaperScale = "paper";

    private static readonly JsonSerializerOptions s_json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    private sealed record Document(string Format, int Version, string Id, string Statement, string Scale, ulong Seed, string Program, string? Commit, bool Holds,
        Measurement Measured, Measurement? Control);


    /// <summary>Version and commit of this program.</summary>
    public static (string Version, string? Commit) Program
    {
        get
        {
            string[] parts = typeof(StoredClaims).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+');
            return (parts[0], parts.Length > 1 ? parts[1] : null);
        }
    }

    /// <summary>
    /// Stores a measurement. The same values as those on disk leave the file alone: it names the commit that first measured them, and
    /// running a verification again changes no byte. A measurement at paper scale is not replaced by one at quick scale.
    /// </summary>
    /// <param name="folder">The results folder.</param>
    /// <param name="claim">The claim.</param>
    /// <param name="setting">What it was measured with.</param>
    /// <param name="measured">The measurement.</param>
    /// <param name="control">The negative control, or null where it was not run.</param>
    /// <returns>Whether the file now holds this measurement.</returns>
    public static bool Write(string folder, Claim claim, RunContext setting, Measurement measured, Measurement? control)
    {
        ArgumentNullException.ThrowIfNull(claim);
        ArgumentNullException.ThrowIfNull(setting);
        ArgumentNullException.ThrowIfNull(measured);
        (string version, string? commit) = Program;
        string path = PathOf(folder, claim.Id);
        var stored = new StoredClaim(claim.Id, claim.Statement, setting.Scale.ToString().ToLowerInvariant(), setting.Seed, version, commit, measured.Holds, measured, control);
        if (File.Exists(path))
        {
            try
            {
                StoredClaim old = Read(path);
                if (old.Statement == claim.Statement && old.Scale == PaperScale && setting.Scale == Scale.Quick) return false;
                if (stored with { Program = old.Program, Commit = old.Commit, Control = control ?? old.Control } == old) return true;
            }
            catch (ArgumentException)
            {
                // Unreadable or of another version: replaced.
            }
        }
        var document = new Document(Format, Version, stored.Id, stored.Statement, stored.Scale, stored.Seed, stored.Program, stored.Commit, stored.Holds, measured, control);
        OutputFile.Write(path, stream =>
        {
            JsonSerializer.Serialize(stream, document, s_json);
            stream.WriteByte((byte)'\n');
        });
        return true;
    }

    /// <summary>Makes sure, before any work, that a measurement can be stored.</summary>
    /// <param name="folder">The results folder.</param>
    /// <param name="claim">The claim.</param>
    public static void RequireWritable(string folder, Claim claim)
    {
        ArgumentNullException.ThrowIfNull(claim);
        OutputFile.RequireWritable(PathOf(folder, claim.Id));
    }

    /// <summary>The stored measurement of every claim of the ledger, in its order.</summary>
    /// <param name="folder">The results folder.</param>
    /// <exception cref="ArgumentException">There are none yet, some are missing, or they belong to another version; the message says which command makes them.</exception>
    public static IReadOnlyList<StoredClaim> ReadAll(string folder)
    {
        string claims = Path.Combine(folder, "claims");
        string[] files = Directory.Exists(claims) ? Directory.GetFiles(claims, "*.json") : [];
        if (files.Length == 0) throw new ArgumentException($"no results in {claims} yet: rhm verify --controls --results {folder} measures them");
        Dictionary<string, StoredClaim> stored = files.Select(Read).ToDictionary(claim => claim.Id);
        // Those that quick measurements decide first.
        if (Ledger.claims.Where(claim => !stored.ContainsKey(claim.Id)).GroupBy(claim => claim.Least).MinBy(group => group.Key) is { } missing)
        {
            throw new ArgumentException($"{claims} lacks claims of this version: {missing.Count()}, {missing.First().Id} among them; rhm verify --controls --results {folder}{(missing.Key == Scale.Quick ? "" : $" --scale {PaperScale}")} --claims '{string.Join(',', missing.Select(claim => claim.Id))}' measures them");
        }
        foreach (StoredClaim claim in stored.Values)
        {
            if (Ledger.claims.FirstOrDefault(known => known.Id == claim.Id) is not { } known)
                throw new ArgumentException($"{PathOf(folder, claim.Id)} has results of another version: this one knows no claim {claim.Id}; delete the file");
            if (known.Statement != claim.Statement)
                throw new ArgumentException($"{PathOf(folder, claim.Id)} has results of another version, for the statement \"{claim.Statement}\"; rhm verify --controls --results {folder} --claims {claim.Id} measures it anew");
        }
        return [.. Ledger.claims.Select(claim => stored[claim.Id])];
    }

    /// <summary>The stored measurement of a claim, or null where there is none of this version.</summary>
    /// <param name="folder">The results folder; it need not exist.</param>
    /// <param name="claim">The claim.</param>
    public static StoredClaim? TryRead(string folder, Claim claim)
    {
        ArgumentNullException.ThrowIfNull(claim);
        string path = PathOf(folder, claim.Id);
        return File.Exists(path) && Read(path) is { } stored && stored.Statement == claim.Statement ? stored : null;
    }

    private static string PathOf(string folder, string id) => Path.Combine(folder, "claims", id + ".json");

    private static StoredClaim Read(string path)
    {
        try
        {
            Document d = JsonSerializer.Deserialize<Document>(File.ReadAllText(path), s_json) ?? throw new JsonException("it is empty");
            if (d.Format != Format) throw new ArgumentException($"{path} is no stored claim: it has no \"format\": \"{Format}\"");
            if (d.Version != Version)
                throw new ArgumentException($"{path} has results of another version: its format is version {d.Version}, this program reads version {Version}; rhm verify --controls measures them anew");
            if (d.Id is null || d.Statement is null || d.Measured is null || d.Id + ".json" != Path.GetFileName(path))
                throw new ArgumentException($"{path} is damaged: it needs an id that is its file's name, a statement and a measurement");
            return new StoredClaim(d.Id, d.Statement, d.Scale, d.Seed, d.Program, d.Commit, d.Holds, d.Measured, d.Control);
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new ArgumentException($"{path} cannot be read: {error.Message}", error);
        }
    }
}
