using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Rhm.Mutants;

const string usage = "mutants [--only ID,ID] [--folder PART,PART] [--sample N] [--seed S] [--tree FOLDER] [--results FOLDER] "
    + "[--copy FOLDER] [--limit SECONDS] [--again] [--report] [--store] [--list]";

try
{
    return Run(Options(args));
}
catch (ArgumentException error)
{
    Console.Error.WriteLine($"mutants: {error.Message}");
    return 2;
}

static Dictionary<string, string> Options(string[] arguments)
{
    string[] known = ["--only", "--folder", "--sample", "--seed", "--results", "--copy", "--limit", "--tree"];
    var options = new Dictionary<string, string>();
    for (int i = 0; i < arguments.Length; i++)
    {
        if (arguments[i] is "--store" or "--list" or "--again" or "--report") options[arguments[i]] = "";
        else if (known.Contains(arguments[i]) && i + 1 < arguments.Length) options[arguments[i]] = arguments[++i];
        else throw new ArgumentException($"{arguments[i]} is not understood; {usage}");
    }
    return options;
}

static int Run(Dictionary<string, string> options)
{
    string tree = Path.GetFullPath(options.GetValueOrDefault("--tree", AppContext.BaseDirectory));
    tree = RootAbove(tree);
    IReadOnlyList<Mutant> all = Catalogue.Read(Path.Combine(tree, "proofs-tests/mutants/catalogue"));
    IReadOnlyList<Mutant> chosen = Chosen(all, options);
    string results = Path.GetFullPath(options.GetValueOrDefault("--results", Path.Combine(tree, "proofs-tests/mutants/results")));
    string commit = Shell.Run(tree, TimeSpan.FromMinutes(1), "git", "rev-parse", "HEAD").Said.Trim();
    if (options.ContainsKey("--list"))
    {
        foreach (Mutant mutant in chosen) Console.WriteLine($"{mutant.Id}  {mutant.File}  {mutant.Means}");
        return 0;
    }
    foreach (Mutant mutant in all) _ = mutant.PlantedIn(File.ReadAllText(Path.Combine(tree, mutant.File)));
    Directory.CreateDirectory(results);
    bool again = options.ContainsKey("--again");
    bool isReport = options.ContainsKey("--report");
    bool IsLeft(Mutant mutant) => Kept(results, mutant) is not { } kept || !kept.StandsFor(mutant, commit, again);
    Mutant[] left = isReport ? [] : [.. chosen.Where(IsLeft)];
    Console.WriteLine($"{chosen.Count} bugs, {left.Length} to be planted");
    if (left.Length > 0)
    {
        var limit = TimeSpan.FromSeconds(double.Parse(options.GetValueOrDefault("--limit", "600"), CultureInfo.InvariantCulture));
        var copy = new WorkingCopy(tree, options.GetValueOrDefault("--copy", Path.Combine(Path.GetTempPath(), "rhm-mutants")), limit);
        copy.Refresh(all);
        foreach (Mutant mutant in left) Measure(copy, mutant, results, commit);
    }
    List<(Mutant, MutantResult)> measured = [.. from mutant in chosen
                                                let kept = Kept(results, mutant)
                                                where kept is not null
                                                select (mutant, kept)];
    if (measured.Count == 0) throw new ArgumentException("nothing has been measured yet");
    File.WriteAllText(Path.Combine(results, "mutants.csv"), Score.Csv(measured));
    if (options.ContainsKey("--store"))
    {
        if (chosen.Count < all.Count) throw new ArgumentException("the score of a part is not stored");
        File.WriteAllText(Path.Combine(tree, "paper/results/mutants.json"), Score.Json(measured, all, commit));
    }
    Console.WriteLine(Score.Table(measured));
    bool isWhole = measured.Count == chosen.Count;
    if (!isWhole) Console.WriteLine($"{chosen.Count - measured.Count} bugs have not been planted");
    return isWhole && measured.All(one => Score.IsKilled(one) || Score.IsEquivalent(one)) ? 0 : 1;
}

static void Measure(WorkingCopy copy, Mutant mutant, string results, string commit)
{
    var clock = Stopwatch.StartNew();
    (Outcome outcome, IReadOnlyList<string> checks) = copy.Try(mutant);
    var result = new MutantResult(mutant.Id, mutant.Fingerprint, outcome, checks, clock.Elapsed.TotalSeconds, commit);
    File.WriteAllText(FileOf(results, mutant), JsonSerializer.Serialize(result));
    string others = checks.Count > 1 ? $" and {checks.Count - 1} more" : "";
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{outcome,-14} {mutant.Id} ({result.Seconds:F0} s) {(checks.Count > 0 ? checks[0] : "")}{others}"));
}

static IReadOnlyList<Mutant> Chosen(IReadOnlyList<Mutant> all, Dictionary<string, string> options)
{
    IEnumerable<Mutant> chosen = all;
    if (options.TryGetValue("--only", out string? only))
    {
        string[] ids = only.Split(',');
        if (ids.FirstOrDefault(id => all.All(mutant => mutant.Id != id)) is { } unknown)
            throw new ArgumentException($"no bug is called {unknown}");
        chosen = chosen.Where(mutant => ids.Contains(mutant.Id));
    }
    if (options.TryGetValue("--folder", out string? folder))
    {
        string[] parts = folder.Split(',');
        chosen = chosen.Where(mutant => parts.Any(part => mutant.Folder.Contains(part, StringComparison.OrdinalIgnoreCase)));
    }
    Mutant[] found = [.. chosen];
    if (options.TryGetValue("--sample", out string? size))
    {
        // The generator of .NET for a seed is the same in every version.
        var random = new Random(int.Parse(options.GetValueOrDefault("--seed", "1"), CultureInfo.InvariantCulture));
        Mutant[] bugs = [.. found.Where(mutant => mutant.Equivalent.Length == 0)];
        random.Shuffle(bugs);
        found = bugs[..Math.Min(bugs.Length, int.Parse(size, CultureInfo.InvariantCulture))];
    }
    return found.Length > 0 ? found : throw new ArgumentException("nothing is chosen");
}

static MutantResult? Kept(string results, Mutant mutant)
{
    string path = FileOf(results, mutant);
    MutantResult? kept = File.Exists(path) ? JsonSerializer.Deserialize<MutantResult>(File.ReadAllText(path)) : null;
    return kept?.Fingerprint == mutant.Fingerprint ? kept : null;
}

static string FileOf(string results, Mutant mutant) => Path.Combine(results, mutant.Id + ".json");

static string RootAbove(string start)
{
    for (string? folder = start; folder is not null; folder = Path.GetDirectoryName(folder))
    {
        if (File.Exists(Path.Combine(folder, "Rhm.sln"))) return folder;
    }
    throw new ArgumentException($"there is no Rhm.sln above {start}");
}
