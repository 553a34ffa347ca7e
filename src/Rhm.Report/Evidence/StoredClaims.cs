using System.Reflection;
using System.Text.Json;
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
    private const int Version = 2;
    private const string PaperScale = "paper";

    private sealed record Document(string Format, int Version, string Id, string Statement, string Scale, ulong Seed, string Program,
        string? Commit, IReadOnlyDictionary<string, int>? Learners, Measurement Measured, Measurement? Control);

    /// <summary>Version and commit of this program.</summary>
    public static (string Version, string? Commit) Program
    {
        get
        {
            var version = typeof(StoredClaims).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!;
            string[] parts = version.InformationalVersion.Split('+');
            return (parts[0], parts.Length > 1 ? parts[1] : null);
        }
    }

    /// <summary>
    /// Stores a measurement. Evidence that counts for more is not replaced: that of another seed, of paper scale by quick scale, with its
    /// negative control by one without. The same values as those on disk leave the file alone where it is not stale: it names the
    /// commit that first measured them.
    /// </summary>
    /// <param name="folder">The results folder.</param>
    /// <param name="claim">The claim.</param>
    /// <param name="setting">What it was measured with.</param>
    /// <param name="measured">The measurement.</param>
    /// <param name="control">The negative control, or null where it was not run.</param>
    /// <param name="isInHistory">Whether a commit is one of those that led here.</param>
    /// <returns>Why the file was left as it is; null where it now holds this measurement.</returns>
    /// <exception cref="ArgumentException">What is stored is damaged or of a newer version: it stays.</exception>
    public static string? Write(string folder, Claim claim, RunContext setting, Measurement measured, Measurement? control,
        Func<string, bool> isInHistory)
    {
        ArgumentNullException.ThrowIfNull(claim);
        ArgumentNullException.ThrowIfNull(setting);
        ArgumentNullException.ThrowIfNull(measured);
        (string version, string? commit) = Program;
        string path = PathOf(folder, claim.Id), scale = setting.Scale.ToString().ToLowerInvariant();
        SortedDictionary<string, int> learners = StoredClaim.VersionsOf(claim.Learners);
        if (File.Exists(path) && Read(path) is { } old && old.Statement == claim.Statement)
        {
            if (old.Seed != setting.Seed) return $"stored with seed {old.Seed}";
            if (old.Scale == PaperScale && setting.Scale == Scale.Quick) return "stored at paper scale";
            if (old.Control is not null && control is null) return "stored with its control";
            bool same = old.Scale == scale && old.Measured.Equals(measured) && Equals(old.Control, control);
            if (same && old.Staleness(claim, isInHistory) is null) return null;
        }
        var document = new Document(
            Format, Version, claim.Id, claim.Statement, scale, setting.Seed, version, commit, learners, measured, control);
        OutputFile.Write(path, stream =>
        {
            JsonSerializer.Serialize(stream, document, JsonDocuments.Options);
            stream.WriteByte((byte)'\n');
        });
        return null;
    }

    /// <summary>Makes sure, before any work, that a measurement can be stored, and takes no place of what cannot be read.</summary>
    /// <param name="folder">The results folder.</param>
    /// <param name="claim">The claim.</param>
    /// <exception cref="ArgumentException">It cannot be stored, or what is stored is damaged or of a newer version.</exception>
    public static void RequireWritable(string folder, Claim claim)
    {
        ArgumentNullException.ThrowIfNull(claim);
        string path = PathOf(folder, claim.Id);
        OutputFile.RequireWritable(path);
        if (File.Exists(path)) _ = Read(path);
    }

    /// <summary>The stored measurement of every claim of the ledger, in its order.</summary>
    /// <param name="folder">The results folder.</param>
    /// <exception cref="ArgumentException">
    /// There are none yet, some are missing, or they belong to another version; the message says which command makes them.
    /// </exception>
    public static IReadOnlyList<StoredClaim> ReadAll(string folder)
    {
        string claims = Path.Combine(folder, "claims");
        string[] files = Directory.Exists(claims) ? Directory.GetFiles(claims, "*.json") : [];
        string verify = $"rhm verify --store --results {folder}";
        if (files.Length == 0)
        {
            throw new ArgumentException(
                $"no results in {claims} yet: {verify} measures them, and --results CLONE/paper/results reads those of a clone");
        }
        var stored = files.Select(Read).ToDictionary(claim => claim.Id);
        // Those that quick measurements decide first.
        IEnumerable<Claim> lacking = Ledger.claims.Where(claim => !stored.ContainsKey(claim.Id));
        if (lacking.GroupBy(claim => claim.Least).MinBy(group => group.Key) is { } missing)
        {
            string scale = missing.Key == Scale.Quick ? "" : $" --scale {PaperScale}";
            string names = string.Join(',', missing.Select(claim => claim.Id));
            throw new ArgumentException($"{claims} lacks claims of this version: {missing.Count()}, {missing.First().Id} among them; "
                + $"{verify}{scale} --claims '{names}' measures them");
        }
        foreach (StoredClaim claim in stored.Values)
        {
            string another = $"{PathOf(folder, claim.Id)} has results of another version";
            if (Ledger.claims.FirstOrDefault(known => known.Id == claim.Id) is not { } known)
                throw new ArgumentException($"{another}: this one knows no claim {claim.Id}; delete the file");
            if (known.Statement != claim.Statement)
            {
                throw new ArgumentException(
                    $"{another}, for the statement \"{claim.Statement}\"; {verify} --claims {claim.Id} measures it anew");
            }
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

    /// <summary>A measurement of format version 1, whose 95% interval and rival are not known.</summary>
    private static Measurement WithoutRival(Measurement m) => new(m.Quantity, m.Predicted, m.Measured, double.NaN, double.NaN,
        m.Low, m.High, m.AcceptLow, m.AcceptHigh, new Rival("", double.NaN, double.NaN, m.Low, m.High));

    private static string PathOf(string folder, string id) => Path.Combine(folder, "claims", id + ".json");

    internal static StoredClaim Read(string path)
    {
        try
        {
            Document d = JsonSerializer.Deserialize<Document>(InputFile.ReadBytes(path), JsonDocuments.Options)
                ?? throw new ArgumentException($"{path} is no stored claim: it says null");
            if (d.Format != Format) throw new ArgumentException($"{path} is no stored claim: it has no \"format\": \"{Format}\"");
            if (d.Version is < 1 or > Version)
            {
                throw new ArgumentException($"{path} has results of another version: its format is version {d.Version}, this program reads "
                    + $"versions up to {Version}; use the program that wrote it, or delete the file");
            }
            if (d.Id is null || d.Statement is null || d.Measured is null || d.Id + ".json" != Path.GetFileName(path))
                throw new ArgumentException($"{path} is damaged: it needs an id that is its file's name, a statement and a measurement");
            bool early = d.Version == 1;
            return new StoredClaim(d.Id, d.Statement, d.Scale, d.Seed, d.Program, d.Commit,
                early ? null : d.Learners ?? new Dictionary<string, int>(),
                early ? WithoutRival(d.Measured) : d.Measured, early && d.Control is { } control ? WithoutRival(control) : d.Control);
        }
        catch (Exception error) when (JsonText.Fault(error) is string reason)
        {
            throw new ArgumentException($"{path} is no stored claim, or it is damaged: {reason}; delete it to measure it anew", error);
        }
    }
}
